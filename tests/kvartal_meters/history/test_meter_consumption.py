"""A meter's chart: months with and without readings, replaced meters, rollovers, tariffs."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

CHART = """
query ($id: ID!, $from: YearMonth, $to: YearMonth, $replaced: Boolean! = false) {
  meter(id: $id) {
    monthlyConsumption(from: $from, to: $to, includeReplaced: $replaced) {
      billingMonth basis consumption spread
      values { number label value previous consumption }
    }
  }
}
"""
PREMISE = """
query ($id: ID!) {
  premise(id: $id) {
    meters { monthlyConsumption(from: "2026-11", to: "2026-11") { consumption } }
  }
}
"""


async def chart(
    gql: GraphQLClient, actor: Actor, meter: Meter, **arguments: Any
) -> list[dict[str, Any]]:
    answer = await gql(CHART, {"id": encode_id("Meter", meter.id), **arguments}, actor=actor)
    found: list[dict[str, Any]] = answer["data"]["meter"]["monthlyConsumption"]
    return found


def shown(points: list[dict[str, Any]]) -> list[str]:
    """A point a line: month, basis, consumption, spread, values."""
    return [
        f"{each['billingMonth'][5:]} {each['basis']} {each['consumption']} {each['spread']}"
        f" {' '.join(value['value'] for value in each['values'])}".rstrip()
        for each in points
    ]


async def test_a_point_for_each_month_with_what_the_registers_showed(
    gql: GraphQLClient, home: Home
) -> None:
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_2T)
    await a_reading(light, "2026-09", "100", "50")
    await a_reading(light, "2026-10", "180.5", "75")

    points = await chart(gql, home.resident, light, **{"from": "2026-08", "to": "2026-10"})

    assert shown(points) == [
        "08 NONE None None",
        "09 READING None None 100 50",
        "10 READING 105.5 105.5 180.5 75",
    ]
    assert points[2]["values"] == [
        {
            "number": 1,
            "label": "День",
            "value": "180.5",
            "previous": "100",
            "consumption": "80.5",
        },
        {"number": 2, "label": "Ночь", "value": "75", "previous": "50", "consumption": "25"},
    ]


async def test_a_skipped_month_has_its_share_but_no_consumption(
    gql: GraphQLClient, home: Home
) -> None:
    await a_reading(home.meter, "2027-01", "127.5")

    points = await chart(gql, home.resident, home.meter, **{"from": "2026-10", "to": "2027-02"})

    assert shown(points) == [
        "10 READING None None 100.5",
        "11 SPREAD None 9",
        "12 SPREAD None 9",
        "01 READING 27 9 127.5",
        "02 NONE None None",
    ]


async def test_readings_around_the_chart_tell_the_shares_at_its_edges(
    gql: GraphQLClient, home: Home
) -> None:
    meter = await a_meter(premise=home.premise)
    for month, value in (
        ("2026-08", "90"),
        ("2026-10", "100.5"),
        ("2027-01", "127.5"),
        ("2027-03", "131.5"),
        ("2027-06", "200"),
    ):
        await a_reading(meter, month, value)

    points = await chart(gql, home.resident, meter, **{"from": "2026-12", "to": "2027-02"})

    assert shown(points) == [
        "12 SPREAD None 9",
        "01 READING 27 9 127.5",
        "02 SPREAD None 2",
    ]


async def test_a_first_reading_is_spread_since_commissioning(
    gql: GraphQLClient, home: Home
) -> None:
    meter = await a_meter(premise=home.premise, initial=["1"], commissioned_on=date(2026, 8, 20))
    await a_reading(meter, "2026-11", "10")

    points = await chart(gql, home.resident, meter, **{"from": "2026-08", "to": "2026-11"})

    assert shown(points) == [
        "08 NONE None None",
        "09 SPREAD None 3",
        "10 SPREAD None 3",
        "11 READING 9 3 10",
    ]


async def test_a_rollover_consumes_what_it_has_counted(gql: GraphQLClient, home: Home) -> None:
    meter = await a_meter(premise=home.premise, int_digits=5, initial=["99980"])
    await a_reading(meter, "2026-10", "99987.5")
    await a_reading(meter, "2026-11", "12.25")

    points = await chart(gql, home.resident, meter, **{"from": "2026-10", "to": "2026-11"})

    assert shown(points) == [
        "10 READING 7.5 7.5 99987.5",
        "11 READING 24.75 24.75 12.25",
    ]
    assert points[1]["values"][0]["consumption"] == "24.75"


async def test_a_house_meters_ratio_is_in_it(gql: GraphQLClient, home: Home) -> None:
    house = await a_collective_meter(building=home.building, initial=["0"], transformation_ratio=40)
    await a_reading(house, "2026-11", "2.5")

    points = await chart(gql, home.resident, house, **{"from": "2026-11", "to": "2026-11"})

    assert shown(points) == ["11 READING 100 100 2.5"]
    assert points[0]["values"][0]["consumption"] == "100"


@pytest.fixture
async def replaced(home: Home) -> tuple[Home, Meter, Meter]:
    """A meter that was replaced in November, when both were read; and the first of the three."""
    oldest = await a_meter(
        premise=home.premise,
        initial=["990"],
        status=MeterStatus.ARCHIVED,
        archived_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    await a_reading(oldest, "2026-08", "995")
    old = await a_meter(
        premise=home.premise,
        initial=["0"],
        replaces=oldest,
        commissioned_on=date(2026, 8, 25),
        status=MeterStatus.ARCHIVED,
        archived_at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    await a_reading(old, "2026-09", "4")
    await a_reading(old, "2026-11", "10")
    new = await a_meter(
        premise=home.premise, initial=["500"], replaces=old, commissioned_on=date(2026, 11, 20)
    )
    await a_reading(new, "2026-11", "501.5")
    await a_reading(new, "2026-12", "505")
    return home, new, oldest


async def test_a_chart_goes_on_with_the_replaced_meters_where_it_is_asked_to(
    gql: GraphQLClient, replaced: tuple[Home, Meter, Meter]
) -> None:
    home, new, oldest = replaced
    months = {"from": "2026-08", "to": "2026-12"}

    alone = await chart(gql, home.resident, new, **months)
    together = await chart(gql, home.resident, new, **months, replaced=True)
    of_oldest = await chart(gql, home.resident, oldest, **months, replaced=True)

    assert shown(alone) == [
        "08 NONE None None",
        "09 NONE None None",
        "10 NONE None None",
        "11 READING 1.5 1.5 501.5",
        "12 READING 3.5 3.5 505",
    ]
    assert shown(together) == [
        "08 READING 5 5 995",
        "09 READING 4 4 4",
        "10 SPREAD None 3",
        "11 READING 7.5 4.5 501.5",
        "12 READING 3.5 3.5 505",
    ]
    assert shown(of_oldest)[:2] == ["08 READING 5 5 995", "09 NONE None None"]


async def test_a_replaced_meter_of_another_unit_stays_out_of_it(
    gql: GraphQLClient, home: Home
) -> None:
    allocator = await a_meter(
        premise=home.premise, type=MeterType.HEAT_COST_ALLOCATOR, initial=["0"]
    )
    await a_reading(allocator, "2026-10", "300")
    heat = await a_meter(
        premise=home.premise, type=MeterType.HEATING, initial=["0"], replaces=allocator
    )
    await a_reading(heat, "2026-11", "1.5")

    points = await chart(
        gql, home.resident, heat, **{"from": "2026-10", "to": "2026-11"}, replaced=True
    )

    assert shown(points) == ["10 NONE None None", "11 READING 1.5 1.5 1.5"]


async def test_meters_that_replace_one_another_in_a_ring_do_not_hang_it(
    gql: GraphQLClient, replaced: tuple[Home, Meter, Meter]
) -> None:
    home, new, oldest = replaced
    await Meter.filter(id=oldest.id).update(replaces_id=new.id)

    points = await chart(
        gql, home.resident, new, **{"from": "2026-11", "to": "2026-11"}, replaced=True
    )

    assert shown(points) == ["11 READING 7.5 4.5 501.5"]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-10-31T11:59+00:00", "2026-10"),
        ("2026-10-31T12:00+00:00", "2026-11"),
    ],
)
async def test_by_default_it_is_the_year_up_to_the_present_month_of_the_building(
    gql: GraphQLClient, home: Home, now: str, last: str
) -> None:
    home.building.timezone = "Asia/Kamchatka"
    await home.building.save()

    with clock.frozen(datetime.fromisoformat(now)):
        points = await chart(gql, home.resident, home.meter)

    assert (len(points), points[-1]["billingMonth"]) == (12, last)


@pytest.mark.parametrize(
    ("months", "code"),
    [
        ({"from": "2026-12", "to": "2026-11"}, "BAD_INPUT"),
        ({"from": "2021-11", "to": "2026-11"}, "BAD_INPUT"),
        ({"from": "0001-01", "to": "9999-12"}, "BAD_INPUT"),
        ({"to": "0001-01"}, "BAD_INPUT"),
        ({"from": "2026-13"}, "BAD_INPUT"),
    ],
)
async def test_months_that_cannot_be_shown_are_bad_input(
    gql: GraphQLClient, home: Home, months: dict[str, str], code: str
) -> None:
    answer = await gql(
        CHART, {"id": encode_id("Meter", home.meter.id), **months}, actor=home.resident
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


async def test_five_years_are_shown(gql: GraphQLClient, home: Home) -> None:
    points = await chart(gql, home.resident, home.meter, **{"from": "2021-12", "to": "2026-11"})

    assert len(points) == 60


async def test_who_may_see_it(gql: GraphQLClient, home: Home) -> None:
    months = {"from": "2026-10", "to": "2026-10"}
    house = await a_collective_meter(building=home.building, initial=["0"])
    await a_reading(house, "2026-10", "7")
    neighbour = await actor_of(
        await a_resident_user(home.organization, premises=[await a_premise(building=home.building)])
    )
    clerk = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    outsider = await actor_of(await an_employee(home.organization))
    elsewhere = await a_building(organization=home.organization)
    stranger = await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[elsewhere])
    )

    assert shown(await chart(gql, clerk, home.meter, **months)) == ["10 READING None None 100.5"]
    assert shown(await chart(gql, neighbour, house, **months)) == ["10 READING 7 7 7"]
    # The meter itself is seen without the right to its readings.
    assert shown(await chart(gql, outsider, home.meter, **months)) == ["10 NONE None None"]
    for actor in (ANONYMOUS, neighbour, stranger):
        answer = await gql(CHART, {"id": encode_id("Meter", home.meter.id), **months}, actor=actor)
        assert (answer.get("data") or {}).get("meter") is None


async def test_many_meters_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    async def more(count: int) -> None:
        for _ in range(count):
            meter = await a_meter(premise=home.premise, initial=["0"])
            await a_reading(meter, "2026-11", "3")

    async def ask() -> list[Any]:
        answer = await gql(
            PREMISE, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident
        )
        await asyncio.sleep(0)
        found: list[Any] = answer["data"]["premise"]["meters"]
        return found

    await more(1)
    with queries.exactly(3):
        two = await ask()
    await more(18)
    with queries.exactly(3):
        twenty = await ask()

    assert (len(two), len(twenty)) == (2, 20)
    assert [each["monthlyConsumption"] for each in twenty].count([{"consumption": "3"}]) == 19
