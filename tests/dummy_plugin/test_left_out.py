"""The stranger's plugin is installed and off: there is no trace of it."""

import pytest

from kvartal.db.connection import fetch
from kvartal.graphql.schema import build_schema, print_sdl
from kvartal.host import load_registry
from kvartal.registry import discover
from kvartal.settings import FIRST_PARTY
from kvartal.testing.host import TestHost
from kvartal_meters.events import ReadingAccepted


async def test_it_is_installed_and_off(host: TestHost) -> None:
    assert "photos" in discover()
    assert {each.name for each in host.host.registry.plugins} == {"kvartal", *FIRST_PARTY}


def test_the_schema_is_that_of_the_first_party() -> None:
    with_it = print_sdl(build_schema(load_registry(["meters", "photos"]).plugins))
    without = print_sdl(build_schema(load_registry(["meters"]).plugins))

    assert "hoto" in with_it
    assert "hoto" not in without


async def test_the_registry_knows_nothing_of_it(host: TestHost) -> None:
    registry = host.host.registry
    names = [
        *registry.tasks,
        *registry.routes.by_name,
        *registry.permissions,
        *registry.widgets,
        *registry.nodes,
        *registry.models,
    ]

    assert [name for name in names if "hoto" in name] == []
    assert all("photos" not in each.name for each in registry.routes.of(ReadingAccepted))


async def test_the_database_has_no_table_of_it(db: None) -> None:
    assert await fetch("SELECT tablename FROM pg_tables WHERE tablename LIKE 'photos%'") == []


async def test_its_settings_are_not_read(host: TestHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_PHOTOS_PER_BUILDING", "nonsense")

    host.host.use()
