"""The log over GraphQL: who sees which operation, in which order, with what it says."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import Employee
from kvartal.db.connection import fetch, fetch_one
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import (
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
)
from kvartal_integration.operations.service import running
from kvartal_integration.operations.service.files import keep_file
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.testing import an_entry, an_operation

Freeze = Callable[[str], AbstractContextManager[None]]

MANAGE = {EXCHANGE_MANAGE.code}
LOG = """
query ($organization: ID!, $filter: OperationFilterInput, $first: Int, $after: String, $last: Int) {
  operations(
    organizationId: $organization, filter: $filter, first: $first, after: $after, last: $last
  ) {
    nodes { id }
    pageInfo { hasNextPage endCursor }
    totalCount { count isExact }
  }
}
"""
WHOLE = """
query ($id: ID!, $severity: EntrySeverity, $first: Int, $after: String) {
  operation(id: $id) {
    id kind status direction trigger preview startedBy message errors warnings
    counts { name title count }
    progress { done total percent }
    isFinal createdAt startedAt finishedAt updatedAt cancelRequestedAt
    entries(severity: $severity, first: $first, after: $after) {
      nodes { number severity code message file line account meter }
      pageInfo { hasNextPage endCursor }
      totalCount { count isExact }
    }
    report { name mediaType url }
    files { name mediaType }
  }
}
"""
ONE = "query ($id: ID!) { operation(id: $id) { id } node(id: $id) { id } }"
CANCEL = """
mutation ($id: ID!) {
  cancelOperation(input: { id: $id }) {
    operation { id status cancelRequestedAt }
    errors { code message path status }
  }
}
"""
RICH = """
query ($organization: ID!) {
  operations(organizationId: $organization) {
    nodes {
      startedBy message counts { title }
      entries(first: 2) { nodes { message } totalCount { count } }
      errors: entries(severity: ERROR) { nodes { code } totalCount { count } }
      report { name } files { name }
    }
  }
}
"""


def oid(operation: Operation) -> str:
    return str(encode_id("Operation", operation.id))


@pytest.fixture
async def manager(organization: Organization) -> Employee:
    return await an_employee(organization, permissions=MANAGE, full_name="Петрова Анна")


@pytest.fixture
async def actor(manager: Employee) -> Actor:
    return await actor_of(manager)


async def listed(
    gql: GraphQLClient, actor: Actor, organization: Organization, **more: Any
) -> dict[str, Any]:
    variables = {"organization": encode_id("Organization", organization.id), **more}
    answer = await gql(LOG, variables, actor=actor)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["operations"]
    return found


async def ids(
    gql: GraphQLClient, actor: Actor, organization: Organization, **more: Any
) -> list[str]:
    return [each["id"] for each in (await listed(gql, actor, organization, **more))["nodes"]]


async def test_the_log_begins_with_the_newest_and_is_paged(
    gql: GraphQLClient, actor: Actor, organization: Organization, frozen_clock: Freeze
) -> None:
    made = []
    for day in (1, 2, 3):
        with frozen_clock(f"2026-11-0{day}T10:00:00Z"):
            made.append(await an_operation(organization, status=OperationStatus.SUCCEEDED))
    await an_operation(await an_organization())
    newest = [oid(each) for each in reversed(made)]

    page = await listed(gql, actor, organization, first=2)
    rest = await listed(gql, actor, organization, after=page["pageInfo"]["endCursor"])

    assert [each["id"] for each in page["nodes"]] == newest[:2]
    assert page["pageInfo"]["hasNextPage"] is True
    assert page["totalCount"] == {"count": 3, "isExact": True}
    assert ([each["id"] for each in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (
        newest[2:],
        False,
    )
    assert await ids(gql, actor, organization, last=2) == newest[1:]


async def test_it_is_filtered_by_kind_and_status(
    gql: GraphQLClient, actor: Actor, organization: Organization
) -> None:
    done = await an_operation(organization, status=OperationStatus.SUCCEEDED)
    failed = await an_operation(organization, status=OperationStatus.FAILED)
    excel = await an_operation(
        organization, kind=OperationKind.EXCEL_IMPORT, status=OperationStatus.FAILED
    )

    async def found(**filter: Any) -> set[str]:
        page = await listed(gql, actor, organization, filter=filter)
        assert page["totalCount"]["count"] == len(page["nodes"])
        return {each["id"] for each in page["nodes"]}

    assert await found(kinds=["XML_IMPORT"]) == {oid(done), oid(failed)}
    assert await found(statuses=["FAILED", "CANCELLED"]) == {oid(failed), oid(excel)}
    assert await found(kinds=["EXCEL_IMPORT"], statuses=["FAILED"]) == {oid(excel)}
    assert await found(kinds=[], statuses=[]) == {oid(done), oid(failed), oid(excel)}


async def test_its_days_are_those_of_the_organization(
    gql: GraphQLClient, actor: Actor, organization: Organization, frozen_clock: Freeze
) -> None:
    organization.timezone = "Asia/Yekaterinburg"
    await organization.save()
    made = {}
    for moment in (
        "2026-11-23T23:59:59+05:00",
        "2026-11-24T00:00:00+05:00",
        "2026-11-24T23:59:59+05:00",
        "2026-11-25T00:00:00+05:00",
    ):
        with frozen_clock(moment):
            made[moment[8:16]] = oid(
                await an_operation(organization, status=OperationStatus.SUCCEEDED)
            )

    async def found(**filter: str) -> list[str]:
        names = {value: key for key, value in made.items()}
        return [names[each] for each in await ids(gql, actor, organization, filter=filter)]

    day = {"from": "2026-11-24", "to": "2026-11-24"}
    assert await found(**day) == ["24T23:59", "24T00:00"]
    assert await found(**{"from": "2026-11-25"}) == ["25T00:00"]
    assert await found(to="2026-11-23") == ["23T23:59"]


async def test_an_operation_tells_all_that_it_knows(
    gql: GraphQLClient, actor: Actor, manager: Employee, organization: Organization
) -> None:
    operation = await an_operation(
        organization,
        status=OperationStatus.FAILED,
        started_by_id=manager.user_id,
        message={"code": "E105", "facts": {"v": "2.0"}},
        counts={"saved": 3, "read": 1},
        done=1,
        total=3,
        errors=1,
        warnings=1,
    )
    await an_entry(operation, 1, file="/a.xml", line=7, account="7700", meter="ХВС-1")
    await an_entry(operation, 2, "E105", severity=EntrySeverity.ERROR, facts={"v": "2.0"})
    for name, kind in (("Импорт.csv", "text/csv"), ("metrics.xml", "application/xml")):
        await keep_file(operation.id, organization.id, BytesIO(b"abc"), name=name, media_type=kind)

    answer = await gql(WHOLE, {"id": oid(operation)}, actor=actor)
    english = await gql(WHOLE, {"id": oid(operation)}, actor=actor, locale="en")

    found = answer["data"]["operation"]
    url = found["report"].pop("url")
    cursor = found["entries"]["pageInfo"].pop("endCursor")
    moments = [datetime.fromisoformat(found.pop(name)) for name in ("createdAt", "updatedAt")]
    assert (moments, bool(cursor)) == ([operation.created_at, operation.updated_at], True)
    assert found == {
        "id": oid(operation),
        "kind": "XML_IMPORT",
        "status": "FAILED",
        "direction": "IMPORT",
        "trigger": "PERSON",
        "preview": False,
        "startedBy": "Петрова Анна",
        "message": "Версия формата «2.0» не поддерживается, ожидается 1.0",
        "errors": 1,
        "warnings": 1,
        "counts": [
            {"name": "read", "title": "count.read", "count": 1},
            {"name": "saved", "title": "count.saved", "count": 3},
        ],
        "progress": {"done": 1, "total": 3, "percent": 33},
        "isFinal": True,
        "startedAt": None,
        "finishedAt": None,
        "cancelRequestedAt": None,
        "entries": {
            "nodes": [
                {
                    "number": 1,
                    "severity": "WARNING",
                    "code": "W203",
                    "message": "Лицевой счет «1» не найден",
                    "file": "/a.xml",
                    "line": 7,
                    "account": "7700",
                    "meter": "ХВС-1",
                },
                {
                    "number": 2,
                    "severity": "ERROR",
                    "code": "E105",
                    "message": "Версия формата «2.0» не поддерживается, ожидается 1.0",
                    "file": None,
                    "line": None,
                    "account": None,
                    "meter": None,
                },
            ],
            "pageInfo": {"hasNextPage": False},
            "totalCount": {"count": 2, "isExact": True},
        },
        "report": {"name": "Импорт.csv", "mediaType": "text/csv"},
        "files": [{"name": "metrics.xml", "mediaType": "application/xml"}],
    }
    assert english["data"]["operation"]["message"].startswith("Version “2.0” of the format")
    transport = httpx.ASGITransport(app=gql.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get(url)).content == b"abc"


async def test_one_that_waits_has_said_nothing_yet(
    gql: GraphQLClient, actor: Actor, organization: Organization
) -> None:
    operation = await an_operation(organization, trigger=Trigger.SCHEDULE)

    found = (await gql(WHOLE, {"id": oid(operation)}, actor=actor))["data"]["operation"]

    told = {name: found[name] for name in ("message", "startedBy", "isFinal", "report", "files")}
    assert told == {
        "message": None,
        "startedBy": None,
        "isFinal": False,
        "report": None,
        "files": [],
    }
    assert found["entries"]["totalCount"] == {"count": 0, "isExact": True}


async def test_its_entries_are_paged_and_filtered(
    gql: GraphQLClient, actor: Actor, organization: Organization
) -> None:
    operation = await an_operation(organization)
    for number in range(1, 6):
        severity = EntrySeverity.ERROR if number % 2 else EntrySeverity.WARNING
        await an_entry(operation, number, severity=severity)
    await an_entry(await an_operation(await an_organization()), 1)

    async def entries(**more: Any) -> dict[str, Any]:
        answer = await gql(WHOLE, {"id": oid(operation), **more}, actor=actor)
        found: dict[str, Any] = answer["data"]["operation"]["entries"]
        return found

    def numbers(page: dict[str, Any]) -> list[int]:
        return [each["number"] for each in page["nodes"]]

    first = await entries(first=2, severity="ERROR")
    second = await entries(first=2, severity="ERROR", after=first["pageInfo"]["endCursor"])

    assert (numbers(first), first["pageInfo"]["hasNextPage"]) == ([1, 3], True)
    assert (numbers(second), second["pageInfo"]["hasNextPage"]) == ([5], False)
    assert first["totalCount"] == {"count": 3, "isExact": True}
    assert numbers(await entries(severity="WARNING")) == [2, 4]
    assert numbers(await entries()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("many", [2, 20])
async def test_a_page_asks_as_often_for_twenty_as_for_two(
    gql: GraphQLClient,
    queries: QueryCounter,
    actor: Actor,
    manager: Employee,
    organization: Organization,
    many: int,
) -> None:
    for _ in range(many):
        operation = await an_operation(
            organization, status=OperationStatus.FAILED, started_by_id=manager.user_id
        )
        await an_entry(operation, 1)
        await an_entry(operation, 2, severity=EntrySeverity.ERROR)
        await keep_file(
            operation.id, organization.id, BytesIO(b"a"), name="a", media_type="text/csv"
        )
    variables = {"organization": encode_id("Organization", organization.id)}

    with queries.exactly(2):  # the page and its count
        found = await ids(gql, actor, organization, first=many)
    # operations, names, files, entries and their counts for either of two questions
    with queries.exactly(7):
        answer = await gql(RICH, variables, actor=actor)

    assert len(found) == len(answer["data"]["operations"]["nodes"]) == many
    for each in answer["data"]["operations"]["nodes"]:
        assert each["startedBy"] == "Петрова Анна"
        assert each["entries"]["totalCount"] == {"count": 2}
        assert each["errors"] == {"nodes": [{"code": "W203"}], "totalCount": {"count": 1}}
        assert each["report"] == {"name": "a.csv"}


async def strangers(organization: Organization) -> dict[str, Actor]:
    """Those who see nothing of an operation that somebody else has started."""
    building = await a_building(organization=organization)
    return {
        "a resident": await actor_of(await a_resident_user(organization)),
        "an employee elsewhere": await actor_of(
            await an_employee(await an_organization(), permissions=MANAGE)
        ),
        "a system elsewhere": await actor_of(
            await a_service_token(await an_organization(), permissions=MANAGE)
        ),
        "an employee without the right": await actor_of(await an_employee(organization)),
        "a system without the right": await actor_of(await a_service_token(organization)),
        "an employee of some buildings": await actor_of(
            await an_employee(organization, permissions=MANAGE, buildings=[building])
        ),
    }


async def test_who_may_not_see_an_operation_does_not_find_it(
    gql: GraphQLClient, organization: Organization, manager: Employee, events: EmittedEvents
) -> None:
    operation = await an_operation(organization, started_by_id=manager.user_id)

    for name, actor in (await strangers(organization)).items():
        answer = await gql(ONE, {"id": oid(operation)}, actor=actor)
        cancelled = await gql(CANCEL, {"id": oid(operation)}, actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"], name
        assert [each["extensions"]["code"] for each in cancelled["errors"]] == ["NOT_FOUND"], name

    row = await fetch_one("SELECT status, cancel_requested_at FROM integration_operation")
    assert row is not None
    assert (row["status"], row["cancel_requested_at"], list(events)) == ("QUEUED", None, [])


async def test_a_log_is_empty_for_those_who_see_none_of_it_and_unknown_to_strangers(
    gql: GraphQLClient, organization: Organization, manager: Employee
) -> None:
    await an_operation(organization, started_by_id=manager.user_id)
    variables = {"organization": encode_id("Organization", organization.id)}

    found = {
        name: await gql(LOG, variables, actor=actor)
        for name, actor in (await strangers(organization)).items()
    }

    outcomes = {
        name: answer["errors"][0]["extensions"]["code"]
        if "errors" in answer
        else answer["data"]["operations"]["totalCount"]["count"]
        for name, answer in found.items()
    }
    assert outcomes == {
        "a resident": "NOT_FOUND",
        "an employee elsewhere": "NOT_FOUND",
        "a system elsewhere": "NOT_FOUND",
        "an employee without the right": 0,
        "a system without the right": 0,
        "an employee of some buildings": 0,
    }


async def test_nobody_signed_in_sees_nothing(
    gql: GraphQLClient, organization: Organization
) -> None:
    operation = await an_operation(organization)
    variables = {"organization": encode_id("Organization", organization.id)}

    for query, given in (
        (LOG, variables),
        (WHOLE, {"id": oid(operation)}),
        (CANCEL, {"id": oid(operation)}),
    ):
        answer = await gql(query, given, actor=ANONYMOUS)
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["UNAUTHENTICATED"]


async def test_a_system_with_the_right_sees_the_log(
    gql: GraphQLClient, organization: Organization
) -> None:
    operation = await an_operation(organization)
    system = await actor_of(await a_service_token(organization, permissions=MANAGE))

    assert await ids(gql, system, organization) == [oid(operation)]


async def test_who_has_started_an_excel_operation_sees_it_without_the_right(
    gql: GraphQLClient, organization: Organization
) -> None:
    building = await a_building(organization=organization)
    employee = await an_employee(organization, buildings=[building])
    own = await an_operation(
        organization, kind=OperationKind.EXCEL_IMPORT, started_by_id=employee.user_id
    )
    await an_operation(organization, kind=OperationKind.EXCEL_IMPORT)
    exchange = await an_operation(organization, started_by_id=employee.user_id)
    actor = await actor_of(employee)

    assert await ids(gql, actor, organization) == [oid(own)]
    answer = await gql(ONE, {"id": oid(own)}, actor=actor)
    assert answer["data"] == {"operation": {"id": oid(own)}, "node": {"id": oid(own)}}
    answer = await gql(ONE, {"id": oid(exchange)}, actor=actor)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_who_has_left_the_organization_sees_not_even_their_own(
    gql: GraphQLClient, organization: Organization
) -> None:
    employee = await an_employee(organization)
    elsewhere = await an_employee(
        await an_organization(), permissions=MANAGE, user=await employee.user
    )
    own = await an_operation(
        organization, kind=OperationKind.EXCEL_IMPORT, started_by_id=employee.user_id
    )
    employee.archived_at = own.created_at
    await employee.save()

    answer = await gql(ONE, {"id": oid(own)}, actor=await actor_of(elsewhere))

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_with_the_right_and_some_buildings_one_sees_what_one_has_started(
    gql: GraphQLClient, organization: Organization
) -> None:
    building = await a_building(organization=organization)
    employee = await an_employee(organization, permissions=MANAGE, buildings=[building])
    own = await an_operation(organization, started_by_id=employee.user_id)
    await an_operation(organization, kind=OperationKind.XML_EXPORT)

    assert await ids(gql, await actor_of(employee), organization) == [oid(own)]


async def test_of_two_memberships_each_counts_where_it_is(
    gql: GraphQLClient, organization: Organization
) -> None:
    """The right in one organization and all buildings in another are not both in either."""
    other = await an_organization()
    building = await a_building(organization=organization)
    employee = await an_employee(organization, permissions=MANAGE, buildings=[building])
    await an_employee(other, user=await employee.user)
    await an_operation(organization)
    await an_operation(other)
    actor = await actor_of(employee)

    assert await ids(gql, actor, organization) == []
    assert await ids(gql, actor, other) == []


@pytest.mark.parametrize("kind", ["Organization", "Operation"])
async def test_an_id_of_something_else_is_refused(
    gql: GraphQLClient, actor: Actor, kind: str
) -> None:
    given = {"id": encode_id("Meter", uuid4()), "organization": encode_id("Meter", uuid4())}

    answer = await gql(LOG if kind == "Organization" else WHOLE, given, actor=actor)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]


async def test_one_that_waits_is_cancelled_at_once(
    gql: GraphQLClient, actor: Actor, organization: Organization, events: EmittedEvents
) -> None:
    operation = await an_operation(organization)

    answer = await gql(CANCEL, {"id": oid(operation)}, actor=actor)

    assert answer["data"]["cancelOperation"] == {
        "operation": {"id": oid(operation), "status": "CANCELLED", "cancelRequestedAt": None},
        "errors": [],
    }
    [event] = events.of(OperationFinished)
    assert (event.operation_id, event.status) == (operation.id, OperationStatus.CANCELLED)
    async with running(operation.id) as run:
        assert run is None


async def test_one_that_runs_is_asked_to_stop_and_asking_again_changes_nothing(
    gql: GraphQLClient,
    actor: Actor,
    organization: Organization,
    events: EmittedEvents,
    frozen_clock: Freeze,
) -> None:
    operation = await an_operation(organization, status=OperationStatus.RUNNING)

    answers = []
    for minute in (1, 2):
        with frozen_clock(f"2026-11-24T02:0{minute}:00Z"):
            answers.append(await gql(CANCEL, {"id": oid(operation)}, actor=actor))

    first, second = (each["data"]["cancelOperation"] for each in answers)
    assert first["operation"] == {
        "id": oid(operation),
        "status": "RUNNING",
        "cancelRequestedAt": "2026-11-24T02:01:00+00:00",
    }
    assert (second, events.of(OperationFinished)) == (first, [])


@pytest.mark.parametrize("status", ["SUCCEEDED", "SUCCEEDED_WITH_WARNINGS", "FAILED", "CANCELLED"])
async def test_what_is_over_cannot_be_cancelled(
    gql: GraphQLClient, actor: Actor, organization: Organization, status: str
) -> None:
    operation = await an_operation(organization, status=OperationStatus(status))

    answer = await gql(CANCEL, {"id": oid(operation)}, actor=actor, locale="en")

    [error] = answer["data"]["cancelOperation"]["errors"]
    assert answer["data"]["cancelOperation"]["operation"] is None
    assert (error["code"], error["path"], error["status"]) == ("OPERATION_OVER", ["id"], status)
    assert error["message"].startswith("The operation is over already")


async def test_who_has_cancelled_it_stands_in_the_audit_log(
    gql: GraphQLClient, actor: Actor, organization: Organization
) -> None:
    operation = await an_operation(organization, status=OperationStatus.RUNNING)

    for _ in range(2):
        await gql(CANCEL, {"id": oid(operation)}, actor=actor)

    [row] = await fetch("SELECT * FROM kvartal_audit_entry WHERE action = 'cancelOperation'")
    told = (row["organization_id"], row["object_kind"], row["object_id"], row["user_id"])
    assert told == (organization.id, "Operation", operation.id, actor.user_id)
