from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "meters_meter" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "scope" VARCHAR(20) NOT NULL,
            "type" VARCHAR(30) NOT NULL,
            "resource_kind" VARCHAR(20) NOT NULL,
            "identifier" VARCHAR(64) NOT NULL,
            "external_id" VARCHAR(64),
            "brand" VARCHAR(100),
            "model" VARCHAR(100),
            "serial_number" VARCHAR(50),
            "commissioned_on" DATE,
            "verification_interval" SMALLINT,
            "verified_on" DATE,
            "next_verification_on" DATE,
            "status" VARCHAR(20) NOT NULL,
            "archived_at" TIMESTAMPTZ,
            "int_digits" SMALLINT,
            "transformation_ratio" DECIMAL(12,4) NOT NULL,
            "initial_t1" DECIMAL(16,4),
            "initial_t2" DECIMAL(16,4),
            "initial_t3" DECIMAL(16,4),
            "latest_reading_id" UUID,
            "latest_month" DATE,
            "latest_submitted_at" TIMESTAMPTZ,
            "search" TEXT NOT NULL,
            "account_id" UUID REFERENCES "kvartal_account" ("id") ON DELETE RESTRICT,
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "premise_id" UUID REFERENCES "kvartal_premise" ("id") ON DELETE RESTRICT,
            "replaces_id" UUID UNIQUE REFERENCES "meters_meter" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_mete_account_511a2f" ON "meters_meter" ("account_id");
        CREATE INDEX IF NOT EXISTS "idx_meters_mete_buildin_64fa90" ON "meters_meter" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_meters_mete_premise_5b2b72" ON "meters_meter" ("premise_id");
        COMMENT ON TABLE "meters_meter" IS 'A metering device (прибор учёта, ПУ).';
        CREATE TABLE IF NOT EXISTS "meters_collective_details" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "installation_place" VARCHAR(200),
            "condition" VARCHAR(20) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "meter_id" UUID NOT NULL UNIQUE REFERENCES "meters_meter" ("id") ON DELETE RESTRICT
        );
        COMMENT ON TABLE "meters_collective_details" IS 'What only a house meter (ОДПУ) has.';
        CREATE TABLE IF NOT EXISTS "meters_resource_rule" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "level" VARCHAR(10) NOT NULL,
            "snapshot" JSONB NOT NULL,
            "cancelled_at" TIMESTAMPTZ,
            "group_id" UUID REFERENCES "kvartal_building_group" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "quarter_id" UUID REFERENCES "kvartal_quarter" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_reso_group_i_039d57" ON "meters_resource_rule" ("group_id");
        CREATE INDEX IF NOT EXISTS "idx_meters_reso_quarter_625cd9" ON "meters_resource_rule" ("quarter_id");
        COMMENT ON TABLE "meters_resource_rule" IS 'A rule that a quarter or a group keeps applied (применять правило); the snapshot it applied.';
        CREATE TABLE IF NOT EXISTS "meters_resource_settings" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "level" VARCHAR(10) NOT NULL,
            "resource_kind" VARCHAR(20) NOT NULL,
            "active" BOOL NOT NULL,
            "start_day" SMALLINT,
            "end_day" SMALLINT,
            "fractions_allowed" BOOL NOT NULL,
            "accepts_expired" BOOL NOT NULL,
            "building_id" UUID REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "group_id" UUID REFERENCES "kvartal_building_group" ("id") ON DELETE RESTRICT,
            "locked_by_id" UUID REFERENCES "meters_resource_rule" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "quarter_id" UUID REFERENCES "kvartal_quarter" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_reso_buildin_10a5ca" ON "meters_resource_settings" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_meters_reso_locked__48efba" ON "meters_resource_settings" ("locked_by_id");
        COMMENT ON TABLE "meters_resource_settings" IS 'Parameters of a resource at one level: of a building, or a quarter''s or group''s draft.';
        CREATE TABLE IF NOT EXISTS "meters_reading" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "scope" VARCHAR(20) NOT NULL,
            "resource_kind" VARCHAR(20) NOT NULL,
            "billing_month" DATE NOT NULL,
            "taken_on" DATE NOT NULL,
            "submitted_at" TIMESTAMPTZ NOT NULL,
            "author_kind" VARCHAR(20) NOT NULL,
            "channel" VARCHAR(20) NOT NULL,
            "t1" DECIMAL(16,4) NOT NULL,
            "t2" DECIMAL(16,4),
            "t3" DECIMAL(16,4),
            "previous_t1" DECIMAL(16,4),
            "previous_t2" DECIMAL(16,4),
            "previous_t3" DECIMAL(16,4),
            "consumption" DECIMAL(16,4),
            "needs_review" BOOL NOT NULL,
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "meter_id" UUID NOT NULL REFERENCES "meters_meter" ("id") ON DELETE CASCADE,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "premise_id" UUID REFERENCES "kvartal_premise" ("id") ON DELETE RESTRICT,
            "submitted_by_id" UUID REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_meters_read_organiz_cb5a45" UNIQUE ("organization_id", "meter_id", "billing_month")
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_read_meter_i_39f8bc" ON "meters_reading" ("meter_id");
        CREATE INDEX IF NOT EXISTS "idx_meters_read_premise_be9e59" ON "meters_reading" ("premise_id");
        COMMENT ON TABLE "meters_reading" IS 'A reading (показание) of all registers of a meter for one billing month.';
        CREATE TABLE IF NOT EXISTS "meters_reading_revision" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "author_kind" VARCHAR(20) NOT NULL,
            "channel" VARCHAR(20) NOT NULL,
            "old_t1" DECIMAL(16,4),
            "old_t2" DECIMAL(16,4),
            "old_t3" DECIMAL(16,4),
            "new_t1" DECIMAL(16,4) NOT NULL,
            "new_t2" DECIMAL(16,4),
            "new_t3" DECIMAL(16,4),
            "changed_by_id" UUID REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "reading_id" UUID NOT NULL REFERENCES "meters_reading" ("id") ON DELETE CASCADE
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_read_reading_7ebbe7" ON "meters_reading_revision" ("reading_id");
        COMMENT ON TABLE "meters_reading_revision" IS 'One change of a reading: who saved which values when, over which channel.';

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
                REFERENCES meters_resource_rule (organization_id, id);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXVtv4zYa/SuCXzYDZIP4kmSQLQo4mXTqbRLPJp5O0W4h0BJtE5Elj0Q5k3bnvy9J3a"
    "mLRUV2ZIsvsk3x0OIh+ZHfhdTfnSXE0HZOri3DgBpGa/gBYoAMp3Op/N0xwRKSL/mZjpUO"
    "WK2iLDQBg6kRQ6laiFL1GGzqYBtomGScAcOBJEmHjmajFUaWSeFfFgArlmm8KEBZWK4DFV"
    "agcvRf93TQhew6YNcZvfb675QFcE5o4a6JvrpQxdYc4gW0SWl//EmSkanDb9AJfq6e1BmC"
    "hp6oKtJpASxdxS8rlvb58+jDTywnfcoprZG7NKPcqxe8sMwwu+si/YRi6L05NKENMNRjFT"
    "Vdw/BJCpK8JyYJ2HZh+Kh6lKDDGXANSlfnh5lrapQl5WkNbAyME316srR0aDgn9L8vfvSf"
    "M4ZR1fvxRH28magqvalZJqUfmZg19Hcvf1Rrr/kp8Prn4cNR//wdq6fl4LnNbjJOOt8ZEG"
    "DgQRmzEZWaDWnFVYDTlH4gdzBawmxak0iOXt2HngRfqtAcJEQ8R72wgGjNsLSnE9N6rpPi"
    "yeju5nEyvPtEYUvH+WowhoaTG3qnx1JfuNQjr0UsMoS8wRYWonwZTX5W6E/l9/H9Dd9uYb"
    "7J7x36TMDFlkoqpAI9zkKQHCSRrFHDuiu9YsMmkbJhG9awiNQMEG4pNerKABpMN/D1Atg5"
    "wjATzTUyoa5Es/pCT6hVKVyw7TpL8E01oDnHC/Kzd3pa0Ji/Dh+YLCS5uBa692/1vHvfE5"
    "SSf9QRm9Iymbwx3SVjc0TJMz3KkrIwXkAlMquNkS/jh19G9x9FhwNPaSlGCwjl+bTsOTDR"
    "X14nE5usM6B1ztxb6qOvmZu5FZwgX3HMbpc4O6WJLgVnT5krmHiPSTP3k2VDNDd/gS+pEc"
    "zRFcwyY668ZnWxKDVqExs8h4vkrAFEvpB1J+ko9P4DmYAeRteTDuPU6lmZpLJulWZzbMKJ"
    "RS6buPR1kbuglCb1vo0MxodUAXXL3jJGHUsBJpizx6VPR/8uwUOGshYStFFBCxtks0429H"
    "QwZM4VHa6RBj1trM80sMEp+/6eXbvsCr10hX302fWCXs/Y7UGPZTo9VhJqnFThpAonV/pS"
    "hZMNW6Fh10SiZ65WRibObtAYgmtNOo9tqf26omrFnJb8z153cDF43z8fvCdZ2L+HKRcFrT"
    "i6n3DrYUezVjnK7WaVLATvTh2rQbmtWxNjta7IYIDdIwL7ZQjs5xPYTxFIRr3l2hpUn8iD"
    "V2UyVcgeUVp/n0Q6NDEixWUoGAWGqwRqjwg8H5Qg8HyQSyC9lSQQfiPLexMYmaaCfAY52P"
    "7Y/OpncGqDvNGczV0I2B/WuqUspd0CS2k3bSll6o8IcSGg5cQ5RCEnQ49MFVMxuZcC7g+R"
    "Z2V4PMun8SzDUL9cIoeuhIlyk7WApmpRjq6bhhbpRc3htIBDqsxwDBFFgUySmm/+M4nEX4"
    "OMAfu4BIZRpG1kF1JJ99hV3/O0j37v4jxUPOiPIp3j8W54e5tWPLz6C3cxDnaI3cskiwg1"
    "0T3EKMrDHyJXRBnArlNZfw3RO/QnDq8no19vRE0z21YYgK0t0LqSIYyD1mAJe/uutnfmLl"
    "InVUdzhDMGQ/FElES2ZPYhpZrOzLKXnoC06UdGv4caItxl85ZXBN//vTJO/LKaYkcsErM3"
    "1yPC2lG3d+zpe6SfI887F4iWQdrgYCJM19C4K0hjEvhq8t5edIT0nVehr1eVvp6kj7DQr0"
    "pfv830GaRGDlZtCHRkzgWjYzLBr3Ajvz2HAuFEfuWXlknWZQJrdB53iGtzv46OO10iXM3H"
    "mlOEXGK+xRLTgXSln27CCdE38+xqAWKH+pWoZlXURDe/TRKtE2hQR3fD394lWuh2fP8xyB"
    "7TuK5vx1e8pqVplkvW3GJSNonaqnh92yjEhAvBRUaFGYmDbTe2tTlsyYjgSrStbLhEDhRk"
    "LIlqyXi0IdvN4AhyxcFqJEtGUB98BHXWfFAHgVexsho1C2zkjpveSvDmC6s6aPsUFdUkwb"
    "aRtKS8LsGZv+Cqg7NhVNRecZZcc1bY4RAI/jSJW9rksMv5YSN93LRXzzaHBz/M7cFlFU7t"
    "dkjcPy6x6SGMm7MDRInNDzSvgum+dKB8dUkvh7Zi2eTH3LbclfIE4cpRyF8bCOq5OyM0dj"
    "1jV53dnUWbIQaakoJ5116siKm3ueLdv8jDQMUxwcpZWFhBOPhzuYVCbqGQkfZyC4VsWLmF"
    "YltbKAy4zovX3ByCEoL3KNq6Wy52syB0MxW56c/caRb//Ti+zzEuxzC86EAaVv6nGMjZWq"
    "er165Aa1lsaOZtytxwpwXwhmaNdjjDqDblcljpcXkLAcxW04LGtjimJWZJafiuRJuvuAky"
    "lkQdcA+TxtztGnP9jlQHf/+JimpSp9tIXHIsleCMCfc6rd8fgwL3irf4HFfaLFnR0PYIMS"
    "ZEeWIjx9gW5jkWMbg5cdRGo9snYAOvBMWaKUAJilHY4ZBQYYrEpXcv8BAce0Y5v5v9w6E/"
    "GXfkq26DGZbmMWkek1YUaR6TDSvNY9I81ljzmDwgo/79buwg7jSXV5ZlQGDmBWEGII67KU"
    "Fti7wwpR4xezUe3yYk7NWID1r9fHd1Q3oot30g4+wgTKYDVQcvaRqLt5wlgC3ZcQZNvQpV"
    "MVhLiJpRPYjMko5KeLGeYYbAKxykmfgdjtdABWnccAWaBlfYUeG3FbKFac1ASyF42YAY9a"
    "bbUffGodEg0zzVr4jiN30R3YvH4VrSraQD6DAdQG/MlfQAHWQ4f7N8GeLR/A11nO20wx2S"
    "52ynxJVwnWUuRF5DXU5o+l4NU35ltT23IztGoZPpbQSBhCvhZIzylonn97LHQ/W9Vxb0QS"
    "zy/iL2XY9F4Z+9Y25HwyDlzJET+Si999TNLJt5KKfIMOifsEMP8jyPf6Sm1vCtDD7ePzTh"
    "T+mjlD5K6cqSPkrZsNJHKd+CsJmyLTvUpI+ydkqTC55MwZxjXOaBrzxeqgFmrYzzpTB4gq"
    "Jn48YxB0nKa07b2sIxWw0gae/mbHJzYdmvkqNcEa2WotoCmGb1CKQYvNU0Ch/sWtOBrg2Q"
    "IJXO1BQ+ybXdJ7gKn9za7hNbVzZcI8t1xM9b5pCSQNFxyiElgaIjl0O2lUBavLtcZXuQCw"
    "nkkG0l0IRQp56ONYLPaQYLg9l4qIxku2xAJFsDlnoC0TPxV5iX5SqOkcfSyuAseSxtHVRF"
    "divhgMkMqIxokxFtexbR1jTy5Am1uzihNgyMeWVcVtnDVXe76tjIV3wtlWDrevh4Pfxw08"
    "mdI+roZZ+dfQybzJjuthzI9kB0LMeLM8sLaAuzHJcPbGO6WwjaGOE2NqFCDflzGByewUq5"
    "VJ4XluKANdTJN6QtlDUwXOiQH9A8Vqw1tP103wsgz8uQsWgyZEnGosmGlX7tt3bISr92LT"
    "RatBhRJ1oEaqvxnTEg6jqLQK2mTdRhFoHaSpsJn8UHaQRqbRAKo0B0lEagVnc30VEagdpK"
    "m6dhV7DCp4CHbIOXvrEa3kNY5UXVtb2huvHuV+nm2a6bJ7a79pW299ie3kZ1uhIvNwN5Hp"
    "5M+3sk4ttrfU9Nc/Xa3r//H9xhdbM="
)
