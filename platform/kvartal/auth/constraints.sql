-- What Tortoise cannot declare; runs once, after the tables of auth and housing exist.

CREATE UNIQUE INDEX kvartal_user_email_key ON kvartal_user (lower(email));

ALTER TABLE kvartal_user
    ADD CONSTRAINT kvartal_user_email_lower CHECK (email = lower(email)),
    ADD CONSTRAINT kvartal_user_phone_e164 CHECK (phone ~ '^\+[1-9][0-9]{6,14}$');

ALTER TABLE kvartal_session
    ADD CONSTRAINT kvartal_session_channel_of_kind CHECK (
        (kind = 'RESIDENT' AND channel = 'RESIDENT_APP')
        OR (kind = 'EMPLOYEE' AND channel IN ('CRM', 'EMPLOYEE_APP'))
    );

ALTER TABLE kvartal_refresh_token
    ADD CONSTRAINT kvartal_refresh_token_hash_form CHECK (token_hash ~ '^[0-9a-f]{64}$');

ALTER TABLE kvartal_service_token
    ADD CONSTRAINT kvartal_service_token_hash_form CHECK (token_hash ~ '^[0-9a-f]{64}$');

ALTER TABLE kvartal_one_time_code
    ADD CONSTRAINT kvartal_one_time_code_phone_e164 CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    ADD CONSTRAINT kvartal_one_time_code_attempts CHECK (attempts BETWEEN 0 AND 5);

ALTER TABLE kvartal_password_reset
    ADD CONSTRAINT kvartal_password_reset_email_lower CHECK (email = lower(email));

-- Counters of attempts: written often, worth nothing after a crash.
ALTER TABLE kvartal_attempt_budget SET UNLOGGED;
ALTER TABLE kvartal_attempt_budget
    ADD CONSTRAINT kvartal_attempt_budget_key_form CHECK (key ~ '^[0-9a-f]{64}$');

-- Sessions in the order in which they ended: the nightly cleanup looks there.
CREATE INDEX kvartal_session_ended ON kvartal_session (least(expires_at, revoked_at));

-- The staff's list, by name.
CREATE INDEX kvartal_employee_by_name ON kvartal_employee (organization_id, full_name, id);

ALTER TABLE kvartal_employee
    ADD CONSTRAINT kvartal_employee_full_name_present CHECK (btrim(full_name) <> '');
ALTER TABLE kvartal_role
    ADD CONSTRAINT kvartal_role_title_present CHECK (btrim(title) <> '');

-- A resident's first sign-in looks for them by telephone, in all organizations.
CREATE INDEX kvartal_resident_without_user
    ON kvartal_resident (phone) WHERE user_id IS NULL AND phone IS NOT NULL;

-- A right of one organization never reaches a person or a token of another.
ALTER TABLE kvartal_employee
    ADD CONSTRAINT kvartal_employee_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE kvartal_role
    ADD CONSTRAINT kvartal_role_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE kvartal_service_token
    ADD CONSTRAINT kvartal_service_token_organization_id_id_key UNIQUE (organization_id, id);

ALTER TABLE kvartal_role_permission
    ADD CONSTRAINT kvartal_role_permission_same_organization
        FOREIGN KEY (organization_id, role_id) REFERENCES kvartal_role (organization_id, id);
ALTER TABLE kvartal_employee_role
    ADD CONSTRAINT kvartal_employee_role_employee_same_organization
        FOREIGN KEY (organization_id, employee_id)
        REFERENCES kvartal_employee (organization_id, id),
    ADD CONSTRAINT kvartal_employee_role_role_same_organization
        FOREIGN KEY (organization_id, role_id) REFERENCES kvartal_role (organization_id, id);
ALTER TABLE kvartal_building_access
    ADD CONSTRAINT kvartal_building_access_employee_same_organization
        FOREIGN KEY (organization_id, employee_id)
        REFERENCES kvartal_employee (organization_id, id);
ALTER TABLE kvartal_service_token_permission
    ADD CONSTRAINT kvartal_service_token_permission_same_organization
        FOREIGN KEY (organization_id, service_token_id)
        REFERENCES kvartal_service_token (organization_id, id);
ALTER TABLE kvartal_service_token_building
    ADD CONSTRAINT kvartal_service_token_building_token_same_organization
        FOREIGN KEY (organization_id, service_token_id)
        REFERENCES kvartal_service_token (organization_id, id);
