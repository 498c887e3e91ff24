from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kvartal.auth import models
from kvartal.auth.api import mail_of_staff
from kvartal.auth.events import EmployeeChanged, PasswordLinkRequested
from kvartal.auth.password.tasks import mail_password_link
from kvartal.auth.rules import SessionChannel
from kvartal.auth.sessions.service import open_session
from kvartal.db.models import uuid7
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import (
    Mailbox,
    a_resident_user,
    a_role,
    a_service_token,
    a_user,
    an_employee,
    token_of,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MANAGE = "auth.role.manage"

EMPLOYEES = """
query ($id: ID!, $search: String, $role: ID, $archived: Boolean! = false, $first: Int,
       $after: String) {
  employees(organizationId: $id, search: $search, roleId: $role, archived: $archived,
            first: $first, after: $after) {
    nodes {
      id fullName email allBuildings archivedAt version
      organization { number } roles { title } buildings { nodes { address } }
    }
    pageInfo { hasNextPage endCursor }
    totalCount { count }
  }
}
"""

NAMES = """
query ($id: ID!, $search: String, $role: ID, $archived: Boolean! = false) {
  employees(organizationId: $id, search: $search, roleId: $role, archived: $archived) {
    nodes { fullName }
  }
}
"""

CREATE = """
mutation ($input: CreateEmployeeInput!) { createEmployee(input: $input) {
  employee { id fullName email allBuildings version roles { title } buildings { nodes { id } } }
  errors { code message path permission }
} }
"""

UPDATE = """
mutation ($input: UpdateEmployeeInput!) { updateEmployee(input: $input) {
  employee { fullName version }
  errors { code path version }
} }
"""

ARCHIVE = """
mutation ($input: EmployeeInput!) { archiveEmployee(input: $input) {
  employee { archivedAt version }
  errors { code path version }
} }
"""

RESTORE = """
mutation ($input: EmployeeInput!) { restoreEmployee(input: $input) {
  employee { archivedAt version roles { title } }
  errors { code path permission version }
} }
"""


@pytest.fixture
async def manager(organization: Organization) -> models.Employee:
    return await an_employee(
        organization,
        user=await a_user(email="boss@example.org"),
        permissions=[MANAGE, "a.b.c"],
        full_name="Яшина Анна",
    )


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


def of(organization: Organization, **changes: object) -> dict[str, object]:
    return {"id": encode_id("Organization", organization.id)} | changes


def one(employee: models.Employee, **fields: object) -> dict[str, object]:
    return {"input": {"id": encode_id("Employee", employee.id)} | fields}


def wanted(organization: Organization, **changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "organizationId": encode_id("Organization", organization.id),
        "email": "Maria@example.org",
        "fullName": " Иванова  Мария ",
    }
    return {"input": usual | changes}


def ids(kind: str, rows: list[Any]) -> list[str]:
    return [encode_id(kind, each.id) for each in rows]


@pytest.mark.parametrize("number", [2, 20])
async def test_the_employees_of_an_organization_are_listed_by_name(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    queries: QueryCounter,
    number: int,
) -> None:
    building = await a_building(organization=organization, address="ул. Мира, 1")
    made = [
        await an_employee(
            organization,
            permissions=["a.b.c"],
            buildings=[building],
            user=await a_user(email=f"user{n}@example.org"),
            full_name=f"Иванов {n:02}",
        )
        for n in range(number)
    ]
    await an_employee(organization, is_archived=True)
    await an_employee(await an_organization())
    token = await token_of(manager)
    await gql(EMPLOYEES, of(organization), token=token)

    with queries.exactly(6):
        answer = await gql(EMPLOYEES, of(organization), token=token)
        await gql("{ __typename }")

    first, *others = answer["data"]["employees"]["nodes"]
    role = await models.Role.get(employees__employee_id=made[0].id)
    assert first == {
        "id": encode_id("Employee", made[0].id),
        "fullName": "Иванов 00",
        "email": "user0@example.org",
        "allBuildings": False,
        "archivedAt": None,
        "version": 1,
        "organization": {"number": organization.number},
        "roles": [{"title": role.title}],
        "buildings": {"nodes": [{"address": "ул. Мира, 1"}]},
    }
    assert [each["fullName"] for each in others] == [
        *(f"Иванов {n:02}" for n in range(1, number)),
        "Яшина Анна",
    ]
    assert others[-1]["allBuildings"] is True
    assert answer["data"]["employees"]["totalCount"] == {"count": number + 1}


async def test_the_list_goes_on_after_a_page(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    for name in ("Борисов", "Антонов", "Антонов"):
        await an_employee(organization, full_name=name)
    token = await token_of(manager)

    found, after = [], None
    for _ in range(4):
        answer = await gql(EMPLOYEES, of(organization, first=1, after=after), token=token)
        page = answer["data"]["employees"]
        found += [each["fullName"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]

    assert found == ["Антонов", "Антонов", "Борисов", "Яшина Анна"]
    assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"search": "мария"}, ["Иванова Мария"]),
        ({"search": "АЛЕНА петр"}, ["Петрова Алёна"]),
        ({"search": "boss@"}, ["Яшина Анна"]),
        ({"search": "%"}, []),
        ({"search": "нет такой"}, []),
        ({"search": " "}, ["Иванова Мария", "Петрова Алёна", "Яшина Анна"]),
        ({"archived": True}, ["Уволенная Ольга"]),
        ({"archived": True, "search": "анна"}, []),
    ],
)
async def test_employees_are_found_by_name_and_email(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    asked: dict[str, object],
    found: list[str],
) -> None:
    for name in ("Иванова Мария", "Петрова Алёна"):
        await an_employee(organization, full_name=name)
    await an_employee(organization, full_name="Уволенная Ольга", is_archived=True)

    answer = await gql(NAMES, of(organization, **asked), token=await token_of(manager))

    assert [each["fullName"] for each in answer["data"]["employees"]["nodes"]] == found


async def test_employees_are_found_by_role(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    holder = await an_employee(organization, full_name="Иванова Мария")
    role = await a_role(organization, [], "Диспетчер")
    await models.EmployeeRole.create(organization=organization, employee=holder, role=role)
    variables = of(organization, role=encode_id("Role", role.id))

    answer = await gql(NAMES, variables, token=await token_of(manager))

    assert [each["fullName"] for each in answer["data"]["employees"]["nodes"]] == ["Иванова Мария"]


async def test_a_manager_sees_the_buildings_of_others_that_are_open_to_both(
    gql: GraphQLClient, organization: Organization
) -> None:
    mine, other = [
        await a_building(organization=organization, address=address)
        for address in ("ул. Мира, 1", "ул. Мира, 2")
    ]
    manager = await an_employee(
        organization, permissions=[MANAGE], buildings=[mine], full_name="Яшина"
    )
    await an_employee(organization, buildings=[mine, other], full_name="Иванова")

    answer = await gql(EMPLOYEES, of(organization), token=await token_of(manager))

    first, _ = answer["data"]["employees"]["nodes"]
    assert first["buildings"]["nodes"] == [{"address": "ул. Мира, 1"}]


async def test_a_stranger_sees_no_employees(
    gql: GraphQLClient, organization: Organization, reader: Any
) -> None:
    await an_employee(organization)
    token = await reader.token(organization)

    answer = await gql(NAMES, of(organization), token=token)

    assert (answer["data"], code_of(answer)) == (None, reader.code)


async def test_an_employee_is_taken_on_and_invited(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
    mailbox: Mailbox,
    frozen_clock: Freeze,
) -> None:
    buildings = [await a_building(organization=organization) for _ in range(2)]
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    variables = wanted(
        organization,
        roleIds=ids("Role", [role]),
        buildingIds=ids("Building", [*buildings, buildings[0]]),
    )

    with frozen_clock(NOW):
        answer = await gql(CREATE, variables, token=await token_of(manager), locale="en")
        [invited] = events.of(PasswordLinkRequested)
        await mail_password_link(invited.link_id)

    made = await models.Employee.get(full_name="Иванова Мария")
    payload = answer["data"]["createEmployee"]
    assert payload["errors"] == []
    found = payload["employee"]["buildings"].pop("nodes")
    assert payload["employee"] == {
        "id": encode_id("Employee", made.id),
        "fullName": "Иванова Мария",
        "email": "maria@example.org",
        "allBuildings": False,
        "version": 2,
        "roles": [{"title": "Диспетчер"}],
        "buildings": {},
    }
    assert sorted(each["id"] for each in found) == sorted(ids("Building", buildings))
    assert events.of(EmployeeChanged) == [
        EmployeeChanged(
            organization.id, made.id, by=manager.id, roles_added=(role.id,), buildings_added=2
        )
    ]
    link = await models.PasswordReset.get(id=invited.link_id)
    assert (link.kind, link.expires_at) == ("INVITATION", NOW + timedelta(days=3))
    assert [(each.to, each.subject) for each in mailbox] == [
        ("maria@example.org", "УК «Заря»: an invitation")
    ]


async def test_a_person_who_has_a_password_works_in_another_organization_as_well(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
) -> None:
    user = await a_user(email="maria@example.org", password="Пароль-Марии-1")
    there = await an_employee(await an_organization(), user=user, permissions=["x.y.z"])
    before = await models.User.get(id=user.id)

    answer = await gql(
        CREATE, wanted(organization, allBuildings=True), token=await token_of(manager)
    )

    here = await models.Employee.get(organization_id=organization.id, user_id=user.id)
    assert answer["data"]["createEmployee"]["errors"] == []
    assert here.all_buildings
    assert events.of(PasswordLinkRequested) == []
    assert (await models.User.get(id=user.id)).password_hash == before.password_hash
    assert (await models.Employee.get(id=there.id)).full_name == there.full_name


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"email": "Мария"}, [("INVALID_EMAIL", ["email"])]),
        ({"fullName": " "}, [("FULL_NAME_INVALID", ["fullName"])]),
        ({"email": "boss@example.org"}, [("EMPLOYEE_EXISTS", ["email"])]),
        ({"email": "gone@example.org"}, [("EMPLOYEE_EXISTS", ["email"])]),
    ],
)
async def test_an_employee_who_may_not_be_is_refused(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
    changes: dict[str, object],
    errors: list[tuple[str, list[str]]],
) -> None:
    await an_employee(organization, user=await a_user(email="gone@example.org"), is_archived=True)
    before = await models.User.all().count(), await models.Employee.all().count()

    answer = await gql(CREATE, wanted(organization, **changes), token=await token_of(manager))

    payload = answer["data"]["createEmployee"]
    assert payload["employee"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == errors
    assert (await models.User.all().count(), await models.Employee.all().count()) == before
    assert events == []


async def test_a_new_employee_gets_no_more_than_the_manager_has(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents
) -> None:
    mine, other = [await a_building(organization=organization) for _ in range(2)]
    manager = await an_employee(organization, permissions=[MANAGE, "a.b.c"], buildings=[mine])
    strong = await a_role(organization, ["a.b.c", "x.y.z"], "Сильная")
    foreign = await a_role(await an_organization(), ["a.b.c"], "Чужая")
    token = await token_of(manager)

    async def outcome(**changes: object) -> list[tuple[str, list[str]]] | str:
        answer = await gql(CREATE, wanted(organization, **changes), token=token)
        if answer["data"] is None:
            return code_of(answer)
        errors = answer["data"]["createEmployee"]["errors"]
        return [(each["code"], each["path"]) for each in errors]

    assert await outcome(roleIds=ids("Role", [strong])) == [
        ("PERMISSION_NOT_HELD", ["roleIds", "0"])
    ]
    assert await outcome(allBuildings=True) == [("NEEDS_ALL_BUILDINGS", ["allBuildings"])]
    assert await outcome(buildingIds=ids("Building", [mine, other])) == "NOT_FOUND"
    assert await outcome(roleIds=ids("Role", [foreign])) == "NOT_FOUND"
    assert await models.User.filter(email="maria@example.org").count() == 0
    assert events == []
    assert await outcome(buildingIds=ids("Building", [mine])) == []


async def test_an_employee_is_renamed(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, events: EmittedEvents
) -> None:
    employee = await an_employee(organization, buildings=[])
    token = await token_of(manager)

    renamed = await gql(
        UPDATE, one(employee, fullName=" Петрова  Мария", expectedVersion=1), token=token
    )
    late = await gql(UPDATE, one(employee, fullName="Сидорова", expectedVersion=1), token=token)
    nameless = await gql(UPDATE, one(employee, fullName=""), token=token)
    same = await gql(UPDATE, one(employee), token=token)

    assert renamed["data"]["updateEmployee"]["employee"] == {
        "fullName": "Петрова Мария",
        "version": 2,
    }
    assert late["data"]["updateEmployee"]["errors"] == [
        {"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "version": 2}
    ]
    assert nameless["data"]["updateEmployee"]["errors"][0]["code"] == "FULL_NAME_INVALID"
    assert same["data"]["updateEmployee"]["employee"]["fullName"] == "Петрова Мария"
    assert events == [EmployeeChanged(organization.id, employee.id, by=manager.id)] * 2


async def test_who_is_let_go_may_do_nothing_more_at_once(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
    frozen_clock: Freeze,
) -> None:
    employee = await an_employee(organization, permissions=["a.b.c"], buildings=[])
    await a_resident_user(organization, user=await models.User.get(id=employee.user_id))
    at_work = await open_session(employee.user_id, SessionChannel.CRM)
    at_home = await open_session(employee.user_id, SessionChannel.RESIDENT_APP)

    with frozen_clock(NOW):
        token = await token_of(manager)
        answer = await gql(ARCHIVE, one(employee), token=token)
        again = await gql(ARCHIVE, one(employee), token=token)

    assert answer["data"]["archiveEmployee"] == {
        "employee": {"archivedAt": "2026-11-20T09:00:00+00:00", "version": 2},
        "errors": [],
    }
    assert again == answer
    assert events == [
        EmployeeChanged(organization.id, employee.id, by=manager.id, is_archived=True)
    ]
    gone = await gql("{ viewer { __typename } }", token=at_work.access_token)
    assert code_of(gone) == "UNAUTHENTICATED"
    assert (await models.Session.get(id=at_work.session_id)).revoked_at is not None
    home = await gql("{ viewer { __typename } }", token=at_home.access_token)
    assert home["data"]["viewer"] == {"__typename": "ResidentViewer"}


async def test_who_works_elsewhere_too_stays_signed_in_without_the_first_organization(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    employee = await an_employee(organization, permissions=["a.b.c"])
    other = await an_organization()
    user = await models.User.get(id=employee.user_id)
    await an_employee(other, user=user, permissions=["x.y.z"])
    token = await token_of(employee)

    await gql(ARCHIVE, one(employee), token=await token_of(manager))
    answer = await gql(
        "{ viewer { ... on EmployeeViewer { memberships { permissions organization { number } } }"
        " } }",
        token=token,
    )

    assert answer["data"]["viewer"]["memberships"] == [
        {"permissions": ["x.y.z"], "organization": {"number": other.number}}
    ]


async def test_the_last_manager_is_not_let_go(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, events: EmittedEvents
) -> None:
    token = await token_of(manager)

    refused = await gql(ARCHIVE, one(manager), token=token)
    await an_employee(organization, permissions=[MANAGE])
    accepted = await gql(ARCHIVE, one(manager), token=token)

    assert refused["data"]["archiveEmployee"] == {
        "employee": None,
        "errors": [{"code": "LAST_ROLE_MANAGER", "path": ["id"], "version": None}],
    }
    assert accepted["data"]["archiveEmployee"]["errors"] == []
    assert len(events) == 1


async def test_an_employee_comes_back_with_what_they_had(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, events: EmittedEvents
) -> None:
    employee = await an_employee(organization, permissions=["a.b.c"], is_archived=True)
    token = await token_of(manager)

    answer = await gql(RESTORE, one(employee, expectedVersion=1), token=token)
    again = await gql(RESTORE, one(employee), token=token)

    payload = answer["data"]["restoreEmployee"]
    assert payload["errors"] == []
    assert payload["employee"]["archivedAt"] is None
    assert len(payload["employee"]["roles"]) == 1
    assert again["data"]["restoreEmployee"]["employee"]["version"] == 2
    assert events == [
        EmployeeChanged(organization.id, employee.id, by=manager.id, all_buildings=True)
    ]


@pytest.mark.parametrize("case", ["right", "building", "all buildings", "nothing"])
async def test_nobody_brings_back_more_than_they_have(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents, case: str
) -> None:
    mine, other = [await a_building(organization=organization) for _ in range(2)]
    manager = await an_employee(organization, permissions=[MANAGE, "a.b.c"], buildings=[mine])
    reach: dict[str, tuple[list[str], list[Building] | None]] = {
        "right": (["x.y.z"], [mine]),
        "building": (["a.b.c"], [mine, other]),
        "all buildings": ([], None),
        "nothing": (["a.b.c"], [mine]),
    }
    permissions, buildings = reach[case]
    employee = await an_employee(
        organization, permissions=permissions, buildings=buildings, is_archived=True
    )

    answer = await gql(RESTORE, one(employee), token=await token_of(manager))

    errors = [
        (each["code"], each["path"], each["permission"])
        for each in answer["data"]["restoreEmployee"]["errors"]
    ]
    refusals = {
        "right": [("PERMISSION_NOT_HELD", ["id"], "x.y.z")],
        "building": [("NEEDS_ALL_BUILDINGS", ["id"], None)],
        "all buildings": [("NEEDS_ALL_BUILDINGS", ["id"], None)],
        "nothing": [],
    }
    assert errors == refusals[case]
    is_back = (await models.Employee.get(id=employee.id)).archived_at is None
    assert is_back is (case == "nothing")
    assert len(events) == int(is_back)


async def test_a_stranger_changes_no_employee(
    gql: GraphQLClient, organization: Organization, stranger: Any, events: EmittedEvents
) -> None:
    employee = await an_employee(organization, full_name="Иванова")
    gone = await an_employee(organization, is_archived=True)
    session = await open_session(employee.user_id, SessionChannel.CRM)
    token = await stranger.token(organization)
    before = await models.Employee.all().count(), await models.User.all().count()

    answers = [
        await gql(CREATE, wanted(organization), token=token),
        await gql(UPDATE, one(employee, fullName="Иное"), token=token),
        await gql(ARCHIVE, one(employee), token=token),
        await gql(RESTORE, one(gone), token=token),
    ]

    assert [code_of(each) for each in answers] == [stranger.code] * 4
    assert (await models.Employee.all().count(), await models.User.all().count()) == before
    unchanged = await models.Employee.get(id=employee.id)
    assert (unchanged.full_name, unchanged.archived_at) == ("Иванова", None)
    assert (await models.Employee.get(id=gone.id)).archived_at is not None
    assert (await models.Session.get(id=session.session_id)).revoked_at is None
    assert events == []


async def test_who_is_nowhere_is_not_found(gql: GraphQLClient, manager: models.Employee) -> None:
    token = await token_of(manager)
    nowhere = {"input": {"id": encode_id("Employee", uuid7())}}

    for mutation in (UPDATE, ARCHIVE, RESTORE):
        assert code_of(await gql(mutation, nowhere, token=token)) == "NOT_FOUND"


async def test_an_employee_is_a_node_for_those_who_manage_the_staff(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    employee = await an_employee(organization, full_name="Иванова")
    variables = {"id": encode_id("Employee", employee.id)}
    query = "query ($id: ID!) { node(id: $id) { id ... on Employee { fullName } } }"

    seen = await gql(query, variables, token=await token_of(manager))
    unseen = [
        await gql(query, variables, token=each)
        for each in (
            await token_of(employee),
            (await a_service_token(organization)).token,
            await token_of(await an_employee(await an_organization(), permissions=[MANAGE])),
        )
    ]

    assert seen["data"]["node"] == {"id": variables["id"], "fullName": "Иванова"}
    assert [each["data"]["node"] for each in unseen] == [None, None, None]


async def test_the_mail_of_staff_goes_to_those_who_work_there() -> None:
    organization = await an_organization()
    works = await an_employee(organization, user=await a_user(email="works@example.org"))
    left = await an_employee(organization, is_archived=True)
    elsewhere = await an_employee(await an_organization())
    silent = await an_employee(organization, user=await a_user(phone="+79000000002"))

    found = {
        employee.user_id: await mail_of_staff(organization.id, employee.user_id)
        for employee in (works, left, elsewhere, silent)
    }

    assert found == {
        works.user_id: "works@example.org",
        left.user_id: None,
        elsewhere.user_id: None,
        silent.user_id: None,
    }
