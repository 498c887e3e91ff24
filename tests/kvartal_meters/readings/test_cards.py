"""What the cards of meters show to those who keep them and do not work with readings."""

from collections.abc import Sequence
from typing import Any

import pytest

from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.plugin import Permission
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import DELETE, SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_reading

CARD = """
query ($id: ID!) {
  meter(id: $id) { readings(first: 1) { nodes { id values { value } revisions { channel } } } }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"


async def card(
    gql: GraphQLClient, meter: Meter, rights: Sequence[Permission], building: Building
) -> tuple[list[dict[str, Any]], bool]:
    """The readings on a meter's card as an employee with these rights there sees it, and whether
    each of them is found by its id too.
    """
    employee = await an_employee(
        await meter.organization,
        permissions=[right.code for right in rights],
        buildings=[building],
    )
    actor = await actor_of(employee)
    answer = await gql(CARD, {"id": encode_id("Meter", meter.id)}, actor=actor)
    if answer["data"]["meter"] is None:
        return [], False
    nodes: list[dict[str, Any]] = answer["data"]["meter"]["readings"]["nodes"]
    found = [(await gql(NODE, {"id": each["id"]}, actor=actor))["data"]["node"] for each in nodes]
    return nodes, all(found)


@pytest.mark.parametrize(
    ("right", "of_flat", "of_house"),
    [
        (PREMISE_EDIT, ["105"], []),
        (BUILDING_EDIT, [], ["7"]),
        (DELETE, [], []),
        (SUBMIT, ["105"], ["7"]),
    ],
)
async def test_who_keeps_the_card_of_a_meter_sees_what_it_shows(
    gql: GraphQLClient, home: Home, right: Permission, of_flat: list[str], of_house: list[str]
) -> None:
    house = await a_collective_meter(building=home.building)
    await a_reading(home.meter, "2026-11", "105")
    await a_reading(house, "2026-11", "7")

    for meter, expected in ((home.meter, of_flat), (house, of_house)):
        nodes, found = await card(gql, meter, [right], home.building)

        assert [each["values"][0]["value"] for each in nodes] == expected
        assert found
        assert all((each["revisions"] is None) is (right is not SUBMIT) for each in nodes)


async def test_who_keeps_the_cards_of_another_house_sees_nothing(
    gql: GraphQLClient, home: Home
) -> None:
    other = await a_building(organization=home.organization)
    await a_reading(home.meter, "2026-11", "105")

    nodes, found = await card(gql, home.meter, [PREMISE_EDIT, BUILDING_EDIT], other)

    assert (nodes, found) == ([], False)
