from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "notifications_suppressed_address" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "email" VARCHAR(254) NOT NULL UNIQUE,
            "problem" VARCHAR(100) NOT NULL
        );
        COMMENT ON TABLE "notifications_suppressed_address" IS 'An e-mail address that its server refuses for good: nothing is sent to it for a while.';
        CREATE TABLE IF NOT EXISTS "notifications_reminder_run" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "kind" VARCHAR(20) NOT NULL,
            "timezone" VARCHAR(64) NOT NULL,
            "day" DATE NOT NULL,
            "after_id" UUID,
            "told" INT NOT NULL,
            "finished_at" TIMESTAMPTZ,
            CONSTRAINT "uid_notificatio_kind_f19c76" UNIQUE ("kind", "timezone", "day")
        );
        COMMENT ON TABLE "notifications_reminder_run" IS 'The reminders of one kind, for one time zone, on one day: begun once, ended once.';
        CREATE TABLE IF NOT EXISTS "notifications_device" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "provider" VARCHAR(20) NOT NULL,
            "address_sealed" BYTEA NOT NULL,
            "address_hash" VARCHAR(64) NOT NULL UNIQUE,
            "title" VARCHAR(100),
            "locale" VARCHAR(5) NOT NULL,
            "session_id" UUID NOT NULL REFERENCES "kvartal_session" ("id") ON DELETE CASCADE,
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_notificatio_user_id_f68bff" ON "notifications_device" ("user_id");
        COMMENT ON TABLE "notifications_device" IS 'An app or browser that takes pushes, for as long as the session lives that registered it.';
        CREATE TABLE IF NOT EXISTS "notifications_policy" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "quiet_from" SMALLINT NOT NULL,
            "quiet_until" SMALLINT NOT NULL,
            "last_day_to_all" BOOL NOT NULL,
            "organization_id" UUID NOT NULL UNIQUE REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        COMMENT ON TABLE "notifications_policy" IS 'How an organization tells people; the defaults hold where it has set nothing.';
        CREATE TABLE IF NOT EXISTS "notifications_opt_out" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "kind" VARCHAR(100) NOT NULL,
            "channel" VARCHAR(20) NOT NULL,
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_notificatio_user_id_f790df" UNIQUE ("user_id", "kind", "channel")
        );
        COMMENT ON TABLE "notifications_opt_out" IS 'A person does not want a kind of notices by a channel.';
        CREATE TABLE IF NOT EXISTS "notifications_person_settings" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "locale" VARCHAR(5) NOT NULL,
            "quiet_from" SMALLINT,
            "quiet_until" SMALLINT,
            "user_id" UUID NOT NULL UNIQUE REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT
        );
        COMMENT ON TABLE "notifications_person_settings" IS 'What a person has set for themselves.';
        CREATE TABLE IF NOT EXISTS "notifications_role_tick" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "kind" VARCHAR(100) NOT NULL,
            "channel" VARCHAR(20) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "role_id" UUID NOT NULL REFERENCES "kvartal_role" ("id") ON DELETE CASCADE,
            CONSTRAINT "uid_notificatio_organiz_ec8a2f" UNIQUE ("organization_id", "role_id", "kind", "channel")
        );
        COMMENT ON TABLE "notifications_role_tick" IS 'Who has a role is told of a kind by a channel (галочка роли).';
        CREATE TABLE IF NOT EXISTS "notifications_notification" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "audience" VARCHAR(20) NOT NULL,
            "kind" VARCHAR(100) NOT NULL,
            "occasion" VARCHAR(200) NOT NULL,
            "facts" JSONB NOT NULL,
            "building_id" UUID,
            "premise_id" UUID,
            "subject_kind" VARCHAR(40),
            "subject_id" UUID,
            "in_inbox" BOOL NOT NULL,
            "read_at" TIMESTAMPTZ,
            "expires_at" TIMESTAMPTZ,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_notificatio_organiz_264c17" UNIQUE ("organization_id", "user_id", "kind", "occasion")
        );
        COMMENT ON TABLE "notifications_notification" IS 'One notice to one person (уведомление), once for its kind and occasion.';
        CREATE TABLE IF NOT EXISTS "notifications_delivery" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "channel" VARCHAR(20) NOT NULL,
            "device_id" UUID,
            "provider" VARCHAR(20),
            "status" VARCHAR(20) NOT NULL,
            "attempts" SMALLINT NOT NULL,
            "unknown_attempts" SMALLINT NOT NULL,
            "due_at" TIMESTAMPTZ,
            "started_at" TIMESTAMPTZ,
            "sent_at" TIMESTAMPTZ,
            "problem" VARCHAR(100),
            "provider_message" VARCHAR(200),
            "notification_id" UUID NOT NULL REFERENCES "notifications_notification" ("id") ON DELETE CASCADE,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        COMMENT ON TABLE "notifications_delivery" IS 'A notice''s way to a person by mail, or by push to one of their devices (доставка).';

        CREATE INDEX notifications_device_by_session ON notifications_device (session_id);
        CREATE INDEX notifications_role_tick_by_role ON notifications_role_tick (role_id);
        CREATE INDEX notifications_notification_inbox
            ON notifications_notification (user_id, audience, created_at DESC, id DESC)
            WHERE in_inbox;
        CREATE INDEX notifications_notification_unread
            ON notifications_notification (user_id, audience) WHERE in_inbox AND read_at IS NULL;
        CREATE INDEX notifications_notification_age ON notifications_notification (created_at);
        -- One delivery a channel, and of pushes one a device.
        CREATE UNIQUE INDEX notifications_delivery_once
            ON notifications_delivery (notification_id, channel, device_id) NULLS NOT DISTINCT;
        CREATE INDEX notifications_delivery_due
            ON notifications_delivery (due_at) WHERE status = 'PENDING';
        CREATE INDEX notifications_delivery_by_organization
            ON notifications_delivery (organization_id, created_at DESC, id DESC);
        CREATE INDEX notifications_delivery_failed
            ON notifications_delivery (organization_id, created_at DESC, id DESC)
            WHERE status = 'FAILED';

        ALTER TABLE notifications_notification
            ADD CONSTRAINT notifications_notification_organization_id_id_key
                UNIQUE (organization_id, id);
        ALTER TABLE notifications_delivery
            ADD CONSTRAINT notifications_delivery_attempts CHECK (
                attempts >= 0 AND unknown_attempts BETWEEN 0 AND attempts),
            -- What is shown in the app is there as soon as it is written.
            ADD CONSTRAINT notifications_delivery_channel CHECK (channel <> 'IN_APP'),
            ADD CONSTRAINT notifications_delivery_pending CHECK (
                (status = 'PENDING') = (due_at IS NOT NULL));
        ALTER TABLE notifications_policy
            ADD CONSTRAINT notifications_policy_quiet CHECK (
                quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439);
        ALTER TABLE notifications_person_settings
            ADD CONSTRAINT notifications_person_settings_quiet CHECK (
                (quiet_from IS NULL) = (quiet_until IS NULL)
                AND quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439);

        -- What belongs to one organization never refers to what belongs to another.
        ALTER TABLE notifications_delivery
            ADD CONSTRAINT notifications_delivery_same_organization
                FOREIGN KEY (organization_id, notification_id)
                REFERENCES notifications_notification (organization_id, id) ON DELETE CASCADE;
        ALTER TABLE notifications_role_tick
            ADD CONSTRAINT notifications_role_tick_same_organization
                FOREIGN KEY (organization_id, role_id)
                REFERENCES kvartal_role (organization_id, id) ON DELETE CASCADE;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWtz4jgW/Ssqvmy6KpNKCEm6eqe2ijxmmt0Eugg9szOzUy5hC9DGSG5LTprp7f++ko"
    "xBfoHtNq+OvjhB0hH4XFm6R1eSvzQI5XiEbcgxJezkFj1jGzXegS8NAqfyn+wCx6ABPS+V"
    "LdM5HLppoOUsgUPGfWhzUWYEXYZEkoOY7WNPlpTINgGidkB9MPTpC0M+4BPIAYdPiAEvYB"
    "PEjsFIZEMGXErG8i+fIMAQY6IK4OJnxEKMj8aYceQjB2B+Ir8+IPhTgCxOx0hgfPF9f/wp"
    "kjFx0GfEoo/ekzXCyHViVGBHVqDSLT7zVNrHj53bn1RJeR9Dy6ZuMCXL0t6MTyhZFA8C7J"
    "xIjMwbI4J8yJGjUUEC150zGCWFv1gkcD9Ai5/qLBMcNIKBKwlt/DgKiC15BE/P0OfQPXGG"
    "J1PqIJedyO+++sf8d2oYy+r2Btbj3cCyZKYtzCUMhAmXbHz5GpZf3rVKbUjgzft2/+j88o"
    "26T8r42FeZipPGVwWEHIZQxeySSttH8sYtyNOU3oocjqcom9Y4MkGvM4eeRP9UoTlKWPK8"
    "bKcriLZdaj+dEPpSJ8WDzsPd46D98EHCpox9chVD7cGdzGmq1Fki9Si0CBUPWfgkLioBv3"
    "YG74H8CH7vde+SdluUG/zekL8JBpxa4oYs6OgsRMlRkii6NGzgORUNG0caw+6ZYT2fPmNH"
    "dJgps95MoH9Hgqkya0cQAEnY08fMq+MTxhWUbcqcEl/SaI0p/Gy5iIz5RHxsnq4w4i/tvu"
    "oDm6cJw3TnOU2V9TVGpOBcmIVZDEEXZYwo15hAf5b9jKSxCSqHM47YHpG5grzr+951rPEL"
    "zq473Xb/t6OH9r/fxJ6A+17356i83rCvfxvctXP4nUA2yW6sq7mNcPU00vVj9jc30ctWgS"
    "Z62cptojIrTiHH3EVluFsAKpE2p2S7D/bZaZEnW5TK5U3lxYkTIwUsx9wSsb1OseEHZUey"
    "OHcXBZi7yOXtIsna3G+3yvnXcVSdfvb2+8K1nrTmYAk9VJIpDbJZmuro26qzJHXb6ClTbk"
    "gG0oz9RH2Ex+RfaJZyXRI8Ra7gx3k9e0XVMnVZrw9fFgJWt7+4J6EFEVd31RdOYb9zM2hk"
    "PY110PW4rGq/nsG1lMU7lxhrN+3Hm/btXUO1N9qkWoOTKdPmNJkCCRyrW5A/WP6C+JxKV/"
    "v0gbrYnjXyJ2AyCh+XnozxlsC1kzHv6QuABFB/DAn+S1UAOHJdBjxEPRf9XU29zA3AwIS6"
    "DniZIB8BzIHwpQBDHIivn2AyNhMwZgLG6HQzAWMMW8Gwz8jPHpc7hGcbVEMkrCkHvg3Z76"
    "ysshjLmn9onrWuWm/PL1tvRRH17YuUqxVW7HQHCf/4U4ARt0Y+naaZepxC182lK47cImPn"
    "zdNqpJ03ry4XfMkPq6h6fGjf3+fxFRCO3WqELaDbY6z1doeEuZBxy4Ez4cFYgp2MCTxKXQ"
    "RJjt5Po5NTeAK+KeIWKTVN4fV697Hu87ozSKj+jw/Xd/2jM9VvikI49KHTrOr+ZUl5mwHd"
    "rtO3W5WbliHZrKYp7RE0oOJSVM71ErXtE5NrFV1GK8kRw9VUXM/jvYA38pXbvMBxabVGPW"
    "7ROXJ97FzIMp8J58mhiEndBV4g4QCCJ0E7oCOZhG2RNZyJRHsCCUFuni77Q586kBUo/kNM"
    "40+j2oxqM869UW3GsCsMG/WaReNBUfkDCpFvJJIWjTKZ1K1fbaDBD4jJ+hcb7HO0aMdBtY"
    "MKF201+LE+XlRX6OOD8lUfEeeYjNkK5zlRsLwTHXrFFtNrWOtM/yqXkMLIo46CGXLlqfCQ"
    "pwy5z4iZmIbxjo0TZbxjY9gKhjXrpaqsl9ppiGNbi/W+mwjH4RG2P6LhkOfes0VE2Tn3qh"
    "Jip3PtxQREebnQpy4aYPupkS8UFkXKSwRfQC0eYQuIA6okAQQSCDADXK59oqNosl2fYQdH"
    "/wlOW+fn6nqqrkN1RfLaulL/wzAXqKTTZfa86Ns3+fP0GdENdTtm6t6IE+PDGnFiDGum7s"
    "3U/UFN3e/vipi9m8rXadPcnqJ0aZDvmqYVEY/VC4XKRz6+danQjiMgxRcLJZteHeT15/Uc"
    "GGnaY7S9DTONYltlKshBkoSvVYRC1s+XVwkpCKj4NI8cKfHXCsVfU10v1LWlaTxbU3phrh"
    "OqvjDlzbGoUFQsg0+Ys1BhQrmky7ahXOVdShtmLOuK6jHi0IhDoyFi5Yw4NIZNGhYGDkbz"
    "YbyKytHxr1rmGJVdTWUvxusS3OmYA+KvWYi/5gr+mmn+RsKVY2ny/vnY62aTtwAk+2Jsc/"
    "A/4GK2sf1OWi88DLDLsfBu5dfW2QPLG491vhF7i9N4NGJvMs7ikRVcJ0iWv9bBZFxSkCdg"
    "3+A0bin4Ws/UheejKWZlZy/iqNfCFQuG/0U2t8oOH0nc4RxY1CrSCbby+8BWqguMuCh57k"
    "4M9VraGxbSmQzp5zRTK7d76rAt7vOMlPDebfMUarWKGNJgNSih3Te8g5M76LOHRXUVTBdH"
    "GuvtwnomlFSpz9+fdXB7R5MJJW02lGR2IG1pB5IeJLpF8uR4v+jxa4vixxVOw9egBfb0h1"
    "GlvzHwAmcytrTYkzScgSnEwgzysPyZOhw/ij3RkdylhH0QHr3P5ksQtZhT60xdm9qixKa+"
    "EDF3vaGJEJkIkQkkmAiRMewKw5plcLXEh8LRq6QbHgO9limqnb+hYSfTovW3OEEPDzJCQ8"
    "VYXKK3uEHxw133ttP9uWx3u/FXXXCOpl5WmG31tjsdt71TBXd4pmBAnsQwQqyqhGXhXwVx"
    "jlAm5T2nJcrMR+7CNRJ9pF/N540jjfV2Yj1EeBXTLWHGbjt6g5fgLuPMgPxouQY5HI9wI8"
    "utIufYmiLG4LjUmRVZ2MOhcyOrr/Tp0JLaLgP6XYdaTCDPRKj2MEKV3B5TlcTVe3YOjMqM"
    "vmmzW6EeA8+Tby1ETjt8fWEjP3aVLntcOnDFFnVYUKukyCud0Q8yUgXmsPD1zHInE0P+M/"
    "KBj0YBQ0xtcBpT6ryLXhokT9aQvqOMa+Hw9D0IXibYRSY8ZcJTJophwlPGsFVW9MneuIyK"
    "WQAO5sW4zYsib8YVpfKVy0Xq3bg7UNG7CeXVJqNTnnhdzk8fTSUDfj9YtQ1cL1Xe4fHnaM"
    "sPCu4CH0wQiFBMrsKRi3HkdoNj5bvIT7LDA3+J/+SmbpXiwNk7METjgKht3scACbij/s/f"
    "2B3tYZDVydpUw4Mzs4PbOEBmnDQOkDFsxeO91gf5D3ATcv3RfX3YKeoK6ZgDIu+yiCN5me"
    "9HXqbcSDlOZ/YnORHrsPiqTmSPyFtBlnz0k6tERrz0Pgsd81rWd8njZdMc5a4JiYrv/TqQ"
    "2l79OsIEs0mlsToBNQHqbY3IdYnDr/8H5A5kOQ=="
)
