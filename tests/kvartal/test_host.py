"""The host as a plugin, and what every process opens."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from pydantic import SecretStr

from kvartal import clock, registry, text
from kvartal.db.connection import DatabaseError, fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.host import HOST, Host, load_host
from kvartal.live import touch
from kvartal.settings import SettingsError
from kvartal.testing.host import Committed, TestHost
from kvartal_photos.plugin import plugin as photos


def test_the_host_keeps_its_own_contract() -> None:
    assert (HOST.name, HOST.package, HOST.requires) == ("kvartal", "kvartal", frozenset())


def test_loading_makes_the_plugins_the_processs_own(host: TestHost) -> None:
    settings = host.host.settings.model_copy(
        update={"plugins": frozenset({"meters", "photos"}), "clock_offset_seconds": 3600}
    )
    before = clock.now()
    try:
        loaded = load_host(settings)

        assert registry.current() is loaded.registry
        assert loaded.deliveries.handlers.keys() >= {"photos.announce", "photos.hear_reading"}
        assert text.say("photos.photo.add", "en") == "Add photos"
        assert (clock.now() - before).total_seconds() >= 3600
    finally:
        host.host.use()

    assert registry.current() is host.host.registry
    assert (clock.now() - before).total_seconds() < 3600


def test_a_plugins_wrong_setting_stops_the_start(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KVARTAL_PHOTOS_PER_BUILDING", "0")
    try:
        with pytest.raises(SettingsError, match="Setting KVARTAL_PHOTOS_PER_BUILDING: Input"):
            load_host(host.host.settings, [photos])
    finally:
        host.host.use()


def test_channels_and_targets_are_the_installations_own(host: TestHost) -> None:
    prefix = host.host.settings.redis_prefix

    assert host.host.live_channel == f"{prefix}:live"
    assert host.host.relay_channel == f"{prefix}:relay"
    assert "kvartal.sweep_outbox" in host.host.deliveries.targets


@pytest.mark.committed
async def test_a_running_host_closes_what_it_opened(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        async with own.host.running(everywhere=False) as running:
            assert running is own.host
            row = await fetch_one("SELECT current_database() AS name")
        assert row is not None
        assert row["name"] in own.environment["KVARTAL_DATABASE_URL"]


@pytest.mark.committed
async def test_without_redis_a_commit_is_a_commit(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        redis_url = SecretStr("redis://127.0.0.1:1/0")
        lonely = Host(
            own.host.settings.model_copy(update={"redis_url": redis_url}), own.host.registry
        )
        async with lonely.running(everywhere=False), unit_of_work():
            touch("premise:1")


async def test_a_database_that_does_not_answer_is_told_in_one_sentence(host: TestHost) -> None:
    nowhere = SecretStr("postgres://nobody:secret@127.0.0.1:1/none")
    settings = host.host.settings.model_copy(update={"database_url": nowhere})

    with pytest.raises(DatabaseError) as refused:
        async with replace(host.host, settings=settings).running(everywhere=False):
            pytest.fail("not reached")

    assert str(refused.value).startswith("PostgreSQL does not answer at DATABASE_URL: ")
    assert "secret" not in str(refused.value)
