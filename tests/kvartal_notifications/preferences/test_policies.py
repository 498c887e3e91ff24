"""How an organization tells people: its quiet hours, and whom it reminds on the last day."""

from typing import Any

import pytest

from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_notifications.preferences.models import NotificationPolicy

FIELDS = "quietHours { from until } lastDayToAll version"
SHOW = f"{{ organizations {{ id notificationPolicy {{ {FIELDS} }} }} }}"
UPDATE = f"""
mutation ($input: UpdateNotificationPolicyInput!) {{
  updateNotificationPolicy(input: $input) {{
    notificationPolicy {{ {FIELDS} }} errors {{ code path }}
  }}
}}
"""
USUAL = {"quietHours": {"from": "22:00", "until": "08:00"}, "lastDayToAll": False, "version": 0}


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


@pytest.fixture
async def chief(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=[ORGANIZATION_EDIT.code]))


async def change(
    gql: GraphQLClient, actor: Actor, organization: Organization, **fields: Any
) -> dict[str, Any]:
    given = {"organizationId": encode_id("Organization", organization.id), **fields}
    answer = await gql(UPDATE, {"input": given}, actor=actor)
    assert "data" in answer, answer
    found: dict[str, Any] = answer["data"]["updateNotificationPolicy"]
    return found


async def test_at_first_the_usual_holds(
    gql: GraphQLClient, chief: Actor, queries: QueryCounter
) -> None:
    await gql(SHOW, actor=chief)  # a new connection asks once what uuid[] is

    with queries.exactly(2):
        answer = await gql(SHOW, actor=chief)

    [found] = answer["data"]["organizations"]
    assert found["notificationPolicy"] == USUAL


async def test_each_change_is_a_version(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    hours = {"from": "21:00", "until": "09:00"}

    first = await change(gql, chief, organization, quietHours=hours)
    second = await change(gql, chief, organization, lastDayToAll=True, expectedVersion=1)
    same = await change(gql, chief, organization, lastDayToAll=True)

    assert first["notificationPolicy"] == {**USUAL, "quietHours": hours, "version": 1}
    expected = {"quietHours": hours, "lastDayToAll": True, "version": 2}
    assert second["notificationPolicy"] == same["notificationPolicy"] == expected
    kept = await NotificationPolicy.get(organization_id=organization.id)
    assert (kept.quiet_from, kept.quiet_until, kept.last_day_to_all) == (21 * 60, 9 * 60, True)


async def test_a_conflict_and_a_wrong_time_are_refused(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    await change(gql, chief, organization, lastDayToAll=True)

    conflict = await change(gql, chief, organization, lastDayToAll=False, expectedVersion=0)
    wrong = await change(gql, chief, organization, quietHours={"from": "22:00", "until": "утром"})

    assert [each["code"] for each in conflict["errors"]] == ["VERSION_CONFLICT"]
    assert wrong["errors"] == [{"code": "QUIET_HOURS_INVALID", "path": ["quietHours", "until"]}]


async def test_others_neither_change_nor_see_it(
    gql: GraphQLClient, organization: Organization
) -> None:
    premise = await a_premise(building=await a_building(organization=organization))
    resident = await actor_of(await a_resident_user(organization, premises=[premise]))
    elsewhere = await an_employee(await an_organization(), permissions=[ORGANIZATION_EDIT.code])
    for actor, code in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (await actor_of(await an_employee(organization)), "FORBIDDEN"),
        (resident, "FORBIDDEN"),
        (await actor_of(elsewhere), "NOT_FOUND"),
    ):
        given = {"organizationId": encode_id("Organization", organization.id)}
        answer = await gql(UPDATE, {"input": given}, actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]

    answer = await gql(SHOW, actor=resident)
    assert [each["notificationPolicy"] for each in answer["data"]["organizations"]] == [None]
