"""Flats with an apartment's meter and rooms' ones under it: what both counted is summed up once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    resource_settings,
)

QUERY = """
query ($building: ID!, $premise: ID!, $kind: ResourceKind!) {
  building(id: $building) {
    resourceBalance(resourceKind: $kind, from: "2026-10", to: "2026-11") {
      months { individual { consumption metersRead metersExpected } }
    }
  }
  premise(id: $premise) {
    monthlyConsumption(resourceKind: $kind, from: "2026-10", to: "2026-11") {
      points { consumption readings }
    }
  }
}
"""
ELECTRIC, TWO_TARIFFS = MeterType.ELECTRICITY_1T, MeterType.ELECTRICITY_2T


class Flat:
    """A communal flat, whose electricity is counted at its door and in its rooms."""

    def __init__(self, gql: GraphQLClient, home: Home, clerk: Actor, premise: Any) -> None:
        self.gql = gql
        self.home = home
        self.clerk = clerk
        self.premise = premise

    async def meter(self, scope: MeterScope, type: MeterType = ELECTRIC, **fields: Any) -> Meter:
        registers = 2 if type is TWO_TARIFFS else 1
        return await a_meter(
            premise=self.premise, scope=scope, type=type, initial=["0"] * registers, **fields
        )

    async def sums(self, kind: ResourceKind = ResourceKind.ELECTRICITY) -> tuple[Any, Any]:
        """October and November: of the house's balance, and of the flat's chart."""
        variables = {
            "building": encode_id("Building", self.home.building.id),
            "premise": encode_id("Premise", self.premise.id),
            "kind": kind,
        }
        data = (await self.gql(QUERY, variables, actor=self.clerk))["data"]
        [line] = data["building"]["resourceBalance"]
        sides = [month["individual"] for month in line["months"]]
        series = data["premise"]["monthlyConsumption"]
        points = series[0]["points"] if series else []
        return (
            [f"{s['consumption']} {s['metersRead']}/{s['metersExpected']}" for s in sides],
            [f"{point['consumption']}×{point['readings']}" for point in points],
        )


@pytest.fixture
async def flat(gql: GraphQLClient, home: Home) -> Flat:
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    await a_collective_meter(building=home.building, type=ELECTRIC, initial=["0"])
    clerk = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    premise = await a_premise(building=home.building, number="77")
    return Flat(gql, home, clerk, premise)


async def test_rooms_divide_what_their_flat_has_counted(flat: Flat) -> None:
    whole = await flat.meter(MeterScope.APARTMENT, TWO_TARIFFS)
    rooms = [await flat.meter(MeterScope.ROOM) for _ in range(2)]
    await a_reading(whole, "2026-11", "70", "30")
    for room in rooms:
        await a_reading(room, "2026-11", "45")

    balance, chart = await flat.sums()

    assert balance == ["None 0/1", "100 1/1"]
    assert chart == ["None×0", "100×1"]


async def test_a_month_in_which_the_flats_meter_was_to_be_read_is_not_made_of_rooms(
    flat: Flat,
) -> None:
    whole = await flat.meter(MeterScope.APARTMENT)
    room = await flat.meter(MeterScope.ROOM)
    await a_reading(room, "2026-10", "40")
    await a_reading(room, "2026-11", "90")
    # It counts both months: with the room's October the flat would have consumed that twice.
    await a_reading(whole, "2026-11", "100")

    balance, chart = await flat.sums()

    assert balance == ["None 0/1", "100 1/1"]
    assert chart == ["None×0", "100×1"]


@pytest.mark.parametrize(
    ("case", "whole"),
    [
        (
            "archived before",
            {"status": MeterStatus.ARCHIVED, "archived_at": datetime(2026, 9, 9, tzinfo=UTC)},
        ),
        ("commissioned after", {"commissioned_on": date(2026, 12, 1)}),
        ("not accepted", {"status": MeterStatus.VERIFICATION}),
        ("of another resource", {"type": MeterType.GAS}),
        ("in another flat", {"elsewhere": True}),
    ],
)
async def test_rooms_count_where_no_meter_counts_for_all_of_them(
    flat: Flat, case: str, whole: dict[str, Any]
) -> None:
    if whole.pop("elsewhere", False):
        other = await a_premise(building=flat.home.building, number="78")
        await a_meter(premise=other, scope=MeterScope.APARTMENT, type=ELECTRIC, **whole)
    else:
        await flat.meter(MeterScope.APARTMENT, whole.pop("type", ELECTRIC), **whole)
    for _ in range(2):
        await a_reading(await flat.meter(MeterScope.ROOM), "2026-11", "45")

    balance, chart = await flat.sums()

    assert [each.split()[0] for each in balance] == ["None", "90"], case
    assert chart == ["None×0", "90×2"]


async def test_a_flats_meter_that_was_read_counts_whatever_has_become_of_it(flat: Flat) -> None:
    whole = await flat.meter(
        MeterScope.APARTMENT,
        status=MeterStatus.ARCHIVED,
        archived_at=datetime(2026, 10, 20, tzinfo=UTC),
    )
    room = await flat.meter(MeterScope.ROOM)
    await a_reading(whole, "2026-10", "60")
    await a_reading(room, "2026-10", "50")
    await a_reading(room, "2026-11", "90")

    balance, chart = await flat.sums()

    assert balance == ["60 1/1", "40 1/1"]
    assert chart == ["60×1", "40×1"]


async def test_own_meters_stand_beside_both(flat: Flat) -> None:
    await a_reading(await flat.meter(MeterScope.APARTMENT), "2026-11", "100")
    await a_reading(await flat.meter(MeterScope.INDIVIDUAL), "2026-11", "7")

    balance, chart = await flat.sums()

    assert balance[1] == "107 2/2"
    assert chart[1] == "107×2"


async def test_cold_water_at_the_door_leaves_the_hot_water_of_rooms_alone(
    flat: Flat, home: Home
) -> None:
    await a_collective_meter(building=home.building, initial=["0"])
    for scope, kind, value in (
        (MeterScope.APARTMENT, MeterType.COLD_WATER, "10"),
        (MeterScope.ROOM, MeterType.COLD_WATER, "9"),
        (MeterScope.ROOM, MeterType.HOT_WATER, "4"),
    ):
        await a_reading(await flat.meter(scope, kind), "2026-11", value)

    balance, chart = await flat.sums(ResourceKind.WATER)

    assert chart[1] == "14×2"
    assert balance[1] == "14 2/3"  # with the meter of the other flat, which was not read
