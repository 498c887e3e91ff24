from typing import TYPE_CHECKING

import pytest
from aerich.migrate import Migrate

from kvartal.db.chain import UNWRITTEN
from kvartal.db.migrations import MigrationError, migrate

if TYPE_CHECKING:
    from tests.kvartal.db.conftest import Query, Scratch, Tables


async def test_a_new_table_column_and_foreign_key_follow_in_a_second_migration(
    scratch: "Scratch", postgres_url: str, query: "Query", tables: "Tables"
) -> None:
    plain = scratch.device.replace("house = ", "serial = fields.TextField()  # ")
    await scratch.make_both(host=scratch.house, plug=plain)
    await migrate(scratch.config(postgres_url), scratch.chains)
    await query("INSERT INTO plug_x_device (serial) VALUES ('1')")

    link = scratch.device.splitlines()[2].replace(")", ", null=True, db_index=True)")
    note = "    note = fields.TextField(null=True)"
    linked = plain.replace("    class Meta", f"{link}\n{note}\n    class Meta")
    scratch.models(host=scratch.house + scratch.flat, plug=linked)
    await scratch.make("host_x", "flats")
    await scratch.make("plug_x", "house")
    applied = await migrate(scratch.config(postgres_url), scratch.chains)

    assert applied == ["host_x/0002_flats", "plug_x/0002_house"]
    assert await tables.columns("plug_x_device") == {"id", "serial", "house_id", "note"}
    assert await tables.foreign_keys("plug_x_device") == {"host_x_house"}
    assert await tables.columns("host_x_flat") == {"id", "house_id", "number"}
    assert await query("SELECT serial, house_id FROM plug_x_device") == [("1", None)]
    indexes = await query("SELECT indexdef FROM pg_indexes WHERE tablename = 'plug_x_device'")
    assert any("(house_id)" in sql for (sql,) in indexes)


async def test_unchanged_models_make_no_migration(scratch: "Scratch") -> None:
    await scratch.make_both(host=scratch.house + scratch.flat)

    again = [await scratch.make(chain.app, "again") for chain in scratch.chains]

    assert again == ["", ""]
    assert await scratch.check() == []


async def test_a_neighbour_that_changes_is_no_change_of_ours(scratch: "Scratch") -> None:
    await scratch.make_both(host=scratch.house)

    scratch.models(
        host=scratch.house.replace(
            "class Meta", "note = fields.TextField(null=True)\n    class Meta"
        ),
        plug=scratch.device,
    )

    assert await scratch.make("plug_x", "again") == ""
    [problem] = await scratch.check()
    assert problem.startswith("host_x: the models have no migration for: ALTER TABLE")


async def test_the_file_does_not_depend_on_who_else_is_installed(
    scratch: "Scratch",
) -> None:
    scratch.models(host=scratch.house)
    await scratch.make("host_x", "init")
    scratch.models(host=scratch.house)

    assert await scratch.check_alone() == []


async def test_a_dropped_column_goes(
    scratch: "Scratch", postgres_url: str, tables: "Tables"
) -> None:
    await scratch.make_both(host=scratch.house)
    scratch.models(
        host=scratch.house.replace("street", "#"),
        plug=scratch.unlinked,
    )
    await scratch.make("host_x", "no_street")
    await scratch.make("plug_x", "no_house")

    await migrate(scratch.config(postgres_url), scratch.chains)

    assert await tables.columns("host_x_house") == {"id", "part_of_id"}
    assert await tables.columns("plug_x_device") == {"id"}


async def test_a_link_that_becomes_a_plain_id_loses_its_constraint_but_no_value(
    scratch: "Scratch", postgres_url: str, tables: "Tables"
) -> None:
    await scratch.make_both(host=scratch.house)
    scratch.models(
        host=scratch.house,
        plug=scratch.device.replace("house = ", "house_id = fields.UUIDField()  # "),
    )
    await scratch.make("plug_x", "loose")

    await migrate(scratch.config(postgres_url), scratch.chains)

    assert await tables.columns("plug_x_device") == {"id", "house_id"}
    assert await tables.foreign_keys("plug_x_device") == set()


async def test_dropped_tables_go_in_the_order_of_their_links(
    scratch: "Scratch", postgres_url: str, query: "Query"
) -> None:
    room = scratch.flat.replace("Flat", "Room").replace("host_x_flat", "host_x_room")
    room = room.replace('"host_x.House", "flats"', '"host_x.Flat", "rooms"')
    other = "class Other(Model):\n    class Meta:\n        table = 'host_x_other'\n"
    scratch.models(
        host=scratch.house + scratch.flat + room + other,
        plug=scratch.unlinked,
    )
    await scratch.make("host_x", "init")
    scratch.models(host=other, plug=scratch.unlinked)
    text = await scratch.make("host_x", "nothing_left")

    await migrate(scratch.config(postgres_url), scratch.alone)

    assert [line.split('"')[1] for line in text.splitlines() if "DROP TABLE" in line] == [
        "host_x_room",
        "host_x_flat",
        "host_x_house",
    ]
    assert await query("SELECT to_regclass('host_x_house')::text") == [(None,)]


@pytest.mark.parametrize("born", ["with the table", "later"])
async def test_a_unique_key_is_dropped_whenever_it_was_made(
    born: str, scratch: "Scratch", postgres_url: str, query: "Query"
) -> None:
    keyless = scratch.flat.replace("unique_together", "# ")
    scratch.models(host=scratch.house + (scratch.flat if born == "with the table" else keyless))
    await scratch.make("host_x", "init")
    scratch.models(host=scratch.house + scratch.flat)
    await scratch.make("host_x", "key")
    scratch.models(host=scratch.house + keyless)
    await scratch.make("host_x", "no_key")

    await migrate(scratch.config(postgres_url), scratch.alone)

    indexes = await query(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'host_x_flat' AND indexname LIKE 'uid%'"
    )
    assert indexes == []


async def test_a_renamed_class_keeps_its_table(scratch: "Scratch") -> None:
    scratch.models(host=scratch.house.replace("part_of", "#"), plug=scratch.unlinked)
    await scratch.make("host_x", "init")
    renamed = scratch.house.replace("part_of", "#").replace("House", "Home")
    scratch.models(host=renamed, plug=scratch.unlinked)

    assert await scratch.make("host_x", "home") == ""


async def test_a_class_renamed_and_changed_at_once_is_refused(
    scratch: "Scratch",
) -> None:
    scratch.models(host=scratch.house, plug=scratch.unlinked)
    await scratch.make("host_x", "init")
    changed = scratch.house.replace("House", "Home").replace("100", "200")
    scratch.models(host=changed, plug=scratch.unlinked)

    with pytest.raises(MigrationError, match="the class of table host_x_house has another name"):
        await scratch.make("host_x", "home")
    assert "host_x_house" in "".join(await scratch.check_alone())


async def test_what_aerich_writes_no_sql_for_is_noted_in_the_file(
    scratch: "Scratch", capsys: pytest.CaptureFixture[str]
) -> None:
    await scratch.make_both(host=scratch.house)
    scratch.models(host=scratch.house, plug=scratch.device.replace("RESTRICT", "CASCADE"))

    [problem] = await scratch.check()
    text = await scratch.make("plug_x", "cascade")

    assert "on_delete" in problem
    assert "-- Ignore 'on_delete' changes" in text
    assert UNWRITTEN in text
    assert capsys.readouterr().out == ""
    assert await scratch.check() == []


async def test_a_new_member_of_an_enum_is_no_migration(scratch: "Scratch") -> None:
    kinds = "import enum\nclass Kind(enum.StrEnum):\n    A = 'A'\n"
    house = scratch.house.replace(
        "street = ", "kind = fields.CharEnumField(Kind, max_length=9)\n    street = "
    )
    scratch.models(host=kinds + house)
    text = await scratch.make("host_x", "init")

    scratch.models(host=kinds + "    B = 'B'\n" + house)

    assert '"kind" VARCHAR(9) NOT NULL' in text
    assert "COMMENT ON COLUMN" not in text
    assert await scratch.make("host_x", "kind_b") == ""


async def test_aerich_keeps_nothing_between_comparisons(scratch: "Scratch") -> None:
    scratch.models(host=scratch.house)

    await scratch.make("host_x", "init")

    assert Migrate.upgrade_operators == []
    assert Migrate._upgrade_fk_m2m_index_operators == []
    assert Migrate._rename_fields == {}
    assert Migrate._rename_models == {}
    assert Migrate._last_version_content is None
