"""The tab «Общие»: a house's own meters by resource, in one query."""

import asyncio
from datetime import date, datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import CollectiveDetails
from kvartal_meters.meters.rules import MeterCondition, MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

TAB = """
query ($id: ID!) {
  premise(id: $id) {
    building {
      collectiveResources {
        resourceKind title lastUpdatedAt
        meters {
          identifier condition isVerified
          latest: readings(first: 1) {
            nodes { submittedAt consumption values { value previous } }
          }
          monthlyConsumption(from: "2026-10", to: "2026-11") { billingMonth consumption }
        }
      }
    }
  }
}
"""
BRIEF = """
query ($id: ID!) {
  building(id: $id) {
    collectiveResources { resourceKind lastUpdatedAt meters { identifier } }
  }
}
"""
MANY = "{ buildings(first: 50) { nodes { collectiveResources { meters { identifier } } } } }"
VERIFIED = "query ($id: ID!) { meter(id: $id) { isVerified } }"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def resources(gql: GraphQLClient, building: Building, actor: Actor) -> list[str]:
    answer = await gql(BRIEF, {"id": encode_id("Building", building.id)}, actor=actor)
    return [
        f"{each['resourceKind']} {each['lastUpdatedAt']} "
        + " ".join(meter["identifier"] for meter in each["meters"])
        for each in answer["data"]["building"]["collectiveResources"]
    ]


async def test_the_tab_is_one_query(gql: GraphQLClient, home: Home, queries: QueryCounter) -> None:
    water = await a_collective_meter(
        building=home.building, identifier="ОДПУ-В", next_verification_on=date(2027, 5, 1)
    )
    broken = await a_collective_meter(
        building=home.building, type=MeterType.HOT_WATER, identifier="ОДПУ-Г"
    )
    await CollectiveDetails.filter(meter_id=broken.id).update(condition=MeterCondition.FAULTY)
    await a_reading(water, "2026-10", "10", submitted_at=at("2026-10-24T10:00+03:00"))
    await a_reading(water, "2026-11", "17", submitted_at=at("2026-11-23T10:00+03:00"))
    await a_reading(broken, "2026-10", "5", submitted_at=at("2026-10-25T10:00+03:00"))

    with clock.frozen(at("2026-11-24T12:00+03:00")), queries.exactly(4):
        answer = await gql(TAB, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident)

    assert answer["data"]["premise"]["building"]["collectiveResources"] == [
        {
            "resourceKind": "WATER",
            "title": "Водоснабжение",
            "lastUpdatedAt": "2026-11-23T07:00:00+00:00",
            "meters": [
                {
                    "identifier": "ОДПУ-В",
                    "condition": "WORKING",
                    "isVerified": True,
                    "latest": {
                        "nodes": [
                            {
                                "submittedAt": "2026-11-23T07:00:00+00:00",
                                "consumption": "7",
                                "values": [{"value": "17", "previous": "10"}],
                            }
                        ]
                    },
                    "monthlyConsumption": [
                        {"billingMonth": "2026-10", "consumption": None},
                        {"billingMonth": "2026-11", "consumption": "7"},
                    ],
                },
                {
                    "identifier": "ОДПУ-Г",
                    "condition": "FAULTY",
                    "isVerified": None,
                    "latest": {
                        "nodes": [
                            {
                                "submittedAt": "2026-10-25T07:00:00+00:00",
                                "consumption": None,
                                "values": [{"value": "5", "previous": None}],
                            }
                        ]
                    },
                    "monthlyConsumption": [
                        {"billingMonth": "2026-10", "consumption": None},
                        {"billingMonth": "2026-11", "consumption": None},
                    ],
                },
            ],
        }
    ]


async def test_resources_stand_in_their_usual_order_with_the_meters_in_service(
    gql: GraphQLClient, home: Home
) -> None:
    for kind, name in (
        (MeterType.GAS, "Г"),
        (MeterType.HEATING, "О"),
        (MeterType.COLD_WATER, "В"),
        (MeterType.ELECTRICITY_1T, "Э"),
        (MeterType.WASTEWATER, "С"),
    ):
        await a_collective_meter(building=home.building, type=kind, identifier=name)
    await a_collective_meter(
        building=home.building, status=MeterStatus.ARCHIVED, archived_at=clock.now()
    )
    await a_collective_meter(building=await a_building(organization=home.organization))

    assert await resources(gql, home.building, home.resident) == [
        "WATER None В",
        "WASTEWATER None С",
        "ELECTRICITY None Э",
        "HEATING None О",
        "GAS None Г",
    ]


async def test_a_house_without_meters_has_none(gql: GraphQLClient, home: Home) -> None:
    assert await resources(gql, home.building, home.resident) == []


@pytest.mark.parametrize(
    ("case", "fields", "expected"),
    [
        ("long before", {"next_verification_on": date(2027, 5, 1)}, True),
        ("soon", {"next_verification_on": date(2026, 11, 24)}, True),
        ("the day after", {"next_verification_on": date(2026, 11, 23)}, False),
        (
            "marked",
            {"next_verification_on": date(2027, 5, 1), "status": MeterStatus.VERIFICATION},
            False,
        ),
        ("marked, nothing known", {"status": MeterStatus.VERIFICATION}, False),
        ("nothing known", {}, None),
        ("archived", {"next_verification_on": date(2027, 5, 1), "status": "ARCHIVED"}, None),
    ],
)
async def test_whether_a_meter_is_verified(
    gql: GraphQLClient, home: Home, case: str, fields: dict[str, Any], expected: bool | None
) -> None:
    if fields.get("status") == "ARCHIVED":
        fields = {**fields, "status": MeterStatus.ARCHIVED}
    meter = await a_collective_meter(building=home.building, **fields)

    with clock.frozen(at("2026-11-24T12:00+03:00")):
        answer = await gql(VERIFIED, {"id": encode_id("Meter", meter.id)}, actor=home.resident)

    assert answer["data"]["meter"]["isVerified"] is expected, case


async def test_who_may_see_it(gql: GraphQLClient, home: Home) -> None:
    house = await a_collective_meter(building=home.building, identifier="ОДПУ")
    await a_reading(house, "2026-11", "5", submitted_at=at("2026-11-23T10:00+03:00"))
    neighbour = await a_resident_user(
        home.organization, premises=[await a_premise(building=home.building)]
    )
    clerk = await an_employee(home.organization, permissions=[SUBMIT.code])
    outsider = await an_employee(home.organization)
    abroad = await an_employee(
        home.organization,
        permissions=[SUBMIT.code],
        buildings=[await a_building(organization=home.organization)],
    )

    for who in (neighbour, clerk):
        assert await resources(gql, home.building, await actor_of(who)) == [
            "WATER 2026-11-23T07:00:00+00:00 ОДПУ"
        ]
    # The time of a reading is a reading's; the meter itself is seen without the right.
    assert await resources(gql, home.building, await actor_of(outsider)) == ["WATER None ОДПУ"]
    for actor in (ANONYMOUS, await actor_of(abroad)):
        answer = await gql(BRIEF, {"id": encode_id("Building", home.building.id)}, actor=actor)
        assert (answer.get("data") or {}).get("building") is None


async def test_many_buildings_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    clerk = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))

    async def more(count: int) -> None:
        for _ in range(count):
            building = await a_building(organization=home.organization)
            await a_collective_meter(building=building)
            await a_meter(premise=await a_premise(building=building))

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
    assert [len(each["collectiveResources"]) for each in twenty].count(1) == 19
