"""What the audit log tells of the buildings that an employee gains and loses."""

from typing import Any

import pytest

from kvartal.audit.models import AuditEntry
from kvartal.auth import models
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building

pytestmark = pytest.mark.usefixtures("db")

GRANT = """
mutation ($input: GrantBuildingsInput!) { grantBuildings(input: $input) { errors { code } } }
"""


@pytest.fixture
async def manager(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=["auth.role.manage"]))


async def houses(organization: Organization, number: int) -> list[Building]:
    return [await a_building(organization=organization) for _ in range(number)]


async def told(
    gql: GraphQLClient, manager: Actor, employee: models.Employee, *now: Building, **fields: object
) -> Any:
    given = {
        "employeeId": encode_id("Employee", employee.id),
        "buildingIds": [encode_id("Building", each.id) for each in now],
        **fields,
    }
    answer = await gql(GRANT, {"input": given}, actor=manager)
    assert answer == {"data": {"grantBuildings": {"errors": []}}}
    return (await AuditEntry.get(action="grantBuildings")).changes


def ids(*buildings: Building) -> list[str]:
    return sorted(str(each.id) for each in buildings)


async def test_it_tells_which_are_gained_and_which_are_lost(
    gql: GraphQLClient, organization: Organization, manager: Actor
) -> None:
    first, second, kept, third, fourth = await houses(organization, 5)
    employee = await an_employee(organization, buildings=[first, second, kept])

    changes = await told(gql, manager, employee, kept, third, fourth)

    assert changes == {
        "buildings_lost": [ids(first, second), None],
        "buildings_gained": [None, ids(third, fourth)],
    }


async def test_what_stays_is_not_told(
    gql: GraphQLClient, organization: Organization, manager: Actor
) -> None:
    kept, new = await houses(organization, 2)
    employee = await an_employee(organization, buildings=[kept])

    assert await told(gql, manager, employee, kept, new) == {"buildings_gained": [None, ids(new)]}


@pytest.mark.parametrize(("number", "limited"), [(20, False), (21, True)])
async def test_of_many_the_number_is_told(
    gql: GraphQLClient, organization: Organization, manager: Actor, number: int, limited: bool
) -> None:
    buildings = await houses(organization, number)
    employee = await an_employee(organization, buildings=buildings)

    changes = await told(gql, manager, employee)

    assert changes == {"buildings_lost": [{"count": number} if limited else ids(*buildings), None]}


async def test_all_buildings_stand_for_those_that_were_listed(
    gql: GraphQLClient, organization: Organization, manager: Actor
) -> None:
    [house] = await houses(organization, 1)
    employee = await an_employee(organization, buildings=[house])

    changes = await told(gql, manager, employee, allBuildings=True)

    assert changes == {"all_buildings": [False, True], "buildings_lost": [ids(house), None]}
