"""A house's balance: both sides, coverage, what is suspicious, and who may see it."""

import asyncio
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.rules import MeterStanding, accepts
from kvartal_meters.resource_settings.rules import SettingsValues, state_on
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    resource_settings,
)

BALANCE = """
query ($id: ID!, $kind: ResourceKind! = WATER, $from: YearMonth = "2026-11",
       $to: YearMonth = "2026-11") {
  building(id: $id) {
    resourceBalance(resourceKind: $kind, from: $from, to: $to) {
      unit unitTitle
      months {
        billingMonth difference percent isSuspicious
        collective { ...side } individual { ...side }
      }
    }
  }
}
fragment side on BalanceSide { consumption metersRead metersExpected coverage }
"""
MANY = """
{
  buildings(first: 50) {
    nodes {
      resourceBalance(resourceKind: WATER, from: "2026-11", to: "2026-11") {
        months { difference }
      }
    }
  }
}
"""
RIGHT = [SUBMIT.code]


@pytest.fixture
async def clerk(home: Home) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=RIGHT))


async def balance(
    gql: GraphQLClient, building: Building, actor: Actor, **variables: Any
) -> list[dict[str, Any]] | None:
    answer = await gql(
        BALANCE, {"id": encode_id("Building", building.id), **variables}, actor=actor
    )
    found: list[dict[str, Any]] | None = answer["data"]["building"]["resourceBalance"]
    return found


async def month(gql: GraphQLClient, building: Building, actor: Actor) -> dict[str, Any]:
    """The only line's only month: November 2026, water."""
    found = await balance(gql, building, actor)
    assert found is not None
    [line] = found
    [only] = line["months"]
    return dict(only)


def side(of: dict[str, Any]) -> str:
    return f"{of['consumption']} {of['metersRead']}/{of['metersExpected']} {of['coverage']}"


async def test_both_sides_of_a_month(gql: GraphQLClient, home: Home, clerk: Actor) -> None:
    house = await a_collective_meter(building=home.building, initial=["0"])
    await a_reading(house, "2026-11", "12")
    await a_reading(home.meter, "2026-11", "104.5")
    hot = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, initial=["0"])
    await a_reading(hot, "2026-11", "6.5")
    await a_meter(premise=home.premise, type=MeterType.HOT_WATER, initial=["0"])

    found = await balance(gql, home.building, clerk, **{"from": "2026-10"})

    assert found == [
        {
            "unit": "CUBIC_METRE",
            "unitTitle": "м³",
            "months": [
                {
                    "billingMonth": "2026-10",
                    "difference": None,
                    "percent": None,
                    "isSuspicious": False,
                    "collective": {
                        "consumption": None,
                        "metersRead": 0,
                        "metersExpected": 1,
                        "coverage": "0",
                    },
                    "individual": {
                        "consumption": None,
                        "metersRead": 1,
                        "metersExpected": 3,
                        "coverage": "33.3",
                    },
                },
                {
                    "billingMonth": "2026-11",
                    "difference": "1.5",
                    "percent": "12.5",
                    "isSuspicious": False,
                    "collective": {
                        "consumption": "12",
                        "metersRead": 1,
                        "metersExpected": 1,
                        "coverage": "100",
                    },
                    "individual": {
                        "consumption": "10.5",
                        "metersRead": 2,
                        "metersExpected": 3,
                        "coverage": "66.7",
                    },
                },
            ],
        }
    ]


@pytest.mark.parametrize(
    ("house", "difference", "percent", "suspicious"),
    [
        ("4.5", "0", "0", False),
        ("4.4", "-0.1", "-2.3", True),
        ("5.2", "0.7", "13.5", False),
        ("5.4", "0.9", "16.7", True),
        ("0", "-4.5", None, True),
    ],
)
async def test_what_is_suspicious(
    gql: GraphQLClient,
    home: Home,
    clerk: Actor,
    house: str,
    difference: str,
    percent: str | None,
    suspicious: bool,
) -> None:
    meter = await a_collective_meter(building=home.building, initial=["0"])
    await a_reading(meter, "2026-11", house)
    await a_reading(home.meter, "2026-11", "105")

    found = await month(gql, home.building, clerk)

    assert (found["difference"], found["percent"], found["isSuspicious"]) == (
        difference,
        percent,
        suspicious,
    )


async def test_a_unit_that_one_side_lacks_has_no_line(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    assert await balance(gql, home.building, clerk) == []
    assert await balance(gql, home.building, clerk, kind="GAS") == []

    heat = await a_collective_meter(building=home.building, type=MeterType.HEATING, initial=["0"])
    await a_reading(heat, "2026-11", "5")
    allocator = await a_meter(
        premise=home.premise, type=MeterType.HEAT_COST_ALLOCATOR, initial=["0"]
    )
    await a_reading(allocator, "2026-11", "300")
    assert await balance(gql, home.building, clerk, kind="HEATING") == []

    await a_meter(premise=home.premise, type=MeterType.HEATING, initial=["0"])
    found = await balance(gql, home.building, clerk, kind="HEATING")
    assert found is not None
    [line] = found
    assert (line["unit"], side(line["months"][0]["collective"])) == (
        "GIGACALORIE",
        "5 1/1 100",
    )
    assert line["months"][0]["difference"] is None


@pytest.mark.parametrize(
    ("status", "active", "accepts_expired", "scope"),
    list(
        product(
            (MeterStatus.ACTIVE, MeterStatus.VERIFICATION),
            (True, False),
            (True, False),
            (MeterScope.INDIVIDUAL, MeterScope.COLLECTIVE),
        )
    ),
)
async def test_a_meter_is_expected_if_the_rules_say_that_it_accepts(
    gql: GraphQLClient,
    home: Home,
    clerk: Actor,
    status: MeterStatus,
    active: bool,
    accepts_expired: bool,
    scope: MeterScope,
) -> None:
    """The statement decides for a whole house what the rules decide for one meter."""
    await a_collective_meter(building=home.building, status=status)
    home.meter.status = status
    await home.meter.save()
    home.settings.active, home.settings.accepts_expired = active, accepts_expired
    await home.settings.save()

    found = await month(gql, home.building, clerk)

    of_scope = found["collective" if scope is MeterScope.COLLECTIVE else "individual"]
    standing = MeterStanding(
        scope=scope,
        status=status,
        settings=SettingsValues(active=active, accept_expired=accepts_expired),
        window=state_on(None, date(2026, 11, 20)),
    )
    assert of_scope["metersExpected"] == int(accepts(standing))


async def test_without_settings_nothing_is_expected_but_what_was_read(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await a_collective_meter(building=home.building)
    await home.settings.delete()
    await a_meter(premise=home.premise)
    await a_reading(home.meter, "2026-11", "104.5")

    assert side((await month(gql, home.building, clerk))["individual"]) == "4 1/1 100"


@pytest.mark.parametrize(
    ("case", "fields", "expected"),
    [
        ("commissioned before", {"commissioned_on": date(2026, 10, 31)}, 1),
        ("commissioned on its last day", {"commissioned_on": date(2026, 11, 30)}, 1),
        ("commissioned later", {"commissioned_on": date(2026, 12, 1)}, 0),
        ("archived in the month", {"archived_at": datetime(2026, 11, 30, 20, 59, tzinfo=UTC)}, 0),
        ("archived later", {"archived_at": datetime(2026, 11, 30, 21, 0, tzinfo=UTC)}, 1),
    ],
)
async def test_a_meter_is_expected_while_it_is_in_service(
    gql: GraphQLClient,
    home: Home,
    clerk: Actor,
    case: str,
    fields: dict[str, Any],
    expected: int,
) -> None:
    await a_collective_meter(building=home.building)
    await Meter.filter(id=home.meter.id).delete()
    status = MeterStatus.ARCHIVED if "archived_at" in fields else MeterStatus.ACTIVE
    await a_meter(premise=home.premise, status=status, **fields)

    found = await month(gql, home.building, clerk)

    assert found["individual"]["metersExpected"] == expected, case


@pytest.mark.parametrize(
    ("archived_at", "expected"),
    [
        (datetime(2026, 11, 30, 20, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 30, 21, 0, tzinfo=UTC), 1),
        (None, 1),
    ],
)
async def test_what_stands_in_an_archived_premise_is_not_expected(
    gql: GraphQLClient,
    home: Home,
    clerk: Actor,
    archived_at: datetime | None,
    expected: int,
) -> None:
    await a_collective_meter(building=home.building)
    home.premise.archived_at = archived_at
    await home.premise.save()

    found = await month(gql, home.building, clerk)

    assert found["individual"]["metersExpected"] == expected
    assert found["collective"]["metersExpected"] == 1


async def test_a_replaced_meter_counts_until_it_was_replaced(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await a_collective_meter(building=home.building)
    old = home.meter
    await a_reading(old, "2026-11", "103")
    old.status, old.archived_at = MeterStatus.ARCHIVED, datetime(2026, 11, 20, tzinfo=UTC)
    await old.save()
    new = await a_meter(premise=home.premise, initial=["0"], replaces=old)
    await a_reading(new, "2026-11", "1")

    found = await month(gql, home.building, clerk)

    assert side(found["individual"]) == "3.5 2/2 100"


async def test_another_houses_and_another_resources_meters_are_not_in_it(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await a_collective_meter(building=home.building)
    other = await a_building(organization=home.organization)
    await resource_settings(other)
    await a_meter(premise=await a_premise(building=other))
    await a_collective_meter(building=other)
    await a_meter(premise=home.premise, type=MeterType.GAS)

    found = await month(gql, home.building, clerk)

    assert (side(found["collective"]), side(found["individual"])) == (
        "None 0/1 0",
        "None 0/1 0",
    )


async def test_a_year_up_to_the_present_month_by_default(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await a_collective_meter(building=home.building)

    with clock.frozen(datetime.fromisoformat("2026-10-31T21:00+00:00")):  # Moscow's November
        found = await balance(gql, home.building, clerk, **{"from": None, "to": None})

    assert found is not None
    months = [each["billingMonth"] for each in found[0]["months"]]
    assert (len(months), months[0], months[-1]) == (12, "2025-12", "2026-11")


@pytest.mark.parametrize(
    "months", [{"from": "2026-12", "to": "2026-11"}, {"from": "2020-01", "to": "2026-11"}]
)
async def test_months_that_cannot_be_shown_are_bad_input(
    gql: GraphQLClient, home: Home, clerk: Actor, months: dict[str, str]
) -> None:
    answer = await gql(
        BALANCE, {"id": encode_id("Building", home.building.id), **months}, actor=clerk
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]


async def test_the_end_of_time_can_be_asked_for(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await a_collective_meter(building=home.building)

    found = await balance(gql, home.building, clerk, **{"from": "9999-12", "to": "9999-12"})

    assert found is not None
    assert [side(each["individual"]) for each in found[0]["months"]] == ["None 0/1 0"]


async def test_it_is_for_staff_with_the_right_to_readings(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    organization, house = home.organization, home.building
    token = await a_service_token(organization, permissions=RIGHT)
    granted = await an_employee(organization, permissions=RIGHT, buildings=[house])
    outsider = await an_employee(organization)
    elsewhere = await an_employee(
        organization, permissions=RIGHT, buildings=[await a_building(organization=organization)]
    )
    foreign = await an_employee(await an_organization(), permissions=RIGHT)

    for actor in (clerk, await actor_of(token), await actor_of(granted)):
        assert await balance(gql, house, actor) == []
    for actor in (home.resident, await actor_of(outsider)):
        assert await balance(gql, house, actor) is None
    for actor in (ANONYMOUS, await actor_of(elsewhere), await actor_of(foreign)):
        answer = await gql(BALANCE, {"id": encode_id("Building", house.id)}, actor=actor)
        assert (answer.get("data") or {}).get("building") is None


async def test_many_buildings_cost_what_two_cost(
    gql: GraphQLClient, home: Home, clerk: Actor, queries: QueryCounter
) -> None:
    async def more(count: int) -> None:
        for _ in range(count):
            building = await a_building(organization=home.organization)
            house = await a_collective_meter(building=building, initial=["0"])
            meter = await a_meter(premise=await a_premise(building=building), initial=["0"])
            await a_reading(house, "2026-11", "5")
            await a_reading(meter, "2026-11", "4")

    async def ask() -> list[Any]:
        answer = await gql(MANY, actor=clerk)
        await asyncio.sleep(0)
        found: list[Any] = answer["data"]["buildings"]["nodes"]
        return found

    await more(1)
    with queries.exactly(2):
        two = await ask()
    await more(18)
    with queries.exactly(2):
        twenty = await ask()

    assert (len(two), len(twenty)) == (2, 20)
    line = {"resourceBalance": [{"months": [{"difference": "1"}]}]}
    assert (twenty.count(line), twenty.count({"resourceBalance": []})) == (19, 1)
