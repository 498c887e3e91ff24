"""An entry by its id: to those who see its operation."""

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_integration.operations.models import Operation
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.testing import an_entry, an_operation

MANAGE = {EXCHANGE_MANAGE.code}
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on OperationEntry { number code } } }"
LIST = "query ($id: ID!) { operation(id: $id) { entries { nodes { id number code } } } }"


@pytest.fixture
async def operation(organization: Organization) -> Operation:
    return await an_operation(organization)


async def test_it_is_found_as_the_list_shows_it(
    gql: GraphQLClient, organization: Organization, operation: Operation
) -> None:
    actor = await actor_of(await an_employee(organization, permissions=MANAGE))
    entry = await an_entry(operation, 7)
    key = encode_id("OperationEntry", entry.id)
    shown = [{"id": key, "number": 7, "code": "W203"}]

    alone = await gql(NODES, {"ids": [key]}, actor=actor)
    listed = await gql(LIST, {"id": encode_id("Operation", operation.id)}, actor=actor)

    assert alone == {"data": {"nodes": shown}}
    assert listed == {"data": {"operation": {"entries": {"nodes": shown}}}}


async def who(organization: Organization, case: str) -> Actor:
    building = await a_building(organization=organization)
    match case:
        case "an employee without the right":
            return await actor_of(await an_employee(organization))
        case "an employee with the right in some buildings":
            return await actor_of(
                await an_employee(organization, permissions=MANAGE, buildings=[building])
            )
        case "a resident":
            premise = await a_premise(building=building)
            return await actor_of(await a_resident_user(organization, premises=[premise]))
    return await actor_of(await an_employee(await an_organization(), permissions=MANAGE))


@pytest.mark.parametrize(
    "case",
    [
        "an employee of another organization",
        "an employee without the right",
        "an employee with the right in some buildings",
        "a resident",
    ],
)
async def test_to_who_does_not_see_the_operation_it_does_not_exist(
    gql: GraphQLClient, organization: Organization, operation: Operation, case: str
) -> None:
    key = encode_id("OperationEntry", (await an_entry(operation, 1)).id)

    answer = await gql(NODES, {"ids": [key]}, actor=await who(organization, case))

    assert answer == {"data": {"nodes": [None]}}


@pytest.mark.parametrize("count", [2, 20])
async def test_entries_by_their_ids_are_one_statement(
    gql: GraphQLClient,
    organization: Organization,
    operation: Operation,
    queries: QueryCounter,
    count: int,
) -> None:
    actor = await actor_of(await an_employee(organization, permissions=MANAGE))
    ids = [
        encode_id("OperationEntry", (await an_entry(operation, number)).id)
        for number in range(count)
    ]

    with queries.exactly(1):
        answer = await gql(NODES, {"ids": ids}, actor=actor)

    assert [each["id"] for each in answer["data"]["nodes"]] == ids
