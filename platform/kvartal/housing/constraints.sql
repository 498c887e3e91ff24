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
-- What is in the archive keeps its number, and leaves it free for another.
CREATE UNIQUE INDEX kvartal_premise_number
    ON kvartal_premise (organization_id, building_id, lower(number)) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX kvartal_account_number
    ON kvartal_account (organization_id, number) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX kvartal_resident_phone
    ON kvartal_resident (organization_id, phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX kvartal_residency_once
    ON kvartal_residency (organization_id, premise_id, resident_id);

-- The words of a text, each with a space before it, to be found by their beginnings.
CREATE FUNCTION kvartal_search_text(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ' ' || btrim(regexp_replace(translate(lower(given), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g'));
ALTER TABLE kvartal_premise ALTER COLUMN search SET DEFAULT '';
CREATE INDEX kvartal_premise_search
    ON kvartal_premise USING gin (organization_id, search gin_trgm_ops);

ALTER TABLE kvartal_organization
    ADD CONSTRAINT kvartal_organization_number_positive CHECK (number > 0),
    ADD CONSTRAINT kvartal_organization_name_present CHECK (btrim(name) <> ''),
    ADD CONSTRAINT kvartal_organization_inn CHECK (inn ~ '^[0-9]{10}([0-9]{2})?$'),
    ADD CONSTRAINT kvartal_organization_billing_month_shift
        CHECK (billing_month_shift IN (-1, 0));
ALTER TABLE kvartal_building_group
    ADD CONSTRAINT kvartal_building_group_name_present CHECK (btrim(name) <> '');
ALTER TABLE kvartal_quarter
    ADD CONSTRAINT kvartal_quarter_name_present CHECK (btrim(name) <> '');
ALTER TABLE kvartal_building
    ADD CONSTRAINT kvartal_building_address_present CHECK (btrim(address) <> '');
ALTER TABLE kvartal_premise
    ADD CONSTRAINT kvartal_premise_number_present CHECK (btrim(number) <> '');
ALTER TABLE kvartal_account
    ADD CONSTRAINT kvartal_account_number_present CHECK (btrim(number) <> '');
ALTER TABLE kvartal_resident
    ADD CONSTRAINT kvartal_resident_full_name_present CHECK (btrim(full_name) <> ''),
    ADD CONSTRAINT kvartal_resident_phone_e164 CHECK (phone ~ '^\+[1-9][0-9]{6,14}$');

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
ALTER TABLE kvartal_service_token_building
    ADD CONSTRAINT kvartal_service_token_building_building_same_organization
        FOREIGN KEY (organization_id, building_id)
        REFERENCES kvartal_building (organization_id, id);
