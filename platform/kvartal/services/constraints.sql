-- What Tortoise cannot declare; runs once, after the tables of housing and of this feature exist.

ALTER TABLE kvartal_service ALTER COLUMN sort_key TYPE varchar(200) COLLATE "C";

-- The list, newest first, of an organization and of one of its buildings.
CREATE INDEX kvartal_service_order_newest
    ON kvartal_service_order (organization_id, created_at DESC, id DESC);
CREATE INDEX kvartal_service_order_of_building
    ON kvartal_service_order (building_id, created_at DESC, id DESC);
-- One object has one open order of a service: to order again is to come back to it.
CREATE UNIQUE INDEX kvartal_service_order_open_of_source
    ON kvartal_service_order (organization_id, service_id, source_kind, source_id)
    WHERE source_id IS NOT NULL AND status IN ('NEW', 'IN_PROGRESS');

ALTER TABLE kvartal_service
    ADD CONSTRAINT kvartal_service_title_present CHECK (btrim(title) <> ''),
    ADD CONSTRAINT kvartal_service_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE kvartal_service_order
    ADD CONSTRAINT kvartal_service_order_source
        CHECK ((source_kind IS NULL) = (source_id IS NULL)),
    ADD CONSTRAINT kvartal_service_order_service_same_organization
        FOREIGN KEY (organization_id, service_id) REFERENCES kvartal_service (organization_id, id),
    ADD CONSTRAINT kvartal_service_order_building_same_organization
        FOREIGN KEY (organization_id, building_id)
        REFERENCES kvartal_building (organization_id, id),
    ADD CONSTRAINT kvartal_service_order_premise_same_organization
        FOREIGN KEY (organization_id, premise_id) REFERENCES kvartal_premise (organization_id, id),
    ADD CONSTRAINT kvartal_service_order_resident_same_organization
        FOREIGN KEY (organization_id, resident_id)
        REFERENCES kvartal_resident (organization_id, id);
