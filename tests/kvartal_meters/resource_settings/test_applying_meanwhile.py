"""What others see and may do during the seconds in which settings are applied."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.housing.models import Organization
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, a_quarter
from kvartal.testing.host import Committed
from kvartal.testing.watch import until
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.resource_settings.queries import applying
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Entry,
    Outcome,
    Place,
    SettingsLevel,
)
from kvartal_meters.testing import Home, a_home, submission, values_of

SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { channel } errors { code } }
}
"""
CLOSED = Entry(
    resource_kind=ResourceKind.WATER,
    active=False,
    start_day=None,
    end_day=None,
    fractions_allowed=True,
    accepts_expired=False,
    service_id=None,
    names_service=False,
)
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]
Applying = asyncio.Task[service.Applied]

pytestmark = pytest.mark.committed


@pytest.fixture(autouse=True)
def _open_window(frozen_clock: Any) -> Iterator[None]:
    with frozen_clock("2026-11-20T12:00+03:00"):
        yield


async def a_quarter_to_close(home: Home) -> tuple[Actor, Place]:
    """The home's building and another one, in a quarter whose draft takes no water any more."""
    manager = await manager_of(home.organization)
    quarter = await a_quarter(organization=home.organization)
    home.building.quarter = quarter
    await home.building.save()
    await a_building(organization=home.organization, quarter=quarter)
    place = Place(SettingsLevel.QUARTER, quarter.id)
    await service.update(manager, place, [CLOSED])
    return manager, place


async def manager_of(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions={BUILDING_EDIT.code}))


@asynccontextmanager
async def being_applied(
    actor: Actor, place: Place, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Applying]:
    """An application that has written all its buildings, and commits after the block."""
    written, go_on = asyncio.Event(), asyncio.Event()
    write, portions = applying.write, 0

    async def held(*args: Any, **kwargs: Any) -> None:
        nonlocal portions
        await write(*args, **kwargs)
        portions += 1
        if portions == 2:
            written.set()
            await go_on.wait()

    monkeypatch.setattr(applying, "write", held)
    module = import_module("kvartal_meters.resource_settings.service.apply")
    monkeypatch.setattr(module, "PORTION", 1)
    task = asyncio.create_task(service.apply(actor, place, ApplyMode.RULE))
    try:
        async with asyncio.timeout(10):
            await written.wait()
        yield task
    finally:
        go_on.set()
        await task


async def submitted(own: Committed, home: Home, value: str) -> list[str]:
    """Why the resident's reading is refused, if it is; there is an answer within seconds."""
    given = submission(home.premise, values_of(home.meter, value))
    async with asyncio.timeout(5):
        answer = await own.client(SUBMIT, given, actor=home.resident)
    return [error["code"] for error in answer["data"]["submitReadings"]["errors"]]


async def somebody_waits() -> bool:
    return bool(await fetch("SELECT FROM pg_locks WHERE NOT granted"))


async def test_a_resident_submits_by_the_settings_as_they_were(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed() as own:
        home = await a_home()
        manager, place = await a_quarter_to_close(home)
        async with being_applied(manager, place, monkeypatch):
            before = await ResourceSettings.get(id=home.settings.id)
            meanwhile = await submitted(own, home, "12")
        after = await ResourceSettings.get(id=home.settings.id)
        afterwards = await submitted(own, home, "13")

    assert (before.active, after.active) == (True, False)
    assert meanwhile == []
    assert afterwards == ["RESOURCE_DISABLED"]


async def test_a_second_application_waits_and_finds_nothing_left_to_change(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed():
        manager, place = await a_quarter_to_close(await a_home())
        async with being_applied(manager, place, monkeypatch) as applied:
            second = asyncio.create_task(service.apply(manager, place, ApplyMode.RULE))
            await until(somebody_waits)
            assert not second.done()

        assert (await applied).judgement.counts == {Outcome.CHANGED: 2}
        assert (await second).judgement.counts == {Outcome.UNCHANGED: 2}


async def test_another_organization_waits_for_nobody(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed():
        manager, place = await a_quarter_to_close(await a_home())
        other = await a_quarter_to_close(await a_home())
        async with being_applied(manager, place, monkeypatch) as applied:
            async with asyncio.timeout(5):
                theirs = await service.apply(*other, ApplyMode.RULE)
            assert not applied.done()

    assert theirs.judgement.counts == {Outcome.CHANGED: 2}
