from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "kvartal_one_time_code" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "phone" VARCHAR(16) NOT NULL UNIQUE,
            "issued_at" TIMESTAMPTZ NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "attempts" INT NOT NULL,
            "used_at" TIMESTAMPTZ,
            "issues" INT NOT NULL,
            "day_began_at" TIMESTAMPTZ NOT NULL
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_one_expires_7a3d6e" ON "kvartal_one_time_code" ("expires_at");
        COMMENT ON TABLE "kvartal_one_time_code" IS 'The present one-time code of a telephone, known to us or not; the code itself is derived.';
        CREATE TABLE IF NOT EXISTS "kvartal_user" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "email" VARCHAR(254),
            "phone" VARCHAR(16) UNIQUE,
            "password_hash" VARCHAR(255),
            "is_active" BOOL NOT NULL
        );
        COMMENT ON TABLE "kvartal_user" IS 'A person with credentials: employee, resident, or both. The e-mail is kept in lower case.';
        CREATE TABLE IF NOT EXISTS "kvartal_organization" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "number" INT NOT NULL UNIQUE,
            "name" VARCHAR(300) NOT NULL,
            "kind" VARCHAR(30) NOT NULL,
            "inn" VARCHAR(12),
            "external_id" VARCHAR(100),
            "timezone" VARCHAR(64) NOT NULL,
            "billing_month_shift" SMALLINT NOT NULL,
            "latest_verification_only" BOOL NOT NULL
        );
        COMMENT ON TABLE "kvartal_organization" IS 'A legal entity (юрлицо) and the boundary of a tenant.';
        CREATE TABLE IF NOT EXISTS "kvartal_cron_claim" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "task" VARCHAR(150) NOT NULL,
            "occurs_at" TIMESTAMPTZ NOT NULL,
            CONSTRAINT "uid_kvartal_cro_task_c967d7" UNIQUE ("task", "occurs_at")
        );
        COMMENT ON TABLE "kvartal_cron_claim" IS 'One occurrence of a scheduled actor, claimed by whichever scheduler came first.';
        CREATE TABLE IF NOT EXISTS "kvartal_event" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "name" VARCHAR(100) NOT NULL,
            "payload" JSONB NOT NULL
        );
        COMMENT ON TABLE "kvartal_event" IS 'Something that happened, in its wire form.';
        CREATE TABLE IF NOT EXISTS "kvartal_employee" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "full_name" VARCHAR(200) NOT NULL,
            "all_buildings" BOOL NOT NULL,
            "archived_at" TIMESTAMPTZ,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_emp_organiz_0ac47e" UNIQUE ("organization_id", "user_id")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_emp_user_id_0639a9" ON "kvartal_employee" ("user_id");
        COMMENT ON TABLE "kvartal_employee" IS 'A person''s place in one organization (сотрудник).';
        CREATE TABLE IF NOT EXISTS "kvartal_role" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "title" VARCHAR(100) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_rol_organiz_f517d7" UNIQUE ("organization_id", "title")
        );
        COMMENT ON TABLE "kvartal_role" IS 'A named set of rights in an organization (роль доступа).';
        CREATE TABLE IF NOT EXISTS "kvartal_employee_role" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "employee_id" UUID NOT NULL REFERENCES "kvartal_employee" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "role_id" UUID NOT NULL REFERENCES "kvartal_role" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_emp_organiz_e9b83f" UNIQUE ("organization_id", "employee_id", "role_id")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_emp_employe_3e7aed" ON "kvartal_employee_role" ("employee_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_emp_role_id_2b5daf" ON "kvartal_employee_role" ("role_id");
        COMMENT ON TABLE "kvartal_employee_role" IS 'An employee has a role.';
        CREATE TABLE IF NOT EXISTS "kvartal_role_permission" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "permission" VARCHAR(100) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "role_id" UUID NOT NULL REFERENCES "kvartal_role" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_rol_organiz_61abcb" UNIQUE ("organization_id", "role_id", "permission")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_rol_role_id_85fd82" ON "kvartal_role_permission" ("role_id");
        COMMENT ON TABLE "kvartal_role_permission" IS 'A role carries a right (право), named by its code.';
        CREATE TABLE IF NOT EXISTS "kvartal_service_token" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "title" VARCHAR(100) NOT NULL,
            "token_hash" VARCHAR(64) NOT NULL UNIQUE,
            "expires_at" TIMESTAMPTZ,
            "revoked_at" TIMESTAMPTZ,
            "last_used_at" TIMESTAMPTZ,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_organiz_c0d16f" ON "kvartal_service_token" ("organization_id");
        COMMENT ON TABLE "kvartal_service_token" IS 'An integrator''s credential in one organization; its text is shown once, its hash kept.';
        CREATE TABLE IF NOT EXISTS "kvartal_service_token_permission" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "permission" VARCHAR(100) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "service_token_id" UUID NOT NULL REFERENCES "kvartal_service_token" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_ser_organiz_29d31a" UNIQUE ("organization_id", "service_token_id", "permission")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_service_8f3a9a" ON "kvartal_service_token_permission" ("service_token_id");
        COMMENT ON TABLE "kvartal_service_token_permission" IS 'A service token carries a right, named by its code.';
        CREATE TABLE IF NOT EXISTS "kvartal_session" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "kind" VARCHAR(20) NOT NULL,
            "channel" VARCHAR(20) NOT NULL,
            "last_used_at" TIMESTAMPTZ NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "revoked_at" TIMESTAMPTZ,
            "user_agent" VARCHAR(300),
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ses_user_id_f87167" ON "kvartal_session" ("user_id");
        COMMENT ON TABLE "kvartal_session" IS 'A person signed in on a device, in one capacity, for one app.';
        CREATE TABLE IF NOT EXISTS "kvartal_refresh_token" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "token_hash" VARCHAR(64) NOT NULL UNIQUE,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "used_at" TIMESTAMPTZ,
            "session_id" UUID NOT NULL REFERENCES "kvartal_session" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ref_expires_53e556" ON "kvartal_refresh_token" ("expires_at");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ref_session_32ae83" ON "kvartal_refresh_token" ("session_id");
        COMMENT ON TABLE "kvartal_refresh_token" IS 'One link of a session''s chain of refresh tokens: used once, remembered until it expires.';
        CREATE TABLE IF NOT EXISTS "kvartal_building_group" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "name" VARCHAR(200) NOT NULL,
            "sort_key" VARCHAR(200) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_organiz_aa65fc" ON "kvartal_building_group" ("organization_id", "sort_key", "id");
        COMMENT ON TABLE "kvartal_building_group" IS 'Buildings that are set up together (группа объектов).';
        CREATE TABLE IF NOT EXISTS "kvartal_quarter" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "name" VARCHAR(200) NOT NULL,
            "sort_key" VARCHAR(200) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_qua_organiz_c1c683" ON "kvartal_quarter" ("organization_id", "sort_key", "id");
        COMMENT ON TABLE "kvartal_quarter" IS 'A territory (квартал); never a part of the year.';
        CREATE TABLE IF NOT EXISTS "kvartal_building" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "address" VARCHAR(500) NOT NULL,
            "sort_key" VARCHAR(200) NOT NULL,
            "timezone" VARCHAR(64) NOT NULL,
            "external_id" VARCHAR(100),
            "fias_guid" UUID,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "quarter_id" UUID REFERENCES "kvartal_quarter" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_quarter_f92808" ON "kvartal_building" ("quarter_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_organiz_211013" ON "kvartal_building" ("organization_id", "sort_key", "id");
        COMMENT ON TABLE "kvartal_building" IS 'A building (объект, дом); its time zone rules its windows.';
        CREATE TABLE IF NOT EXISTS "kvartal_building_access" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "employee_id" UUID NOT NULL REFERENCES "kvartal_employee" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_bui_organiz_8c6ee2" UNIQUE ("organization_id", "employee_id", "building_id")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_buildin_45ec28" ON "kvartal_building_access" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_employe_6fce5d" ON "kvartal_building_access" ("employee_id");
        COMMENT ON TABLE "kvartal_building_access" IS 'An employee may work with a building (доступ к объекту).';
        CREATE TABLE IF NOT EXISTS "kvartal_building_group_member" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "group_id" UUID NOT NULL REFERENCES "kvartal_building_group" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_bui_organiz_4e3ad4" UNIQUE ("organization_id", "group_id", "building_id")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_buildin_976473" ON "kvartal_building_group_member" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_bui_group_i_6d64a7" ON "kvartal_building_group_member" ("group_id");
        COMMENT ON TABLE "kvartal_building_group_member" IS 'A building in a group; a building may be in several.';
        CREATE TABLE IF NOT EXISTS "kvartal_premise" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "number" VARCHAR(50) NOT NULL,
            "sort_key" VARCHAR(200) NOT NULL,
            "kind" VARCHAR(20) NOT NULL,
            "external_id" VARCHAR(100),
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_pre_buildin_969f01" ON "kvartal_premise" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_pre_organiz_65be81" ON "kvartal_premise" ("organization_id", "building_id", "sort_key", "id");
        COMMENT ON TABLE "kvartal_premise" IS 'A flat or another unit of a building (помещение).';
        CREATE TABLE IF NOT EXISTS "kvartal_account" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "number" VARCHAR(50) NOT NULL,
            "unified_number" VARCHAR(50),
            "external_id" VARCHAR(100),
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "premise_id" UUID NOT NULL REFERENCES "kvartal_premise" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_acc_premise_6e47c8" ON "kvartal_account" ("premise_id");
        COMMENT ON TABLE "kvartal_account" IS 'An account of charges (лицевой счёт); ``unified_number`` is its ЕЛС in ГИС ЖКХ.';
        CREATE TABLE IF NOT EXISTS "kvartal_resident" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "full_name" VARCHAR(200) NOT NULL,
            "phone" VARCHAR(20),
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "user_id" UUID REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_res_user_id_aaf8d6" ON "kvartal_resident" ("user_id");
        COMMENT ON TABLE "kvartal_resident" IS 'A person whom an organization serves (житель); ``user`` is their sign-in, once they have one.';
        CREATE TABLE IF NOT EXISTS "kvartal_residency" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "premise_id" UUID NOT NULL REFERENCES "kvartal_premise" ("id") ON DELETE RESTRICT,
            "resident_id" UUID NOT NULL REFERENCES "kvartal_resident" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_res_premise_9c81ed" ON "kvartal_residency" ("premise_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_res_residen_efb00d" ON "kvartal_residency" ("resident_id");
        COMMENT ON TABLE "kvartal_residency" IS 'A resident''s tie to a premise; it is what lets them see it.';
        CREATE TABLE IF NOT EXISTS "kvartal_delivery" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "target" VARCHAR(150) NOT NULL,
            "payload" JSONB,
            "due_at" TIMESTAMPTZ NOT NULL,
            "locked_until" TIMESTAMPTZ,
            "done_at" TIMESTAMPTZ,
            "failed_at" TIMESTAMPTZ,
            "attempts" INT NOT NULL,
            "last_error" TEXT,
            "event_id" UUID REFERENCES "kvartal_event" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_del_event_i_202e98" ON "kvartal_delivery" ("event_id");
        COMMENT ON TABLE "kvartal_delivery" IS 'One handler to be told of one event, or one actor to be run; done when it has committed.';

        -- What Tortoise cannot declare; runs once, after the tables of auth and housing exist.

        CREATE UNIQUE INDEX kvartal_user_email_key ON kvartal_user (lower(email));

        ALTER TABLE kvartal_user
            ADD CONSTRAINT kvartal_user_email_lower CHECK (email = lower(email)),
            ADD CONSTRAINT kvartal_user_phone_e164 CHECK (phone ~ '^\\+[1-9][0-9]{6,14}$');

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
            ADD CONSTRAINT kvartal_one_time_code_phone_e164 CHECK (phone ~ '^\\+[1-9][0-9]{6,14}$'),
            ADD CONSTRAINT kvartal_one_time_code_attempts CHECK (attempts BETWEEN 0 AND 5);

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

        -- What Tortoise cannot declare; runs once, after the tables of auth and housing exist.
        -- The names of unique indexes are known to housing/service.py: a violation becomes a refusal.

        -- Stored sort keys are compared code point by code point, whatever the database's collation.
        ALTER TABLE kvartal_building_group ALTER COLUMN sort_key TYPE varchar(200) COLLATE "C";
        ALTER TABLE kvartal_quarter ALTER COLUMN sort_key TYPE varchar(200) COLLATE "C";
        ALTER TABLE kvartal_building ALTER COLUMN sort_key TYPE varchar(200) COLLATE "C";
        ALTER TABLE kvartal_premise ALTER COLUMN sort_key TYPE varchar(200) COLLATE "C";

        CREATE UNIQUE INDEX kvartal_building_external_id
            ON kvartal_building (organization_id, external_id) WHERE external_id IS NOT NULL;
        CREATE UNIQUE INDEX kvartal_premise_external_id
            ON kvartal_premise (organization_id, external_id) WHERE external_id IS NOT NULL;
        CREATE UNIQUE INDEX kvartal_account_external_id
            ON kvartal_account (organization_id, external_id) WHERE external_id IS NOT NULL;
        CREATE UNIQUE INDEX kvartal_premise_number
            ON kvartal_premise (organization_id, building_id, lower(number));
        CREATE UNIQUE INDEX kvartal_account_number ON kvartal_account (organization_id, number);
        CREATE UNIQUE INDEX kvartal_resident_phone
            ON kvartal_resident (organization_id, phone) WHERE phone IS NOT NULL;
        CREATE UNIQUE INDEX kvartal_residency_once
            ON kvartal_residency (organization_id, premise_id, resident_id);

        ALTER TABLE kvartal_organization
            ADD CONSTRAINT kvartal_organization_number_positive CHECK (number > 0),
            ADD CONSTRAINT kvartal_organization_name_present CHECK (btrim(name) <> ''),
            ADD CONSTRAINT kvartal_organization_billing_month_shift
                CHECK (billing_month_shift IN (-1, 0));
        ALTER TABLE kvartal_building
            ADD CONSTRAINT kvartal_building_address_present CHECK (btrim(address) <> '');
        ALTER TABLE kvartal_premise
            ADD CONSTRAINT kvartal_premise_number_present CHECK (btrim(number) <> '');
        ALTER TABLE kvartal_account
            ADD CONSTRAINT kvartal_account_number_present CHECK (btrim(number) <> '');
        ALTER TABLE kvartal_resident
            ADD CONSTRAINT kvartal_resident_phone_e164 CHECK (phone ~ '^\\+[1-9][0-9]{6,14}$');

        -- What belongs to one organization never refers to what belongs to another.
        ALTER TABLE kvartal_quarter
            ADD CONSTRAINT kvartal_quarter_organization_id_id_key UNIQUE (organization_id, id);
        ALTER TABLE kvartal_building_group
            ADD CONSTRAINT kvartal_building_group_organization_id_id_key UNIQUE (organization_id, id);
        ALTER TABLE kvartal_building
            ADD CONSTRAINT kvartal_building_organization_id_id_key UNIQUE (organization_id, id);
        ALTER TABLE kvartal_premise
            ADD CONSTRAINT kvartal_premise_organization_id_id_key UNIQUE (organization_id, id);
        ALTER TABLE kvartal_resident
            ADD CONSTRAINT kvartal_resident_organization_id_id_key UNIQUE (organization_id, id);

        ALTER TABLE kvartal_building
            ADD CONSTRAINT kvartal_building_quarter_same_organization
                FOREIGN KEY (organization_id, quarter_id) REFERENCES kvartal_quarter (organization_id, id);
        ALTER TABLE kvartal_building_group_member
            ADD CONSTRAINT kvartal_building_group_member_group_same_organization
                FOREIGN KEY (organization_id, group_id)
                REFERENCES kvartal_building_group (organization_id, id),
            ADD CONSTRAINT kvartal_building_group_member_building_same_organization
                FOREIGN KEY (organization_id, building_id)
                REFERENCES kvartal_building (organization_id, id);
        ALTER TABLE kvartal_premise
            ADD CONSTRAINT kvartal_premise_building_same_organization
                FOREIGN KEY (organization_id, building_id)
                REFERENCES kvartal_building (organization_id, id);
        ALTER TABLE kvartal_account
            ADD CONSTRAINT kvartal_account_premise_same_organization
                FOREIGN KEY (organization_id, premise_id) REFERENCES kvartal_premise (organization_id, id);
        ALTER TABLE kvartal_residency
            ADD CONSTRAINT kvartal_residency_resident_same_organization
                FOREIGN KEY (organization_id, resident_id)
                REFERENCES kvartal_resident (organization_id, id),
            ADD CONSTRAINT kvartal_residency_premise_same_organization
                FOREIGN KEY (organization_id, premise_id) REFERENCES kvartal_premise (organization_id, id);
        ALTER TABLE kvartal_building_access
            ADD CONSTRAINT kvartal_building_access_building_same_organization
                FOREIGN KEY (organization_id, building_id)
                REFERENCES kvartal_building (organization_id, id);

        CREATE INDEX kvartal_delivery_due ON kvartal_delivery (due_at, id)
            WHERE done_at IS NULL AND failed_at IS NULL;
        CREATE INDEX kvartal_delivery_done ON kvartal_delivery (done_at) WHERE done_at IS NOT NULL;
        CREATE INDEX kvartal_event_age ON kvartal_event (created_at);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXW1z27gR/isYfblkRnEt+SW5pNMZ29HduY3t1Fba66U3DERCEscUoBCgHd01/70ASI"
    "rgi2SSkmzR2i+yBWIpchcv+zy7AP5s3d5hX2Bv7zRwPceloxPbJpy33qI/WxRPiPxnUZU2"
    "auHp1KigSgQeeKaQNYiELJxIDbjwsS1ktSH2OJFFDuG2706Fy6gSPqGITKYemxGCJniG7p"
    "l/i+5dMUYYxTdEL/4b7B8eHOpPoj4PO/qzqz8PdPkQ6T8YJbUOwlpY/38UXjblXu6pZwyo"
    "+zUglmAjIsbElw/1+XOL+SNM3T+wfkxZKX5G9X/8WK3ff5ffXOqQb0Sp8bP6Or21hi7xnJ"
    "RaXUfJ6XJLzKa67NOn8/c/6ZpKKQPLZl4woUnt6UyMGZ1XDwLX2VMy6tqIUOJjQRxDrzTw"
    "vMgicVH4ZrJA+AGZP6qTFDhkiANPWaf112FAbfW2KG4DzmBvwhzi8T3126//Fj2nIWNZl1"
    "d966bXtyx10WZUWdulQjeq72H95K3DpqYEz345uX5xcPxSvyfjYuTri1onre9aEAscimrN"
    "Jqq0faJe3MIir9L38opwJ6RYrWnJjHqdSHQv/qeOmuOCRM9Jo1+iaNtj9u0eZffrVHH//K"
    "J30z+5+KjEJpx/9bSGTvo9daWrS2eZ0hehRZjssWHPnt8E/fu8/wtSX9FvV5e9rN3m9fq/"
    "tdQz4UAwS76QhR1TC3FxXCSrJoYNpk5Nw6YlwbBbZtj5tFBtFMyIrXM4zJszNx4q8Ucc7x"
    "JtxRNNRW1lxHZFW+Y0XVFjBaKb1Vp+yHhUtSnnZHhbOKdmnZ20Cn9iPnFH9B9kphV5Lp8H"
    "U5sUKCwe964y99su3SWlSVP28f3cbStqGfIf6QkRoV/zWg6J1+dn/VZhx12HAnvGvbaquz"
    "6ou8w4VEJvc296DXo7Ne7VLL1lZrsFelN9mHWZ0YlVyaQ7yZZgikf6HdQjq2fItawi1Gc2"
    "uxJ4z2zxJYAemhKfM/oDR1MP2wS5FDFKkNnbQqAXgrsI6IVQbd8AeiEMdPTnmxDUVQByAZ"
    "dXALgBcAP/HoAbGHaZYe/keF3oEZ5TUWxQQyJjTTXzbch+nYomkg8h/7zqdg5fH745OD58"
    "I6voX5+XvF5ixfPLfgaDDOXzW/pLTlFnY+wXayollNGVfNgt8pqlM/HN8ggdibHS0f7+Eu"
    "X86+RazxCyVqbdXkaXuuG1tAaxl5DHPK/FU8Y8gmmxInOyGWUOpPCmtDkvWc8AcXp19SE1"
    "Npye9zNa/HRx2rt+0dHKlZXc0EHMt0ns22P3rtagnBFdw6gc+SxPCI0bN/QCr1GLDlLOfU"
    "V1GSLPmTQD9mez7I+GlWtQ3qfoPlvV3h7UmdGJNs5cXDNvOXuhK7QrMRiWH8tUilePMUcY"
    "Kdl6gWT9q8BFABdRdfgDyApcxG4ZFsKiEBbduNrUfFxRXYbIc25cAB8geLyNwePYb19VZz"
    "FmaJa+jMFnY7DripK+dHjOpBPfKkJd5vV2KdDFqMRIUkS+n1MSdPXHBE3liESoUDHjV0oc"
    "KXHEhhKBCfnmU2lWKXkrHQiKBEMBR8xHlIl3SIKxsLIrOPGGyOXIIb7iOBfBNoBkAMnAcw"
    "dIBoZdYlg94uZtujjmORdYT7zz4cFv5Whn57hEsLOTNUIS61SX0hDD5Tyo1RlSgk/VF3Y8"
    "Kke+TV15uxrWS0s+jvk2jBgbZz0shAQYoiDBYGE+iynyeAkt+1XHrDUntAS83nTNIWngSR"
    "u4niKqNO9EYHeytRw8swZkhGmNFp6VhWn40dp5joBcndm4JkP5UOM+uyW0VURtpCq0S3Eb"
    "fihiibnMg9zGFSXIc+ltSGVwwlUG5Q8c2WOsMuSHKLon0vfkb5EaZxGjtryXTyZkMiC+LA"
    "iocD3kChS5GkBtALUBCBioDTBsDcPqodYaYz6uwm+kpRpDchwfliA5jg8Xkhzq0nfAyc+m"
    "8QP8a6bdItexYgJDWmpHcxgiJeT1Vj2SfJPcaqsU9mAwOd0QNhZPXpi+WyFtt0K2LlI/40"
    "hYJTSUckdjwdXKY0yLFh7vG3tHDXSJjcpsPaU/9yusQhaugNRfAGPgswMYA8PCMuR1ENvh"
    "lJJT0hK4Ggs0aPlxp9Ty486S5ced/PJjyJaGPOAnzANej0/9kfgTN4Qei7xro0p5P9uapq"
    "VKuNxKDNnY912i18cppzvawnVouNnhZzf0rF+2I099MFNpmjpfs7w7HQMC41nBtwbfGlww"
    "8K3BsEtzOFODe+lEzpQUuI/gPsJiO3Cyt9rJhkVjj7lo7Ib4d65NFqdWpSqUAyM8FKmSWn"
    "VCkdQDGUnjMF+lVPnEIVS42CvafPSdBh6CfBNqhRgfq4VkYZqVKldhfXRLpgISqwBvgFsK"
    "eAMMWyexCkjqmigDUtKeS0oapDZVHjZ8cicbcp35IC0J1nsK63mYC6tmVmFWFiwI29EuNx"
    "5wN9uguq2Kj5pswwNx0gVV29UpihqB00g+XOmVjaCuFCDNkScQKQXmAgAuMBdgWIiUQqR0"
    "uyOlabei6vKevCz431vqfzcgdppzJFdfL5WOBG5VAyyxaCrfvTYIY5bhlmpApRIuCQ9uRF"
    "xaVgIQHTqVqMQh6tXbcSjVxlNsu2LWRkPm6xL5IBAsBcgBnilADjBsDcPeSq0Vg40eDSa5"
    "CTZl2li2QZCjW+5kwSUHC2bxhj3GlBKvrg4N8Z1W45bFb7YAvDVuKNmi8DeYD+Lfu2U9fT"
    "qexHS0wHqLqcO0VK0J6JFslZ5/DkoxhwdLmMODPHMIB3vWILzgTMpNMzJaM0V0TKyyElxM"
    "bKUKRMy9K8ZGMjt/Oz+SUm0Jyl1V3lbHnwyYGO8hdXoKeTXBan9QrnPYFWfjsXviIxvzhW"
    "FkIGmApAEsDyQNGHbpwZRyXK3i180FmuPSdY/K5GPLWotJhaNcRvYjHx+TVVwjT4+ZYs7v"
    "me9UXgeQE2xS4zsq1fiOljS+o/wxPJZ0tdy7ggZ4yphHMF3gvJhyGR0OpOCmht+4ca5nkD"
    "29uvqQGl9Pz/sZ5X26OO3Jxql1Kiu5oe8c7jqVgxyrO9Ints0C7crnfen4Wjl3Ghu1yywQ"
    "jeqr3SFt2X1GhEdb1ej9Hw/e6A1rjvX/R+aGNfrzR2TsCPlafR5Fu0O+fIe+fJEmlgpwLB"
    "qoTfq/fFHut8rdVFU6+m4d/SvdjnLI9Xe9oWTnTVSqv+gf72BddAS+Ovjq4NKBrw6GhZ0k"
    "N7WTZDhdVXEvE4kGBUqPyvDUR4tp6qM8S52a7yuR/TnJ5jjo69cj+SaIT6UzV+StLEHWab"
    "HmaBCSrbcn2Xrqk4nLq+5MlZba0XgTJFivIcE6aknr0N/H5FZb1eoe1Fy6N20sencauJ7j"
    "0lGriHWYX2yXoh0GZvUSkby4fkQ2hHRCyB1gg2zAIZvQzp1CcWC/jParkkAC/aHSrf3AIy"
    "G/cC/Nxu7LHgH4uailcuYL65bM1P+y5HcgFIBQANzZBkIBDAuEQlVCQWpUKr3gZOrFWM4Q"
    "aRSlUA4LLwPDOSBnTsVl1WfKNEh/3VL66y7RX7dg5zQ5Mv5RMdZsyjye/lq9wGdT8pcLxm"
    "054qykyk1soQaszMqszNDF3BoF1bzmlNAKzvPT525XIGKAv6qltq+BdNAqJ0unpTbaxIC+"
    "2opmtiH6KmpI69DfP5NbbVOje1Bx6b60cfbqZ58F09YyCius0a7EY1mjudCDbFb8OxyJMR"
    "YI+0SftxpMUcw6RSzXQXL6U+rk1Oj8VFSGCjPqdBceuAoMFzBcQIQAwwWGBYbrcVJm8KQS"
    "vxDX33VuBrit1fQHIBmQX6O3Zk5hlAuis98exDJRvTqIxpokslXC9K7a8Uzf4Z38Z148wT"
    "M0IOoqJ3Likw+6AJEUQpDwicL/548ZYxHI5gdoAh4sQBMw7ALDmiNmhVEwI/acczVNbZlz"
    "TVlVmTK7oifwqMGj3pJYypyCX1V7uUDAVnXYB7VnDkMl1Gam4q5Lc81TWmaa2xiAS/XMIu"
    "SW7bolIFt29CiD1Dwywh5SGyKJWRhuOiRJuKlgNTd5iTB1kARoaMAC6mB/phaBYyQIxRSO"
    "+QVoBh48QDMwLESNHn2h9UItLVweXFNJm9kECWJrJZS0+T1Tm7V9fOvi5PLk595F77JvnV"
    "1dfDy5/E/VETSr01IqXaLR3KZRtNLZX1H1BiU8d8vkO3cXpzt3IWV8Eye/w/qFtaxfGLie"
    "pwDxhFExtvjYHRa4nTcT7HkL598Ft3g8j2W/3lx80H19PJ+G1ZdlM/DNxcmHD/lp2JOvwo"
    "UlHTV36NohlcWoV5C6sXQHvWW3ecQN9eYlz3VHvXjxfxElY2wMUIKNMXYkKEPEDKWF1d7T"
    "mDKd+ivNIkJiJbPmfWiuZk8SfQ9/NJJ+nYS2OThaKd03w4dB9i/wOJWnN4D7wOPslGGBx1"
    "mJx4EN894u3+gN0n9XS/9tGMVz3bs5f9+77J+ffFgNHK7/jDtgKtbAVEBGFmQaQaZRAzON"
    "IGWmYBzaWMpMvLC9iJoxFr2XoGaM1fZlqBlZ1XcF86MEmXBJdXSgwb6xNtsoORi8fIeoWt"
    "uAMJrKX1NUjsqZmRHsw/JrIGAAp28BTgcC5pkaFggYSBGB5ddbqz+AcADhGr38+jo8Ldie"
    "tYrASHK1HBzxU/VLAJL4sOIf1D7mBAmmQEYYbla7m6vz0u7VllLy1dXmUmSCOCHyAiTnA6"
    "YA1xMwBRi2hmHBaalF18PBQOV1Fc/rFZWVEXvO2gJ3eLMRjbgprUOB18a9tqrdPai7TIeC"
    "46dKae2Rjp+aN6sl0Kvsqddmcy8DvKbE59Ixuh+zCcIUmX1MQiz/bn4K9rGxbrprJObq9d"
    "SHdnjMNY8Pt5Y4zPURl+3klUvbiMkGospmaIzviPxKALgBcAP/HoAbGBaCQZsKBg3l81tV"
    "I0IpoV0Pa0zHFZcbzgWakwC5/hRS4FVqcQXKe6yoLkMEjqoBiqAmRaBa0TqU94k38JAaow"
    "ttDOCe+YyeedidtIoQbnK1XQri2rK+Zc8FHgS5V1QiTtsOfJ8oGKpXoHJ7TJzAIw6Sosxv"
    "I30/+XUwk1jYlVdVomNcy0e2fGY0dH2+MOL4WT4ov9VqVL/Fle8M2zcDmgXQA2gWDLvMsP"
    "G4WRZjxPUbBM46pVZMdpYsmezk10wm80zF/pASfKrusF4PuhGNfgObe7wnnis9leKsrfnF"
    "cn6VY1Yv5VWNMXWUdySYOvtCMM9R3hWTV6T7REVb7f6hvmkfK6rlB/QdclTp/ZhQlds1xh"
    "zZbDJxhWxhEBcATwomXPCkwLC1PClfjpjVfKlYYte9qSmeeQwXzB5/v7m6XEB2JyLZruDa"
    "Av0PeS4vE1x5+tPY1TumGnmsqhcXJ79mtXj24eo023rVDU4zGnXkFF59iEmkwDN9kkFEja"
    "RyiA+ocL2qxsvKrsGET985GmdB5V3X6XmJGNjtKew2xK5Xyy1LCYLtnsJ2WILXyVS+V850"
    "C3MyTJGt3zh2bUkZHubCIr7PCkJuffJtga7SUtucXLCsUfd+7S/3suZt+sPV5c9x9azrld"
    "mv6q56er0ps5txc62BvMpqBMwDMWDfenflssK3K/RrNoPNHQtlKKiIpMwosARPObfdwyTl"
    "DZsQMVY7DQu1enQs7y4N5LTVOb2u4Oje9QkaMn8CtCPQjsBOAe0Ihq1h2B3YdGUju2Q+Ie"
    "W4BcTY2jjHdYVVv/8fm+2qkw=="
)
