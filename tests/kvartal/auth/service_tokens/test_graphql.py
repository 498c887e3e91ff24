import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.auth import models, tokens
from kvartal.auth.events import ServiceTokenChanged
from kvartal.db.models import uuid7
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_service_token,
    an_employee,
    token_of,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter

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

CREATE = """
mutation ($input: CreateServiceTokenInput!) { createServiceToken(input: $input) {
  issued { token permissions serviceToken { id title expiresAt revokedAt } }
  errors { code message path permission }
} }
"""

REVOKE = """
mutation ($input: RevokeServiceTokenInput!) { revokeServiceToken(input: $input) {
  serviceToken { id title revokedAt }
  errors { code }
} }
"""


async def settled(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    found = await answer
    await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later
    return found


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


def wanted(organization: Organization, **changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "organizationId": encode_id("Organization", organization.id),
        "title": " Биллинг ",
        "permissions": ["a.b.c"],
    }
    return {"input": usual | changes}


async def test_an_employee_makes_a_token_of_some_of_their_rights(
    gql: GraphQLClient, organization: Organization
) -> None:
    maker = await an_employee(organization, permissions=[MANAGE, "a.b.c", "a.b.d"])
    variables = wanted(
        organization, permissions=["a.b.d", "a.b.c", "a.b.d"], expiresAt="2099-01-01T00:00:00Z"
    )

    with capture_logs() as logs:
        answer = await gql(CREATE, variables, token=await token_of(maker))

    payload = answer["data"]["createServiceToken"]
    row = await models.ServiceToken.get(organization_id=organization.id)
    token = payload["issued"]["token"]
    assert payload == {
        "issued": {
            "token": token,
            "permissions": ["a.b.c", "a.b.d"],
            "serviceToken": {
                "id": encode_id("ServiceToken", row.id),
                "title": "Биллинг",
                "expiresAt": "2099-01-01T00:00:00+00:00",
                "revokedAt": None,
            },
        },
        "errors": [],
    }
    assert row.token_hash == tokens.fingerprint(token)
    assert token not in str(logs)
    viewer = await gql(VIEWER, token=token)
    assert viewer["data"]["viewer"]["permissions"] == ["a.b.c", "a.b.d"]


async def test_a_stranger_makes_no_token(
    gql: GraphQLClient, organization: Organization, stranger: Any
) -> None:
    token = await stranger.token(organization)
    before = await models.ServiceToken.all().count()

    answer = await gql(CREATE, wanted(organization), token=token)

    assert code_of(answer) == stranger.code
    assert await models.ServiceToken.all().count() == before


async def test_a_token_of_no_organization_is_not_made(
    gql: GraphQLClient, organization: Organization
) -> None:
    token = await token_of(await an_employee(organization, permissions=[MANAGE]))
    nowhere = wanted(organization, organizationId=encode_id("Organization", uuid7()))

    assert code_of(await gql(CREATE, nowhere, token=token)) == "NOT_FOUND"


async def test_a_token_beyond_its_makers_rights_is_refused_naming_each(
    gql: GraphQLClient, organization: Organization
) -> None:
    maker = await an_employee(organization, permissions=[MANAGE], buildings=[])
    user = await models.User.get(id=maker.user_id)
    await an_employee(await an_organization(), user=user, permissions=["a.b.c"])

    answer = await gql(CREATE, wanted(organization, title=" "), token=await token_of(maker))

    payload = answer["data"]["createServiceToken"]
    found = [(each["code"], each["path"], each["permission"]) for each in payload["errors"]]
    assert payload["issued"] is None
    assert found == [
        ("NEEDS_ALL_BUILDINGS", ["buildingIds"], None),
        ("TOKEN_TITLE_INVALID", ["title"], None),
        ("PERMISSION_NOT_HELD", ["permissions", "0"], "a.b.c"),
    ]
    assert payload["errors"][2]["message"] == (
        "Права a.b.c у вас нет, поэтому выдать его нельзя. Уберите его из списка"
    )
    assert await models.ServiceToken.all().count() == 0


async def test_a_revoked_token_is_worth_nothing_and_stays_revoked(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    issued = await a_service_token(organization, title="1С")
    maker = await an_employee(organization, permissions=[MANAGE])
    variables = {"input": {"id": encode_id("ServiceToken", issued.row.id)}}

    with frozen_clock(NOW):
        token = await token_of(maker)
        first = await gql(REVOKE, variables, token=token)
    with frozen_clock(NOW + timedelta(minutes=1)):
        second = await gql(REVOKE, variables, token=token)

    assert first == second
    assert first["data"]["revokeServiceToken"] == {
        "serviceToken": {
            "id": encode_id("ServiceToken", issued.row.id),
            "title": "1С",
            "revokedAt": "2026-11-20T09:00:00+00:00",
        },
        "errors": [],
    }
    assert code_of(await gql(VIEWER, token=issued.token)) == "UNAUTHENTICATED"


async def test_a_stranger_revokes_no_token(
    gql: GraphQLClient, organization: Organization, stranger: Any
) -> None:
    issued = await a_service_token(organization)
    token = await stranger.token(organization)

    answer = await gql(
        REVOKE, {"input": {"id": encode_id("ServiceToken", issued.row.id)}}, token=token
    )

    assert code_of(answer) == stranger.code
    assert (await models.ServiceToken.get(id=issued.row.id)).revoked_at is None


LIST = """
query ($id: ID!, $all: Boolean! = false) {
  serviceTokens(organizationId: $id, includeRevoked: $all) {
    id title permissions allBuildings createdAt expiresAt lastUsedAt revokedAt
    buildings { nodes { address } }
  }
}
"""


def listed(organization: Organization, **changes: object) -> dict[str, object]:
    return {"id": encode_id("Organization", organization.id)} | changes


@pytest.mark.parametrize("tokens_made", [2, 20])
async def test_the_tokens_of_an_organization_are_listed_the_newest_first(
    gql: GraphQLClient, organization: Organization, queries: QueryCounter, tokens_made: int
) -> None:
    building = await a_building(organization=organization, address="ул. Мира, 1")
    await a_service_token(await an_organization(), title="Чужой")
    made = []
    for number in range(tokens_made):
        with clock.frozen(NOW + timedelta(minutes=number)):
            made.append(
                await a_service_token(
                    organization,
                    title=f"Токен {number}",
                    permissions=["a.b.d", "a.b.c"],
                    buildings=[building] if number else None,
                )
            )
    token = await token_of(await an_employee(organization, permissions=[MANAGE]))
    await gql(LIST, listed(organization), token=token)

    with queries.exactly(3):
        answer = await settled(gql(LIST, listed(organization), token=token))

    found = answer["data"]["serviceTokens"]
    newest, oldest = found[0], found[-1]
    assert [each["id"] for each in found] == [
        encode_id("ServiceToken", each.row.id) for each in reversed(made)
    ]
    assert newest == {
        "id": encode_id("ServiceToken", made[-1].row.id),
        "title": f"Токен {tokens_made - 1}",
        "permissions": ["a.b.c", "a.b.d"],
        "allBuildings": False,
        "createdAt": f"2026-11-20T09:{tokens_made - 1:02}:00+00:00",
        "expiresAt": None,
        "lastUsedAt": None,
        "revokedAt": None,
        "buildings": {"nodes": [{"address": "ул. Мира, 1"}]},
    }
    assert (oldest["allBuildings"], oldest["buildings"]) == (True, {"nodes": []})


async def test_a_use_and_a_revocation_are_seen_in_the_list(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    issued = await a_service_token(organization)
    with frozen_clock(NOW):
        token = await token_of(await an_employee(organization, permissions=[MANAGE]))
        await gql(VIEWER, token=issued.token)
        used = await gql(LIST, listed(organization), token=token)
        await gql(REVOKE, {"input": {"id": encode_id("ServiceToken", issued.row.id)}}, token=token)
        live = await gql(LIST, listed(organization), token=token)
        every = await gql(LIST, listed(organization, all=True), token=token)

    assert used["data"]["serviceTokens"][0]["lastUsedAt"] == "2026-11-20T09:00:00+00:00"
    assert live["data"]["serviceTokens"] == []
    assert every["data"]["serviceTokens"][0]["revokedAt"] == "2026-11-20T09:00:00+00:00"


async def test_a_stranger_lists_no_tokens(
    gql: GraphQLClient, organization: Organization, reader: Any
) -> None:
    await a_service_token(organization)
    token = await reader.token(organization)

    answer = await gql(LIST, listed(organization), token=token)

    assert (answer["data"], code_of(answer)) == (None, reader.code)


async def test_an_integrator_with_the_right_may_look_at_the_tokens(
    gql: GraphQLClient, organization: Organization
) -> None:
    issued = await a_service_token(organization, permissions=[MANAGE])

    answer = await gql(LIST, listed(organization), token=issued.token)

    assert len(answer["data"]["serviceTokens"]) == 1


BUILDINGS = "{ buildings { nodes { address } } }"


async def test_a_token_for_some_buildings_sees_those_and_no_others(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents
) -> None:
    mine, other = [
        await a_building(organization=organization, address=address)
        for address in ("ул. Мира, 1", "ул. Мира, 2")
    ]
    maker = await an_employee(organization, permissions=[MANAGE, "a.b.c"], buildings=[mine])
    variables = wanted(
        organization, buildingIds=[encode_id("Building", each.id) for each in (mine, mine)]
    )

    answer = await gql(CREATE, variables, token=await token_of(maker))

    token = answer["data"]["createServiceToken"]["issued"]["token"]
    row = await models.ServiceToken.get(organization_id=organization.id)
    assert await gql(BUILDINGS, token=token) == {
        "data": {"buildings": {"nodes": [{"address": "ул. Мира, 1"}]}}
    }
    assert not row.all_buildings
    assert events.of(ServiceTokenChanged) == [
        ServiceTokenChanged(organization.id, row.id, by=maker.id)
    ]
    await models.ServiceTokenBuilding.all().update(building_id=other.id)
    assert await gql(BUILDINGS, token=token) == {
        "data": {"buildings": {"nodes": [{"address": "ул. Мира, 2"}]}}
    }


@pytest.mark.parametrize("case", ["not open to its maker", "of another organization", "nowhere"])
async def test_a_token_opens_no_building_that_its_maker_does_not_see(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents, case: str
) -> None:
    mine = await a_building(organization=organization)
    building = mine.id
    match case:
        case "not open to its maker":
            building = (await a_building(organization=organization)).id
        case "of another organization":
            building = (await a_building()).id
        case "nowhere":
            building = uuid7()
    maker = await an_employee(organization, permissions=[MANAGE, "a.b.c"], buildings=[mine])
    ids = [encode_id("Building", each) for each in (mine.id, building)]

    answer = await gql(CREATE, wanted(organization, buildingIds=ids), token=await token_of(maker))

    assert code_of(answer) == "NOT_FOUND"
    assert await models.ServiceToken.all().count() == 0
    assert events == []


async def test_a_token_without_buildings_opens_none(
    gql: GraphQLClient, organization: Organization
) -> None:
    await a_building(organization=organization)
    maker = await an_employee(organization, permissions=[MANAGE, "a.b.c"])

    answer = await gql(CREATE, wanted(organization, buildingIds=[]), token=await token_of(maker))

    token = answer["data"]["createServiceToken"]["issued"]["token"]
    assert await gql(BUILDINGS, token=token) == {"data": {"buildings": {"nodes": []}}}


async def test_a_revocation_is_told_once(
    gql: GraphQLClient, organization: Organization, events: EmittedEvents
) -> None:
    issued = await a_service_token(organization)
    maker = await an_employee(organization, permissions=[MANAGE])
    variables = {"input": {"id": encode_id("ServiceToken", issued.row.id)}}
    token = await token_of(maker)

    await gql(REVOKE, variables, token=token)
    await gql(REVOKE, variables, token=token)

    assert events == [
        ServiceTokenChanged(organization.id, issued.row.id, by=maker.id, is_revoked=True)
    ]


async def test_a_token_that_is_nowhere_is_not_found(
    gql: GraphQLClient, organization: Organization
) -> None:
    token = await token_of(await an_employee(organization, permissions=[MANAGE]))

    answer = await gql(REVOKE, {"input": {"id": encode_id("ServiceToken", uuid7())}}, token=token)

    assert code_of(answer) == "NOT_FOUND"
