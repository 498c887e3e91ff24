"""Reading the log: who may, in which order, by which filters, and at what cost."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.kvartal.audit.conftest import NOW, Office, an_entry, who

from kvartal.audit.rules import AuditActorKind
from kvartal.auth.actor import Actor
from kvartal.auth.models import Employee, ServiceToken
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Resident
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.watch import QueryCounter

LOG = """
query Log($organization: ID!, $filter: AuditLogFilter, $first: Int, $after: String, $last: Int,
    $before: String) {
  auditLog(organizationId: $organization, filter: $filter, first: $first, after: $after,
      last: $last, before: $before) {
    totalCount { count isExact }
    pageInfo { hasNextPage endCursor startCursor }
    nodes { at actorKind actorName actorId action objectId objectKind input
      changes { fact before after } channel address requestId }
  }
}
"""


class Log:
    """The log as its reader sees it."""

    def __init__(self, gql: GraphQLClient, office: Office) -> None:
        self.gql, self.office = gql, office

    async def __call__(self, actor: Actor | None = None, **given: Any) -> dict[str, Any]:
        variables = {"organization": encode_id("Organization", self.office.organization.id)}
        return await self.gql(LOG, variables | given, actor=actor or self.office.chief)

    async def actions(self, **where: Any) -> list[str]:
        answer = await self(filter=where)
        return [each["action"] for each in answer["data"]["auditLog"]["nodes"]]


@pytest.fixture
def log(gql: GraphQLClient, office: Office) -> Log:
    return Log(gql, office)


async def test_a_row_tells_who_did_what(log: Log, office: Office) -> None:
    thing = uuid4()
    await an_entry(
        office,
        actor_kind=AuditActorKind.EMPLOYEE,
        user_id=office.chief.user_id,
        actor_name="Мария Старая",
        action="updatePremise",
        object_kind="Premise",
        object_id=thing,
        input={"number": "15"},
        changes={"number": ["14", "15"], "archived_at": [None, "2026-11-20"]},
        channel="CRM",
        address="203.0.113.7",
        request_id="r-1",
    )
    employee = await Employee.get(organization=office.organization)

    answer = await log()

    assert answer["data"]["auditLog"] == {
        "totalCount": {"count": 1, "isExact": True},
        "pageInfo": {
            "hasNextPage": False,
            "endCursor": answer["data"]["auditLog"]["pageInfo"]["startCursor"],
            "startCursor": answer["data"]["auditLog"]["pageInfo"]["startCursor"],
        },
        "nodes": [
            {
                "at": "2026-11-20T09:00:00+00:00",
                "actorKind": "EMPLOYEE",
                "actorName": "Мария Старая",
                "actorId": encode_id("Employee", employee.id),
                "action": "updatePremise",
                "objectId": encode_id("Premise", thing),
                "objectKind": "Premise",
                "input": {"number": "15"},
                "changes": [
                    {"fact": "number", "before": "14", "after": "15"},
                    {"fact": "archived_at", "before": None, "after": "2026-11-20"},
                ],
                "channel": "CRM",
                "address": "203.0.113.7",
                "requestId": "r-1",
            }
        ],
    }


async def test_what_the_system_did_names_nobody(log: Log, office: Office) -> None:
    await an_entry(office)

    [row] = (await log())["data"]["auditLog"]["nodes"]

    assert {name for name, value in row.items() if value not in (None, [])} == {
        "at",
        "actorKind",
        "action",
    }


async def test_pages_go_from_the_newest_to_the_oldest_and_back(log: Log, office: Office) -> None:
    for minutes in range(5):
        await an_entry(office, minutes)

    first = (await log(first=2))["data"]["auditLog"]
    second = (await log(first=2, after=first["pageInfo"]["endCursor"]))["data"]["auditLog"]
    back = (await log(last=1, before=second["pageInfo"]["startCursor"]))["data"]["auditLog"]

    assert [[each["action"] for each in page["nodes"]] for page in (first, second, back)] == [
        ["act4", "act3"],
        ["act2", "act1"],
        ["act3"],
    ]
    assert first["totalCount"] == {"count": 5, "isExact": True}


async def test_times_are_from_and_to(log: Log, office: Office) -> None:
    for minutes in range(3):
        await an_entry(office, minutes)
    first, last = ((NOW + timedelta(minutes=each)).isoformat() for each in (1, 2))

    assert await log.actions(**{"from": first, "to": last}) == ["act1"]


async def test_an_action_and_an_object_are_asked_for(log: Log, office: Office) -> None:
    thing = uuid4()
    await an_entry(office, 1, object_kind="Premise", object_id=thing)
    await an_entry(office, 2, object_kind="Premise", object_id=uuid4())

    assert await log.actions(action="act2") == ["act2"]
    assert await log.actions(objectId=encode_id("Premise", thing)) == ["act1"]
    assert await log.actions(action="act2", objectId=encode_id("Premise", thing)) == []


async def test_people_and_tokens_are_asked_for_by_what_they_are_here(
    log: Log, office: Office
) -> None:
    organization = office.organization
    premise = await a_premise(building=office.building)
    user = await a_resident_user(organization, premises=[premise], user=await a_user())
    resident = await Resident.get(organization=organization)
    await a_service_token(organization, permissions=[])
    token = await ServiceToken.get(organization=organization)
    employee = await Employee.get(organization=organization)
    await an_entry(office, 1, actor_kind="EMPLOYEE", user_id=office.chief.user_id)
    await an_entry(office, 2, actor_kind="RESIDENT", user_id=user.id)
    await an_entry(office, 3, actor_kind="SERVICE", service_token_id=token.id)
    ids = [
        encode_id(kind, key)
        for kind, key in (
            ("Employee", employee.id),
            ("Resident", resident.id),
            ("ServiceToken", token.id),
        )
    ]

    found = [await log.actions(actorId=each) for each in ids]
    told = [each["actorId"] for each in (await log())["data"]["auditLog"]["nodes"]]

    assert found == [["act1"], ["act2"], ["act3"]]
    assert told == ids[::-1]


async def test_somebody_of_another_organization_has_done_nothing_here(
    log: Log, office: Office
) -> None:
    await an_entry(office, 1, actor_kind="EMPLOYEE", user_id=office.chief.user_id)
    elsewhere = await an_employee(await an_organization(), user=await a_user())

    assert await log.actions(actorId=encode_id("Employee", elsewhere.id)) == []


async def test_an_id_of_something_that_does_nothing_is_refused(log: Log) -> None:
    answer = await log(filter={"actorId": encode_id("Premise", uuid4())})

    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == (
        "BAD_INPUT",
        "BAD_ID_KIND",
    )


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("nobody", "UNAUTHENTICATED"),
        ("a stranger's employee", "NOT_FOUND"),
        ("an employee without the right", "FORBIDDEN"),
        ("an employee with the right elsewhere", "FORBIDDEN"),
        ("a resident", "FORBIDDEN"),
    ],
)
async def test_who_may_not_read_it(log: Log, office: Office, case: str, code: str) -> None:
    await an_entry(office)

    answer = await log(await who(office, case))

    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert not answer.get("data")


async def test_who_works_with_some_buildings_may_not_read_of_all(log: Log, office: Office) -> None:
    await an_entry(office)
    for each in ("an employee", "a token"):
        answer = await log(await who(office, f"{each} with the right in some buildings"))
        assert [each["extensions"]["reason"] for each in answer["errors"]] == [
            "FORBIDDEN_AUDIT_LOG"
        ]


async def test_an_integrator_may_read_it_too(log: Log, office: Office) -> None:
    await an_entry(office)
    token = await a_service_token(office.organization, permissions=["auth.audit.view"])

    answer = await log(await actor_of(token))

    assert len(answer["data"]["auditLog"]["nodes"]) == 1


async def test_another_organizations_rows_and_nobodys_are_not_there(
    log: Log, office: Office
) -> None:
    await an_entry(office, organization=await an_organization())
    await an_entry(office, organization=None)

    assert await log.actions() == []


@pytest.mark.parametrize("count", [2, 20])
async def test_a_page_is_one_statement_and_its_count_another(
    log: Log, office: Office, queries: QueryCounter, count: int
) -> None:
    for minutes in range(count):
        await an_entry(office, minutes, actor_kind="EMPLOYEE", user_id=office.chief.user_id)

    with queries.exactly(2):
        answer = await log()

    assert len(answer["data"]["auditLog"]["nodes"]) == count


async def test_ids_are_opaque(log: Log, office: Office, gql: GraphQLClient) -> None:
    entry = await an_entry(office)
    organization = encode_id("Organization", office.organization.id)

    answer = await gql(
        "query Id($id: ID!) { auditLog(organizationId: $id) { nodes { id } } }",
        {"id": organization},
        actor=office.chief,
    )

    key: UUID = entry.id
    assert answer["data"]["auditLog"]["nodes"] == [{"id": encode_id("AuditEntry", key)}]
