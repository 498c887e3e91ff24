"""The connection to PostgreSQL."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest

from kvartal.db import connection
from kvartal.db.connection import (
    DatabaseError,
    execute,
    fetch,
    fetch_one,
    opened,
    tortoise_config,
)
from kvartal.db.transaction import unit_of_work
from kvartal.embedded import Servers
from kvartal.testing.databases import url_of
from kvartal.testing.host import Committed

APPS = {"kvartal": ["aerich.models"]}


def config(url: str, **options: Any) -> dict[str, Any]:
    return tortoise_config(url, APPS, **{"pool_size": 2, "statement_timeout_ms": 1000, **options})


def credentials(url: str) -> dict[str, Any]:
    found: dict[str, Any] = config(url)["connections"]["default"]["credentials"]
    return {key: found[key] for key in ("host", "port", "user", "password", "database")}


@pytest.mark.parametrize(
    ("url", "read"),
    [
        (
            "postgres://anna:p%40ss@db.example:6432/estate",
            ("db.example", 6432, "anna", "p@ss", "estate"),
        ),
        ("postgresql:///estate", ("127.0.0.1", 5432, "postgres", "", "estate")),
    ],
)
def test_an_address_is_read(url: str, read: tuple[object, ...]) -> None:
    assert tuple(credentials(url).values()) == read


@pytest.mark.parametrize("url", ["mysql://localhost/estate", "postgres://localhost", "", "estate"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError, match="DATABASE_URL must look like postgres://"):
        config(url)


async def test_statements_take_parameters_and_give_rows(db: None) -> None:
    assert [dict(row) for row in await fetch("SELECT $1::int AS n", 7)] == [{"n": 7}]
    assert await fetch_one("SELECT 1 WHERE FALSE") is None
    assert await execute("CREATE TEMPORARY TABLE t AS SELECT generate_series(1, 3)") == "SELECT 3"


@pytest.mark.committed
async def test_a_statement_that_takes_too_long_is_cancelled(postgres_url: str) -> None:
    async with opened(config(postgres_url, statement_timeout_ms=100), everywhere=False):
        with pytest.raises(asyncpg.QueryCanceledError):
            await execute("SELECT pg_sleep(5)")


@pytest.mark.committed
async def test_times_are_in_utc_and_statements_outside_see_nothing_uncommitted(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        async with unit_of_work():
            await execute("UPDATE aerich SET version = version || '!'")
            other = await asyncpg.connect(own.environment["KVARTAL_DATABASE_URL"])
            changed = await other.fetchval("SELECT count(*) FROM aerich WHERE version LIKE '%!'")
            await other.close()
        [zone] = await fetch("SELECT current_setting('timezone') AS name")

    assert (changed, zone["name"]) == (0, "UTC")


@pytest.mark.parametrize(
    ("case", "row", "sentence"),
    [
        ("old", {"version": 140_012, "cyrillic": True}, "Kvartal needs PostgreSQL 15 or newer"),
        (
            "no Cyrillic",
            {"version": 180_000, "cyrillic": False},
            "The database's character type knows no Cyrillic",
        ),
    ],
)
async def test_an_unfit_database_is_refused(
    case: str,
    row: dict[str, object],
    sentence: str,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(sql: str) -> list[dict[str, object]]:
        return [row]

    monkeypatch.setattr(connection, "fetch", answer)

    with pytest.raises(DatabaseError, match=sentence):
        async with opened(config(url_of(servers.database_url, "postgres")), everywhere=False):
            pytest.fail("not reached")
