"""Finding premises: by words of their address, number and accounts, whatever becomes of these."""

import asyncio
from itertools import product
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import execute, fetch_one
from kvartal.graphql.node import encode_id
from kvartal.graphql.paging import COUNT_LIMIT
from kvartal.housing.events import PlacesRenamed
from kvartal.housing.models import Building, Organization, Premise
from kvartal.housing.queries.changing import refresh_search
from kvartal.housing.rules import search_terms
from kvartal.housing.tasks import refresh_premises
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_account, an_organization
from kvartal.testing.watch import QueryCounter

PREMISES = """
query ($search: String, $first: Int, $after: String, $organizationId: ID) {
  premises(search: $search, first: $first, after: $after, organizationId: $organizationId) {
    nodes { number building { address } }
    pageInfo { endCursor hasNextPage }
    totalCount { count isExact }
  }
}
"""


async def staff(organization: Organization, buildings: list[Building] | None = None) -> Actor:
    return await actor_of(await an_employee(organization, buildings=buildings))


@pytest.fixture
async def street(db: None) -> Organization:
    """Two buildings with three flats each; the last flat has an account."""
    organization = await an_organization()
    for house in ("ул. Ёлочная, 12", "пр-т Ленина, 5/1"):
        building = await a_building(organization=organization, address=house)
        for number in ("5", "12", "12а"):
            premise = await a_premise(building=building, number=number)
        await an_account(premise=premise, number=f"ЛС-{house[-1]}70.1")
    return organization


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("елочная 12", ["12: 5", "12: 12", "12: 12а"]),
        ("ЁЛОЧНАЯ, 12, 12а", ["12: 12а"]),
        ("ленина 5/1, 5", ["5/1: 5", "5/1: 12", "5/1: 12а"]),
        ("лен 12", ["5/1: 12", "5/1: 12а"]),
        ("пр-т Ленина, 5/1, кв. 12", ["5/1: 12", "5/1: 12а"]),
        ("кв", []),
        ("лс-2", ["12: 12а"]),
        ("170", ["5/1: 12а"]),
        ("70", []),
        ("нина", []),
        ("%", []),
        ("_", []),
        ("гоголя", []),
    ],
)
async def test_premises_are_found_by_beginnings_of_words(
    gql: GraphQLClient, street: Organization, search: str, found: list[str]
) -> None:
    answer = await gql(PREMISES, {"search": search}, actor=await staff(street))

    assert shown(answer) == sorted(found, key=lambda each: not each.startswith("12"))
    assert answer["data"]["premises"]["totalCount"] == {"count": len(found), "isExact": True}


def shown(answer: dict[str, Any]) -> list[str]:
    nodes = answer["data"]["premises"]["nodes"]
    found = [f"{each['building']['address'].split(', ')[1]}: {each['number']}" for each in nodes]
    return sorted(found, key=lambda each: not each.startswith("12"))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("12", ["12", "12а"]),
        ("лс-1", ["12а"]),
        ("170", []),
        ("ленина", []),
        (" ", ["5", "12", "12а"]),
    ],
)
async def test_in_a_building_a_number_is_found_by_its_beginning(
    gql: GraphQLClient, street: Organization, search: str, found: list[str]
) -> None:
    building = await Building.get(address="пр-т Ленина, 5/1")
    archived = await Premise.filter(building=building, number="5").first()
    assert archived is not None
    await an_account(premise=archived, number="ЛС-1", archived_at=clock.now())

    answer = await gql(
        "query ($id: ID!, $search: String!)"
        " { premises(buildingId: $id, search: $search) { nodes { number } totalCount { count } } }",
        {"id": encode_id("Building", building.id), "search": search},
        actor=await staff(street),
    )

    premises = answer["data"]["premises"]
    assert [each["number"] for each in premises["nodes"]] == found
    assert premises["totalCount"]["count"] == len(found)


async def test_a_search_finds_what_the_actor_may_see(
    gql: GraphQLClient, street: Organization
) -> None:
    theirs = await a_premise(number="12")
    one = (await Building.filter(organization=street).order_by("address"))[:1]
    home = await Premise.filter(number="12", organization=street).first()
    assert home is not None
    resident = await actor_of(await a_resident_user(street, premises=[home]))

    async def count(actor: Actor, **variables: Any) -> int:
        answer = await gql(PREMISES, {"search": "12", **variables}, actor=actor)
        found = len(answer["data"]["premises"]["nodes"])
        assert answer["data"]["premises"]["totalCount"]["count"] == found
        return found

    assert await count(await staff(street)) == 5
    assert await count(await staff(street, one)) == 2
    assert await count(resident) == 1
    assert await count(await staff(await theirs.organization)) == 1
    both = await staff(street)
    other = await staff(await theirs.organization)
    actor = Actor(kind=both.kind, memberships=(*both.memberships, *other.memberships))
    assert await count(actor) == 6
    one_of_them = encode_id("Organization", theirs.organization_id)
    assert await count(actor, organizationId=one_of_them) == 1


async def test_what_many_premises_have_is_paged_in_the_order_of_the_list(
    gql: GraphQLClient, queries: QueryCounter
) -> None:
    organization = await an_organization()
    building = await a_building(organization=organization, address="ул. Мира, 1")
    await execute(
        "INSERT INTO kvartal_premise (id, organization_id, building_id, number, sort_key, kind,"
        " version, created_at, updated_at)"
        " SELECT gen_random_uuid(), $1, $2, n, lpad(n::text, 5, '0'), 'RESIDENTIAL', 1,"
        " now(), now()"
        " FROM generate_series(1, $3::int) AS n",
        organization.id,
        building.id,
        COUNT_LIMIT + 1,
    )
    await refresh_search(buildings=[building.id])
    actor = await staff(organization)

    with queries.exactly(3):
        first = await gql(PREMISES, {"search": "мира", "first": 2}, actor=actor)
        await asyncio.sleep(0)
    connection = first["data"]["premises"]
    assert [each["number"] for each in connection["nodes"]] == ["1", "2"]
    assert connection["totalCount"] == {"count": 1000, "isExact": False}
    cursor = connection["pageInfo"]["endCursor"]
    second = await gql(PREMISES, {"search": "мира", "first": 2, "after": cursor}, actor=actor)
    assert [each["number"] for each in second["data"]["premises"]["nodes"]] == ["3", "4"]


async def test_a_search_without_an_answer_costs_one_statement(
    gql: GraphQLClient, queries: QueryCounter, street: Organization
) -> None:
    actor = await staff(street)

    with queries.exactly(1):
        answer = await gql(PREMISES, {"search": "гоголя"}, actor=actor)
        await asyncio.sleep(0)

    assert answer["data"]["premises"]["totalCount"] == {"count": 0, "isExact": True}


async def test_premises_are_found_by_the_new_address_of_their_building(
    gql: GraphQLClient, street: Organization
) -> None:
    building = await Building.get(address="ул. Ёлочная, 12")
    actor = await staff(street)
    await Building.filter(id=building.id).update(address="ул. Гоголя, 3")

    await refresh_premises(PlacesRenamed.of_buildings(street.id, building.id))
    await refresh_premises(PlacesRenamed.of_buildings(street.id, building.id))
    await refresh_premises(PlacesRenamed.of_premises(street.id, building.id))

    answer = await gql(PREMISES, {"search": "гоголя"}, actor=actor)
    assert len(answer["data"]["premises"]["nodes"]) == 3


VECTORS = ["", "ул. Ёлочная, 12/1-а", "  №7  «Б» ", "ΣΊΣΥΦΟ ½ 5_6", "А\u00a0Б\tв", "Ä-ÖÜ 12а"]


@pytest.mark.parametrize(("one", "other"), list(product(VECTORS, VECTORS[:2])))
async def test_words_looked_for_are_cut_as_words_kept(db: None, one: str, other: str) -> None:
    row = await fetch_one("SELECT kvartal_search_text($1) AS kept", f"{one} {other}")

    assert row is not None
    assert row["kept"].split()[:12] == search_terms(f"{one} {other}")
