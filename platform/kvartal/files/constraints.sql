CREATE INDEX kvartal_stored_file_of_owner
    ON kvartal_stored_file (owner_kind, owner_id, created_at, id) WHERE owner_id IS NOT NULL;
CREATE INDEX kvartal_stored_file_orphan
    ON kvartal_stored_file (created_at) WHERE owner_id IS NULL;

ALTER TABLE kvartal_stored_file
    ADD CONSTRAINT kvartal_stored_file_name_present CHECK (btrim(name) <> ''),
    ADD CONSTRAINT kvartal_stored_file_size_positive CHECK (size > 0),
    ADD CONSTRAINT kvartal_stored_file_hash_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT kvartal_stored_file_owner
        CHECK ((owner_kind IS NULL) = (owner_id IS NULL)),
    ADD CONSTRAINT kvartal_stored_file_organization_id_id_key UNIQUE (organization_id, id);
