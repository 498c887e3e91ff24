-- What Tortoise cannot declare; runs once, after the tables of housing and of this feature exist.

CREATE UNIQUE INDEX meters_resource_settings_of_building
    ON meters_resource_settings (organization_id, building_id, resource_kind)
    WHERE building_id IS NOT NULL;
CREATE UNIQUE INDEX meters_resource_settings_of_quarter
    ON meters_resource_settings (organization_id, quarter_id, resource_kind)
    WHERE quarter_id IS NOT NULL;
CREATE UNIQUE INDEX meters_resource_settings_of_group
    ON meters_resource_settings (organization_id, group_id, resource_kind)
    WHERE group_id IS NOT NULL;
CREATE UNIQUE INDEX meters_resource_rule_active_of_quarter
    ON meters_resource_rule (organization_id, quarter_id)
    WHERE quarter_id IS NOT NULL AND cancelled_at IS NULL;
CREATE UNIQUE INDEX meters_resource_rule_active_of_group
    ON meters_resource_rule (organization_id, group_id)
    WHERE group_id IS NOT NULL AND cancelled_at IS NULL;

ALTER TABLE meters_resource_settings
    ADD CONSTRAINT meters_resource_settings_place CHECK (
        num_nonnulls(building_id, quarter_id, group_id) = 1
        AND (level = 'BUILDING') = (building_id IS NOT NULL)
        AND (level = 'QUARTER') = (quarter_id IS NOT NULL)
        AND (level = 'GROUP') = (group_id IS NOT NULL)
    ),
    ADD CONSTRAINT meters_resource_settings_both_days
        CHECK ((start_day IS NULL) = (end_day IS NULL)),
    ADD CONSTRAINT meters_resource_settings_days_of_month
        CHECK (start_day BETWEEN 1 AND 31 AND end_day BETWEEN 1 AND 31),
    -- A quarter is locked by the rules over its buildings, never by a mark of its own.
    ADD CONSTRAINT meters_resource_settings_lock_of_building
        CHECK (locked_by_id IS NULL OR level = 'BUILDING');
ALTER TABLE meters_resource_rule
    ADD CONSTRAINT meters_resource_rule_place CHECK (
        num_nonnulls(quarter_id, group_id) = 1
        AND level IN ('QUARTER', 'GROUP')
        AND (level = 'QUARTER') = (quarter_id IS NOT NULL)
    ),
    ADD CONSTRAINT meters_resource_rule_snapshot_list
        CHECK (jsonb_typeof(snapshot) = 'array');

-- What belongs to one organization never refers to what belongs to another.
ALTER TABLE meters_resource_rule
    ADD CONSTRAINT meters_resource_rule_organization_id_id_key UNIQUE (organization_id, id),
    ADD CONSTRAINT meters_resource_rule_quarter_same_organization
        FOREIGN KEY (organization_id, quarter_id) REFERENCES kvartal_quarter (organization_id, id),
    ADD CONSTRAINT meters_resource_rule_group_same_organization
        FOREIGN KEY (organization_id, group_id)
        REFERENCES kvartal_building_group (organization_id, id);
ALTER TABLE meters_resource_settings
    ADD CONSTRAINT meters_resource_settings_building_same_organization
        FOREIGN KEY (organization_id, building_id)
        REFERENCES kvartal_building (organization_id, id),
    ADD CONSTRAINT meters_resource_settings_quarter_same_organization
        FOREIGN KEY (organization_id, quarter_id) REFERENCES kvartal_quarter (organization_id, id),
    ADD CONSTRAINT meters_resource_settings_group_same_organization
        FOREIGN KEY (organization_id, group_id)
        REFERENCES kvartal_building_group (organization_id, id),
    ADD CONSTRAINT meters_resource_settings_lock_same_organization
        FOREIGN KEY (organization_id, locked_by_id)
        REFERENCES meters_resource_rule (organization_id, id);
