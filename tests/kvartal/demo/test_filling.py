"""Which database is filled with the demo, and that it is filled whole or not at all."""

from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from kvartal.db.connection import fetch_one, opened, tortoise_config
from kvartal.demo import seed as data
from kvartal.errors import KvartalError
from kvartal.host import load_registry
from kvartal.registry import Registry
from kvartal.testing.factories import an_organization
from kvartal.testing.host import TestHost


async def found(sql: str) -> Any:
    row = await fetch_one(f"SELECT ({sql}) AS found")
    assert row is not None
    return row["found"]


async def test_a_demo_half_made_is_not_made_at_all(
    host: TestHost, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise KvartalError("the disk is full")

    monkeypatch.setattr(data, "_demo_modules", lambda _: [SimpleNamespace(seed=fail)])

    with pytest.raises(KvartalError, match="the disk is full"):
        await data.seed(host.host.registry, "kv_x")

    assert await data.seeded_at() is None
    assert await found("SELECT count(*) FROM kvartal_user") == 0


async def test_without_plugins_the_demo_is_its_estate(host: TestHost, db: None) -> None:
    registry: Registry = load_registry(())

    await data.seed(registry, "kv_x")

    assert await found("SELECT count(*) FROM kvartal_premise") == 246
    assert await found("SELECT count(*) FROM meters_meter") == 0
    assert data.journey(registry) == []


async def test_rights_of_a_plugin_that_is_turned_on_later_are_given_at_the_next_start(
    host: TestHost, db: None
) -> None:
    async def holders(permission: str) -> Any:
        return await found(
            "SELECT array_agg(DISTINCT r.title) FROM kvartal_role_permission p"
            f" JOIN kvartal_role r ON r.id = p.role_id WHERE p.permission = '{permission}'"
        )

    await data.seed(load_registry(()), "kv_x")
    assert await holders("meters.reading.correct_past") is None

    await data.seed(host.host.registry, "kv_x")
    assert await holders("meters.reading.correct_past") == ["Администратор"]


async def test_an_empty_database_and_the_demos_own_are_accepted(
    host: TestHost, db: None, postgres_url: str
) -> None:
    await data.refuse_foreign()
    await data.seed(load_registry(()), "kv_x")
    await data.refuse_foreign()

    async with opened(_config(host, postgres_url), everywhere=False):
        await data.refuse_foreign()


async def test_somebodys_data_are_left_alone(host: TestHost, db: None) -> None:
    await an_organization()

    with pytest.raises(data.ForeignData, match="holds data that are not the demo's"):
        await data.refuse_foreign()


async def test_another_programs_tables_are_left_alone(host: TestHost, postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE theirs (id int)")
    await connection.close()

    async with opened(_config(host, postgres_url), everywhere=False):
        with pytest.raises(data.ForeignData):
            await data.refuse_foreign()


def _config(host: TestHost, url: str) -> dict[str, Any]:
    return tortoise_config(url, host.host.registry.models, pool_size=2, statement_timeout_ms=5000)
