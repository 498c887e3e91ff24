"""The meters of a building and of a premise, and what a meter took the place of."""

from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.testing import Home, a_collective_meter, a_meter

OF_BUILDING = """
query ($id: ID!, $scope: MeterScope, $archived: Boolean!, $first: Int, $after: String) {
  building(id: $id) {
    meters(scope: $scope, includeArchived: $archived, first: $first, after: $after) {
      nodes { identifier }
      totalCount { count }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
OF_PREMISE = """
query ($id: ID!, $scope: MeterScope) {
  premise(id: $id) { meters(scope: $scope) { identifier } }
}
"""
OF_ALL = """
query {
  buildings {
    nodes {
      meters { nodes { identifier } totalCount { count } }
      individual: meters(scope: INDIVIDUAL) { nodes { identifier } }
    }
  }
}
"""
CHAIN = """
query ($id: ID!) {
  meter(id: $id) { replaces { identifier } replacedBy { identifier } }
}
"""


def identifiers(answer: dict[str, Any]) -> list[str]:
    return [each["identifier"] for each in answer["data"]["building"]["meters"]["nodes"]]


@pytest.fixture
async def full(home: Home) -> Home:
    """A house with meters of its own, and a neighbour's."""
    await a_collective_meter(building=home.building, identifier="О-ХВ")
    await a_collective_meter(building=home.building, identifier="О-ГАЗ", type=MeterType.GAS)
    await a_collective_meter(
        building=home.building, identifier="О-СТАРЫЙ", status=MeterStatus.ARCHIVED
    )
    await a_meter(premise=await a_premise(building=home.building), identifier="СОСЕД")
    await a_collective_meter(building=await a_building(organization=home.organization))
    return home


@pytest.mark.parametrize(
    ("scope", "archived", "staffs", "residents"),
    [
        ("COLLECTIVE", False, ["О-ХВ", "О-ГАЗ"], ["О-ХВ", "О-ГАЗ"]),
        ("COLLECTIVE", True, ["О-СТАРЫЙ", "О-ХВ", "О-ГАЗ"], ["О-СТАРЫЙ", "О-ХВ", "О-ГАЗ"]),
        ("INDIVIDUAL", False, ["СОСЕД", "ХВС-15"], ["ХВС-15"]),
        (None, False, ["О-ХВ", "СОСЕД", "ХВС-15", "О-ГАЗ"], ["О-ХВ", "ХВС-15", "О-ГАЗ"]),
        ("ROOM", False, [], []),
    ],
)
async def test_a_building_lists_its_meters(
    gql: GraphQLClient,
    full: Home,
    clerk: Actor,
    scope: str | None,
    archived: bool,
    staffs: list[str],
    residents: list[str],
) -> None:
    variables = {
        "id": encode_id("Building", full.building.id),
        "scope": scope,
        "archived": archived,
    }

    for actor, expected in ((clerk, staffs), (full.resident, residents)):
        answer = await gql(OF_BUILDING, variables, actor=actor)
        assert identifiers(answer) == expected
        count = answer["data"]["building"]["meters"]["totalCount"]
        assert count == {"count": len(expected)}


async def test_a_buildings_own_meters_are_meant_unless_said(gql: GraphQLClient, full: Home) -> None:
    document = "query ($id: ID!) { building(id: $id) { meters { nodes { identifier } } } }"

    answer = await gql(
        document, {"id": encode_id("Building", full.building.id)}, actor=full.resident
    )

    assert identifiers(answer) == ["О-ХВ", "О-ГАЗ"]


async def test_pages_of_a_building_follow_one_another(
    gql: GraphQLClient, full: Home, clerk: Actor
) -> None:
    variables: dict[str, Any] = {
        "id": encode_id("Building", full.building.id),
        "scope": None,
        "archived": True,
        "first": 2,
    }
    found: list[str] = []
    while True:
        answer = await gql(OF_BUILDING, variables, actor=clerk)
        found += identifiers(answer)
        info = answer["data"]["building"]["meters"]["pageInfo"]
        if not info["hasNextPage"]:
            break
        variables["after"] = info["endCursor"]

    assert found == ["О-СТАРЫЙ", "О-ХВ", "СОСЕД", "ХВС-15", "О-ГАЗ"]


async def test_a_premise_lists_its_meters_as_the_catalogue_lists_their_types(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    premise = await a_premise(building=home.building)
    for meter_type in reversed(MeterType):
        await a_meter(premise=premise, type=meter_type, identifier=f"П-{meter_type}")

    answer = await gql(OF_PREMISE, {"id": encode_id("Premise", premise.id)}, actor=clerk)
    told = await gql("{ meterTypes { type } }", actor=clerk)

    assert [each["identifier"] for each in answer["data"]["premise"]["meters"]] == [
        f"П-{each['type']}" for each in told["data"]["meterTypes"]
    ]


async def test_many_buildings_cost_what_two_cost(
    gql: GraphQLClient, full: Home, clerk: Actor, queries: QueryCounter
) -> None:
    with queries.exactly(4):
        await gql(OF_ALL, actor=clerk)
    for _ in range(18):
        await a_collective_meter(building=await a_building(organization=full.organization))
    with queries.exactly(4):
        answer = await gql(OF_ALL, actor=clerk)

    assert len(answer["data"]["buildings"]["nodes"]) == 20


async def test_a_building_without_meters_has_an_empty_page(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    variables = {"id": encode_id("Building", home.building.id), "scope": "COLLECTIVE"}

    answer = await gql(OF_BUILDING, {**variables, "archived": True}, actor=clerk)

    assert answer["data"]["building"]["meters"] == {
        "nodes": [],
        "totalCount": {"count": 0},
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (None, ["КОМНАТА", "ХВС-15"]),
        ("INDIVIDUAL", ["ХВС-15"]),
        ("ROOM", ["КОМНАТА"]),
        ("COLLECTIVE", []),
    ],
)
async def test_a_premise_lists_its_meters_of_a_kind(
    gql: GraphQLClient, full: Home, scope: str | None, expected: list[str]
) -> None:
    await a_meter(premise=full.premise, identifier="КОМНАТА", scope=MeterScope.ROOM)
    variables = {"id": encode_id("Premise", full.premise.id), "scope": scope}

    answer = await gql(OF_PREMISE, variables, actor=full.resident)

    found = answer["data"]["premise"]["meters"]
    assert [each["identifier"] for each in found] == expected


async def test_a_meter_knows_what_it_replaced_and_what_replaced_it(
    gql: GraphQLClient, home: Home
) -> None:
    first = await a_meter(premise=home.premise, identifier="1", status=MeterStatus.ARCHIVED)
    second = await a_meter(
        premise=home.premise, identifier="2", status=MeterStatus.ARCHIVED, replaces=first
    )
    third = await a_meter(premise=home.premise, identifier="3", replaces=second)

    chain = [
        (await gql(CHAIN, {"id": encode_id("Meter", each.id)}, actor=home.resident))["data"]
        for each in (first, second, third)
    ]

    assert [each["meter"] for each in chain] == [
        {"replaces": None, "replacedBy": {"identifier": "2"}},
        {"replaces": {"identifier": "1"}, "replacedBy": {"identifier": "3"}},
        {"replaces": {"identifier": "2"}, "replacedBy": None},
    ]


async def test_a_replaced_meter_of_strangers_is_not_told(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    """One that was moved to another flat: residents see neither end from the other."""
    other = await a_premise(building=home.building)
    await a_meter(premise=other, identifier="НОВЫЙ", replaces=home.meter)
    key = {"id": encode_id("Meter", home.meter.id)}

    own = await gql(CHAIN, key, actor=home.resident)
    staffs = await gql(CHAIN, key, actor=clerk)

    assert own["data"]["meter"]["replacedBy"] is None
    assert staffs["data"]["meter"]["replacedBy"] == {"identifier": "НОВЫЙ"}
