"""``readingAccepted``: whoever may see a reading is told of it as it comes, and nobody else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from contextvars import copy_context
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import BuildingAccess
from kvartal.auth.sessions.topics import topics_of
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.live import touch
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import Answers, GraphQLClient
from kvartal.testing.factories import a_building, a_premise
from kvartal.testing.host import Committed
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.feed import graphql as feed
from kvartal_meters.feed.queries import FeedFilter, untold
from kvartal_meters.feed.rules import AT_ONCE, FeedState
from kvartal_meters.permissions import READING_REGISTER, SUBMIT
from kvartal_meters.readings.queries.filtering import ReadingFilter
from kvartal_meters.readings.topics import readings_topic
from kvartal_meters.registration.rules.matching import MeterReference
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading
from kvartal_meters.registration.service import register_readings
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

FEED = """
subscription ($filter: ReadingFeedFilterInput) {
  readingAccepted(filter: $filter) {
    skipped
    readings { billingMonth values { value } meter { identifier } }
  }
}
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) { submitReadings(input: $input) { errors { code } } }
"""
NOON = datetime.fromisoformat("2026-11-20T12:00+03:00")
SILENCE = 0.4
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]


@asynccontextmanager
async def listening(own: Committed, actor: Actor, **filter: Any) -> AsyncIterator[Answers]:
    """A subscription that hears what comes from now on."""
    async with own.client.subscribe(FEED, {"filter": filter}, actor=actor) as answers:
        assert await told(answers) == []
        yield answers


async def told(answers: Answers) -> list[str]:
    """Identifier and value of what the next message tells."""
    answer = await answers.next()
    found = answer["data"]["readingAccepted"]
    assert found["skipped"] is False
    return [
        f"{each['meter']['identifier']} {each['values'][0]['value']}" for each in found["readings"]
    ]


async def is_silent(answers: Answers) -> bool:
    try:
        await answers.next(SILENCE)
    except TimeoutError:
        return True
    return False


async def submitted(own: Committed, home: Home, value: str) -> None:
    sent = submission(home.premise, values_of(home.meter, value))
    answer = await own.client(SUBMIT_READINGS, sent, actor=home.resident)
    assert answer["data"]["submitReadings"]["errors"] == []


async def clerk_of(home: Home, *more: str) -> Actor:
    employee = await an_employee(home.organization, permissions=[SUBMIT.code, *more])
    return await actor_of(employee)


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of the window, on a clock that goes on, with hardly a pause between news."""
    monkeypatch.setattr(clock, "_offset", NOON - clock.now())
    monkeypatch.setattr(feed, "PAUSE_SECONDS", 0.05)


@pytest.mark.committed
async def test_what_is_accepted_and_corrected_is_told_once(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        await a_reading(home.meter, "2026-10", "1")
        clerk = await clerk_of(home)
        async with listening(own, clerk) as answers:
            await submitted(own, home, "2")
            accepted = await told(answers)
            await submitted(own, home, "2")
            nothing_new = await is_silent(answers)
            await submitted(own, home, "3")
            corrected = await told(answers)
            done = await is_silent(answers)

    assert (accepted, nothing_new) == (["ХВС-15 2"], True)
    assert (corrected, done) == (["ХВС-15 3"], True)


@pytest.mark.committed
async def test_strangers_and_those_without_the_building_hear_nothing(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        home, foreign = await a_home(), await a_home(identifier="ЧУЖОЙ")
        elsewhere = await a_building(organization=home.organization)
        partial = await an_employee(
            home.organization, permissions=[SUBMIT.code], buildings=[elsewhere]
        )
        async with (
            listening(own, await clerk_of(home)) as clerk,
            listening(own, await clerk_of(foreign)) as stranger,
            listening(own, await actor_of(partial)) as other,
        ):
            await submitted(own, home, "2")
            mine = await told(clerk)
            await submitted(own, foreign, "7")
            theirs = await told(stranger)
            silent = (await is_silent(clerk), await is_silent(stranger), await is_silent(other))
            await BuildingAccess.create(
                organization=home.organization, employee=partial, building=home.building
            )
            await submitted(own, home, "3")
            granted = await told(other)

    assert (mine, theirs, granted) == (["ХВС-15 2"], ["ЧУЖОЙ 7"], ["ХВС-15 3"])
    assert silent == (True, True, True)


@pytest.mark.committed
async def test_who_loses_the_right_is_told_no_more(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        employee = await an_employee(home.organization, permissions=[SUBMIT.code])
        actor = await actor_of(employee)
        async with listening(own, actor) as answers:
            await submitted(own, home, "2")
            before = await told(answers)
            async with unit_of_work():
                employee.archived_at = clock.now()
                await employee.save()
                for topic in topics_of(actor):
                    touch(topic)
            after = await answers.next()
            await submitted(own, home, "3")
            silent = await is_silent(answers)

    assert (before, silent) == (["ХВС-15 2"], True)
    assert [each["extensions"]["code"] for each in after["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.committed
async def test_a_filter_chooses(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        second = await a_building(organization=home.organization)
        house = await a_collective_meter(building=home.building, identifier="ОДПУ")
        light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T, identifier="ЭЛ")
        clerk = await clerk_of(home)
        filters: dict[str, dict[str, Any]] = {
            "organization": {"organizationId": encode_id("Organization", home.organization.id)},
            "building": {"buildingIds": [encode_id("Building", home.building.id)]},
            "other building": {"buildingIds": [encode_id("Building", second.id)]},
            "no building": {"buildingIds": []},
            "house": {"scope": "COLLECTIVE"},
            "flats": {"scope": "INDIVIDUAL"},
            "water": {"resourceKind": "WATER"},
        }
        heard: dict[str, list[str]] = {}
        async with _all_listening(own, clerk, filters) as all_answers:
            async with unit_of_work():
                for meter in (home.meter, house, light):
                    await a_reading(meter, "2026-11", "5")
                touch(readings_topic(home.organization.id))
            for name, answers in all_answers.items():
                heard[name] = [] if await is_silent_soon(answers) else await told(answers)

    assert {name: [each.split()[0] for each in found] for name, found in heard.items()} == {
        "organization": ["ХВС-15", "ОДПУ", "ЭЛ"],
        "building": ["ХВС-15", "ОДПУ", "ЭЛ"],
        "other building": [],
        "no building": [],
        "house": ["ОДПУ"],
        "flats": ["ХВС-15", "ЭЛ"],
        "water": ["ХВС-15", "ОДПУ"],
    }


@asynccontextmanager
async def _all_listening(
    own: Committed, actor: Actor, filters: dict[str, dict[str, Any]]
) -> AsyncIterator[dict[str, Answers]]:
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(listening(own, actor, **filter))
            for name, filter in filters.items()
        }


async def is_silent_soon(answers: Answers) -> bool:
    """Whether nothing comes; what comes is left for the next one who asks."""
    await asyncio.sleep(SILENCE)
    return answers._answers.empty()


@pytest.mark.committed
async def test_what_commits_late_is_told_though_later_ones_were(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        slow = await a_meter(premise=home.premise, identifier="ПОЗДНИЙ")
        clerk = await clerk_of(home)
        outside = copy_context()
        async with listening(own, clerk) as answers:
            async with unit_of_work():
                await a_reading(slow, "2026-11", "1")
                await asyncio.create_task(submitted(own, home, "2"), context=outside)
                first = await told(answers)
                touch(readings_topic(home.organization.id))
            second = await told(answers)
            done = await is_silent(answers)

    assert (first, second, done) == (["ХВС-15 2"], ["ПОЗДНИЙ 1"], True)


@pytest.mark.committed
async def test_a_bulk_call_is_one_message_and_more_than_fit_are_skipped(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        home = await a_home()
        meters = [await a_meter(premise=home.premise) for _ in range(AT_ONCE + 5)]
        token = await a_service_token(home.organization, permissions=[READING_REGISTER.code])
        integrator = await actor_of(token)
        rows = [
            (MeterReference(id=meter.id), SentReading(place=n, values=["1"]))
            for n, meter in enumerate(meters)
        ]
        async with listening(own, await clerk_of(home)) as answers:
            await register_readings(integrator, home.organization.id, rows, ReadingsMode.APPEND)
            many = (await answers.next())["data"]["readingAccepted"]
            silent = await is_silent(answers)
            await submitted(own, home, "2")
            one = await told(answers)

    assert (len(many["readings"]), many["skipped"]) == (AT_ONCE, True)
    assert (silent, one) == (True, ["ХВС-15 2"])


@pytest.mark.committed
async def test_what_comes_during_the_pause_is_told_together(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAUSE_SECONDS", 1.0)
    async with committed() as own:
        home = await a_home()
        others = [await a_home(organization=home.organization, identifier=f"М{n}") for n in "123"]
        async with listening(own, await clerk_of(home)) as answers:
            await submitted(own, home, "2")
            first = await told(answers)
            for other in others:
                await submitted(own, other, "1")
            second = await told(answers)

    assert (first, second) == (["ХВС-15 2"], ["М1 1", "М2 1", "М3 1"])


async def refused(client: GraphQLClient, actor: Actor, **filter: Any) -> dict[str, Any]:
    async with client.subscribe(FEED, {"filter": filter}, actor=actor) as answers:
        answer = await answers.next()
    [error] = answer["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


async def test_who_may_not_subscribe(gql: GraphQLClient, home: Home) -> None:
    unlearned = await actor_of(await an_employee(home.organization, permissions=["x.y.z"]))

    codes = [(await refused(gql, actor))["code"] for actor in (ANONYMOUS, home.resident, unlearned)]

    assert codes == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]


async def test_what_is_not_theirs_is_not_found(gql: GraphQLClient, home: Home) -> None:
    foreign = await a_home()
    clerk = await clerk_of(home)
    both = [encode_id("Building", each.building.id) for each in (home, foreign)]

    organization = await refused(
        gql, clerk, organizationId=encode_id("Organization", foreign.organization.id)
    )
    buildings = await refused(gql, clerk, buildingIds=both)

    assert (organization["code"], buildings["code"]) == ("NOT_FOUND", "NOT_FOUND")


async def test_too_many_buildings_are_refused_with_the_limit(
    gql: GraphQLClient, home: Home
) -> None:
    ids = [encode_id("Building", home.building.id)] * 501

    facts = await refused(gql, await clerk_of(home), buildingIds=ids)

    assert (facts["code"], facts["limit"], facts["value"]) == ("BAD_INPUT", 500, 501)


async def test_news_are_one_statement(home: Home, queries: QueryCounter) -> None:
    clerk = await clerk_of(home)
    await resource_settings(home.building, ResourceKind.GAS)
    flat = await a_premise(building=home.building, number="16")
    for _ in range(20):
        await a_reading(await a_meter(premise=flat), "2026-11", "1")
    state = FeedState(datetime.fromisoformat("2020-01-01T00:00+00:00"))

    with queries.exactly(1):
        rows = await untold(clerk, FeedFilter(ReadingFilter()), state)
    state.take(rows, state.horizon)
    await untold(clerk, FeedFilter(ReadingFilter()), state)  # a connection learns of arrays once
    with queries.exactly(1):
        again = await untold(clerk, FeedFilter(ReadingFilter()), state)

    assert (len(rows), len(again)) == (21, 0)
