import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.auth.rules import SessionChannel
from kvartal.db.models import uuid7
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    an_employee,
    token_of,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PHONE = "+79001234567"
MANAGE = "auth.role.manage"

VIEWER = """
{ viewer {
  __typename
  ... on ResidentViewer { residentName: fullName premises { id number building { address } } }
  ... on EmployeeViewer {
    fullName email channel
    memberships { allBuildings permissions organization { id name number } }
  }
  ... on ServiceViewer { title permissions organization { id number } }
} }
"""


async def settled(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    found = await answer
    await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later
    return found


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_the_viewer_of_nobody_is_null(gql: GraphQLClient) -> None:
    assert await gql(VIEWER) == {"data": {"viewer": None}}


async def test_the_viewer_is_the_resident_with_their_premises(
    gql: GraphQLClient, organization: Organization
) -> None:
    building = await a_building(organization=organization, address="ул. Мира, 1")
    mine = [await a_premise(building=building, number=number) for number in ("10", "9")]
    await a_premise(building=building, number="11")
    user = await a_resident_user(organization, premises=mine, full_name="Петров Иван")

    answer = await gql(VIEWER, token=await token_of(user))

    assert answer == {
        "data": {
            "viewer": {
                "__typename": "ResidentViewer",
                "residentName": "Петров Иван",
                "premises": [
                    {
                        "id": encode_id("Premise", premise.id),
                        "number": premise.number,
                        "building": {"address": "ул. Мира, 1"},
                    }
                    for premise in reversed(mine)
                ],
            }
        }
    }


@pytest.mark.parametrize("organizations", [1, 5])
async def test_the_viewer_is_the_employee_with_their_organizations(
    gql: GraphQLClient, organization: Organization, queries: QueryCounter, organizations: int
) -> None:
    user = await a_user(email="maria@example.org")
    employee = await an_employee(
        organization, user=user, permissions=[MANAGE, "a.b.c"], full_name="Иванова Мария"
    )
    others = [await an_organization() for _ in range(organizations - 1)]
    for each in others:
        await an_employee(each, user=user, buildings=[])
    token = await token_of(employee, SessionChannel.EMPLOYEE_APP)

    await gql(
        VIEWER, token=token
    )  # a connection learns PostgreSQL's types by statements of its own

    with queries.exactly(3):
        answer = await settled(gql(VIEWER, token=token))

    viewer = answer["data"]["viewer"]
    memberships = viewer.pop("memberships")
    assert viewer == {
        "__typename": "EmployeeViewer",
        "fullName": "Иванова Мария",
        "email": "maria@example.org",
        "channel": "EMPLOYEE_APP",
    }
    assert sorted(memberships, key=lambda each: each["organization"]["number"]) == [
        {
            "allBuildings": each is organization,
            "permissions": ["a.b.c", MANAGE] if each is organization else [],
            "organization": {
                "id": encode_id("Organization", each.id),
                "name": "УК «Заря»",
                "number": each.number,
            },
        }
        for each in (organization, *others)
    ]


async def test_the_viewer_is_the_service_token(
    gql: GraphQLClient, organization: Organization
) -> None:
    issued = await a_service_token(organization, permissions=["a.b.d", "a.b.c"], title="1С")

    answer = await gql(VIEWER, token=issued.token)

    assert answer == {
        "data": {
            "viewer": {
                "__typename": "ServiceViewer",
                "title": "1С",
                "permissions": ["a.b.c", "a.b.d"],
                "organization": {
                    "id": encode_id("Organization", organization.id),
                    "number": organization.number,
                },
            }
        }
    }


@pytest.mark.parametrize("kind", [ActorKind.RESIDENT, ActorKind.EMPLOYEE, ActorKind.SERVICE])
async def test_a_viewer_who_has_just_been_deleted_is_not_found(
    gql: GraphQLClient, kind: ActorKind
) -> None:
    membership = Membership(uuid7(), uuid7(), frozenset(), all_buildings=True)

    answer = await gql(VIEWER, actor=Actor(kind, uuid7(), memberships=(membership,)))

    assert code_of(answer) == "NOT_FOUND"
