"""A row of the log by its id: to those alone who may read the list."""

from uuid import uuid4

import pytest
from tests.kvartal.audit.conftest import VIEW, Office, an_entry, who

from kvartal.auth.models import Employee
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter

NODES = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id ... on AuditEntry { action actorId } } }"


async def test_a_row_is_found_by_its_id_as_the_list_shows_it(
    gql: GraphQLClient, office: Office
) -> None:
    entry = await an_entry(office, actor_kind="EMPLOYEE", user_id=office.chief.user_id)
    employee = await Employee.get(organization=office.organization)
    token = await a_service_token(office.organization, permissions=VIEW)
    key = encode_id("AuditEntry", entry.id)

    for actor in (office.chief, await actor_of(token)):
        answer = await gql(NODES, {"ids": [key]}, actor=actor)
        assert answer == {
            "data": {
                "nodes": [
                    {"id": key, "action": "act0", "actorId": encode_id("Employee", employee.id)}
                ]
            }
        }


@pytest.mark.parametrize(
    "case",
    [
        "a stranger's employee",
        "an employee without the right",
        "an employee with the right elsewhere",
        "an employee with the right in some buildings",
        "a token with the right in some buildings",
        "a resident",
    ],
)
async def test_to_who_may_not_read_the_log_its_rows_do_not_exist(
    gql: GraphQLClient, office: Office, case: str
) -> None:
    entry = await an_entry(office)

    answer = await gql(
        NODES, {"ids": [encode_id("AuditEntry", entry.id)]}, actor=await who(office, case)
    )

    assert answer == {"data": {"nodes": [None]}}


async def test_rows_of_others_and_of_nobody_are_not_found_by_their_ids(
    gql: GraphQLClient, office: Office
) -> None:
    entries = [
        await an_entry(office, organization=await an_organization()),
        await an_entry(office, organization=None),
    ]
    ids = [encode_id("AuditEntry", key) for key in (*(each.id for each in entries), uuid4())]

    answer = await gql(NODES, {"ids": ids}, actor=office.chief)

    assert answer == {"data": {"nodes": [None, None, None]}}


@pytest.mark.parametrize("count", [2, 20])
async def test_rows_by_their_ids_are_one_statement(
    gql: GraphQLClient, office: Office, queries: QueryCounter, count: int
) -> None:
    entries = [await an_entry(office, minutes) for minutes in range(count)]
    ids = [encode_id("AuditEntry", each.id) for each in entries]

    with queries.exactly(1):
        answer = await gql(NODES, {"ids": ids}, actor=office.chief)

    assert [each["id"] for each in answer["data"]["nodes"]] == ids
