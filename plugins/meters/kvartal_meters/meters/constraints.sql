-- The latest reading is kept on the meter: room on the page keeps those updates HOT.
ALTER TABLE meters_meter SET (fillfactor = 70);

CREATE UNIQUE INDEX meters_meter_identifier
    ON meters_meter (organization_id, identifier) WHERE status <> 'ARCHIVED';
CREATE UNIQUE INDEX meters_meter_external_id
    ON meters_meter (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX meters_meter_search
    ON meters_meter USING gin (organization_id, search gin_trgm_ops);

ALTER TABLE meters_meter
    ADD CONSTRAINT meters_meter_identifier_present CHECK (btrim(identifier) <> ''),
    ADD CONSTRAINT meters_meter_place CHECK ((scope = 'COLLECTIVE') = (premise_id IS NULL)),
    ADD CONSTRAINT meters_meter_archived CHECK ((status = 'ARCHIVED') = (archived_at IS NOT NULL)),
    ADD CONSTRAINT meters_meter_interval CHECK (verification_interval BETWEEN 1 AND 30),
    ADD CONSTRAINT meters_meter_digits CHECK (int_digits BETWEEN 1 AND 12),
    ADD CONSTRAINT meters_meter_ratio CHECK (transformation_ratio > 0),
    ADD CONSTRAINT meters_meter_initial
        CHECK (least(initial_t1, initial_t2, initial_t3) >= 0),
    ADD CONSTRAINT meters_meter_verification_order CHECK (verified_on <= next_verification_on),
    ADD CONSTRAINT meters_meter_organization_id_id_key UNIQUE (organization_id, id),
    ADD CONSTRAINT meters_meter_building_same_organization
        FOREIGN KEY (organization_id, building_id) REFERENCES kvartal_building (organization_id, id),
    ADD CONSTRAINT meters_meter_premise_same_organization
        FOREIGN KEY (organization_id, premise_id) REFERENCES kvartal_premise (organization_id, id);
ALTER TABLE meters_collective_details
    ADD CONSTRAINT meters_collective_details_meter_same_organization
        FOREIGN KEY (organization_id, meter_id) REFERENCES meters_meter (organization_id, id);

ALTER TABLE meters_reading
    ADD CONSTRAINT meters_reading_month CHECK (extract(day FROM billing_month) = 1),
    ADD CONSTRAINT meters_reading_values CHECK (least(t1, t2, t3) >= 0),
    ADD CONSTRAINT meters_reading_meter_same_organization
        FOREIGN KEY (organization_id, meter_id)
        REFERENCES meters_meter (organization_id, id) ON DELETE CASCADE;

-- One index per hot scope of the list; each is walked by its keyset. The organization is named in
-- each: otherwise the planner counts it twice and would rather sort a house than walk its index.
CREATE INDEX meters_reading_by_organization
    ON meters_reading (organization_id, submitted_at DESC, id DESC);
CREATE INDEX meters_reading_by_building
    ON meters_reading (organization_id, building_id, submitted_at DESC, id DESC);
CREATE INDEX meters_reading_by_update ON meters_reading (organization_id, updated_at, id);
CREATE INDEX meters_reading_to_review
    ON meters_reading (organization_id, submitted_at DESC, id DESC) WHERE needs_review;
-- House meters are few among all: without indexes of their own they are looked for among all.
CREATE INDEX meters_reading_collective
    ON meters_reading (organization_id, submitted_at DESC, id DESC) WHERE scope = 'COLLECTIVE';
CREATE INDEX meters_reading_collective_of_building
    ON meters_reading (organization_id, building_id, submitted_at DESC, id DESC)
    WHERE scope = 'COLLECTIVE';
