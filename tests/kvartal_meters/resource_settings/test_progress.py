"""``settingsApplicationProgress``: how far an application of settings is, until it is over."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from redis.asyncio import Redis

from kvartal import live
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization, Quarter
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import Answers, GraphQLClient
from kvartal.testing.factories import a_building, a_quarter, an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import until
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.graphql import progress as subscription
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.resource_settings.queries import applying
from kvartal_meters.resource_settings.rules import ApplyMode, Entry, Place, SettingsLevel

PROGRESS = """
subscription ($level: SettingsLevel!, $id: ID!) {
  settingsApplicationProgress(level: $level, id: $id) { state done total }
}
"""
NOTHING = (None, 0, 0)
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]


@pytest.fixture(autouse=True)
def _in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("kvartal_meters.resource_settings.service.apply")
    monkeypatch.setattr(module, "PORTION", 1)
    monkeypatch.setattr(subscription, "LOOK", timedelta(seconds=0.2))


async def a_draft(organization: Organization, manager: Actor, *, day: int = 5) -> Quarter:
    """A quarter of two buildings, with settings that they do not have."""
    quarter = await a_quarter(organization=organization)
    for _ in range(2):
        await a_building(organization=organization, quarter=quarter)
    await drafted(quarter, manager, day)
    return quarter


async def drafted(quarter: Quarter, manager: Actor, day: int) -> None:
    entry = Entry(
        resource_kind=ResourceKind.WATER,
        active=True,
        start_day=day,
        end_day=25,
        fractions_allowed=True,
        accepts_expired=False,
        service_id=None,
        names_service=False,
    )
    await service.update(manager, place(quarter), [entry])


async def manager_of(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions={BUILDING_EDIT.code}))


def place(quarter: Quarter) -> Place:
    return Place(SettingsLevel.QUARTER, quarter.id)


def watching(client: GraphQLClient, quarter: Quarter, actor: Actor) -> Any:
    variables = {"level": "QUARTER", "id": encode_id("Quarter", quarter.id)}
    return client.subscribe(PROGRESS, variables, actor=actor)


async def told(answers: Answers) -> tuple[str | None, int, int]:
    found = (await answers.next())["data"]["settingsApplicationProgress"]
    return found["state"], found["done"], found["total"]


async def is_heard_by_nobody() -> bool:
    return live.hub().listeners == 0


async def somebody_listens() -> bool:
    return live.hub().listeners > 0


@pytest.mark.committed
async def test_steps_are_told_while_the_application_is_not_to_be_seen_yet(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed() as own:
        organization = await an_organization()
        manager = await manager_of(organization)
        quarter = await a_draft(organization, manager)
        seen: list[Any] = []
        async with watching(own.client, quarter, manager) as answers:
            write = applying.write

            async def watched(*args: Any, **kwargs: Any) -> None:
                seen.append(await told(answers))
                await write(*args, **kwargs)

            monkeypatch.setattr(applying, "write", watched)
            assert await told(answers) == NOTHING
            await until(somebody_listens)
            await service.apply(manager, place(quarter), ApplyMode.RULE)
            while seen[-1][0] == "RUNNING":
                seen.append(await told(answers))
            await until(is_heard_by_nobody)

    # The last step may be over before it is asked for.
    assert [each for each in seen if each != ("RUNNING", 2, 2)] == [
        ("RUNNING", 0, 2),
        ("RUNNING", 1, 2),
        ("DONE", 2, 2),
    ]


@pytest.mark.committed
async def test_one_that_fails_says_so_and_leaves_nothing(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    async with committed() as own:
        organization = await an_organization()
        manager = await manager_of(organization)
        quarter = await a_draft(organization, manager)
        async with watching(own.client, quarter, manager) as answers:
            assert await told(answers) == NOTHING
            await until(somebody_listens)
            monkeypatch.setattr(applying, "write", broken)
            with pytest.raises(ZeroDivisionError):
                await service.apply(manager, place(quarter), ApplyMode.RULE)
            seen = await told(answers)
            while seen[0] == "RUNNING":
                seen = await told(answers)
            await until(is_heard_by_nobody)

        assert seen == ("FAILED", 0, 2)
        assert not await ResourceSettings.filter(building_id__not_isnull=True).exists()


@pytest.mark.committed
async def test_one_that_was_over_before_is_not_told_and_the_next_one_is(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        organization = await an_organization()
        manager = await manager_of(organization)
        quarter = await a_draft(organization, manager)
        await service.apply(manager, place(quarter), ApplyMode.ONCE)
        await drafted(quarter, manager, 6)
        await a_building(organization=organization, quarter=quarter)
        async with watching(own.client, quarter, manager) as answers:
            assert await told(answers) == NOTHING
            await until(somebody_listens)
            await service.apply(manager, place(quarter), ApplyMode.ONCE)
            seen = [await told(answers)]
            while seen[-1][0] == "RUNNING":
                seen.append(await told(answers))

    assert {total for _, _, total in seen} == {3}
    assert seen[-1] == ("DONE", 3, 3)


@pytest.mark.committed
async def test_one_whose_process_is_gone_ends_without_an_end(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed() as own:
        organization = await an_organization()
        manager = await manager_of(organization)
        quarter = await a_draft(organization, manager)
        async with watching(own.client, quarter, manager) as answers:
            write = applying.write

            async def forgotten(*args: Any, **kwargs: Any) -> None:
                assert await told(answers) == ("RUNNING", 0, 2)
                monkeypatch.setattr(applying, "write", write)
                await _forget(own)
                await until(is_heard_by_nobody)
                await write(*args, **kwargs)

            monkeypatch.setattr(applying, "write", forgotten)
            assert await told(answers) == NOTHING
            await until(somebody_listens)
            await service.apply(manager, place(quarter), ApplyMode.ONCE)


async def _forget(own: Committed) -> None:
    """As Redis does a minute after the last word."""
    async with Redis.from_url(own.host.redis_url) as client:
        keys = [key async for key in client.scan_iter("*:progress:*")]
        await client.delete(*keys)


@pytest.mark.committed
async def test_who_may_not_change_the_settings_is_told_nothing(committed: OwnDatabase) -> None:
    async with committed() as own:
        organization = await an_organization()
        quarter = await a_draft(organization, await manager_of(organization))
        resident = await a_resident_user(organization)
        reader = await an_employee(organization, permissions=set())
        stranger = await manager_of(await an_organization())
        for actor, code in (
            (ANONYMOUS, "UNAUTHENTICATED"),
            (await actor_of(resident), "FORBIDDEN"),
            (await actor_of(reader), "FORBIDDEN"),
            (stranger, "NOT_FOUND"),
        ):
            async with watching(own.client, quarter, actor) as answers:
                answer = await answers.next()
            assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


@pytest.mark.committed
async def test_a_building_hands_nothing_down(committed: OwnDatabase) -> None:
    async with committed() as own:
        organization = await an_organization()
        building = await a_building(organization=organization)
        variables = {"level": "BUILDING", "id": encode_id("Building", building.id)}
        manager = await manager_of(organization)
        async with own.client.subscribe(PROGRESS, variables, actor=manager) as answers:
            answer = await answers.next()

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
