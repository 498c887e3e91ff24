"""Sums by month: of a premise's meters, and of the houses' own ones (the CRM's chart)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db.connection import fetch
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    an_organization,
)
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

OF_PREMISE = """
query ($id: ID!, $kind: ResourceKind!, $from: YearMonth, $to: YearMonth) {
  premise(id: $id) {
    monthlyConsumption(resourceKind: $kind, from: $from, to: $to) {
      unit unitTitle points { billingMonth consumption readings }
    }
  }
}
"""
OF_HOUSES = """
query ($kind: ResourceKind! = WATER, $from: YearMonth! = "2026-10", $to: YearMonth! = "2026-11",
       $organizationId: ID, $groupId: ID, $quarterId: ID, $buildingIds: [ID!]) {
  collectiveConsumption(
    resourceKind: $kind, from: $from, to: $to, organizationId: $organizationId,
    groupId: $groupId, quarterId: $quarterId, buildingIds: $buildingIds
  ) { unit points { billingMonth consumption readings } }
}
"""
MANY = """
query ($id: ID!) {
  building(id: $id) {
    premises(first: 50) {
      nodes {
        monthlyConsumption(resourceKind: WATER, from: "2026-11", to: "2026-11") {
          points { consumption }
        }
      }
    }
  }
}
"""
RIGHT = [SUBMIT.code]


def shown(series: list[dict[str, Any]] | None) -> list[str] | None:
    """A unit a line, a point as ``consumption×readings``."""
    if series is None:
        return None
    return [
        f"{each['unit']} "
        + " ".join(f"{point['consumption']}×{point['readings']}" for point in each["points"])
        for each in series
    ]


async def of_premise(
    gql: GraphQLClient, home: Home, kind: str, first: str, last: str
) -> list[dict[str, Any]]:
    variables = {"kind": kind, "from": first, "to": last}
    answer = await gql(
        OF_PREMISE,
        {"id": encode_id("Premise", home.premise.id), **variables},
        actor=home.resident,
    )
    found: list[dict[str, Any]] = answer["data"]["premise"]["monthlyConsumption"]
    return found


async def test_a_replaced_meter_leaves_no_gap_and_nothing_negative(
    gql: GraphQLClient, home: Home
) -> None:
    old = home.meter
    await a_reading(old, "2026-11", "104")
    old.status, old.archived_at = MeterStatus.ARCHIVED, clock.now()
    await old.save()
    new = await a_meter(premise=home.premise, initial=["0"], replaces=old)
    await a_reading(new, "2026-11", "1.5")
    await a_reading(new, "2026-12", "6")
    hot = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, initial=["0"])
    await a_reading(hot, "2026-12", "2")

    found = await of_premise(gql, home, "WATER", "2026-09", "2026-12")

    assert found == [
        {
            "unit": "CUBIC_METRE",
            "unitTitle": "м³",
            "points": [
                {"billingMonth": "2026-09", "consumption": None, "readings": 0},
                {"billingMonth": "2026-10", "consumption": None, "readings": 1},
                {"billingMonth": "2026-11", "consumption": "5", "readings": 2},
                {"billingMonth": "2026-12", "consumption": "6.5", "readings": 2},
            ],
        }
    ]


async def test_each_unit_has_its_line(gql: GraphQLClient, home: Home) -> None:
    heat = await a_meter(premise=home.premise, type=MeterType.HEATING, initial=["0"])
    allocator = await a_meter(
        premise=home.premise, type=MeterType.HEAT_COST_ALLOCATOR, initial=["0"]
    )
    await a_reading(heat, "2026-11", "0.5")
    await a_reading(allocator, "2026-11", "300")

    assert shown(await of_premise(gql, home, "HEATING", "2026-10", "2026-11")) == [
        "GIGACALORIE None×0 0.5×1",
        "ALLOCATOR_UNIT None×0 300×1",
    ]
    assert shown(await of_premise(gql, home, "GAS", "2026-10", "2026-11")) == []


@pytest.mark.parametrize(
    ("now", "last"),
    [("2026-10-31T21:59+00:00", "2026-10"), ("2026-10-31T22:00+00:00", "2026-11")],
)
async def test_a_premises_year_ends_with_the_present_month_of_its_building(
    gql: GraphQLClient, home: Home, now: str, last: str
) -> None:
    home.building.timezone = "Europe/Kaliningrad"
    await home.building.save()
    variables = {"id": encode_id("Premise", home.premise.id), "kind": "WATER"}

    with clock.frozen(datetime.fromisoformat(now)):
        answer = await gql(OF_PREMISE, variables, actor=home.resident)

    [series] = answer["data"]["premise"]["monthlyConsumption"]
    assert (len(series["points"]), series["points"][-1]["billingMonth"]) == (12, last)


async def test_staff_without_the_right_see_no_sums(gql: GraphQLClient, home: Home) -> None:
    variables = {"id": encode_id("Premise", home.premise.id), "kind": "WATER", "to": "2026-11"}
    outsider = await actor_of(await an_employee(home.organization))
    clerk = await actor_of(await an_employee(home.organization, permissions=RIGHT))

    blind = await gql(OF_PREMISE, variables, actor=outsider)
    seen = await gql(OF_PREMISE, variables, actor=clerk)

    assert blind["data"]["premise"]["monthlyConsumption"] == []
    assert len(seen["data"]["premise"]["monthlyConsumption"]) == 1


async def test_many_premises_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    clerk = await actor_of(await an_employee(home.organization, permissions=RIGHT))

    async def more(count: int) -> None:
        for _ in range(count):
            premise = await a_premise(building=home.building)
            await a_reading(await a_meter(premise=premise, initial=["0"]), "2026-11", "3")

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
    line = [{"points": [{"consumption": "3"}]}]
    assert [each["monthlyConsumption"] for each in twenty].count(line) == 19


@dataclass(frozen=True, slots=True)
class Estate:
    """Two houses with water meters of their own; the northern one in a quarter and a group."""

    organization: Organization
    north: Building
    south: Building
    ids: dict[str, str]
    clerk: Actor


@pytest.fixture
async def estate(db: None) -> Estate:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization)
    north = await a_building(quarter=quarter)
    south = await a_building(organization=organization)
    group = await a_group(organization=organization, buildings=[north])
    for building, scale in ((north, 1), (south, 10)):
        meter = await a_collective_meter(building=building, initial=["0"])
        await a_reading(meter, "2026-10", str(1 * scale))
        await a_reading(meter, "2026-11", str(3 * scale))
    await a_reading(await a_meter(premise=await a_premise(building=north)), "2026-11", "7")
    foreign = await a_collective_meter(initial=["0"])
    await a_reading(foreign, "2026-11", "1000")
    return Estate(
        organization=organization,
        north=north,
        south=south,
        ids={
            "organization": encode_id("Organization", organization.id),
            "group": encode_id("BuildingGroup", group.id),
            "quarter": encode_id("Quarter", quarter.id),
            "north": encode_id("Building", north.id),
            "south": encode_id("Building", south.id),
            "foreign": encode_id("Building", foreign.building_id),
            "foreign organization": encode_id("Organization", foreign.organization_id),
        },
        clerk=await actor_of(await an_employee(organization, permissions=RIGHT)),
    )


Ask = Callable[..., Awaitable[list[str] | None]]


@pytest.fixture
def ask(gql: GraphQLClient, estate: Estate) -> Ask:
    async def asked(actor: Actor | None = None, **variables: Any) -> list[str] | None:
        answer = await gql(OF_HOUSES, variables, actor=actor or estate.clerk)
        return shown(answer["data"]["collectiveConsumption"])

    return asked


NORTH, SOUTH, BOTH = (
    ["CUBIC_METRE 1×1 2×1"],
    ["CUBIC_METRE 10×1 20×1"],
    ["CUBIC_METRE 11×2 22×2"],
)


async def test_the_houses_meters_are_summed_up_by_month(ask: Ask) -> None:
    assert await ask() == BOTH


async def test_months_without_readings_are_in_it(ask: Ask) -> None:
    assert await ask(**{"from": "2026-09", "to": "2026-12"}) == [
        "CUBIC_METRE None×0 11×2 22×2 None×0"
    ]


async def test_nothing_read_is_null(ask: Ask) -> None:
    assert await ask(**{"from": "2025-01", "to": "2025-12"}) is None
    assert await ask(kind="GAS") is None


async def test_a_first_reading_without_a_base_is_something_read(ask: Ask, estate: Estate) -> None:
    meter = await a_collective_meter(building=estate.north, type=MeterType.GAS)
    await a_reading(meter, "2026-11", "5")

    assert await ask(kind="GAS") == ["CUBIC_METRE None×0 None×1"]


@pytest.mark.parametrize(
    ("case", "filters", "expected"),
    [
        ("organization", {"organizationId": "organization"}, BOTH),
        ("group", {"groupId": "group"}, NORTH),
        ("quarter", {"quarterId": "quarter"}, NORTH),
        ("a building", {"buildingIds": ["south"]}, SOUTH),
        ("buildings", {"buildingIds": ["south", "north"]}, BOTH),
        ("no building", {"buildingIds": []}, None),
        ("group and quarter", {"groupId": "group", "quarterId": "quarter"}, NORTH),
        ("both of them", {"groupId": "group", "buildingIds": ["south"]}, None),
        ("a stranger's building", {"buildingIds": ["foreign"]}, None),
        ("a stranger's among others", {"buildingIds": ["foreign", "north"]}, NORTH),
        ("a stranger's organization", {"organizationId": "foreign organization"}, None),
    ],
)
async def test_filters_must_all_hold(
    ask: Ask, estate: Estate, case: str, filters: dict[str, Any], expected: list[str] | None
) -> None:
    variables = {
        name: [estate.ids[each] for each in value] if isinstance(value, list) else estate.ids[value]
        for name, value in filters.items()
    }

    assert await ask(**variables) == expected, case


async def test_a_houses_ratio_and_archived_meters_are_in_it(ask: Ask, estate: Estate) -> None:
    meter = await a_collective_meter(
        building=estate.north,
        type=MeterType.ELECTRICITY_1T,
        initial=["0"],
        transformation_ratio=40,
        status=MeterStatus.ARCHIVED,
        archived_at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    await a_reading(meter, "2026-11", "2.5")

    assert await ask(kind="ELECTRICITY") == ["KILOWATT_HOUR None×0 100×1"]


async def test_each_unit_of_the_houses_has_its_line(ask: Ask, estate: Estate) -> None:
    for kind, value in ((MeterType.HEATING, "2"), (MeterType.HEAT_COST_ALLOCATOR, "700")):
        meter = await a_collective_meter(building=estate.north, type=kind, initial=["0"])
        await a_reading(meter, "2026-11", value)

    assert await ask(kind="HEATING") == [
        "GIGACALORIE None×0 2×1",
        "ALLOCATOR_UNIT None×0 700×1",
    ]


async def test_everybody_sees_the_sum_of_their_own_houses(ask: Ask, estate: Estate) -> None:
    premise = await a_premise(building=estate.north)
    resident = await a_resident_user(estate.organization, premises=[premise])
    granted = await an_employee(estate.organization, permissions=RIGHT, buildings=[estate.south])
    token = await a_service_token(estate.organization, permissions=RIGHT)
    homeless = await a_resident_user(estate.organization)
    nobody = await an_employee(estate.organization, permissions=RIGHT, buildings=[])

    assert await ask(await actor_of(resident)) == NORTH
    assert await ask(await actor_of(granted)) == SOUTH
    assert await ask(await actor_of(token)) == BOTH
    assert await ask(await actor_of(homeless)) is None
    assert await ask(await actor_of(nobody)) is None
    assert await ask(await actor_of(granted), buildingIds=[estate.ids["north"]]) is None


async def test_without_the_right_it_is_refused(gql: GraphQLClient, estate: Estate) -> None:
    outsider = await actor_of(await an_employee(estate.organization))

    refused = await gql(OF_HOUSES, actor=outsider)
    unknown = await gql(OF_HOUSES, actor=ANONYMOUS)

    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
    assert [each["extensions"]["code"] for each in unknown["errors"]] == ["UNAUTHENTICATED"]
    assert (refused["data"], unknown["data"]) == (
        {"collectiveConsumption": None},
        {"collectiveConsumption": None},
    )


@pytest.mark.parametrize(
    "variables",
    [
        {"from": "2026-12", "to": "2026-11"},
        {"from": "2021-11", "to": "2026-11"},
        {"from": "0001-01", "to": "0001-01"},
        {"buildingIds": [encode_id("Building", Meter().id)] * 501},
        {"buildingIds": [encode_id("Premise", Meter().id)]},
        {"groupId": encode_id("Quarter", Meter().id)},
        {"quarterId": "квартал"},
    ],
)
async def test_what_cannot_be_asked_is_bad_input(
    gql: GraphQLClient, estate: Estate, variables: dict[str, Any]
) -> None:
    answer = await gql(OF_HOUSES, variables, actor=estate.clerk)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]


async def test_all_of_it_is_one_statement(
    gql: GraphQLClient, estate: Estate, queries: QueryCounter
) -> None:
    for _ in range(18):
        meter = await a_collective_meter(building=estate.north, initial=["0"])
        await a_reading(meter, "2026-11", "1", taken_on=date(2026, 11, 25))

    with queries.exactly(1):
        answer = await gql(
            OF_HOUSES,
            {"quarterId": estate.ids["quarter"], "buildingIds": [estate.ids["north"]]},
            actor=estate.clerk,
        )

    assert shown(answer["data"]["collectiveConsumption"]) == ["CUBIC_METRE 1×1 20×19"]


async def test_the_houses_months_have_an_index_of_their_own(db: None) -> None:
    [row] = await fetch(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'meters_reading_collective_by_month'"
    )

    assert "(organization_id, resource_kind, billing_month) INCLUDE" in row["indexdef"]
    assert "COLLECTIVE" in row["indexdef"].partition("WHERE")[2]
