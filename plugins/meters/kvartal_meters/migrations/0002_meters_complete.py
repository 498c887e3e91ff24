from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "meters_anomaly_threshold" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "resource_kind" VARCHAR(20) NOT NULL,
            "factor" DECIMAL(4,2) NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_meters_anom_organiz_22a686" UNIQUE ("organization_id", "resource_kind")
        );
        COMMENT ON TABLE "meters_anomaly_threshold" IS 'How many times the average a resource''s consumption may be before one is asked about it.';
        CREATE TABLE IF NOT EXISTS "meters_policy" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "version" INT NOT NULL,
            "counts_latest_verification" BOOL NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_meters_poli_organiz_6b8a06" UNIQUE ("organization_id")
        );
        COMMENT ON TABLE "meters_policy" IS 'The switches of an organization.';
        CREATE TABLE IF NOT EXISTS "meters_name" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "name" VARCHAR(100) NOT NULL,
            "meter_id" UUID NOT NULL REFERENCES "meters_meter" ("id") ON DELETE CASCADE,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "user_id" UUID NOT NULL REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_meters_name_user_id_ef2f9e" UNIQUE ("user_id", "meter_id")
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_name_meter_i_400388" ON "meters_name" ("meter_id");
        COMMENT ON TABLE "meters_name" IS 'How a resident calls a meter; nobody else sees it.';
        CREATE TABLE IF NOT EXISTS "meters_verification" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "verified_on" DATE NOT NULL,
            "next_verification_on" DATE,
            "record_number" VARCHAR(100),
            "meter_id" UUID NOT NULL REFERENCES "meters_meter" ("id") ON DELETE CASCADE,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT,
            "recorded_by_id" UUID REFERENCES "kvartal_user" ("id") ON DELETE RESTRICT,
            CONSTRAINT "uid_meters_veri_organiz_ad0c87" UNIQUE ("organization_id", "meter_id", "verified_on")
        );
        CREATE INDEX IF NOT EXISTS "idx_meters_veri_meter_i_f70132" ON "meters_verification" ("meter_id");
        COMMENT ON TABLE "meters_verification" IS 'A verification that was carried out (поверка выполнена).';
        ALTER TABLE "meters_collective_details" ADD "pressure_sensor" BOOL NOT NULL DEFAULT False;
        ALTER TABLE "meters_collective_details" ADD "sealed_on" DATE;
        ALTER TABLE "meters_collective_details" ADD "antimagnetic_seal" BOOL NOT NULL DEFAULT False;
        ALTER TABLE "meters_collective_details" ADD "temperature_sensor" BOOL NOT NULL DEFAULT False;
        ALTER TABLE "meters_collective_details" ADD "remote_reading" BOOL NOT NULL DEFAULT False;
        ALTER TABLE "meters_collective_details" ADD "installed_on" DATE;
        ALTER TABLE "meters_meter" ADD "archive_reason" VARCHAR(30);
        ALTER TABLE "meters_meter" ADD "verification_reason" VARCHAR(10);
        ALTER TABLE "meters_resource_settings" ADD "service_id" UUID;
        ALTER TABLE "meters_reading" ADD "resident_id" UUID;
        ALTER TABLE "meters_reading" ADD "transformation_ratio" DECIMAL(12,4) NOT NULL DEFAULT 1;
        ALTER TABLE "meters_resource_settings" ADD CONSTRAINT "fk_meters_r_kvartal__b9b56e07" FOREIGN KEY ("service_id") REFERENCES "kvartal_service" ("id") ON DELETE RESTRICT;
        CREATE INDEX IF NOT EXISTS "idx_meters_reso_service_03322c" ON "meters_resource_settings" ("service_id");
        ALTER TABLE "meters_reading" ADD CONSTRAINT "fk_meters_r_kvartal__cbb3a012" FOREIGN KEY ("resident_id") REFERENCES "kvartal_resident" ("id") ON DELETE RESTRICT;

        -- A reading keeps the ratio that it was counted with.
        UPDATE meters_reading r SET transformation_ratio = m.transformation_ratio
        FROM meters_meter m WHERE m.id = r.meter_id AND m.transformation_ratio <> 1;

        -- What a resident has submitted, newest first; most readings of imports have none.
        CREATE INDEX meters_reading_by_resident
            ON meters_reading (organization_id, resident_id, submitted_at DESC, id DESC)
            WHERE resident_id IS NOT NULL;

        ALTER TABLE meters_meter
            ADD CONSTRAINT meters_meter_archive_reason
                CHECK (archive_reason IS NULL OR status = 'ARCHIVED'),
            ADD CONSTRAINT meters_meter_verification_reason
                CHECK (verification_reason IS NULL OR status = 'VERIFICATION');
        ALTER TABLE meters_reading
            ADD CONSTRAINT meters_reading_ratio CHECK (transformation_ratio > 0),
            ADD CONSTRAINT meters_reading_resident_same_organization
                FOREIGN KEY (organization_id, resident_id)
                REFERENCES kvartal_resident (organization_id, id);
        ALTER TABLE meters_resource_settings
            ADD CONSTRAINT meters_resource_settings_service_same_organization
                FOREIGN KEY (organization_id, service_id)
                REFERENCES kvartal_service (organization_id, id);
        ALTER TABLE meters_verification
            ADD CONSTRAINT meters_verification_order CHECK (verified_on <= next_verification_on),
            ADD CONSTRAINT meters_verification_meter_same_organization
                FOREIGN KEY (organization_id, meter_id)
                REFERENCES meters_meter (organization_id, id) ON DELETE CASCADE;
        ALTER TABLE meters_name
            ADD CONSTRAINT meters_name_present CHECK (btrim(name) <> ''),
            ADD CONSTRAINT meters_name_meter_same_organization
                FOREIGN KEY (organization_id, meter_id)
                REFERENCES meters_meter (organization_id, id) ON DELETE CASCADE;
        ALTER TABLE meters_anomaly_threshold
            ADD CONSTRAINT meters_anomaly_threshold_factor CHECK (factor BETWEEN 1.5 AND 10);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWtv2zgW/SuEv0wKZIPEdpois1jASTOd7OTRTdx2MLMDgZZoW4gkuqLkNNPtf1+Sej"
    "8tKrItWwQCR6Z4KOvwdXnv5eX3nokcZJOjkYVNaLyM5zYic2xovXPwvWdBE9GLwjyHoAcX"
    "iygHS3DgxIiBFOiBFCeBmhDHhqpD802hQRBN0hBRbX3h6Nhi6F/xMzCh9QIc3UQEOHME4B"
    "LZcEb/A1oSdm0V/USAii3imhxG87+ACaJ/U2wjgC0EdAIgeUIagBPsOkB3jtjTXUv/6iLF"
    "wTNEy7Xp4/78s4ftGbT0vyErSdH5rwweozzpltb76y+aRC/QN0QYhH1dPClTHaXY8sA8XX"
    "FeFjzt06fr97/wnOxVJ4qKDde0otyLF2dOnxtkd11dO2IYdm+GLPriDtJibFmuYfhEB0ne"
    "W9EEx3ZR+FO1KEFDU+gajPPeP6eupXLOnpbQdqBxpE2OTKwhgxyxZ5/9y/+dMYyi3N2Plc"
    "ersaKwm4x4Woe65TA2vv/w8kdvzVN7DHj56+jhYPD2DX9PTJyZzW9yTno/OBA60INyZiMq"
    "VRuxF1egk6X0Pb3DGkc+rUlkil7Nhx4FF3VoDhIinqOmXEK0amD16cjCz01SPL6+vXocj2"
    "4/MphJyFeDMzQaX7E7fZ76kko98GoE037oddiwEPDlevwrYF/BH/d3V+l6C/ON/+ix3wRd"
    "Byv0hRSoxVkIkoMkmjWqWHeh1azYJFJWbMsqNjlmZur2cg7tK8s1ed1eUxagpaJMHWcKSV"
    "UzJW9dFcvwgtXXM+E3xUDWzJnTr/3jkur8PHrgo2H/OFVFd/6dPr/1I0HplE6U2M7pJ0jV"
    "6dSa300iULqLeKgjH90iHkt4e391eX07ujkYHvY5cbTF6w6KMzrM0JYzoVedk3OgTU7Qm+"
    "dvxRTMRJnpU+4MHKciS+EvVNDSZ9Zv6CXToVOEBaPkfaq8dnEXpUZikw2fQyEvr2XQCyo3"
    "Ia85PtAB9OH6ctzjnOI+jpHKUsy+mU6BFhVqNf9ns9/hS9u3/N9HbOjqS540nrhfRRJfRF"
    "lXit9jKm+TZ91R51T4xlMALRB/9epitJSapdQshSspNcuKLavYJR2fcyfYa8vJr9AYIlWb"
    "bPJaU/2diErGM1byP/onw7Phu8Hb4TuahT89TDkrqcXru3FKpFOxS0tWDPpaxFEoBfpUVw"
    "tEkwuMDQStgnGutKAUoRNa0roYDVOaafgX9/c3iTZ/cT1OLTQ+3V5cPRycpMToLNdSfJbi"
    "8y6Lz5fYMBCda5boPXKgbpA8GTqbqYogrYYo+tMj2Eqh+sscOgBbxguAYI5dggAvEBz81z"
    "0eniD+OeSfU/bZH7wBc0iKZG0pWEvBWspfUrCWFVtSsTqbUim3fMJZGNCbXLM66YLBMBdd"
    "SxntD3qb1kVXU0aXaaMzelWfFNrm80Qa1ltKyQxxZX2lPYSWKaVpA09xQxAUJyYB2kdWKF"
    "jT8yXgavagRAGbswX1vtw//HZ990F0AF23QQhatEnAmUVbhqqw1iO4+s3Fy0UvTXGQuWCv"
    "69qIEmORPLNbKbX5BUhuacqCTuukNrE5aMnqOTOVm9hBCl1eaLo1EyQ1C5acStWX2Go5pV"
    "MR5CuO2azSQWoI905DmGqKWTbvLTTG9GMVl3ELe9ta30oG412qhDpRT4RekQtCJZVpWCGr"
    "taQjTytKJySgoaWuIk8/OuA60eExv37HP0/4J/LSAf834J9n7POU3x72eabjQ5BQrEqlql"
    "SqSt2bVKrKipXeCuvyViAqXhSom1ervEJwp12f+VvXZDDA7hCBgyoEDooJHGQIlO74jbdJ"
    "XUOWo9PichYYJaakBGqHCHw7rEDg22EhgexWkkD0jYr3FjRyVQXFDKZgu2OFa57BiQ2Len"
    "M+dyFgd1g7qWS7PCmxXZ5kbZd8+SNCXAjoOHGELshp16NTxURs3MsAd4fI0yo8nhbTeJph"
    "UcWmqRMmCQsbiXOg+2gqjrviKrQIZC/zzJuPJjSMstVGfiG11h6banve6mPQP3sbLjzYl7"
    "I1x+Pt6OYmu/Dw3l+4iaVg+9i8LCpEJNy9BSkqwu8jV3Qx4Lik9vo1RG/QX2N0Ob7+fCWq"
    "mln3giHRXmwESX1HmIKidmdOPakmm5SIJhlnGFud68taasYUtAE94/Y78s4pE/1KeGXHyJ"
    "ayO32iea0PfY6i6TPdyRm+y0WnJLIj8hIt1SJTbJv+uMr+5YwlZeEWiorYTvAFUc13hcgL"
    "J/3DYeXQC7qlO2zV55wI0pgEvpq87Q/HIX1v69DXr0tfX9JHWRjUpW/QZfr8TbG+U6CgP1"
    "cu+BWOD9vnUMABzn95E1t0Xs+VRUtJC3H7uJr035G4E1N36nkFFBQhxfZtiO0EMZE7W4Vj"
    "9K1AtIwQG9QIiOoCyqro6vdxonYCCfzgdvT7m0QN3dzffQiyxyT2y5v7i/TqVeWhCARH2S"
    "RqrcPrdv1mE0YvVzdqzEgp2Hq9sdvDlvRhr0XbwkamTpAgY0lUR/qjjfiOWCLIVQrWIFnS"
    "53/vff7z5oMmCLyIldWqWWAld6nprQJv/mDVBG0fo6LaNLCtJC05XlfgzBe4muBsFBW1U5"
    "wlZc4ae3KCgT9L4pq25WxyflhJX2raa3Bjzp3Hb/7mHH7zsMIGHSvIWCkyPw/Bz10agQoN"
    "g9AEXs7PwMITrL0ARKGAIERKY+67JNypFO5akgFD5RYcUdlE7tSQW3C6VbHBcF3VDTPIv0"
    "OO5+txAG7RHvU2L+6l+qgWbTGBpipdMche0yTVIetVh7B21AR5n0i9mAdbJi3WjSqQVRAf"
    "ojpbr40Qsd21fGGIiMvR4+Xo/VVTp1d8jgfWLlqifk5F3165VE2H664SUiKOAQ6Lw/sMCV"
    "272raONMDOhosFmfBCSgy8yBGnsbAT0IslAaLbw0kG5qVoEdi/Pi4MOpF7+Fy8juKe+XJ9"
    "LNfHchkl18eyYleEqNj+FqgWCOVyD9SruLKRim2txrbXDHB3tiNIvYvUu7Ri7BLyRWHdjY"
    "7bkxdhd5Q0cp+9laUSZr1KGKlXWKFXKOi0G1RcbbaPVvALSI8/6zoQ6cGP4vTgGrn+Aon7"
    "hxX0MGFYKDtAVFDEsLyeAgaCry6tOWQDbNMvMxu7C/CE0IIA+miD6WWKAn+qaeXKcBrF+h"
    "yqIAM7jil03sW0NOjNz/THIEAsuCBz7ADdCR4uI4RK9YtcpUv1i6xYGSF0XRFCDbQsCke2"
    "OuRBCN4pn46mw38EM3eWxX8/3t/lt7U4Jj106KoD/gcMnayt0TW74GNvmRgVMrvS0hvQUt"
    "2dFZDelaayBseP6qox5aawcnvmNgZgLk0LqkLimI7sYZLqtlq0+Qs3QcaSqD1uYVLLtl4t"
    "m9+QmuDvP1FRbWp0K4lL9qUKnPHBvQnGgq1yH4ICd4q3+By3bkXbI3IcSpQ3bBQo28I8hy"
    "IKNxJHrVS6fYQ29EoAeOpt3eHFAH4aOQJ8IXHu3Qu2Ex56Sjm/mf1E2FfOHb3UbDgt3NQj"
    "1WNSPSa1KFI9JitWqsekemzr6jF5/kvzp2/TEW2Zs/mu/MjtECRP2OUthk4HigZzDP/l8W"
    "kTwI6Ep0WWVoeqGKwjRE3ZOojOkkShvOBnlDPglXbSXPwG+2uwBGldd4WqihYOUdC3hW4L"
    "05qDloPgeQsC2rVdj7ozBo0WqebZ+qqOH2wa15FmJQ1A+2kAahFXBNnsFHNBrpKoPe6N0l"
    "i2XmPZlsIktsvsIx4lsaU2xo02uH0yMm6UuApWxpwZogniHqOidqqDJqe7CpyF8uprWCvY"
    "+bBTzKUF9/VZtfmRHr1cYzYMZoUKNuwob5XtIl72nOgcMLax4yx2rcU2eZy+4VZtw6DlzH"
    "QSmcD5jwFTbHMD+EQ3DPYQfgBHtSAdvYAYduHj/QM8ZIAOaQIXnYukpVSawLtVsdIEXskE"
    "TlS8KAj0WeEM3gDcaXutNIE3TmlS4MkdmAtsF2ngXkbYceATEo2qE8fsJSmvOfltDUe+tY"
    "CknZuz6c05tl81jqaK6PQoqs6hZdV3cIvBO02j8CHDDR0u3IIRpNb5rsKnCnf7NGHhU4S7"
    "fXrwwkZLHbtE/OzvFFISKNpPU0hJoGjPTSG7SiAr3jUX+Vb3UgJTyK4SSIu2yBTbpmeqt9"
    "k/0UmkoIjtSC2iWrAqhPYFCLUQ0pjpaKmj5yyRpc6naaj0PD1vgedpC2RnAQ8uGbxWOlPK"
    "M6fbQFVw6qRwkN8ErDOep6HaVNgdPAe6z6xJJ9S9dEJtG3nysO5NHNYtg3ALBOGOD/RNtL"
    "LdjMKdM91VaGiBWNEEbw+xsnaLu5RwtWb/0we6kicFx8mlsxxW90flGoIQtNIx9d5CgNnf"
    "ZigIqcRLOQfPcwwIXCKNXunqHCyh4SJCvyDrEOAlsv1033gnoyhJF1LpaShdSGXFSneUbf"
    "tRSHeURmjErBhR23cE6qrNjDMgavGOQJ2mTdTOHYG6SpuFnsU7aQTqrO8Yp0C0l0agTjc3"
    "0V4agbpKm7fCrmG9yAD32XYhLbANmBVhDXeIJGqfjfzSPLZe81hsU/wrbRaxrfitanQVtM"
    "iwyDKWa7eIhvjuWi0y01yzuvcf/wd6uIK6"
)
