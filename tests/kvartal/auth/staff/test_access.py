from typing import Any

import pytest

from kvartal.auth import models
from kvartal.auth.events import EmployeeChanged
from kvartal.db.models import uuid7
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import a_role, an_employee, token_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter

pytestmark = pytest.mark.usefixtures("db")

MANAGE = "auth.role.manage"

ASSIGN = """
mutation ($input: AssignRolesInput!) { assignRoles(input: $input) {
  employee { version roles { title } }
  errors { code path permission version }
} }
"""

GRANT = """
mutation ($input: GrantBuildingsInput!) { grantBuildings(input: $input) {
  employee { version allBuildings buildings { nodes { id } } }
  errors { code path permission version }
} }
"""

BUILDINGS = "{ buildings { nodes { id } } }"


@pytest.fixture
async def manager(organization: Organization) -> models.Employee:
    return await an_employee(organization, permissions=[MANAGE, "a.b.c", "a.b.d"])


@pytest.fixture
async def houses(organization: Organization) -> list[Building]:
    return [await a_building(organization=organization) for _ in range(3)]


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


def ids(kind: str, rows: list[Any]) -> list[str]:
    return [encode_id(kind, each.id) for each in rows]


def assigned(employee: models.Employee, *roles: models.Role, **fields: object) -> dict[str, Any]:
    who = {"employeeId": encode_id("Employee", employee.id), "roleIds": ids("Role", list(roles))}
    return {"input": who | fields}


def granted(employee: models.Employee, *houses: Building, **fields: object) -> dict[str, Any]:
    who = {
        "employeeId": encode_id("Employee", employee.id),
        "buildingIds": ids("Building", list(houses)),
    }
    return {"input": who | fields}


async def roles_of(employee: models.Employee) -> set[str]:
    rows = await models.EmployeeRole.filter(employee_id=employee.id).prefetch_related("role")
    return {each.role.title for each in rows}


async def houses_of(employee: models.Employee) -> set[Any]:
    rows = await models.BuildingAccess.filter(employee_id=employee.id).values("building_id")
    return {each["building_id"] for each in rows}


async def errors_of(
    gql: GraphQLClient, mutation: str, variables: dict[str, Any], token: str
) -> list[tuple[str, list[str], str | None]] | str:
    answer = await gql(mutation, variables, token=token)
    if answer["data"] is None:
        return code_of(answer)
    [payload] = answer["data"].values()
    return [(each["code"], each["path"], each["permission"]) for each in payload["errors"]]


async def test_the_roles_of_an_employee_are_those_and_no_others(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
) -> None:
    employee = await an_employee(organization, buildings=[])
    old, kept, new = [
        await a_role(organization, ["a.b.c"], title) for title in ("Старая", "Общая", "Новая")
    ]
    for each in (old, kept):
        await models.EmployeeRole.create(organization=organization, employee=employee, role=each)
    worker = await token_of(employee)

    answer = await gql(
        ASSIGN,
        assigned(employee, new, kept, new, expectedVersion=1),
        token=await token_of(manager),
    )

    assert answer["data"]["assignRoles"] == {
        "employee": {"version": 2, "roles": [{"title": "Новая"}, {"title": "Общая"}]},
        "errors": [],
    }
    assert events == [
        EmployeeChanged(
            organization.id,
            employee.id,
            by=manager.id,
            roles_added=(new.id,),
            roles_removed=(old.id,),
        )
    ]
    viewer = await gql(
        "{ viewer { ... on EmployeeViewer { memberships { permissions } } } }", token=worker
    )
    assert viewer["data"]["viewer"]["memberships"] == [{"permissions": ["a.b.c"]}]


async def test_nobody_gives_a_role_with_a_right_that_they_lack(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
) -> None:
    employee = await an_employee(organization)
    weak = await a_role(organization, ["a.b.c"], "Слабая")
    strong = await a_role(organization, ["a.b.c", "x.y.z"], "Сильная")
    token = await token_of(manager)

    refused = await errors_of(gql, ASSIGN, assigned(employee, weak, strong), token)

    assert refused == [("PERMISSION_NOT_HELD", ["roleIds", "1"], "x.y.z")]
    assert await roles_of(employee) == set()
    assert events == []


async def test_a_manager_gives_themselves_nothing_more(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    own = await models.Role.get(employees__employee_id=manager.id)
    strong = await a_role(organization, ["x.y.z"], "Сильная")
    token = await token_of(manager)

    refused = await errors_of(gql, ASSIGN, assigned(manager, own, strong), token)

    assert refused == [("PERMISSION_NOT_HELD", ["roleIds", "1"], "x.y.z")]


async def test_a_role_with_a_right_that_the_manager_lacks_may_stay_and_go(
    gql: GraphQLClient, organization: Organization, manager: models.Employee
) -> None:
    employee = await an_employee(organization)
    weak = await a_role(organization, ["a.b.c"], "Слабая")
    strong = await a_role(organization, ["x.y.z"], "Сильная")
    await models.EmployeeRole.create(organization=organization, employee=employee, role=strong)
    token = await token_of(manager)

    assert await errors_of(gql, ASSIGN, assigned(employee, strong, weak), token) == []
    assert await roles_of(employee) == {"Слабая", "Сильная"}
    assert await errors_of(gql, ASSIGN, assigned(employee, weak), token) == []
    assert await roles_of(employee) == {"Слабая"}


@pytest.mark.parametrize("case", ["all", "another", "the same", "none"])
async def test_nobody_gives_a_right_for_buildings_that_they_do_not_see(
    gql: GraphQLClient, organization: Organization, houses: list[Building], case: str
) -> None:
    mine, other, _ = houses
    manager = await an_employee(organization, permissions=[MANAGE, "a.b.c"], buildings=[mine])
    reach = {"all": None, "another": [mine, other], "the same": [mine], "none": []}
    employee = await an_employee(organization, buildings=reach[case])
    empty = await a_role(organization, [], "Пустая")
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    token = await token_of(manager)

    assert await errors_of(gql, ASSIGN, assigned(employee, empty), token) == []
    found = await errors_of(gql, ASSIGN, assigned(employee, empty, role), token)

    refused = case in {"all", "another"}
    assert found == ([("NEEDS_ALL_BUILDINGS", ["roleIds"], None)] if refused else [])
    assert await roles_of(employee) == ({"Пустая"} if refused else {"Пустая", "Диспетчер"})
    assert await errors_of(gql, ASSIGN, assigned(employee), token) == []


async def test_the_last_manager_keeps_the_right(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, events: EmittedEvents
) -> None:
    token = await token_of(manager)

    refused = await errors_of(gql, ASSIGN, assigned(manager), token)
    await an_employee(organization, permissions=[MANAGE])
    accepted = await errors_of(gql, ASSIGN, assigned(manager), token)

    assert refused == [("LAST_ROLE_MANAGER", ["roleIds"], None)]
    assert accepted == []
    assert len(events) == 1


@pytest.mark.parametrize("case", ["of another organization", "nowhere"])
async def test_a_role_that_is_not_the_organizations_is_not_given(
    gql: GraphQLClient, organization: Organization, manager: models.Employee, case: str
) -> None:
    employee = await an_employee(organization)
    foreign = await a_role(await an_organization(), ["a.b.c"])
    if case == "nowhere":
        foreign.id = uuid7()

    answer = await gql(ASSIGN, assigned(employee, foreign), token=await token_of(manager))

    assert code_of(answer) == "NOT_FOUND"
    assert await roles_of(employee) == set()


@pytest.mark.parametrize("number", [2, 20])
async def test_buildings_are_granted_as_a_set(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    events: EmittedEvents,
    queries: QueryCounter,
    number: int,
) -> None:
    old, kept = [await a_building(organization=organization) for _ in range(2)]
    new = [await a_building(organization=organization) for _ in range(number)]
    employee = await an_employee(organization, permissions=["a.b.c"], buildings=[old, kept])
    token = await token_of(manager)
    bare = GRANT.replace("employee { version allBuildings buildings { nodes { id } } }", "")

    with queries.exactly(11):
        await gql(bare, granted(employee, kept, *new, kept), token=token)
        await gql("{ __typename }")

    assert await houses_of(employee) == {kept.id, *(each.id for each in new)}
    assert events == [
        EmployeeChanged(
            organization.id,
            employee.id,
            by=manager.id,
            buildings_added=number,
            buildings_removed=1,
        )
    ]


async def test_the_grant_is_seen_in_the_next_request(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    houses: list[Building],
) -> None:
    employee = await an_employee(organization, buildings=[])
    worker, token = await token_of(employee), await token_of(manager)
    first, second, third = houses

    some = await gql(GRANT, granted(employee, first, second, expectedVersion=1), token=token)
    seen_some = await gql(BUILDINGS, token=worker)
    every = await gql(GRANT, granted(employee, first, allBuildings=True), token=token)
    seen_all = await gql(BUILDINGS, token=worker)
    await gql(GRANT, granted(employee, third), token=token)
    seen_one = await gql(BUILDINGS, token=worker)

    assert some["data"]["grantBuildings"]["employee"]["version"] == 2
    assert every["data"]["grantBuildings"]["employee"] == {
        "version": 3,
        "allBuildings": True,
        "buildings": {"nodes": []},
    }

    def found(answer: dict[str, Any]) -> list[str]:
        return sorted(each["id"] for each in answer["data"]["buildings"]["nodes"])

    assert found(seen_some) == sorted(ids("Building", [first, second]))
    assert found(seen_all) == sorted(ids("Building", houses))
    assert found(seen_one) == ids("Building", [third])


async def test_a_manager_of_some_buildings_leaves_the_others_as_they_are(
    gql: GraphQLClient, organization: Organization, houses: list[Building]
) -> None:
    mine, shared, theirs = houses
    manager = await an_employee(
        organization, permissions=[MANAGE, "a.b.c"], buildings=[mine, shared]
    )
    employee = await an_employee(organization, permissions=["a.b.c"], buildings=[shared, theirs])
    token = await token_of(manager)

    answer = await gql(GRANT, granted(employee, mine), token=token)
    stranger = await gql(GRANT, granted(employee, mine, theirs), token=token)

    assert answer["data"]["grantBuildings"]["employee"]["buildings"] == {
        "nodes": [{"id": encode_id("Building", mine.id)}]
    }
    assert await houses_of(employee) == {mine.id, theirs.id}
    assert code_of(stranger) == "NOT_FOUND"


async def test_only_who_works_with_all_buildings_opens_or_closes_all(
    gql: GraphQLClient, organization: Organization, houses: list[Building], events: EmittedEvents
) -> None:
    mine, *_ = houses
    manager = await an_employee(organization, permissions=[MANAGE], buildings=[mine])
    some, every = [await an_employee(organization, buildings=each) for each in ([mine], None)]
    token = await token_of(manager)

    refusal = [("NEEDS_ALL_BUILDINGS", ["allBuildings"], None)]
    assert await errors_of(gql, GRANT, granted(some, allBuildings=True), token) == refusal
    assert await errors_of(gql, GRANT, granted(every, mine), token) == refusal
    assert await houses_of(some) == {mine.id}
    assert events == []


async def test_nobody_opens_buildings_to_rights_that_they_lack(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    houses: list[Building],
    events: EmittedEvents,
) -> None:
    first, second, _ = houses
    strong = await an_employee(organization, permissions=["x.y.z"], buildings=[first])
    token = await token_of(manager)

    added = await errors_of(gql, GRANT, granted(strong, first, second), token)
    opened = await errors_of(gql, GRANT, granted(strong, allBuildings=True), token)
    narrowed = await errors_of(gql, GRANT, granted(strong), token)

    assert added == [("PERMISSION_NOT_HELD", ["buildingIds"], "x.y.z")]
    assert opened == [("PERMISSION_NOT_HELD", ["allBuildings"], "x.y.z")]
    assert narrowed == []
    assert await houses_of(strong) == set()
    assert len(events) == 1


async def test_closing_all_buildings_but_some_takes_no_right_of_theirs(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    houses: list[Building],
) -> None:
    strong = await an_employee(organization, permissions=["x.y.z"])

    found = await errors_of(gql, GRANT, granted(strong, houses[0]), await token_of(manager))

    assert found == []
    assert await houses_of(strong) == {houses[0].id}
    assert not (await models.Employee.get(id=strong.id)).all_buildings


@pytest.mark.parametrize("case", ["of another organization", "nowhere"])
async def test_a_building_that_is_not_the_organizations_is_not_granted(
    gql: GraphQLClient, organization: Organization, case: str
) -> None:
    foreign = await a_building()
    manager = await an_employee(organization, permissions=[MANAGE])
    user = await models.User.get(id=manager.user_id)
    there = await foreign.organization
    await an_employee(there, user=user, permissions=[MANAGE])
    employee = await an_employee(organization, buildings=[])
    if case == "nowhere":
        foreign.id = uuid7()

    answer = await gql(GRANT, granted(employee, foreign), token=await token_of(manager))

    assert code_of(answer) == "NOT_FOUND"
    assert await houses_of(employee) == set()


async def test_a_change_of_an_older_version_is_refused(
    gql: GraphQLClient,
    organization: Organization,
    manager: models.Employee,
    houses: list[Building],
    events: EmittedEvents,
) -> None:
    employee = await an_employee(organization, buildings=[])
    token = await token_of(manager)

    for mutation, variables in (
        (ASSIGN, assigned(employee, expectedVersion=7)),
        (GRANT, granted(employee, houses[0], expectedVersion=7)),
    ):
        answer = await gql(mutation, variables, token=token)
        [payload] = answer["data"].values()
        assert payload["errors"] == [
            {
                "code": "VERSION_CONFLICT",
                "path": ["expectedVersion"],
                "permission": None,
                "version": 1,
            }
        ]
    assert await houses_of(employee) == set()
    assert events == []


async def test_a_stranger_changes_no_access(
    gql: GraphQLClient,
    organization: Organization,
    houses: list[Building],
    stranger: Any,
    events: EmittedEvents,
) -> None:
    employee = await an_employee(organization, buildings=[houses[0]])
    role = await a_role(organization, ["a.b.c"], "Диспетчер")
    token = await stranger.token(organization)

    answers = [
        await gql(ASSIGN, assigned(employee, role), token=token),
        await gql(GRANT, granted(employee, *houses), token=token),
        await gql(GRANT, granted(employee, allBuildings=True), token=token),
    ]

    assert [code_of(each) for each in answers] == [stranger.code] * 3
    assert await roles_of(employee) == set()
    assert await houses_of(employee) == {houses[0].id}
    assert not (await models.Employee.get(id=employee.id)).all_buildings
    assert events == []


async def test_who_is_nowhere_is_not_found(gql: GraphQLClient, manager: models.Employee) -> None:
    token = await token_of(manager)
    manager.id = uuid7()

    assert code_of(await gql(ASSIGN, assigned(manager), token=token)) == "NOT_FOUND"
    assert code_of(await gql(GRANT, granted(manager), token=token)) == "NOT_FOUND"
