"""The ticks of roles: seen with the role, changed by who manages the staff."""

from typing import Any

import pytest
from tests.kvartal_notifications.messages.sample import SUBMITTED

from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import Role
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.permissions import ROLE_MANAGE
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_role,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_notifications.preferences.models import RoleTick
from kvartal_notifications.testing.factories import a_tick

KINDS = "{ notificationKinds { key title section sectionTitle audience channels } }"
ROLES = """
query ($id: ID!) {
  roles(organizationId: $id) { id notifications { kind { key title } channels } }
}
"""
UPDATE = """
mutation ($input: UpdateRoleNotificationsInput!) {
  updateRoleNotifications(input: $input) {
    role { version notifications { kind { key } channels } } errors { code path message }
  }
}
"""
DELETE = "mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) { errors { code } } }"


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


@pytest.fixture
async def chief(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=[ROLE_MANAGE.code]))


async def change(
    gql: GraphQLClient, actor: Actor, role: Role, *rows: tuple[str, list[str]], **fields: Any
) -> dict[str, Any]:
    given = {
        "roleId": encode_id("Role", role.id),
        "notifications": [{"kind": kind, "channels": channels} for kind, channels in rows],
        **fields,
    }
    answer = await gql(UPDATE, {"input": given}, actor=actor)
    assert "data" in answer, answer
    found: dict[str, Any] = answer["data"]["updateRoleNotifications"]
    return found


def channels_in(payload: dict[str, Any], kind: str = SUBMITTED.key) -> list[str]:
    rows = {each["kind"]["key"]: each["channels"] for each in payload["role"]["notifications"]}
    found: list[str] = rows[kind]
    return found


async def test_the_kinds_are_told_to_whoever_is_signed_in(gql: GraphQLClient, chief: Actor) -> None:
    answer = await gql(KINDS, actor=chief)

    found = {each["key"]: each for each in answer["data"]["notificationKinds"]}
    assert found["sample.submitted"] == {
        "key": "sample.submitted",
        "title": "Поданы показания ИПУ",
        "section": "sample",
        "sectionTitle": "Показания",
        "audience": "EMPLOYEE",
        "channels": ["IN_APP", "EMAIL", "PUSH"],
    }
    assert "errors" in await gql(KINDS, actor=ANONYMOUS)


async def test_a_role_is_ticked_and_shows_its_ticks(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    role = await a_role(organization, [])

    payload = await change(gql, chief, role, (SUBMITTED.key, ["PUSH", "EMAIL", "PUSH"]))

    assert payload["errors"] == []
    assert channels_in(payload) == ["EMAIL", "PUSH"]
    assert payload["role"]["version"] == 2
    assert all(each["kind"]["key"] != "sample.window" for each in payload["role"]["notifications"])


async def test_what_is_left_out_stays_and_what_is_named_is_replaced(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    role = await a_role(organization, [])
    other = "kvartal.service_ordered"
    await a_tick(role, other)
    await a_tick(role, SUBMITTED)

    payload = await change(gql, chief, role, (SUBMITTED.key, []))

    assert channels_in(payload) == []
    assert channels_in(payload, other) == ["IN_APP"]


async def test_the_same_ticks_change_nothing(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    role = await a_role(organization, [])
    await a_tick(role, SUBMITTED)

    payload = await change(gql, chief, role, (SUBMITTED.key, ["IN_APP"]))

    assert payload["role"]["version"] == 1


async def test_what_is_wrong_with_a_row_is_told_at_its_place(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    role = await a_role(organization, [])

    payload = await change(
        gql,
        chief,
        role,
        ("weather.storm", []),
        ("sample.window", ["PUSH"]),  # for residents
        (SUBMITTED.key, []),
        (SUBMITTED.key, ["PUSH"]),
    )

    assert [(each["code"], each["path"]) for each in payload["errors"]] == [
        ("NOTIFICATION_KIND_UNKNOWN", ["notifications", "0", "kind"]),
        ("NOTIFICATION_KIND_UNKNOWN", ["notifications", "1", "kind"]),
        ("NOTIFICATION_KIND_REPEATED", ["notifications", "3", "kind"]),
    ]
    assert await RoleTick.all().count() == 0


async def test_a_version_that_is_no_longer_so_is_refused(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    role = await a_role(organization, [])
    await change(gql, chief, role, (SUBMITTED.key, ["PUSH"]))

    payload = await change(gql, chief, role, (SUBMITTED.key, []), expectedVersion=1)

    assert [each["code"] for each in payload["errors"]] == ["VERSION_CONFLICT"]


async def test_others_do_not_tick(gql: GraphQLClient, organization: Organization) -> None:
    role = await a_role(organization, [])
    elsewhere = await an_employee(await an_organization(), permissions=[ROLE_MANAGE.code])
    token = await a_service_token(organization, permissions=[ROLE_MANAGE.code])
    for actor, code in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (await actor_of(await an_employee(organization)), "FORBIDDEN"),
        (await actor_of(await a_resident_user(organization, premises=[])), "FORBIDDEN"),
        (await actor_of(token), "FORBIDDEN"),
        (await actor_of(elsewhere), "NOT_FOUND"),
    ):
        given = {"roleId": encode_id("Role", role.id), "notifications": []}
        answer = await gql(UPDATE, {"input": given}, actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


async def test_many_roles_show_their_ticks_in_one_statement_more(
    gql: GraphQLClient, organization: Organization, chief: Actor, queries: QueryCounter
) -> None:
    for _ in range(5):
        await a_tick(await a_role(organization, []), SUBMITTED)

    with queries.exactly(2):
        answer = await gql(ROLES, {"id": encode_id("Organization", organization.id)}, actor=chief)

    assert len(answer["data"]["roles"]) == 6


async def test_a_role_goes_with_its_ticks(
    gql: GraphQLClient, organization: Organization, chief: Actor
) -> None:
    role = await a_role(organization, [])
    await a_tick(role, SUBMITTED)

    answer = await gql(DELETE, {"input": {"id": encode_id("Role", role.id)}}, actor=chief)

    assert answer["data"]["deleteRole"]["errors"] == []
    assert await RoleTick.all().count() == 0
