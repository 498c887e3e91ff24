import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from kvartal import clock
from kvartal.db import migrations
from kvartal.db.connection import DatabaseError, tortoise_config
from kvartal.db.migrations import Chain, MigrationError, check, migrate, pending

if TYPE_CHECKING:
    from tests.kvartal.db.conftest import Query, Scratch, Tables


async def test_two_apps_with_a_foreign_key_between_them_are_created_in_order(
    scratch: "Scratch", postgres_url: str, tables: "Tables"
) -> None:
    scratch.models(host=scratch.flat + scratch.house)

    host, plug = await scratch.make("host_x", "init"), await scratch.make("plug_x", "init")
    applied = await migrate(scratch.config(postgres_url), scratch.chains)

    assert applied == ["host_x/0001_init", "plug_x/0001_init"]
    assert "plug_x_device" not in host
    assert "host_x_house" in plug
    assert 'CREATE TABLE IF NOT EXISTS "host_x_house"' not in plug
    assert await tables.foreign_keys("plug_x_device") == {"host_x_house"}
    assert await tables.foreign_keys("host_x_house") == {"host_x_house"}
    assert await tables.foreign_keys("host_x_flat") == {"host_x_house"}


async def test_a_second_migrate_does_nothing_and_takes_no_lock(
    scratch: "Scratch", postgres_url: str
) -> None:
    await scratch.make_both(host=scratch.house)
    assert await pending(scratch.config(postgres_url), scratch.chains) == [
        "host_x/0001_init",
        "plug_x/0001_init",
    ]
    await migrate(scratch.config(postgres_url), scratch.chains)
    assert await pending(scratch.config(postgres_url), scratch.chains) == []

    other = await asyncpg.connect(postgres_url)
    await other.execute("SELECT pg_advisory_lock($1)", migrations.LOCK)
    async with asyncio.timeout(5):
        assert await migrate(scratch.config(postgres_url), scratch.chains) == []
    await other.close()


async def test_of_two_migrators_one_works_and_both_end_well(
    scratch: "Scratch", postgres_url: str, query: "Query", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_POLL_SECONDS", 0.01)
    await scratch.make_both(host=scratch.house)
    sql = "CREATE INDEX CONCURRENTLY host_x_by_street ON host_x_house (lower(street))"
    await scratch.make_by_hand("by_street", sql, transaction=False)

    async with asyncio.timeout(20):
        results = await asyncio.gather(
            *(migrate(scratch.config(postgres_url), scratch.chains) for _ in range(3)),
        )

    everything = ["host_x/0001_init", "host_x/0002_by_street", "plug_x/0001_init"]
    assert sorted(results) == [[], [], everything]
    assert await query("SELECT count(*) FROM aerich") == [(3,)]
    assert await query(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'host_x_by_street'::regclass"
    ) == [(True,)]


async def test_a_migration_by_hand_swallows_no_change_of_the_models(
    scratch: "Scratch", postgres_url: str
) -> None:
    scratch.models(host=scratch.house)

    await scratch.make_by_hand("extensions", "CREATE EXTENSION pg_trgm")
    init = await scratch.make("host_x", "init")
    scratch.models(host=scratch.house + scratch.flat)
    trigrams = "CREATE INDEX ON host_x_house USING gin (street gin_trgm_ops)"
    await scratch.make_by_hand("trigrams", trigrams)
    applied = await migrate(scratch.config(postgres_url), scratch.alone)

    assert 'CREATE TABLE IF NOT EXISTS "host_x_house"' in init
    [problem] = await check(scratch.config(), scratch.alone)
    assert "host_x_flat" in problem
    assert applied == ["host_x/0001_extensions", "host_x/0002_init", "host_x/0003_trigrams"]


async def test_a_migration_left_unwritten_fails(scratch: "Scratch", postgres_url: str) -> None:
    scratch.models(host=scratch.house)
    await scratch.make("host_x", "forgotten", empty=True)

    with pytest.raises(MigrationError, match="0001_forgotten has failed: write this migration"):
        await migrate(scratch.config(postgres_url), scratch.chains)


async def test_a_failing_migration_is_named_and_leaves_nothing(
    scratch: "Scratch", postgres_url: str, query: "Query"
) -> None:
    scratch.models(host=scratch.house)
    await scratch.make("host_x", "init")
    await scratch.make_by_hand("wrong", "CREATE TABLE half (); SELECT 1/0")

    with pytest.raises(MigrationError, match="host_x/0002_wrong has failed: division by zero"):
        await migrate(scratch.config(postgres_url), scratch.chains)

    assert await query("SELECT to_regclass('half')::text") == [(None,)]
    assert await query("SELECT version FROM aerich") == [("0001_init.py",)]
    assert await pending(scratch.config(postgres_url), scratch.chains) == ["host_x/0002_wrong"]


async def test_a_migration_may_outlast_the_statement_timeout_of_the_requests(
    scratch: "Scratch", postgres_url: str
) -> None:
    scratch.models(host=scratch.house)
    impatient = scratch.config(postgres_url, statement_timeout_ms=50)
    await scratch.make_by_hand("slow", "SELECT pg_sleep(0.2)")

    assert await migrate(impatient, scratch.alone) == ["host_x/0001_slow"]


async def test_two_branches_with_the_same_number_are_found(scratch: "Scratch") -> None:
    scratch.models(host=scratch.house)
    await scratch.make("host_x", "init")
    (scratch.host.directory / "0001_other.py").write_text("MODELS_STATE = ''", encoding="utf-8")

    assert await scratch.check() == ["host_x: two migrations have number 1"]


async def test_a_file_without_the_state_of_the_models_is_found(
    scratch: "Scratch",
) -> None:
    scratch.models(host=scratch.house)
    await scratch.make("host_x", "init")
    (scratch.host.directory / "0002_bare.py").write_text("", encoding="utf-8")

    problems = await scratch.check()

    assert problems == ["host_x/0002_bare has no MODELS_STATE: make one with --empty and edit it"]
    with pytest.raises(MigrationError, match="host_x/0002_bare has no MODELS_STATE"):
        await scratch.make("host_x", "more")


async def test_check_writes_nothing(scratch: "Scratch") -> None:
    scratch.models(host=scratch.house)

    problems = await scratch.check()

    assert [problem.split(":")[0] for problem in problems] == ["host_x", "plug_x"]
    assert not scratch.host.directory.exists()


@pytest.mark.parametrize("name", ["", "Init", "with space", "../up", "1st", "a" * 101])
async def test_a_name_that_is_no_file_name_is_refused(name: str, scratch: "Scratch") -> None:
    with pytest.raises(MigrationError, match="is no name"):
        await scratch.make("host_x", name)


async def test_an_unknown_app_or_package_is_refused(scratch: "Scratch") -> None:
    with pytest.raises(MigrationError, match="There is no app 'ghost'"):
        await scratch.make("ghost", "init")
    with pytest.raises(MigrationError, match="ghost: there is no package kvartal_ghost"):
        await check(scratch.config(), [Chain("ghost", "kvartal_ghost")])


async def test_a_server_that_does_not_answer_is_reported(scratch: "Scratch") -> None:
    with pytest.raises(DatabaseError, match="does not answer"):
        await migrate(scratch.config(), scratch.chains)


async def test_the_first_migration_brings_extensions_and_uuid7(
    postgres_url: str, query: "Query"
) -> None:
    nothing = tortoise_config(postgres_url, {}, pool_size=1, statement_timeout_ms=5000)
    host = Chain("kvartal", "kvartal")

    applied = await migrate(nothing, [host])
    before = clock.now().timestamp()
    ids: list[UUID] = [
        each for (each,) in await query("SELECT kvartal_uuid7() FROM generate_series(1, 1000)")
    ]

    assert applied[0] == "kvartal/0001_extensions"
    assert {name for (name,) in await query("SELECT extname FROM pg_extension")} >= {
        "pg_trgm",
        "btree_gin",
    }
    assert len(set(ids)) == 1000
    assert {(each.version, each.variant) for each in ids} == {(7, "specified in RFC 4122")}
    assert all(abs((each.int >> 80) / 1000 - before) < 60 for each in ids)
    assert await query("SELECT cardinality(show_trgm('ж')) > 0") == [(True,)]
