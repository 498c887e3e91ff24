"""Two tenants of one running server: what happens at one is neither heard nor seen at the other."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.conformance.conftest import Production, Socket, Tenant

from kvartal.auth.models import Employee
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import an_employee, token_of
from kvartal.testing.factories import a_premise, a_service, a_service_order
from kvartal_meters.testing import submission, values_of

WATCH = """
subscription ($id: ID!) {
  homeWidgetChanged(premiseId: $id) { ... on MeterWidget { state submitted total } }
}
"""
SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id } errors { code } }
}
"""
SIGN_OUT = "mutation { signOut { errors { code } } }"
ARCHIVE = """
mutation ($input: EmployeeInput!) { archiveEmployee(input: $input) { errors { code } } }
"""
REMOVE = """
mutation ($input: RemoveResidentInput!) { removeResident(input: $input) { errors { code } } }
"""
RESIDENTS = "query ($id: ID!) { premise(id: $id) { residents { id } } }"
PAGES = {
    "buildings": "buildings(first: 1{after}) {{ nodes {{ id }} pageInfo {{ endCursor }} }}",
    "premises": "premises(first: 1{after}) {{ nodes {{ id }} pageInfo {{ endCursor }} }}",
    "serviceOrders": "serviceOrders(first: 1{after}) {{ nodes {{ id }} pageInfo {{ endCursor }} }}",
    "readings": "readings(first: 1{after}) {{ nodes {{ id }} pageInfo {{ endCursor }} }}",
}


def key(kind: str, row: Any) -> str:
    found: UUID = row.id
    return encode_id(kind, found)


async def done(production: Production, mutation: str, tenant: Tenant, **given: str) -> None:
    """A mutation by the tenant's chief, which is not refused."""
    answer = await production.post(mutation, tenant.employee, input=given)
    [payload] = answer["data"].values()
    assert payload["errors"] == []


async def watching(socket: Socket, op: str, tenant: Tenant) -> None:
    """Watch the tenant's home, and see its present state."""
    await socket.subscribe(op, WATCH, {"id": key("Premise", tenant.home.premise)})
    first = await socket.receive()
    assert (first["type"], first["id"]) == ("next", op)


async def test_a_reading_is_heard_at_home_and_by_no_other_tenant(production: Production) -> None:
    own, foreign = production.own, production.foreign
    async with (
        production.socket(own.resident) as at_home,
        production.socket(foreign.resident) as away,
    ):
        await watching(at_home, "1", own)
        await watching(away, "1", foreign)

        answer = await production.post(
            SUBMIT, own.resident, **submission(own.home.premise, values_of(own.home.meter, "12"))
        )
        heard = await at_home.receive()
        await asyncio.sleep(0.3)

        assert answer["data"]["submitReadings"]["errors"] == []
        assert heard["payload"]["data"]["homeWidgetChanged"]["submitted"] == 1
        assert await away.heard_until_pong() == []


@pytest.mark.parametrize("who", ["resident", "employee"])
async def test_a_foreign_home_is_watched_by_nobody(production: Production, who: str) -> None:
    async with production.socket(getattr(production.foreign, who)) as socket:
        await socket.subscribe("1", WATCH, {"id": key("Premise", production.own.home.premise)})
        answer = await socket.receive()

    assert answer["type"] == "error"
    assert [each["extensions"]["code"] for each in answer["payload"]] == ["NOT_FOUND"]


async def test_an_employee_who_is_let_go_is_cut_off_at_once(production: Production) -> None:
    own = production.own
    leaving = await an_employee(own.home.organization)
    async with production.socket(await token_of(leaving)) as socket:
        await watching(socket, "1", own)

        await done(production, ARCHIVE, own, id=key("Employee", leaving))
        answer = await socket.receive()

    assert (answer["type"], answer["id"]) == ("error", "1")
    assert [each["extensions"]["code"] for each in answer["payload"]] == ["UNAUTHENTICATED"]


async def test_who_signs_out_is_cut_off_at_once(production: Production) -> None:
    token = await token_of(production.own.home.user)
    async with production.socket(token) as socket:
        await watching(socket, "1", production.own)

        await production.post(SIGN_OUT, token)
        answer = await socket.receive()

    assert (answer["type"], answer["id"]) == ("error", "1")
    assert [each["extensions"]["code"] for each in answer["payload"]] == ["UNAUTHENTICATED"]


async def test_a_resident_who_moves_out_is_cut_off_at_once(production: Production) -> None:
    foreign = production.foreign
    async with production.socket(foreign.resident) as socket:
        await watching(socket, "1", foreign)
        premise = key("Premise", foreign.home.premise)
        found = await production.post(RESIDENTS, foreign.employee, id=premise)
        [resident] = found["data"]["premise"]["residents"]

        await done(production, REMOVE, foreign, residentId=resident["id"], premiseId=premise)
        answer = await socket.receive()

    assert (answer["type"], answer["id"]) == ("error", "1")
    assert [each["extensions"]["code"] for each in answer["payload"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("field", PAGES)
async def test_a_cursor_of_another_tenant_opens_nothing(production: Production, field: str) -> None:
    for tenant in (production.own, production.foreign):
        await _fill(tenant)
    own = await _walked(production, field, production.own.employee)
    foreign = await _walked(production, field, production.foreign.employee)
    assert own
    assert foreign

    for cursor in [cursor for _, cursor in own]:
        page = PAGES[field].format(after=f', after: "{cursor}"')
        answer = await production.post(f"{{ {page} }}", production.foreign.employee)
        seen = {node["id"] for node in answer["data"][field]["nodes"]}

        assert seen <= {each for each, _ in foreign}
        assert not seen & {each for each, _ in own}


async def _fill(tenant: Tenant) -> None:
    """Something more of everything that is listed."""
    home = tenant.home
    await a_premise(building=home.building)
    for _ in range(2):
        service = await a_service(organization=home.organization)
        await a_service_order(premise=home.premise, service=service)


async def _walked(production: Production, field: str, token: str) -> list[tuple[str, str]]:
    """All rows of a list with their cursors, page by page."""
    found: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        page = PAGES[field].format(after=f', after: "{cursor}"' if cursor else "")
        answer = (await production.post(f"{{ {page} }}", token))["data"][field]
        cursor = answer["pageInfo"]["endCursor"]
        if not answer["nodes"] or cursor is None:
            return found
        found += [(node["id"], cursor) for node in answer["nodes"]]


async def test_a_person_of_both_tenants_keeps_what_the_other_gives(
    production: Production,
) -> None:
    own, foreign = production.own, production.foreign
    at_own = await an_employee(own.home.organization)
    user = await at_own.user
    await an_employee(foreign.home.organization, user=user)
    token = await token_of(at_own)
    async with production.socket(token) as socket:
        await watching(socket, "own", own)
        await watching(socket, "foreign", foreign)

        await done(production, ARCHIVE, own, id=key("Employee", at_own))
        heard = {}
        for _ in range(2):
            answer = await socket.receive()
            heard[answer["id"]] = answer["type"]

    # Both begin anew with the rights that are left.
    assert heard == {"own": "error", "foreign": "next"}
    assert await Employee.filter(user=user, archived_at__isnull=True).count() == 1
