from typing import Any

import pytest
from structlog.testing import capture_logs

from kvartal.auth import models
from kvartal.auth.events import RoleChanged
from kvartal.db.models import uuid7
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.registry import current
from kvartal.testing.auth_factories import a_role, a_service_token, an_employee, token_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter

pytestmark = pytest.mark.usefixtures("db")

MANAGE = "auth.role.manage"

PERMISSIONS = "{ permissions { code title } }"

ROLES = """
query ($id: ID!) { roles(organizationId: $id) {
  id title permissions employeeCount version organization { number }
} }
"""

CREATE = """
mutation ($input: CreateRoleInput!) { createRole(input: $input) {
  role { id title permissions employeeCount version }
  errors { code message path permission }
} }
"""

UPDATE = """
mutation ($input: UpdateRoleInput!) { updateRole(input: $input) {
  role { title permissions version }
  errors { code message path permission version }
} }
"""

DELETE = """
mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) {
  role { id title }
  errors { code message path count version }
} }
"""


@pytest.fixture
async def manager(organization: Organization) -> models.Employee:
    return await an_employee(organization, permissions=[MANAGE, "a.b.c", "a.b.d"])


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


def of(organization: Organization) -> dict[str, str]:
    return {"id": encode_id("Organization", organization.id)}


def changed(role: models.Role, **fields: object) -> dict[str, object]:
    return {"input": {"id": encode_id("Role", role.id)} | fields}


async def rights_of(role: models.Role) -> list[str]:
    rows = await models.RolePermission.filter(role_id=role.id).order_by("permission")
    return [each.permission for each in rows]


async def test_all_rights_are_told_with_their_titles(
    gql: GraphQLClient, manager: models.Employee
) -> None:
    token = await token_of(manager)

    russian = await gql(PERMISSIONS, token=token)
    english = await gql(PERMISSIONS, token=token, locale="en")

    titles = {each["code"]: each["title"] for each in russian["data"]["permissions"]}
    assert list(titles) == sorted(current().permissions)
    assert titles[MANAGE] == "Сотрудники"
    assert titles["meters.reading.submit"] == "Показания ПУ"
    assert all(title != code for code, title in titles.items())
    assert english["data"]["permissions"] != russian["data"]["permissions"]


@pytest.mark.parametrize("number", [2, 20])
async def test_the_roles_of_an_organization_are_listed_by_title(
    gql: GraphQLClient, organization: Organization, queries: QueryCounter, number: int
) -> None:
    manager = await an_employee(organization)
    roles = [await a_role(organization, ["a.b.d", "a.b.c"], f"Роль {n:02}") for n in range(number)]
    managing = await a_role(organization, [MANAGE], "А управляющий")
    await models.EmployeeRole.create(organization=organization, employee=manager, role=managing)
    archived = await an_employee(organization, is_archived=True)
    await models.EmployeeRole.create(organization=organization, employee=archived, role=roles[0])
    await a_role(await an_organization(), ["a.b.c"])
    token = await token_of(manager)
    await gql(ROLES, of(organization), token=token)

    with queries.exactly(3):
        answer = await gql(ROLES, of(organization), token=token)
        await gql("{ __typename }")

    first, second, *others = answer["data"]["roles"]
    assert first == {
        "id": encode_id("Role", managing.id),
        "title": "А управляющий",
        "permissions": [MANAGE],
        "employeeCount": 1,
        "version": 1,
        "organization": {"number": organization.number},
    }
    assert (second["title"], second["permissions"], second["employeeCount"]) == (
        "Роль 00",
        ["a.b.c", "a.b.d"],
        0,
    )
    assert len(others) == number - 1


async def test_an_integrator_with_the_right_may_look_but_not_touch(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents
) -> None:
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    token = (await a_service_token(organization, permissions=[MANAGE, "a.b.c"])).token

    listed = await gql(ROLES, of(organization), token=token)
    refused = await gql(UPDATE, changed(role, title="Иное"), token=token)

    assert [each["title"] for each in listed["data"]["roles"]] == ["Диспетчер"]
    assert code_of(refused) == "FORBIDDEN"
    assert events == []


async def test_a_role_is_made_of_rights_that_its_maker_has(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
) -> None:
    given = {
        "organizationId": encode_id("Organization", organization.id),
        "title": " Старший  диспетчер ",
        "permissions": ["a.b.d", "a.b.c", "a.b.d"],
    }

    with capture_logs() as logs:
        answer = await gql(CREATE, {"input": given}, token=await token_of(manager))

    role = await models.Role.get(title="Старший диспетчер")
    assert answer["data"]["createRole"] == {
        "role": {
            "id": encode_id("Role", role.id),
            "title": "Старший диспетчер",
            "permissions": ["a.b.c", "a.b.d"],
            "employeeCount": 0,
            "version": 1,
        },
        "errors": [],
    }
    assert role.organization_id == organization.id  # type: ignore[attr-defined] # of the link
    assert events == [
        RoleChanged(organization.id, role.id, by=manager.id, added=("a.b.c", "a.b.d"))
    ]
    assert {"auth.role_created"} <= {each["event"] for each in logs}


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"title": " "}, [("ROLE_TITLE_INVALID", ["title"], None)]),
        ({"title": "занята"}, [("ROLE_TITLE_TAKEN", ["title"], None)]),
        (
            {"permissions": ["x.y.z", "a.b.c", "no such"]},
            [
                ("PERMISSION_NOT_HELD", ["permissions", "0"], "x.y.z"),
                ("PERMISSION_NOT_HELD", ["permissions", "2"], "no such"),
            ],
        ),
    ],
)
async def test_a_role_that_may_not_be_is_refused(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
    fields: dict[str, object],
    errors: list[tuple[str, list[str], str | None]],
) -> None:
    await a_role(organization, [], "Занята")
    await a_role(await an_organization(), [], "Новая")
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    before = await models.Role.all().count()
    usual: dict[str, object] = {"title": "Новая", "permissions": []}
    given = {"organizationId": encode_id("Organization", organization.id)} | usual | fields
    token = await token_of(manager)

    made = await gql(CREATE, {"input": given}, token=token)
    changed_so = await gql(UPDATE, changed(role, **fields), token=token)

    for name, answer in (("createRole", made), ("updateRole", changed_so)):
        payload = answer["data"][name]
        found = [(each["code"], each["path"], each["permission"]) for each in payload["errors"]]
        assert (payload["role"], found) == (None, errors)
    assert await models.Role.all().count() == before
    assert (await models.Role.get(id=role.id)).title == "Диспетчер"
    assert await rights_of(role) == ["a.b.c"]
    assert events == []


async def test_a_role_is_changed_only_where_it_is_said(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
) -> None:
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    token = await token_of(manager)

    titled = await gql(UPDATE, changed(role, title="диспетчер", expectedVersion=1), token=token)
    righted = await gql(UPDATE, changed(role, permissions=["a.b.d"]), token=token)

    assert titled["data"]["updateRole"]["role"] == {
        "title": "диспетчер",
        "permissions": ["a.b.c"],
        "version": 2,
    }
    assert righted["data"]["updateRole"]["role"] == {
        "title": "диспетчер",
        "permissions": ["a.b.d"],
        "version": 3,
    }
    assert events == [
        RoleChanged(organization.id, role.id, by=manager.id),
        RoleChanged(organization.id, role.id, by=manager.id, added=("a.b.d",), removed=("a.b.c",)),
    ]


async def test_a_right_that_the_manager_lacks_stays_and_goes_but_never_comes(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    role = await a_role(organization, ["x.y.z"], "Бухгалтер")
    token = await token_of(manager)

    kept = await gql(UPDATE, changed(role, permissions=["a.b.c", "x.y.z"]), token=token)
    taken = await gql(UPDATE, changed(role, permissions=["a.b.c"]), token=token)
    given = await gql(UPDATE, changed(role, permissions=["a.b.c", "x.y.z"]), token=token)

    assert kept["data"]["updateRole"]["role"]["permissions"] == ["a.b.c", "x.y.z"]
    assert taken["data"]["updateRole"]["role"]["permissions"] == ["a.b.c"]
    assert given["data"]["updateRole"]["errors"][0]["code"] == "PERMISSION_NOT_HELD"
    assert given["data"]["updateRole"]["errors"][0]["path"] == ["permissions", "1"]


@pytest.mark.parametrize("case", ["all", "another", "the same", "archived"])
async def test_nobody_adds_a_right_for_buildings_that_they_do_not_see(
    gql: GraphQLClient, organization: Organization, case: str
) -> None:
    mine, other = [await a_building(organization=organization) for _ in range(2)]
    manager = await an_employee(organization, permissions=[MANAGE, "a.b.c"], buildings=[mine])
    buildings = {"all": None, "another": [mine, other], "the same": [mine], "archived": None}
    holder = await an_employee(
        organization, buildings=buildings[case], is_archived=case == "archived"
    )
    role = await a_role(organization, [], "Диспетчер")
    await models.EmployeeRole.create(organization=organization, employee=holder, role=role)

    answer = await gql(UPDATE, changed(role, permissions=["a.b.c"]), token=await token_of(manager))

    errors = [(each["code"], each["path"]) for each in answer["data"]["updateRole"]["errors"]]
    refused = case in {"all", "another"}
    assert errors == ([("NEEDS_ALL_BUILDINGS", ["permissions"])] if refused else [])
    assert await rights_of(role) == ([] if refused else ["a.b.c"])


async def test_a_change_of_an_older_version_is_refused(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, events: EmittedEvents
) -> None:
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    token = await token_of(manager)

    updated = await gql(UPDATE, changed(role, title="Иная", expectedVersion=7), token=token)
    deleted = await gql(DELETE, changed(role, expectedVersion=7), token=token)

    for payload in (updated["data"]["updateRole"], deleted["data"]["deleteRole"]):
        [error] = payload["errors"]
        assert (error["code"], error["path"], error["version"]) == (
            "VERSION_CONFLICT",
            ["expectedVersion"],
            1,
        )
    assert (await models.Role.get(id=role.id)).title == "Диспетчер"
    assert events == []


@pytest.mark.parametrize("others", ["none", "archived", "barred", "present"])
async def test_somebody_is_left_who_manages_the_staff(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents, others: str
) -> None:
    manager = await an_employee(organization)
    role = await a_role(organization, [MANAGE, "a.b.c"], "Управляющий")
    await models.EmployeeRole.create(organization=organization, employee=manager, role=role)
    if others != "none":
        other = await an_employee(
            organization, permissions=[MANAGE], is_archived=others == "archived"
        )
        await models.User.filter(id=other.user_id).update(is_active=others != "barred")

    answer = await gql(UPDATE, changed(role, permissions=["a.b.c"]), token=await token_of(manager))

    errors = [(each["code"], each["path"]) for each in answer["data"]["updateRole"]["errors"]]
    assert errors == ([] if others == "present" else [("LAST_ROLE_MANAGER", ["permissions"])])
    assert (MANAGE in await rights_of(role)) is (others != "present")
    assert len(events) == (1 if others == "present" else 0)


async def test_a_role_that_nobody_has_is_deleted(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, events: EmittedEvents
) -> None:
    role = await a_role(organization, ["x.y.z"], "Лишняя")

    answer = await gql(DELETE, changed(role), token=await token_of(manager))

    assert answer["data"]["deleteRole"] == {
        "role": {"id": encode_id("Role", role.id), "title": "Лишняя"},
        "errors": [],
    }
    assert await models.Role.filter(id=role.id).count() == 0
    assert events == [
        RoleChanged(organization.id, role.id, by=manager.id, removed=("x.y.z",), is_deleted=True)
    ]


@pytest.mark.parametrize("is_archived", [True, False])
async def test_a_role_in_use_is_not_deleted(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
    is_archived: bool,
) -> None:
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    holder = await an_employee(organization, is_archived=is_archived)
    await models.EmployeeRole.create(organization=organization, employee=holder, role=role)

    answer = await gql(DELETE, changed(role), token=await token_of(manager))

    [error] = answer["data"]["deleteRole"]["errors"]
    assert (error["code"], error["count"]) == ("ROLE_IN_USE", 1)
    assert error["message"].startswith("Роль нельзя удалить: она есть у 1 сотрудника")
    assert await rights_of(role) == ["a.b.c"]
    assert events == []


async def test_a_stranger_sees_no_roles(
    gql: GraphQLClient, organization: Organization, reader: Any
) -> None:
    await a_role(organization, ["a.b.c"])
    token = await reader.token(organization)

    answer = await gql(ROLES, of(organization), token=token)

    assert (answer["data"], code_of(answer)) == (None, reader.code)


async def test_a_stranger_changes_no_role(
    gql: GraphQLClient, organization: Organization, stranger: Any, events: EmittedEvents
) -> None:
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    token = await stranger.token(organization)
    before = await models.Role.all().count()
    given = {
        "organizationId": encode_id("Organization", organization.id),
        "title": "Новая",
        "permissions": [],
    }

    answers = [
        await gql(CREATE, {"input": given}, token=token),
        await gql(UPDATE, changed(role, title="Иная", permissions=[]), token=token),
        await gql(DELETE, changed(role), token=token),
    ]

    assert [code_of(each) for each in answers] == [stranger.code] * 3
    assert await models.Role.all().count() == before
    assert (await models.Role.get(id=role.id)).title == "Диспетчер"
    assert await rights_of(role) == ["a.b.c"]
    assert events == []


async def test_what_is_nowhere_is_not_found(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    token = await token_of(manager)
    nowhere = {"input": {"id": encode_id("Role", uuid7())}}

    assert code_of(await gql(UPDATE, nowhere, token=token)) == "NOT_FOUND"
    assert code_of(await gql(DELETE, nowhere, token=token)) == "NOT_FOUND"


async def test_a_role_is_a_node_for_those_who_manage_the_staff(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    role = await a_role(organization, [], "Диспетчер")
    variables = {"id": encode_id("Role", role.id)}
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on Role { title } } }"

    seen = await gql(query, variables, token=await token_of(manager))
    unseen = [
        await gql(query, variables, token=await token_of(each))
        for each in (
            await an_employee(organization, permissions=["a.b.c"]),
            await an_employee(await an_organization(), permissions=[MANAGE]),
        )
    ]

    assert seen["data"]["node"] == {
        "__typename": "Role",
        "id": variables["id"],
        "title": "Диспетчер",
    }
    assert [each["data"]["node"] for each in unseen] == [None, None]
