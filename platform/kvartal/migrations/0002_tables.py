from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "kvartal_attempt_budget" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "key" VARCHAR(64) NOT NULL UNIQUE,
            "spent_until" TIMESTAMPTZ NOT NULL
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_att_spent_u_d2f398" ON "kvartal_attempt_budget" ("spent_until");
        COMMENT ON TABLE "kvartal_attempt_budget" IS 'How far a budget of attempts is spent; ``key`` is a keyed hash and names nobody.';
        CREATE TABLE IF NOT EXISTS "kvartal_one_time_code" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "phone" VARCHAR(16) NOT NULL,
            "place" VARCHAR(60) NOT NULL,
            "issued_at" TIMESTAMPTZ NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "attempts" INT NOT NULL,
            "used_at" TIMESTAMPTZ,
            CONSTRAINT "uid_kvartal_one_phone_b281f6" UNIQUE ("phone", "place")
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
        CREATE TABLE IF NOT EXISTS "kvartal_idempotency_key" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "actor" VARCHAR(100) NOT NULL,
            "key" VARCHAR(255) NOT NULL,
            "body_hash" VARCHAR(64) NOT NULL,
            "answer" TEXT,
            "claimed_at" TIMESTAMPTZ NOT NULL,
            CONSTRAINT "uid_kvartal_ide_actor_1cd3d8" UNIQUE ("actor", "key")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ide_claimed_4c49a2" ON "kvartal_idempotency_key" ("claimed_at");
        COMMENT ON TABLE "kvartal_idempotency_key" IS 'A key that a client has used, with the answer it got; without one, that was a secret.';
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
        CREATE TABLE IF NOT EXISTS "kvartal_known_address" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "address" VARCHAR(60) NOT NULL,
            "last_used_at" TIMESTAMPTZ NOT NULL,
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_kno_user_id_405009" UNIQUE ("user_id", "address")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_kno_last_us_b80aa1" ON "kvartal_known_address" ("last_used_at");
        COMMENT ON TABLE "kvartal_known_address" IS 'A network address from which a person has signed in.';
        CREATE TABLE IF NOT EXISTS "kvartal_password_reset" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "email" VARCHAR(254) NOT NULL,
            "kind" VARCHAR(20) NOT NULL,
            "locale" VARCHAR(8) NOT NULL,
            "issued_at" TIMESTAMPTZ NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "used_at" TIMESTAMPTZ,
            "organization_id" UUID REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_pas_email_08cc6d" ON "kvartal_password_reset" ("email");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_pas_expires_711f58" ON "kvartal_password_reset" ("expires_at");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_pas_organiz_cfdc67" ON "kvartal_password_reset" ("organization_id");
        COMMENT ON TABLE "kvartal_password_reset" IS 'A link that sets a password was asked for, for an e-mail known to us or not.';
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
            "all_buildings" BOOL NOT NULL,
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
            "archived_at" TIMESTAMPTZ,
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
            "archived_at" TIMESTAMPTZ,
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
            "archived_at" TIMESTAMPTZ,
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
        CREATE TABLE IF NOT EXISTS "kvartal_service_token_building" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "service_token_id" UUID NOT NULL REFERENCES "kvartal_service_token" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_ser_organiz_db173f" UNIQUE ("organization_id", "service_token_id", "building_id")
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_buildin_c3818f" ON "kvartal_service_token_building" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_service_6fa9f5" ON "kvartal_service_token_building" ("service_token_id");
        COMMENT ON TABLE "kvartal_service_token_building" IS 'A service token that is not for all buildings may work with this one.';
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
            "search" TEXT NOT NULL,
            "archived_at" TIMESTAMPTZ,
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
            "archived_at" TIMESTAMPTZ,
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
        CREATE TABLE IF NOT EXISTS "kvartal_service" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "kind" VARCHAR(20) NOT NULL,
            "title" VARCHAR(200) NOT NULL,
            "sort_key" VARCHAR(200) NOT NULL,
            "description" TEXT,
            "price" VARCHAR(100),
            "is_active" BOOL NOT NULL,
            "archived_at" TIMESTAMPTZ,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_organiz_a308f8" ON "kvartal_service" ("organization_id", "sort_key", "id");
        COMMENT ON TABLE "kvartal_service" IS 'Something that an organization does for its residents when they order it (услуга).';
        CREATE TABLE IF NOT EXISTS "kvartal_service_order" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "status" VARCHAR(20) NOT NULL,
            "comment" TEXT,
            "source_kind" VARCHAR(100),
            "source_id" UUID,
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "premise_id" UUID NOT NULL REFERENCES "kvartal_premise" ("id") ON DELETE RESTRICT,
            "resident_id" UUID REFERENCES "kvartal_resident" ("id") ON DELETE RESTRICT,
            "service_id" UUID NOT NULL REFERENCES "kvartal_service" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_premise_05b2aa" ON "kvartal_service_order" ("premise_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_residen_5410fd" ON "kvartal_service_order" ("resident_id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_ser_service_76ab82" ON "kvartal_service_order" ("service_id");
        COMMENT ON TABLE "kvartal_service_order" IS 'A service ordered for a premise (заказ услуги); by nobody in particular if staff did it.';
        CREATE TABLE IF NOT EXISTS "kvartal_home_widget" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "key" VARCHAR(50) NOT NULL,
            "pinned" BOOL NOT NULL,
            "position" SMALLINT NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_kvartal_hom_organiz_904750" UNIQUE ("organization_id", "key")
        );
        COMMENT ON TABLE "kvartal_home_widget" IS 'Whether a widget is pinned, and its place; ``key`` is that of the plugin''s widget.';
        CREATE TABLE IF NOT EXISTS "kvartal_stored_file" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "name" VARCHAR(200) NOT NULL,
            "media_type" VARCHAR(100) NOT NULL,
            "size" BIGINT NOT NULL,
            "sha256" VARCHAR(64) NOT NULL,
            "uploader_id" UUID NOT NULL,
            "owner_kind" VARCHAR(100),
            "owner_id" UUID,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        COMMENT ON TABLE "kvartal_stored_file" IS 'A file of an organization, and what it belongs to, by the owner''s GraphQL type and key.';
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
        ALTER TABLE kvartal_service_token_building
            ADD CONSTRAINT kvartal_service_token_building_building_same_organization
                FOREIGN KEY (organization_id, building_id)
                REFERENCES kvartal_building (organization_id, id);

        CREATE INDEX kvartal_delivery_due ON kvartal_delivery (due_at, id)
            WHERE done_at IS NULL AND failed_at IS NULL;
        CREATE INDEX kvartal_delivery_failed ON kvartal_delivery (failed_at) WHERE failed_at IS NOT NULL;
        CREATE INDEX kvartal_delivery_done ON kvartal_delivery (done_at) WHERE done_at IS NOT NULL;
        CREATE INDEX kvartal_event_age ON kvartal_event (created_at);

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

        ALTER TABLE kvartal_home_widget
            ADD CONSTRAINT kvartal_home_widget_position CHECK (position >= 0);

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
                REFERENCES kvartal_resident (organization_id, id);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXW1z4zaS/isofclMlTJnS5btZK6uyp44M94d27O2Z7O3uRQNkZCFMkUofLFGyeW/Lw"
    "C+v0mgRMqk1V9kC0RTUjcI9PN0o/Fn7+kZ2y423525LpnN3XPPeCRu70f0Z8/CM8L/KenR"
    "Rz08nyeuixYXj82kjIZ9GW0cC40d18a6+IgJNh3Cmwzi6Dadu5RZQvYTW/BLNsLIl0Jsgo"
    "L7OIg6yJkTy32PHh6eyPLhQbRgxP8lBppiZ4qwZSDx1R1ksTEzlu/Ep3oW/d0jmsv4/abE"
    "5h/z62+8mVoG+Uac8O38SZtQYhqpn08NcQPZrrnLuWz7+vXyp59lT/H1x5rOTG9mxb3nS3"
    "fKrKi751HjnZAR1x6JRWzsEiOhAcszzUB1YZP/jXmDa3sk+qpG3GCQCfZMocfef088Sxfq"
    "Q6GtjPG7GTOI6bwTn33yP8H3TMho2vXNvXZ3ca9p4qLOLGEXarlCG3/+5fePf7Vs7QnBD5"
    "/Obt8Mj9/K38kc99GWF6VOen9JQexiX1RqNlalbhPxw/moyKv0J37FpTNSrNa0ZEa9RiD6"
    "LvxnEzWHDbGe4+G5QtG6yfSndxZb1Kni+8uri7v7s6svQmzmOL+bUkNn9xfiykC2LjOtb3"
    "yLMP5s+Y9gdBP0y+X9JyTeon/fXF9k7Rb1u/93T3wn7LlM4z9Iw0ZSC2Fz2MS7xob15saG"
    "hk1LgmFbZlg+r+Yt+mGK7WJrBt0zZuTKaWbiE9IVjdOb4W+aSaxHd8rfHh+tMNY/z27lXH"
    "d8lDHAdXBlIC/9lVKYXJw0z3KpWfVRyIju5lmoQ6ddH/Bi6Z88JVYs0cAGLNMyG8yyLdjC"
    "j1KNQmviI8PZ49yjpkGtxzNdJ45T6E5luqj5U+NASMOx1FqH6sxC3Hky2ZIQNMNLtGD2E1"
    "pQdypdLP+G6M3/eQdHwyP5SsTr0aF8HcjXoWyfIPkHo7jX0O+F5f8j/3JS7m2Z+/UrN/Aj"
    "tugfWH5N3in8juL/8Gv1fgM3Ddw0WM3BTQPDrjBstCxUmwUzYnVOhzv3NNbOd7G2woWmor"
    "YyYvuireQyXVFjBaLNai0/ZexUbTlHsliLeRX+zGxCH62/k6VU5CX/PtjSSYHCwnnvJnO/"
    "dukubo2Hso0XkdtWNDL4P9wTIq78mbd8Sry9/HDfK3xw61DgReJerXpc1+ouMw8p6C3ypm"
    "vQ23niXt3SW2a1K9Hb9tgvGllFqC857BTwXnLEKwA9NCe2w6zvHDQ3sU4QtRCzCEo+bT7Q"
    "88FdAPR8qHaQAHo+DDTk66kP6ioAOc/hVwC4AXAD/x6AGxh2lWGf+Xxd6BFeWm6xQRMSGW"
    "uKla8h+x1WNBH/EvzP94PDo5Oj0+Hx0SnvIj89ajlZYcXL6/sMBpnw76/JNzlFlQcjUkL1"
    "hCQa8prTQYnBwYFCVIL3Kg1LyGtpDWIzJo+dvBbPGTMJtooVmZPNKHPMhZvSZtRSzwRxfn"
    "PzOTU3nF/eZ7T49er84vbNoVQu70R9BzE/JrGtT+nzRpNyRrSGWTnwWV4QGndu6gVeYyM6"
    "SDj3FdWVEHnNpBmwP82yPxJW1qC8r8F9WjXe1uos8RA1zlzcMnM1eyE79CsxGJodylSKV0"
    "+xSO8TspsFkuWnAhcBXETV6Q8gK3AR+2VYCItCWLRxtYn1uKK6EiKveXABfIDgcRuDx6Hf"
    "vq3OQszQLX0lJp/GYNff+YpsnRmGXZYqnOrQV4JdT0JErP62epowsogrc4MDMTSx2Qwtpl"
    "QXmcJ+aFkCModbnhiIWuWYLATr4TcACAYQDDx1gGBg2FWGTczXqlHOhEiHYpzHKiHO4/II"
    "53EuwGlix9X4qrPJU5GVha1XLzKrtTiy1N7E4vZFRXaKBXcRFrmxyD1/6j9wD6/QPU9eV/"
    "POmcX9ZS7Cf5+hGBS5nxI056OCWK7I6fxeiCMhLssjIJf/8jm3K5eUrj9yGfIcxGxkMfc9"
    "4o6535m6DjEnomiCQWyRg1DuwsvbyREjcknBgwcPHhw98ODBsCsNG02aqv57PMt2x3s/PF"
    "bw3g+zZoi9d3Ep7b37S0wVtYUCHVJb/aCHOo630SySEnypSWTP8Q75Nqf8dhtYLy0JaPVF"
    "qJqgIlnedqWp+0mR3eXuH1Sds2rO3d+Qk6mXjoH86JeqhPMFO86C2cYth67FdQXTPfpKAH"
    "oeyGh2JKQQ3zKp9cShMHYRFxJ5heFt0EKkGTpPxEATZvfFC8IWIt/PMDULADXUFASIDEgK"
    "IDIYdqM8Q1xUHK8c60UCTWG9+gsLDkYqlQV5r/I9fKNcbcEn/o2L9XZhebMc0Z/SYSjbIb"
    "g8UNsGuWIXZC5GyHRclMxUPvRiiQ4p7lRBb6elajsFkuE1TbZAMnTYeoCdu2m31mwOWG87"
    "SHpvgeZqTHnfnrG5JRNupOk9eyJWr4iwSXXoK/E1ti+iuZHMWrrmxiI+YSPzGxziiLIn3z"
    "lIn2JR1mqCgnsieU/nRyRmPcT4IOjzSzMyGxObN8h62oi6KFjPgLoB6gYQPlA3YNgNDCun"
    "Wk0cs1MFRKel9vhwCABjXR78AMa6abfAdayIw9JSe7rxOFBCHfDrLr5VqxS2FnqlB0JzqK"
    "us5k6FWjsVSuzII/IMEQeXUIo+TsXhepaIehdUCz5IHPgyli06UjkvRr4eVCgd7FIX6vUA"
    "GAOfHcAYGBZqB9eRf+gvKTklrYCroUCHQr6HSjWDD1fUDD7M1wxuTRSjBYHfzsYxdqy7dk"
    "UyuD/8hdgz6kOPMu860UXdz9bmaSkFl1uIIR3bNiWyqKVwuoNzFycJN9t/Hfie9dt+4KmP"
    "l2LvptzEqe5Oh4Ag8V3BtwbfGlww8K3BsCu3caYmd+VNiSkpcB/BfYQKmeBkt9rJhkqPoc"
    "52UenxjtjPVCflqVWpDmpgxPFFqqRWnVmI64E8cuMwW6RU2cQglkuxWXRi4HsJPFzyzRVl"
    "Y5yp2Aznp1mJdhHWR09kDnviAG+AWwp4Awy7UWIVkNQbogxISdsqJa2r5wKGum3dsYAtyv"
    "GDXLHK87BNnvnMsMkCm5YE672E9VpWAxgs2N2Nc0CGNUmGvdatc0n65jzwjHrreJ6oY786"
    "3xP5X4rEDwqk/U1zfi0k6oiSRn7NI9NEkUeHZniJ5HkgC+pOeV/ekVkVos85Zir6shCEBl"
    "Ko6soI3AGQQvtl2HC6rOgIZcResxPUVdexReHmtDtRdY9UXvY1D7dO+9wdCEDnHMbtN52l"
    "w6mtGoAKO8/yj5eCFpOQYFsFJrFJt5SXWQV3AvnW5BqXdO1vAPuqJx+ngV8mC3mrJOPcUw"
    "vZxgD0AA8A0APDQrYxZBsD/AP4B/AP4F+T8K8OGLMKt1QDKpVwSXCsfHSkPOJvMDKI+On9"
    "MB1Zx3OsU3fpn8whWvgXgYRjgBzgmQLkAMNuYFg4SyKPOCqdJaFPsWWRknNM1uswIb7Xam"
    "xZyl4LwFvnppIWZTyD+SDleb+sx6c/W+OYziqwXjl1mJbaaAHaka3S689QiTkcrmAOh3nm"
    "UCqjGhhMiOwp4SU0UAdF8zW4T6tUtZaaSdi/MUZGaqaIjglVpsDFhFaqQMTIXN94Q7jzIy"
    "KzucmWhIhjNRwq2vviGNQxc6fv0P2UhMekUkfuAxecjckWxEY6dkrDyEDSAEkDWB5IGjBs"
    "e05KfRGXrpGTUuf8x1faTh8J1KK4HewEPzxWCaFnB28ign6c01l4pHrVvfQ5wS4NvpHS4B"
    "utGHyj/HmpGne16HPBAFy5nT4lt69b6XOQY3tH+kzXmSdd+bwvHV5Tc6dxordKkaWgvzhh"
    "QeePzyNxgnKv8gyF4aks+nos/x8li77K1x9Q4lSFE/E6Ck5YePsePTxwE3MFGJrliYPuHh"
    "6E+y1yN0WXQ3m3Q/kpg0PhkMv38lCGw9OgVb6RH36IZdMIfHXw1cGlA18dDAunMTR1GoO/"
    "XFVxL2OJDgVKRyo89aicph7lWerUel+J7M9JdsdBr1+P5JtLbIs7c0XeygpknRbrjgYbSb"
    "bGtj7lQGWTZSwjClFDKLPzssarkCw/t8mMOlWrc6el9jReCAnyNSTIByOpDv19iW/VqlG3"
    "VnPpp6mx6OvK6k0VKzZVrdEU9g/IIp8O8rkfnCCLsM8G9XMncQ71t0HNbr6Aoj9Eurztmc"
    "TnhxbcbGzhKHI9vxaNVIfZrvZEluJ/3vIbEEJACAFvsKErBoTQKzUsEEJKhBDXKFd6Qenp"
    "ciyeEOkUJaTGZawiM3JAPLkUq6ovKdMh/Q2U9DdYob9BQfV4PjP+UTFXICmzO/31Ljybzc"
    "l/XTFH5zPOVqqsv4w8sGo1sGoTih3t0avmNaeEtnCeX55Fq0DEAP/Ybd8I+MeNhv3vHnew"
    "K29WSEs1OkUA/diKYdYQ/RgMpDr094/4Vm0adGsVl36WGmcfP9rMm/dWUZB+j34lHlJ7jI"
    "TWspHnUTV4WSse2wQ5xEXeHIWsYcBSDuMTzI+G8ZnmwesBUqEyE30Gb4GhBIYSiKwWOGvA"
    "UL5SwwJDqZayhmeV+KGw/75za8BNbqc/IDm6Pb0CyQHI/QWRe80o9IrI7OG1WDTo198AkW"
    "qzWLZKmgwVFSPlHd7zf6JmcXzZmIirDuGOC/+iJYiyEEL638j/P3mWAFS0B2gJCASgJRgW"
    "ji6rK66TXGtUVZWU2Rc9gUcNHnVLYmFRCGVb7eUCOa16YNdqLzkNwdlkikrb1dlkqSezCL"
    "llH10FyJadPVSQmkkesYlEQTl36YcLj0gcLiyohkHeImwZiAM0NGaeZWB7KYpoYOQSC1su"
    "FKoAaAYePEAzMCxE/XZdqKJUS6XlFTZUUjNF5CA2qqCk5mtOd+v4jd7V2fXZx4uri+t77c"
    "PN1Zez6/+tOoNmdaqk0hUazRXdsyqdnRh079CGg4HKfoNB+XaDAWzZaGDLBuwfqmf/0Jia"
    "pgDEM2a5U82Z0kmB23k3w6ZZuv6W3GJ3HsvBZmvxcHByHC3D4s2qFfju6uzz5/wybPKf4r"
    "gad9TohOo+lcUssyD1ZmUF0lW32WFB0qjltVYkDYtvFFEyicIcCmxMoiKIChEz4RYWtfux"
    "xWTqNjeL6xMrmZoTk2Q1iThR++iHRNK2EdM2w9FW6doZPgyyt4HHqby8AdwHHmevDAs8zl"
    "Y8DhQc/XF1oUxI394ufbtjFM/txd3lTxfX95dnn7cDh/WfEQpMRQ1MhUPEpoC8/u65mkoe"
    "5khih8OwzhX94l/3qcU81M+bq7N/vU0t6J9vrj+G3RP6/PD55hw2ZbwqrwkSEyHhDhLuOp"
    "hwB5ljBfNQY5ljYX2OIoYyUbtDgaFMFA1RYSh5V5u6zA7yxPzKEMG5SAeJEhOJluH47Xtk"
    "iS0+CKM5/zTBaIrUsSV3YKCKBPCQQFe1wPECHvKVGhZ4SMiUgioSrdUfEBbdnl4BggME73"
    "QViVviUINY+rJXBCbjq30lOGmn+isAykDA/U4ch0KQywRI9LNmxCEp4tjchahsyH+6qHFI"
    "ZsghhF+APUaACQE6ACYEw4LT0uzEB+cLbqKrcF2vqKyM2GvWFrjDzUakwqFUhwJvE/dq1b"
    "hbq7vMAwWnWCppbUenWEbDagX0cqshL1cVeM2J7XDHaDFlM4QtlHzGOMSyn4kThPiOE+Uf"
    "Bon9BbIsxJE4y/LhweMSDw8CrHEcRm3k8HHyPbX6iPEBItqWaIqfCX9LALgBcAP/HoAbGB"
    "aCeU0F8yb8+2tVI3opoX0PS82nFXdNRwLdyeOuPxMeeJWNuALhPVZUV0IETkwDimBDikCM"
    "ojqU99Xp4FlpiUeoMYB7x4Ek1UmvCN+G1/pK8NZJ9F6Lbu/YjONKsV3ePxUtA28NxsHthN"
    "mIuk4UgBRxRmL5WJXZBhFXg2KI/tlphwnUO4zPVBsewFFogHt7AI9aAI8A975SwwLuVcK9"
    "HdvTfHP/6eK26rBuGsO51DUr1gsLBPadM4BU4O30l3Ricyos3weeEWsz/7Lr3eBzO4AMyi"
    "xWKNBmLe6gGgF1NA6w6HOB8lZWqEvJ7bAkXYhFWlGRDtL7X4/jCYwukJWdTu8PWLYbwWj1"
    "VtBwfod+FS5OY5GMQr5JIORza8SQ/FuU6h+kmpwkdo3jxP8nSIGHO337Ho2XyGJjZizFsZ"
    "JirznVPRPbiE4QH1STCTKoAZsHgIsDyga4ODAscHENcnF8vXE9Z1M2LpbeIR93ffFL29g4"
    "nc1mhTnc5XxIQqTNKH7XXIjDPJv7bOUUcRlBlxJrs0Z3UaXR10Y1/y8l1Gi2SotyerpQyK"
    "9F6gKeAXbkvfYdeW3PtkuX4/UpjoozfUrqNQ8sIPuazUxsbznNnSpPrZ4m7F7cYPdiwWxX"
    "h9ISWZ3dUlp67m7v/uJ2JRGrbS/ePozxic3IL9R4JO6HKSvLKM516iuFM6ZcTFtIObVgxi"
    "9TGTFAGPlSYt/rnFoWMfryXHSRVjw3sU7E1tgnsgx3xuKo9O3c9B6p9Z0T3KAsHlGYMSyy"
    "ZX6DSAVEKoDQhkgFGBYiFVtnDVdL2exetmb9h2/5q31eayuT42IhyIyTDzstpghWnyOclN"
    "uLw4OBGgZWqtspaC7XrvEzNYtRW+JyXy39TArwjzfVD1bmfeVByumdoD5ck/VlqYvGxGTW"
    "IwdqrC8SyQROYwtuVQ7TPtp4Pv3HZyRGgZThiyAkkQE0Aw8eoBkYdgPDwnEbm+0RmxGDYv"
    "/nV9BeWqpDOmwmiYf+UbSviT6WYo5QYnd4YxPN+ZDjh8FgODwZHAyPT0dHJyej04MIgOQv"
    "rYIj55cfBRhJ6bUgzXGKB6PjKoMxlujQQDw+UhiHx0elw1BcyhQ9mpsMG9ULH6XFXjWcS6"
    "Fg4YlXzl5MS+158qKvjIoMQkJmX1IXgXABwqXThMsHm1kfTExnvSK+Jb7aV6JbdN5f0yOB"
    "tWzLjUUQ03XPtoko/ixYF+ToU2J4JjEQF2V2H8n78bfjJVpMKb8qjocNe9lI598ZTajtrA"
    "iNu9h5kmoUn+UIoAdRcaBeqj7ygNCBetkvw4bzpqoPHfbvEFo7VIr4Hq4I+R7mY77xOlPx"
    "eUgJvtTjsId1PHLO6fae1U/EpNxTKT4rMbqo5lcZye5KXtUUW4bwjlyGxuKoRNMQ3hXjV7"
    "j7ZLl9xGz5TvpYQS/bs94jQ7TK8qbU5XdxkNgjSV0+wiCIBZ4ULLjgSYFhN/Kk7CBnXN2X"
    "CiX23Zua46UgsvPK+9vdzXVJ5lcskn0UqO6i/0cmderZQdG0+yR+Y2qQ5zb4Z/fyZ0avuE"
    "F2g7/Bl/DqU0wsBZ7pi0wiYiblU7xnudSsarysLNQIfAkLCu96kycvFgO7vYTdJpiaG7ll"
    "KUGw3UvYDnPwOpu7BfWVSpM4kiKtTxyvbXOHiR1XI7bNCg66Ka+hlJZqc9x81aBuooySZF"
    "oqRoWTMq+4fsaKYLDUQF5lG0SBPXfMvl08d3GvdHIYNBb7TSqoiKTMKFCBp4xsV/ncpSm/"
    "O5G7oqklN0UvqE1E4dcZ0I5AOwI7BbQjGBZy53eW//iClGMLiLHaOMcGwqqXBkdmzCWWvu"
    "S+YKHfkumi5rrQWCg8ZEhltyDvGhwciXSTcu9Hxkw9R3gyC+pO5dZAbDkL/5DIR+a+l+3M"
    "c0X8te8LL7gMRg7hy+SKLDYZqxVXoawL+D+wTIL/A4ZdZ9hoylR1gCKBffeAXn2ll8FopL"
    "LncjQq33MprmVKWTNjqXEPYFpFdymhDmmw/o1uvqNUhX2OJYB5Tjgq/paJTRyVlORu1rOG"
    "qehOLFp1IaW//gMq2fWY"
)
