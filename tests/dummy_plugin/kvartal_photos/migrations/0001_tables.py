from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "photos_heard_reading" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "reading_id" UUID NOT NULL,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_photos_hear_reading_feed83" ON "photos_heard_reading" ("reading_id");
        CREATE INDEX IF NOT EXISTS "idx_photos_hear_organiz_d54ff8" ON "photos_heard_reading" ("organization_id");
        COMMENT ON TABLE "photos_heard_reading" IS 'A reading that the plugin was told of: a row for each time that it was told.';
        CREATE TABLE IF NOT EXISTS "photos_photo" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "caption" VARCHAR(200) NOT NULL,
            "announced_at" TIMESTAMPTZ,
            "preview" VARCHAR(200),
            "building_id" UUID NOT NULL REFERENCES "kvartal_building" ("id") ON DELETE RESTRICT,
            "organization_id" UUID NOT NULL REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_photos_phot_buildin_32f475" ON "photos_photo" ("building_id");
        CREATE INDEX IF NOT EXISTS "idx_photos_phot_organiz_745d29" ON "photos_photo" ("organization_id");
        COMMENT ON TABLE "photos_photo" IS 'A photo of a building; announced once the workers have heard of it.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztV21r2zAQ/ivCnzoYpmSwQTcGWZvSMPpC6m7QMcTFkm0RR3JluWlW+t8nya9xvNKEtH"
    "TFXxL7uXtk6Tnp7nTvJJFQInVPKEgyoUAYD50DdO9wmFP90Gl/jxxIktpqAAXTuEHAkSFg"
    "2WBMUyXBV9ongDilGiI09SVLFBPcMIeocEcqAqV/KEriLGQcLSBFSsQEieAAAZJigQIhEQ"
    "U/QorNaU5gqnJ0zRczzm4yipUIqR5L6k/8+q1hxgm9o2n5msxwwGhMVlbNiBnA4lgtE4td"
    "XY2Pjq2nmfoU+yLO5rz2TpYqErxyzzJGXMMxtpByKkFR0lg9z+K4EK2E8hlrQMmMVlMlNU"
    "BoAFlsNHS+BBn3jXRodgtSQeySqTsXhMapa7796WsxzwYH47NzD1+OPIyN0RfcxIRxZdS4"
    "f8j961Vb1DHEw5PhZO/Dx3d2nSJVobRGq4nzYImgIKdaZWspfR1UvXAMal3SI20x8euWdZ"
    "XZkpcUVLd82EbmEqh1rrfmI0L7sfBnLheLXUrsjU9Hl97w9MLQ5ml6E1uFht7IWAYWXbbQ"
    "vTwiQp+r/PBVg6CfY+8EmVd0fX42aset8vOuHTMnyJTAekEYSFOFEi4h7VoHNkvIloFdZf"
    "aBfWWBLbIw3iwJrrJ2mQzXg7mWDQ39BbNdrZWQIXD2B8w22lCwDupbVs3U2mDWWSKaSqwr"
    "eCwkZSH/TpdWx7GeD3CfduhVHuPz1nivSroarceVsKiakK59oR90XafKrnKiD/hkfOg5Vl"
    "IxEA1NDTIfzNsIcAjtOsy0zTyKru7C/HW1e7nhKX1eUnk+ob+zzrqJ0z3cNGOxyRefEXAu"
    "dCKmurvTv7btWwg5ozJFEdxSZDtJQ2Kqb+v6tq6v/n1b1wd2i8D6kHQX2MMI5D+Oak1phV"
    "OL9FwB3KK06gp3h2PKQxXp18H+/iNx+zGc2LSnvVrBOCtMg9y22uhVVWqLg9Hm7uBoFIXj"
    "uYV9S/s/kfSW0cUm+79B2Wr/v1CUXmD7l+3ahnecFu0t32/6W2F/K3wVt8KuY7sL/b41xv"
    "q/tGtlod3eph/+AjcLIws="
)
