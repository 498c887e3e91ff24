"""A premise's history: by months, newest first, filtered by the days of its building."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Premise, Residency
from kvartal.months import YearMonth
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

HISTORY = """
query ($id: ID!, $from: Date, $to: Date, $first: Int, $before: YearMonth) {
  premise(id: $id) {
    readingHistory(from: $from, to: $to, first: $first, before: $before) {
      billingMonth readings { submittedAt consumption meter { identifier status } }
    }
  }
}
"""
MANY = """
query ($id: ID!) {
  building(id: $id) {
    premises(first: 50) {
      nodes { number readingHistory(first: 2) { billingMonth readings { id } } }
    }
  }
}
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


Months = list[dict[str, Any]]


async def page(gql: GraphQLClient, actor: Actor, premise: Premise, **arguments: Any) -> Months:
    answer = await gql(HISTORY, {"id": encode_id("Premise", premise.id), **arguments}, actor=actor)
    found: Months = answer["data"]["premise"]["readingHistory"]
    return found


def shown(months: Months) -> list[tuple[str, list[str]]]:
    return [
        (each["billingMonth"], [reading["meter"]["identifier"] for reading in each["readings"]])
        for each in months
    ]


@pytest.fixture
async def past(home: Home) -> Home:
    """Cold and hot water from August on; in September the cold alone."""
    hot = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, identifier="ГВС")
    cold = await a_meter(premise=home.premise, identifier="ХВС")
    for meter, month, value, moment in (
        (cold, "2026-08", "1", "2026-08-20T09:15+03:00"),
        (hot, "2026-08", "1", "2026-08-20T09:16+03:00"),
        (cold, "2026-09", "3", "2026-09-20T10:00+03:00"),
        (hot, "2026-11", "4", "2026-11-20T08:00+03:00"),
        (cold, "2026-11", "5", "2026-11-21T08:00+03:00"),
    ):
        await a_reading(meter, month, value, submitted_at=at(moment))
    await Meter.filter(id=home.meter.id).delete()
    return home


ALL = [("2026-11", ["ХВС", "ГВС"]), ("2026-09", ["ХВС"]), ("2026-08", ["ГВС", "ХВС"])]


async def test_the_newest_month_and_in_it_the_latest_submission_come_first(
    gql: GraphQLClient, past: Home
) -> None:
    found = await page(gql, past.resident, past.premise)

    assert shown(found) == ALL
    assert found[1] == {
        "billingMonth": "2026-09",
        "readings": [
            {
                "submittedAt": "2026-09-20T07:00:00+00:00",
                "consumption": "2",
                "meter": {"identifier": "ХВС", "status": "ACTIVE"},
            }
        ],
    }


async def test_a_page_is_of_months_and_goes_on_before_its_last(
    gql: GraphQLClient, past: Home
) -> None:
    async def ask(**arguments: Any) -> Months:
        return await page(gql, past.resident, past.premise, **arguments)

    first = await ask(first=2)
    second = await ask(first=2, before=first[-1]["billingMonth"])
    filtered = await ask(before="2026-11", **{"to": "2026-09-19"})
    beginning = await ask(before="0001-01")
    none = await ask(first=0)

    assert [shown(each) for each in (first, second, filtered, beginning, none)] == [
        ALL[:2],
        ALL[2:],
        ALL[2:],
        [],
        [],
    ]


async def test_twelve_months_are_shown_if_nothing_is_said(gql: GraphQLClient, home: Home) -> None:
    meter = await a_meter(premise=home.premise)
    for number in range(13):
        await a_reading(meter, str(YearMonth(2025, 10).shift(number)), str(number))

    months = await page(gql, home.resident, home.premise)
    more = await page(gql, home.resident, home.premise, first=60)

    assert [each["billingMonth"] for each in months] == [
        str(YearMonth(2026, 10).shift(-number)) for number in range(12)
    ]
    assert len(more) == 13


@pytest.mark.parametrize(
    ("case", "days", "expected"),
    [
        ("since", {"from": "2026-09-20"}, ALL[:2]),
        ("until", {"to": "2026-09-20"}, ALL[1:]),
        ("a day", {"from": "2026-11-20", "to": "2026-11-20"}, [("2026-11", ["ГВС"])]),
        ("nothing", {"from": "2026-09-21", "to": "2026-11-19"}, []),
        ("all of time", {"from": "0001-01-01", "to": "9999-12-31"}, ALL),
        ("the end of time", {"from": "9999-12-31"}, []),
        ("its beginning", {"to": "0001-01-01"}, []),
    ],
)
async def test_days_of_submission_filter_it(
    gql: GraphQLClient,
    past: Home,
    case: str,
    days: dict[str, str],
    expected: list[tuple[str, list[str]]],
) -> None:
    assert shown(await page(gql, past.resident, past.premise, **days)) == expected, case


@pytest.mark.parametrize(
    ("zone", "moment", "days", "found"),
    [
        # Midnight of the building's, not of UTC.
        ("Asia/Kamchatka", "2026-10-31T12:00+00:00", {"from": "2026-11-01"}, True),
        ("Asia/Kamchatka", "2026-10-31T11:59+00:00", {"from": "2026-11-01"}, False),
        ("Asia/Kamchatka", "2026-10-31T11:59+00:00", {"to": "2026-10-31"}, True),
        ("Asia/Kamchatka", "2026-10-31T12:00+00:00", {"to": "2026-10-31"}, False),
        ("Europe/Kaliningrad", "2026-10-31T22:00+00:00", {"from": "2026-11-01"}, True),
        ("Europe/Kaliningrad", "2026-10-31T21:59+00:00", {"from": "2026-11-01"}, False),
    ],
)
async def test_a_day_is_one_of_the_buildings_time_zone(
    gql: GraphQLClient, home: Home, zone: str, moment: str, days: dict[str, str], found: bool
) -> None:
    premise = await a_premise(building=await a_building(timezone=zone))
    await a_reading(await a_meter(premise=premise), "2026-10", "1", submitted_at=at(moment))
    user = await a_resident_user(await premise.organization, premises=[premise])

    months = shown(await page(gql, await actor_of(user), premise, **days))

    assert bool(months) is found


async def test_archived_meters_stay_and_deleted_ones_vanish(gql: GraphQLClient, past: Home) -> None:
    archived = await Meter.get(identifier="ХВС")
    archived.status, archived.archived_at = MeterStatus.ARCHIVED, clock.now()
    await archived.save()
    await Meter.filter(identifier="ГВС").delete()

    found = await page(gql, past.resident, past.premise)

    assert shown(found) == [
        ("2026-11", ["ХВС"]),
        ("2026-09", ["ХВС"]),
        ("2026-08", ["ХВС"]),
    ]
    assert found[0]["readings"][0]["meter"]["status"] == "ARCHIVED"


async def test_the_houses_meters_are_no_history_of_a_premise(
    gql: GraphQLClient, home: Home
) -> None:
    house = await a_collective_meter(building=home.building)
    await a_reading(house, "2026-11", "5")

    assert shown(await page(gql, home.resident, home.premise)) == [("2026-10", ["ХВС-15"])]


@pytest.mark.parametrize(
    "arguments",
    [
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"first": -1},
        {"first": 61},
        {"before": "2026-13"},
    ],
)
async def test_what_cannot_be_asked_is_bad_input(
    gql: GraphQLClient, home: Home, arguments: dict[str, Any]
) -> None:
    answer = await gql(
        HISTORY, {"id": encode_id("Premise", home.premise.id), **arguments}, actor=home.resident
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]


async def test_who_may_see_it(gql: GraphQLClient, home: Home) -> None:
    neighbour = await a_premise(building=home.building)
    elsewhere = await a_building(organization=home.organization)
    right = [SUBMIT.code]
    clerk = await an_employee(home.organization, permissions=right)
    granted = await an_employee(home.organization, permissions=right, buildings=[home.building])
    outsider = await an_employee(home.organization)

    for who in (clerk, granted):
        months = shown(await page(gql, await actor_of(who), home.premise))
        assert months == [("2026-10", ["ХВС-15"])]
    assert shown(await page(gql, await actor_of(outsider), home.premise)) == []
    strangers = [
        ANONYMOUS,
        await actor_of(await a_resident_user(home.organization, premises=[neighbour])),
        await actor_of(
            await an_employee(home.organization, permissions=right, buildings=[elsewhere])
        ),
        await actor_of(await an_employee(await (await a_building()).organization)),
    ]
    for stranger in strangers:
        answer = await gql(HISTORY, {"id": encode_id("Premise", home.premise.id)}, actor=stranger)
        assert (answer.get("data") or {}).get("premise") is None


async def test_who_moves_out_no_longer_sees_it(gql: GraphQLClient, home: Home) -> None:
    await Residency.filter(premise_id=home.premise.id).delete()

    answer = await gql(HISTORY, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident)

    assert answer["data"]["premise"] is None


async def test_many_premises_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    clerk = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))

    async def more(count: int) -> None:
        for _ in range(count):
            meter = await a_meter(premise=await a_premise(building=home.building))
            for month in ("2026-09", "2026-10", "2026-11"):
                await a_reading(meter, month, month[-2:])

    async def ask() -> list[Any]:
        answer = await gql(MANY, {"id": encode_id("Building", home.building.id)}, actor=clerk)
        await asyncio.sleep(0)
        found: list[Any] = answer["data"]["building"]["premises"]["nodes"]
        return found

    await more(1)
    with queries.exactly(3):
        two = await ask()
    await more(18)
    with queries.exactly(3):
        twenty = await ask()

    assert (len(two), len(twenty)) == (2, 20)
    assert [[month["billingMonth"] for month in each["readingHistory"]] for each in twenty] == [
        ["2026-10"],
        *[["2026-11", "2026-10"]] * 19,
    ]
