"""Reading the estate over HTTP: who sees what, pages, searches, and the number of statements."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.graphql.paging import encode_cursor
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import a_resident_user, a_service_token, actor_of, an_employee
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

BUILDING = "query ($id: ID!) { building(id: $id) { address timezone quarter { name } } }"
BUILDINGS = """
query ($search: String, $organizationId: ID, $groupId: ID, $quarterId: ID,
       $first: Int, $after: String, $last: Int, $before: String) {
  buildings(search: $search, organizationId: $organizationId, groupId: $groupId,
            quarterId: $quarterId, first: $first, after: $after, last: $last, before: $before) {
    nodes { address }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
PREMISE = "query ($id: ID!) { premise(id: $id) { number building { address } } }"
PREMISES = """
query ($buildingId: ID, $search: String, $first: Int, $after: String, $last: Int, $before: String) {
  premises(buildingId: $buildingId, search: $search, first: $first, after: $after, last: $last,
           before: $before) {
    nodes { number building { address } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
ORGANIZATIONS = """
{
  organizations {
    name number kind timezone billingMonthShift
    quarters { name }
    buildingGroups { name }
  }
}
"""


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def staff(organization: Organization, buildings: list[Building] | None = None) -> Actor:
    return await actor_of(await an_employee(organization, buildings=buildings))


@pytest.mark.parametrize(
    ("field", "query", "variables"),
    [
        ("building", BUILDING, {"id": encode_id("Building", uuid4())}),
        ("buildings", BUILDINGS, {}),
        ("premise", PREMISE, {"id": encode_id("Premise", uuid4())}),
        ("premises", PREMISES, {}),
        ("node", NODE, {"id": encode_id("Building", uuid4())}),
        ("nodes", NODES, {"ids": []}),
        ("organizations", ORGANIZATIONS, {}),
    ],
)
async def test_who_is_not_signed_in_reads_nothing(
    gql: GraphQLClient, field: str, query: str, variables: dict[str, Any]
) -> None:
    answer = await gql(query, variables)

    assert codes(answer) == ["UNAUTHENTICATED"]
    assert answer["data"] in (None, {field: None})


async def test_a_building_is_seen_by_its_own_people_alone(gql: GraphQLClient) -> None:
    quarter = await a_quarter(name="Северный")
    building = await a_building(quarter=quarter, address="ул. Мира, 1")
    sibling = await a_building(quarter=quarter)
    organization = await quarter.organization
    at_home = await a_resident_user(organization, premises=[await a_premise(building=building)])
    next_door = await a_resident_user(organization, premises=[await a_premise(building=sibling)])
    variables = {"id": encode_id("Building", building.id)}
    whole = {
        "address": "ул. Мира, 1",
        "timezone": "Europe/Moscow",
        "quarter": {"name": "Северный"},
    }

    async def seen_by(actor: Actor) -> Any:
        return await gql(BUILDING, variables, actor=actor)

    assert await seen_by(await staff(organization)) == {"data": {"building": whole}}
    assert await seen_by(await staff(organization, [building])) == {"data": {"building": whole}}
    assert await seen_by(await staff(organization, [sibling])) == {"data": {"building": None}}
    assert await seen_by(await staff(await an_organization())) == {"data": {"building": None}}
    assert await seen_by(await actor_of(at_home)) == {"data": {"building": whole}}
    assert await seen_by(await actor_of(next_door)) == {"data": {"building": None}}
    service = await a_service_token(organization)
    assert await seen_by(await actor_of(service)) == {"data": {"building": whole}}


async def test_a_premise_is_seen_by_its_own_people_alone(gql: GraphQLClient) -> None:
    building = await a_building(address="ул. Мира, 1")
    premise, neighbours = [await a_premise(building=building, number=n) for n in ("1", "2")]
    organization = await building.organization
    at_home = await a_resident_user(organization, premises=[premise])
    next_door = await a_resident_user(organization, premises=[neighbours])
    variables = {"id": encode_id("Premise", premise.id)}
    whole = {"number": "1", "building": {"address": "ул. Мира, 1"}}

    async def seen_by(actor: Actor) -> Any:
        return await gql(PREMISE, variables, actor=actor)

    assert await seen_by(await staff(organization, [building])) == {"data": {"premise": whole}}
    assert await seen_by(await staff(organization, [])) == {"data": {"premise": None}}
    assert await seen_by(await staff(await an_organization())) == {"data": {"premise": None}}
    assert await seen_by(await actor_of(at_home)) == {"data": {"premise": whole}}
    assert await seen_by(await actor_of(next_door)) == {"data": {"premise": None}}


async def test_an_id_of_another_type_is_the_clients_mistake(gql: GraphQLClient) -> None:
    actor = await staff(await an_organization())
    premise = encode_id("Premise", uuid4())

    assert codes(await gql(BUILDING, {"id": premise}, actor=actor)) == ["BAD_INPUT"]
    assert codes(await gql(BUILDINGS, {"groupId": premise}, actor=actor)) == ["BAD_INPUT"]
    assert codes(await gql(NODE, {"id": "жжж"}, actor=actor)) == ["BAD_INPUT"]


ADDRESSES = ["ул. Ёлочная, 2", "ул. Ёлочная, 10", "ул. Жукова, 1", "ул. Яблоневая, 3"]


async def test_buildings_are_paged_both_ways_in_the_order_of_addresses(gql: GraphQLClient) -> None:
    organization = await an_organization()
    for address in reversed(ADDRESSES):
        await a_building(organization=organization, address=address)
    await a_building(address="ул. Ёлочная, 5")
    actor = await staff(organization)

    async def page(**arguments: Any) -> tuple[list[str], dict[str, Any]]:
        answer = await gql(BUILDINGS, arguments, actor=actor)
        found = answer["data"]["buildings"]
        return [node["address"] for node in found["nodes"]], found["pageInfo"]

    whole, info = await page()
    assert whole == ADDRESSES
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (False, False)

    start, info = await page(first=3)
    assert start == ADDRESSES[:3]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (False, True)

    rest, end = await page(first=3, after=info["endCursor"])
    assert rest == ADDRESSES[3:]
    assert (end["hasPreviousPage"], end["hasNextPage"]) == (True, False)

    assert (await page(last=2))[0] == ADDRESSES[2:]
    assert (await page(last=2, before=end["startCursor"]))[0] == ADDRESSES[1:3]
    assert (await page(first=0))[0] == []


@pytest.mark.parametrize(
    ("case", "arguments"),
    [
        ("not a cursor", {"after": "жжж"}),
        ("another list's", {"after": encode_cursor("а")}),
        ("not a text", {"after": encode_cursor(1, str(uuid4()))}),
        ("NUL", {"after": encode_cursor("\0", str(uuid4()))}),
        ("not an id", {"after": encode_cursor("а", "1")}),
        ("more than a page", {"first": 501}),
    ],
)
async def test_a_page_that_cannot_be_is_the_clients_mistake(
    gql: GraphQLClient, case: str, arguments: dict[str, Any]
) -> None:
    actor = await staff(await an_organization())

    assert codes(await gql(BUILDINGS, arguments, actor=actor)) == ["BAD_INPUT"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ЕЛОЧНАЯ", ADDRESSES[:2]),
        ("ёлочная 10", ADDRESSES[1:2]),
        ("10, ул. ёлоч", ADDRESSES[1:2]),
        ("%", []),
        ("ул_", []),
        (" ", ADDRESSES),
        ("Гоголя", []),
    ],
)
async def test_buildings_are_found_by_words_of_their_address(
    gql: GraphQLClient, search: str, found: list[str]
) -> None:
    organization = await an_organization()
    for address in ADDRESSES:
        await a_building(organization=organization, address=address)

    answer = await gql(BUILDINGS, {"search": search}, actor=await staff(organization))

    assert [each["address"] for each in answer["data"]["buildings"]["nodes"]] == found


async def test_buildings_are_filtered_by_organization_quarter_and_group(
    gql: GraphQLClient,
) -> None:
    ours, theirs = await an_organization(), await an_organization()
    quarter = await a_quarter(organization=ours)
    inside = await a_building(quarter=quarter, address="а")
    outside = await a_building(organization=ours, address="б")
    foreign = await a_building(organization=theirs, address="в")
    group = await a_group(organization=ours, buildings=[outside])
    their_group = await a_group(organization=theirs, buildings=[foreign])
    actor = await staff(ours)

    async def found(who: Actor = actor, **arguments: str) -> list[str]:
        answer = await gql(BUILDINGS, arguments, actor=who)
        return [each["address"] for each in answer["data"]["buildings"]["nodes"]]

    assert await found() == ["а", "б"]
    assert await found(quarterId=encode_id("Quarter", quarter.id)) == ["а"]
    assert await found(groupId=encode_id("BuildingGroup", group.id)) == ["б"]
    assert await found(organizationId=encode_id("Organization", ours.id)) == ["а", "б"]
    assert await found(organizationId=encode_id("Organization", theirs.id)) == []
    assert await found(groupId=encode_id("BuildingGroup", their_group.id)) == []
    assert await found(await staff(ours, [inside])) == ["а"]


async def test_premises_follow_address_and_number(gql: GraphQLClient) -> None:
    organization = await an_organization()
    for address in ("ул. Мира, 10", "ул. Мира, 9"):
        building = await a_building(organization=organization, address=address)
        for number in ("10", "2а", "2"):
            await a_premise(building=building, number=number)
    await a_premise()
    actor = await staff(organization)
    expected = [
        (address, number)
        for address in ("ул. Мира, 9", "ул. Мира, 10")
        for number in ("2", "2а", "10")
    ]

    async def page(**arguments: Any) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        answer = await gql(PREMISES, arguments, actor=actor)
        found = answer["data"]["premises"]
        pairs = [(each["building"]["address"], each["number"]) for each in found["nodes"]]
        return pairs, found["pageInfo"]

    assert (await page())[0] == expected
    start, info = await page(first=4)
    assert start == expected[:4]
    rest, end = await page(first=4, after=info["endCursor"])
    assert rest == expected[4:]
    assert (await page(last=2, before=end["startCursor"]))[0] == expected[2:4]
    of_one = await page(buildingId=encode_id("Building", building.id))
    assert of_one[0] == expected[:3]


async def test_premises_are_found_by_their_number_or_an_accounts(gql: GraphQLClient) -> None:
    building = await a_building(address="ул. Мира")
    first = await a_premise(building=building, number="12А")
    await a_premise(building=building, number="21")
    await an_account(premise=first, number="ЛС-7001")
    actor = await staff(await building.organization)

    async def found(search: str) -> list[str]:
        answer = await gql(PREMISES, {"search": search}, actor=actor)
        return [each["number"] for each in answer["data"]["premises"]["nodes"]]

    assert await found("12а") == ["12А"]
    assert await found("лс-70") == ["12А"]
    assert await found("7001") == ["12А"]
    assert await found("001") == []
    assert await found("1") == ["12А"]
    assert await found("") == ["12А", "21"]
    assert await found("%") == []


async def test_a_resident_lists_their_own_premises(gql: GraphQLClient) -> None:
    mine, other = await a_premise(number="1"), await a_premise(number="2")
    await a_premise(building=await mine.building, number="3")
    user = await a_resident_user(await mine.organization, premises=[mine])
    await a_resident(other, user=user)

    answer = await gql(PREMISES, actor=await actor_of(user))

    numbers = [each["number"] for each in answer["data"]["premises"]["nodes"]]
    assert sorted(numbers) == ["1", "2"]


async def test_organizations_are_those_of_the_actor(gql: GraphQLClient) -> None:
    organization = await an_organization(name="УК «Заря»", billing_month_shift=-1)
    for name in ("Юг", "Запад"):
        await a_quarter(organization=organization, name=name)
    await a_group(organization=organization, name="Панельные")
    home = await a_premise(building=await a_building(organization=organization))
    resident = await a_resident_user(organization, premises=[home])
    await an_organization(name="УК «Чужая»")

    by_employee = await gql(ORGANIZATIONS, actor=await staff(organization, []))
    by_resident = await gql(ORGANIZATIONS, actor=await actor_of(resident))

    whole = {
        "name": "УК «Заря»",
        "number": organization.number,
        "kind": "MANAGEMENT_COMPANY",
        "timezone": "Europe/Moscow",
        "billingMonthShift": -1,
        "quarters": [{"name": "Запад"}, {"name": "Юг"}],
        "buildingGroups": [{"name": "Панельные"}],
    }
    assert by_employee == {"data": {"organizations": [whole]}}
    assert by_resident == {"data": {"organizations": [{**whole, "buildingGroups": []}]}}


@pytest.mark.parametrize("count", [2, 20])
@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("{ buildings { nodes { address quarter { name } } } }", 1),
        ("{ premises { nodes { number building { address quarter { name } } } } }", 1),
        ("{ buildings { nodes { organization { name } premises { nodes { number } } } } }", 3),
        ("{ premises { nodes { accounts { number } residents { fullName } } } }", 3),
    ],
)
async def test_lists_take_as_many_statements_whatever_their_length(
    gql: GraphQLClient, queries: QueryCounter, count: int, query: str, statements: int
) -> None:
    quarter = await a_quarter()
    for _ in range(count):
        premise = await a_premise(building=await a_building(quarter=quarter))
        await an_account(premise=premise)
        await a_resident(premise)
    actor = await staff(await quarter.organization)

    with queries.exactly(statements):
        answer = await gql(query, actor=actor)
        await asyncio.sleep(0)  # asyncpg tells of a statement a turn of the loop later

    [connection] = answer["data"].values()
    assert len(connection["nodes"]) == count
