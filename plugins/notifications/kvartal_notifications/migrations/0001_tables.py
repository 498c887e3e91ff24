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
            "claimed_until" TIMESTAMPTZ,
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
    "xBfoHtNq+OvjhB1hH4XFu6R/dK/tIglOMRtiHHlLCTW/SMbdR4B740CJzKf7IrHIMG9LzU"
    "aVnO4dBNAy1nCRwy7kObizoj6DIkihzEbB97sqZEtgkQrQPqg6FPXxjyAZ9ADjh8Qgx4AZ"
    "sgdgxG4jRkwKVkLP/yCQIMMSaaAC5+RizE+GiMGUc+cgDmJ/LrA4I/BcjidIwExhff98ef"
    "ohgTB31GLProPVkjjFwnRgV2ZAOq3OIzT5V9/Ni5/UnVlNcxtGzqBlOyrO3N+ISSRfUgwM"
    "6JxMhzY0SQDzlyNCpI4LpzBqOi8BeLAu4HaPFTnWWBg0YwcCWhjR9HAbElj+DpGfocuifO"
    "8GRKHeSyE/ndV/+Y/04NY1nd3sB6vBtYljxpC3MJA2HCJRtfvob1l1etShsSePO+3T86v3"
    "yjrpMyPvbVScVJ46sCQg5DqGJ2SaXtI3nhFuRpSm/FGY6nKJvWODJBrzOHnkT/VKE5Kljy"
    "vLxPVxBtu9R+OiH0pU6KB52Hu8dB++GDhE0Z++QqhtqDO3mmqUpnidKj0CJUPGThk7hoBP"
    "zaGbwH8iP4vde9S9ptUW/we0P+JhhwaokLsqCjsxAVR0Wi6tKwgedUNGwcaQy7Z4b1fPqM"
    "HdFhpsx6M4H+HQmmyqwdQQAkYU8fM6+OTxhXULYpc0p8SaM1pvCz5SIy5hPxsXm6woi/tP"
    "uqD2yeJgzTnZ9pqlNfY0QKzoVZmMUQdFHGiHKNCfRn2c9IGpugcjjjiO0RmSvIu77vXcdu"
    "fsHZdafb7v929ND+95vYE3Df6/4c1ddv7OvfBnftHH4nkE2yb9bV3Ea4em7S9WP2N9+il6"
    "0Ct+hlK/cWlafiFHLMXVSGuwWgEmlzSrb7YJ+dFnmyRa1c3tS5OHFipIDlmFsittcpNvyg"
    "7EgW5+6iAHMXubxdJFmb++1WOf86jqrTz95+X7jWk9YcLKGHSjKlQTZLUx19W3WWpG4bPW"
    "XKDclAmrGfqI/wmPwLzVKuS4KnyBX8OG9nr6hali7b9eHLQsDq9hfXJLQg4uqq+sIp7Hdu"
    "Bo2sp7EOuh6XTe3XM7iWsnjnEmPtpv140769a6j7jTapdsPJkmlzmiyBBI7VJcgfLH9BfE"
    "6lq336QF1szxr5EzAZlY9LT8Z4S+DayZj39AVAAqg/hgT/pRoAHLkuAx6inov+rqZe5gZg"
    "YEJdB7xMkI8A5kD4UoAhDsTXTzAZmwkYMwFjdLqZgDGGrWDYZ+Rnj8sdwrMNqiES1pQD34"
    "bsd1ZWWYxlyz80z1pXrbfnl623oor69kXJ1QordrqDhH/8KcCIWyOfTtNMPU6h6+bSFUdu"
    "kbHz5mk10s6bV5cLvuSHVVQ9PrTv7/P4CgjHbjXCFtDtMdZ6u0PCXMi45cCZ8GAswU7GBB"
    "6lLoIkR++n0ckpPAHfFHGLkpqm8Hq9+1j3ed0ZJFT/x4fru/7Rmeo3RSUc+tBpVnX/sqS8"
    "zYBu1+nbrcpNy5BsVtOU9ggaUHEoKud6idb2icm1ii7jLskRw9VUXM/jvYA38pXbvMJxab"
    "VGPW7ROXJ97FzIMp8J58mhiEndBV4g4QCCJ0E7oCNZhG1xajgThfYEEoLcPF32hz51IBtQ"
    "/IeYxp9GtRnVZpx7o9qMYVcYNuo1i8aDovoHFCLfSCQtGmUyqVufbaDBD4jJ+pMN9jlatO"
    "Og2kGFi7Ya/FgfL6or9PFB+aqPiHNMxmyF85yoWN6JDr1ii+ktrHWmf5UppDDyqKNghsw8"
    "FR7ylCH3GTET0zDesXGijHdsDFvBsCZfqkq+1E5DHNtK1vtuIhyHR9j+iIZDnnvPFhFl59"
    "yrSoidzrUXExDl5UKfumiA7adGvlBYVCkvEXwBtXiELSAOqJIEEEggwAxwmftER9Fkuz7D"
    "Do7+E5y2zs/V8VQdh+qI5LF1pf6H4Vmgik6Xp+dV377Jn6fPiG6oyzFT90acGB/WiBNjWD"
    "N1b6buD2rqfn8zYvZuKl+nTXN7itKlQb5rmlZEPFYnCpWPfHxrqtCOIyDFk4WSt14d5PXn"
    "7RwYadpjtL0FM41iS2UqyEGShK9VhELWz9OrhBQEVHyaR46U+GuF4q+pjhfq2NI0nq0pvf"
    "CsE6q+sOTNsWhQNCyDT5izUGFCmdJl21BmeZfShhlpXVE7RhwacWg0RKyeEYfGsEnDwsDB"
    "aD6MV1E5Ov5Vyxyjsqup7MV4XYI7HXNA/DUL8ddcwV8zzd9IuHIsTd4/H3vdbPIWgGRfjG"
    "0O/gdczDa23knrhYcBdjkW3q382jp7YHnhsc43Ym+xG49G7E3GXjyygesEyfLXOpiMSwry"
    "BOwbnMYtBV/rmbrwfDTFrOzsRRz1WrhiwfC/yOZW2eEjiTucDYtaRTrBVn4f2Ep1gREXJf"
    "fdiaFey/2GhXQmQ/o5zdTK5Z46bIvrPCMlvHfLPIVarSKGNFgNSmj3N97ByR302cOiuQqm"
    "iyON9XZhPRNKqtTn708e3N7RZEJJmw0lmRVIW1qBpAeJbpHcOd4vuv3aovpxhd3wNWiBNf"
    "1hVOlvDLzAmYwtLdYkDWdgCrEwg9wsf6Y2x49iT3QkVylhH4Rb77N5CqIWc2qdqWNTS0ps"
    "6omIufmGJkJkIkQmkGAiRMawKwxr0uBqiQ+Fo1dJNzwGei1TVDt/Q8NOpkXrv+MEPTzICA"
    "0VY3GJ3uICxQ933dtO9+ey3e3GX3XBOZp6WWG21cvudNz2dhXc4Z6CAXkSwwixqhKWhX8V"
    "xDlCmZT3nJYoMx+5E9fIhYJbJ29N7ho9kwQbG+7ChmKc86vpljjSWG8n1kOEVzHdEmbstq"
    "O3sAnuMvZ9yM940CCH49VvJGUuEjjWFDEGx6X2HcnCHg6dG8mg06e0S+rzDOh3HS4zwVgT"
    "ZdzDKGNyiVNVElevuzowKjP6ps0uZ3sMPE++eRI57fAVlI38+GO67nHp4CNbtGFBrZEir+"
    "VGP8hoI5jDwldsy9VoDPnPyAc+GgUMMbVIbUyp8y568ZPcHUX6jjI2icMdFCF4mWAXmRCj"
    "CTGaSJQJMRrDVsnKlL1xGRWzABzMy42bF0Xebixq5SuXi9T7jXegoncTjq1NRqc88bqcnz"
    "6aSgb8frBqKb9eq7zD48/Rlh8UXMk/mCAQoZjMpJIJVXLJyLHyXeQn2eGBv8R/cmG+KnHg"
    "7B0YonFA1FL9Y4AE3FH/5y/Oj9ahyOZka+rGgzOzCt84QGacNA6QMWzFLdrWJ2oc4ELy+j"
    "M09GGnqCukYw6IvMsijuRlvh95mXIj5Tid2Z/kZB2E1Vd1IntE3gqy5KOfzPQZ8dJrZXTM"
    "a8nRk1sEpznKzeuJqu99Lk9tr+8dYYLZpNJYnYCaAPW2RuS6xOHX/wOEtPO/"
)
