"""To-many relations of the estate, and rows that another plugin's statement fills."""

import asyncio
from typing import Any

import pytest

from kvartal.db.connection import fetch
from kvartal.graphql.node import encode_id
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import (
    Account,
    Building,
    BuildingGroup,
    Organization,
    Premise,
    Quarter,
)
from kvartal.housing.models import Building as BuildingModel
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
from kvartal.testing.watch import QueryCounter

PREMISE = """
query ($id: ID!) {
  premise(id: $id) { accounts { number premise { number } } residents { fullName phone } }
}
"""
BUILDING = """
query ($id: ID!, $first: Int, $after: String) {
  building(id: $id) {
    organization { name }
    premises(first: $first, after: $after) {
      nodes { number }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
    backward: premises(last: 1) { nodes { number } }
  }
}
"""
PARENTS = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Quarter { buildings(first: 2) { nodes { address } pageInfo { hasNextPage } } }
    ... on BuildingGroup { buildings { nodes { address } pageInfo { hasNextPage } } }
  }
}
"""


async def test_staff_see_accounts_and_residents_of_a_premise(gql: GraphQLClient) -> None:
    premise = await a_premise(number="5")
    for number in ("7002", "7001"):
        await an_account(premise=premise, number=number)
    await a_resident(premise, full_name="Яковлев Пётр")
    await a_resident(premise, full_name="Андреева Вера", phone="+79990000000")
    await a_resident(await a_premise(building=await premise.building))
    actor = await actor_of(await an_employee(await premise.organization))

    answer = await gql(PREMISE, {"id": encode_id("Premise", premise.id)}, actor=actor)

    assert answer["data"]["premise"] == {
        "accounts": [
            {"number": "7001", "premise": {"number": "5"}},
            {"number": "7002", "premise": {"number": "5"}},
        ],
        "residents": [
            {"fullName": "Андреева Вера", "phone": "+79990000000"},
            {"fullName": "Яковлев Пётр", "phone": None},
        ],
    }


async def test_residents_see_their_accounts_and_nobody_who_lives_with_them(
    gql: GraphQLClient,
) -> None:
    premise = await a_premise(number="5")
    await an_account(premise=premise, number="7001")
    await a_resident(premise)
    user = await a_resident_user(await premise.organization, premises=[premise])

    answer = await gql(
        PREMISE, {"id": encode_id("Premise", premise.id)}, actor=await actor_of(user)
    )

    assert answer["data"]["premise"] == {
        "accounts": [{"number": "7001", "premise": {"number": "5"}}],
        "residents": [],
    }


async def test_premises_of_a_building_are_paged(gql: GraphQLClient) -> None:
    building = await a_building(organization=await an_organization(name="УК «Заря»"))
    for number in ("10", "9", "1"):
        await a_premise(building=building, number=number)
    actor = await actor_of(await an_employee(await building.organization))
    variables: dict[str, Any] = {"id": encode_id("Building", building.id), "first": 2}

    start = (await gql(BUILDING, variables, actor=actor))["data"]["building"]
    variables["after"] = start["premises"]["pageInfo"]["endCursor"]
    rest = (await gql(BUILDING, variables, actor=actor))["data"]["building"]

    assert start["organization"] == {"name": "УК «Заря»"}
    assert start["premises"]["nodes"] == [{"number": "1"}, {"number": "9"}]
    assert start["premises"]["pageInfo"]["hasNextPage"] is True
    assert start["backward"]["nodes"] == [{"number": "10"}]
    assert rest["premises"]["nodes"] == [{"number": "10"}]
    assert rest["premises"]["pageInfo"]["hasPreviousPage"] is True


async def test_a_resident_sees_only_their_own_premises_of_a_building(gql: GraphQLClient) -> None:
    building = await a_building()
    mine, _ = [await a_premise(building=building, number=number) for number in ("1", "2")]
    user = await a_resident_user(await building.organization, premises=[mine])

    answer = await gql(
        BUILDING, {"id": encode_id("Building", building.id)}, actor=await actor_of(user)
    )

    assert answer["data"]["building"]["premises"]["nodes"] == [{"number": "1"}]


async def test_buildings_of_quarters_and_groups_are_those_the_actor_sees(
    gql: GraphQLClient,
) -> None:
    organization = await an_organization()
    quarters = [await a_quarter(organization=organization) for _ in range(3)]
    buildings: list[BuildingModel] = [
        await a_building(quarter=quarters[place], address=f"дом {number}")
        for number, place in ((1, 0), (10, 0), (9, 0), (2, 1))
    ]
    group = await a_group(organization=organization, buildings=buildings[2:])
    ids = [encode_id("Quarter", quarter.id) for quarter in quarters]
    ids.append(encode_id("BuildingGroup", group.id))

    async def seen(access: list[BuildingModel] | None) -> list[tuple[list[str], bool]]:
        actor = await actor_of(await an_employee(organization, buildings=access))
        answer = await gql(PARENTS, {"ids": ids}, actor=actor)
        return [
            (
                [node["address"] for node in parent["buildings"]["nodes"]],
                parent["buildings"]["pageInfo"]["hasNextPage"],
            )
            for parent in answer["data"]["nodes"]
        ]

    assert await seen(None) == [
        (["дом 1", "дом 9"], True),
        (["дом 2"], False),
        ([], False),
        (["дом 2", "дом 9"], False),
    ]
    assert await seen([buildings[2]]) == [
        (["дом 9"], False),
        ([], False),
        ([], False),
        (["дом 9"], False),
    ]


@pytest.mark.parametrize("count", [2, 20])
async def test_pages_of_many_parents_are_one_statement(
    gql: GraphQLClient, queries: QueryCounter, count: int
) -> None:
    organization = await an_organization()
    for _ in range(count):
        quarter = await a_quarter(organization=organization)
        await a_building(quarter=quarter)
        await a_group(organization=organization)
    actor = await actor_of(await an_employee(organization))

    with queries.exactly(7):
        answer = await gql(
            "{ organizations {"
            " quarters { buildings { nodes { address } totalCount { count isExact } } }"
            " buildingGroups { buildings { nodes { address } totalCount { count } } } } }",
            actor=actor,
        )
        await asyncio.sleep(0)  # asyncpg tells of a statement a turn of the loop later

    [organization_row] = answer["data"]["organizations"]
    counts = [each["buildings"]["totalCount"] for each in organization_row["quarters"]]
    assert counts == [{"count": 1, "isExact": True}] * count
    counts = [each["buildings"]["totalCount"] for each in organization_row["buildingGroups"]]
    assert counts == [{"count": 0}] * count


async def test_another_plugins_statement_fills_rows_under_a_prefix(db: None) -> None:
    quarter = await a_quarter(name="Северный")
    building = await a_building(quarter=quarter, address="ул. Мира, 1")
    account = await an_account(premise=await a_premise(building=building, number="5"))

    [record] = await fetch(
        f"SELECT {Account.columns('acc', 'paid_')} FROM kvartal_account acc {Account.joins('acc')}"
        " WHERE acc.id = $1",
        account.id,
    )

    row = Account.of(record, "paid_")
    assert (row.uuid, row.number) == (account.id, account.number)
    assert row.premise.number == "5"
    assert row.premise.building.address == "ул. Мира, 1"
    assert row.premise.building.quarter is not None
    assert row.premise.building.quarter.name == "Северный"


async def test_a_building_without_a_quarter_has_none(db: None) -> None:
    building = await a_building()

    [record] = await fetch(
        f"SELECT {Building.columns('b')} FROM kvartal_building b {Building.joins('b')}"
        " WHERE b.id = $1",
        building.id,
    )

    assert Building.of(record).quarter is None


def test_each_row_type_says_what_to_select() -> None:
    assert Resident.columns("r", "who_").startswith("r.id AS who_id, ")
    for kind in (Organization, BuildingGroup, Quarter, Resident):
        assert kind.joins("x") == ""
    assert Premise.joins("p").count("JOIN") == 2
