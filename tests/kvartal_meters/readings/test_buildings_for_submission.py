"""Where staff may submit readings now: without the privilege, where a window is open."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.permissions import SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.testing import resource_settings

BUILDINGS = """
query ($search: String, $organization: ID, $first: Int, $after: String) {
  buildingsForSubmission(
    search: $search, organizationId: $organization, first: $first, after: $after
  ) {
    nodes { address }
    totalCount { count }
    pageInfo { endCursor hasNextPage }
  }
}
"""
NOON = "2026-11-20T12:00+03:00"


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


@pytest.fixture
async def clerk(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=[SUBMIT.code]))


@pytest.fixture
async def street(organization: Organization) -> list[Building]:
    """Houses 1 to 4: open, closed, switched off, and one without settings."""
    houses = [
        await a_building(organization=organization, address=f"ул. Мира, {number}")
        for number in range(1, 5)
    ]
    await resource_settings(houses[0], days=(15, 25))
    await resource_settings(houses[0], ResourceKind.GAS, days=(1, 5))
    await resource_settings(houses[1], days=(21, 25))
    await resource_settings(houses[2], active=False)
    return houses


async def found(
    gql: GraphQLClient, actor: Actor, at: str = NOON, **variables: Any
) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(BUILDINGS, variables, actor=actor)
    await asyncio.sleep(0)
    connection: dict[str, Any] = answer["data"]["buildingsForSubmission"]
    return connection


def houses(connection: dict[str, Any]) -> list[str]:
    return [node["address"][-1] for node in connection["nodes"]]


async def test_buildings_with_an_open_window_are_offered(
    gql: GraphQLClient, clerk: Actor, street: list[Building]
) -> None:
    connection = await found(gql, clerk)

    assert houses(connection) == ["1"]
    assert connection["totalCount"] == {"count": 1}


@pytest.mark.parametrize(
    ("at", "offered"),
    [
        ("2026-11-14T23:59+03:00", []),
        ("2026-11-15T00:00+03:00", ["1"]),
        ("2026-11-21T00:00+03:00", ["1", "2"]),
        ("2026-11-25T23:59+03:00", ["1", "2"]),
        ("2026-11-26T00:00+03:00", []),
        ("2026-12-01T00:00+03:00", ["1"]),
    ],
)
async def test_the_day_is_the_buildings_own(
    gql: GraphQLClient, clerk: Actor, street: list[Building], at: str, offered: list[str]
) -> None:
    assert houses(await found(gql, clerk, at)) == offered


async def test_an_eastern_building_opens_earlier(
    gql: GraphQLClient, clerk: Actor, organization: Organization
) -> None:
    for number, timezone in enumerate(["Europe/Kaliningrad", "Asia/Yekaterinburg"], start=1):
        house = await a_building(
            organization=organization, address=f"ул. Южная, {number}", timezone=timezone
        )
        await resource_settings(house)

    assert houses(await found(gql, clerk, "2026-11-15T00:00+04:00")) == ["2"]


async def test_with_the_privilege_all_buildings_are_offered(
    gql: GraphQLClient, organization: Organization, street: list[Building]
) -> None:
    chief = await actor_of(
        await an_employee(organization, permissions=[SUBMIT.code, SUBMIT_OUTSIDE_PERIOD.code])
    )

    assert houses(await found(gql, chief)) == ["1", "2", "3", "4"]


async def test_the_privilege_of_one_organization_lifts_nothing_in_another(
    gql: GraphQLClient, clerk: Actor, street: list[Building]
) -> None:
    other = await an_organization()
    await a_building(organization=other, address="ул. Чужая, 9")
    person = await an_employee(other, permissions=[SUBMIT.code, SUBMIT_OUTSIDE_PERIOD.code])
    both = await actor_of(
        await an_employee(
            await Organization.get(id=street[0].organization_id),
            user=person.user,
            permissions=[SUBMIT.code],
        )
    )

    assert houses(await found(gql, both)) == ["1", "9"]


async def test_the_address_is_searched_and_the_organization_chosen(
    gql: GraphQLClient, clerk: Actor, organization: Organization, street: list[Building]
) -> None:
    chosen = encode_id("Organization", organization.id)
    foreign = encode_id("Organization", (await an_organization()).id)

    assert houses(await found(gql, clerk, search="мира 1", organization=chosen)) == ["1"]
    assert houses(await found(gql, clerk, search="лесная")) == []
    assert houses(await found(gql, clerk, organization=foreign)) == []


async def test_pages_follow_one_another(
    gql: GraphQLClient, clerk: Actor, street: list[Building]
) -> None:
    at = "2026-11-21T12:00+03:00"
    first = await found(gql, clerk, at, first=1)
    second = await found(gql, clerk, at, first=1, after=first["pageInfo"]["endCursor"])

    assert (houses(first), houses(second)) == (["1"], ["2"])
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("who", ["another tenant", "without the building", "without the right"])
async def test_who_may_not_submit_there_is_offered_nothing(
    gql: GraphQLClient, organization: Organization, street: list[Building], who: str
) -> None:
    match who:
        case "another tenant":
            person = await an_employee(await an_organization(), permissions=[SUBMIT.code])
        case "without the building":
            person = await an_employee(
                organization, permissions=[SUBMIT.code], buildings=[street[1]]
            )
        case _:
            person = await an_employee(organization, permissions=[BUILDING_EDIT.code])
    answer = await gql(
        "{ buildingsForSubmission { nodes { address } } }", actor=await actor_of(person)
    )

    if who == "without the right":
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    else:
        assert houses(await found(gql, await actor_of(person))) == []


async def test_a_resident_is_offered_the_own_house_alone(
    gql: GraphQLClient, organization: Organization, street: list[Building]
) -> None:
    flat = await a_premise(building=street[0])
    resident = await actor_of(await a_resident_user(organization, premises=[flat]))

    assert houses(await found(gql, resident)) == ["1"]


async def test_it_costs_two_statements_with_the_count(
    gql: GraphQLClient, clerk: Actor, street: list[Building], queries: QueryCounter
) -> None:
    with queries.exactly(2):
        await found(gql, clerk)
