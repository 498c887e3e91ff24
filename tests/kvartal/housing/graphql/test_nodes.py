"""Any object by its id: of every type, in order, and only what the actor may see."""

from typing import Any
from uuid import uuid4

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    a_resident,
    an_account,
    an_organization,
)

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id
    ... on Account { number premise { number building { address quarter { name } } } }
    ... on Resident { fullName phone }
  }
}
"""


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def staff(organization: Organization, buildings: list[Building] | None = None) -> Actor:
    return await actor_of(await an_employee(organization, buildings=buildings))


async def test_nodes_of_every_type_are_found_in_the_order_of_their_ids(
    gql: GraphQLClient,
) -> None:
    quarter = await a_quarter(name="Северный")
    building = await a_building(quarter=quarter, address="ул. Мира, 1")
    premise = await a_premise(building=building, number="5")
    account = await an_account(premise=premise, number="7001")
    resident = await a_resident(premise, full_name="Орлова Вера", phone="+79990000000")
    group = await a_group(organization=await quarter.organization)
    ids = [
        encode_id("Resident", resident.id),
        encode_id("Account", account.id),
        encode_id("Meteorite", account.id),
        encode_id("Premise", premise.id),
        encode_id("Premise", uuid4()),
        encode_id("Building", building.id),
        encode_id("Quarter", quarter.id),
        encode_id("BuildingGroup", group.id),
        encode_id("Organization", (await quarter.organization).id),
    ]

    seen = await gql(NODES, {"ids": ids}, actor=await staff(await quarter.organization))
    at_home = await a_resident_user(await quarter.organization, premises=[premise])
    by_resident = await gql(NODES, {"ids": ids}, actor=await actor_of(at_home))
    unseen = await gql(NODES, {"ids": ids}, actor=await staff(await an_organization()))

    found = seen["data"]["nodes"]
    assert [each and (each["__typename"], each["id"]) for each in found] == [
        ("Resident", ids[0]),
        ("Account", ids[1]),
        None,
        ("Premise", ids[3]),
        None,
        ("Building", ids[5]),
        ("Quarter", ids[6]),
        ("BuildingGroup", ids[7]),
        ("Organization", ids[8]),
    ]
    assert found[0] == {
        "__typename": "Resident",
        "id": ids[0],
        "fullName": "Орлова Вера",
        "phone": "+79990000000",
    }
    assert found[1]["number"] == "7001"
    assert found[1]["premise"] == {
        "number": "5",
        "building": {"address": "ул. Мира, 1", "quarter": {"name": "Северный"}},
    }
    assert [each and each["__typename"] for each in by_resident["data"]["nodes"]] == [
        None,
        "Account",
        None,
        "Premise",
        None,
        "Building",
        "Quarter",
        None,
        "Organization",
    ]
    assert unseen == {"data": {"nodes": [None] * 9}}


async def test_an_employee_of_one_building_knows_the_residents_of_that(gql: GraphQLClient) -> None:
    premise = await a_premise()
    organization = await premise.organization
    elsewhere = await a_building(organization=organization)
    variables = {"id": encode_id("Resident", (await a_resident(premise)).id)}

    near = await gql(NODE, variables, actor=await staff(organization, [await premise.building]))
    far = await gql(NODE, variables, actor=await staff(organization, [elsewhere]))

    assert near["data"]["node"]["__typename"] == "Resident"
    assert far == {"data": {"node": None}}


async def test_at_most_a_hundred_nodes_are_asked_for(gql: GraphQLClient) -> None:
    ids = [encode_id("Building", uuid4())] * 101

    answer = await gql(NODES, {"ids": ids}, actor=await staff(await an_organization()))

    assert codes(answer) == ["BAD_INPUT"]
