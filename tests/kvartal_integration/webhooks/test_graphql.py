"""Webhooks over HTTP: who sets them up, what they show, and what a refusal says."""

from typing import Any

import pytest

from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.db.connection import fetch_one
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.sealing import seal
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.webhooks.models import Webhook
from kvartal_integration.webhooks.rules import MAX_WEBHOOKS
from kvartal_integration.webhooks.service.managing import secret_place

CREATE = """
mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) {
    issued { secret webhook { id url events isActive version } } errors { code path message limit }
  }
}
"""
UPDATE = """
mutation ($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) {
    webhook { url events isActive version } errors { code path version }
  }
}
"""
ROTATE = """
mutation ($input: WebhookInput!) {
  rotateWebhookSecret(input: $input) { issued { secret webhook { id version } } errors { code } }
}
"""
DELETE = """
mutation ($input: WebhookInput!) {
  deleteWebhook(input: $input) { webhook { id } errors { code } }
}
"""
PING = """
mutation ($input: WebhookInput!) {
  pingWebhook(input: $input) { webhook { id } errors { code } }
}
"""
REDELIVER = """
mutation ($input: RedeliverWebhookInput!) {
  redeliverWebhook(input: $input) { delivery { status attempts } errors { code } }
}
"""
LIST = """
query ($id: ID!, $status: WebhookDeliveryStatus) {
  webhooks(organizationId: $id) {
    id url deliveries(status: $status, first: 2) {
      edges { node { id event status attempts payload messageId problem } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
NODE = """
query ($id: ID!) {
  node(id: $id) { ... on Webhook { url } ... on WebhookDelivery { event status } }
}
"""
URL = "https://billing.example/hook"


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


async def manager_of(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=[EXCHANGE_MANAGE.code]))


def creation(organization: Organization, **fields: Any) -> dict[str, Any]:
    given = {"url": URL, "events": ["READING_ACCEPTED"], **fields}
    return {"input": {"organizationId": encode_id("Organization", organization.id), **given}}


async def made(gql: GraphQLClient, organization: Organization, **fields: Any) -> Any:
    manager = await manager_of(organization)
    answer = await gql(CREATE, creation(organization, **fields), actor=manager)
    payload = answer["data"]["createWebhook"]
    assert payload["errors"] == []
    return payload["issued"]


async def test_its_secret_is_shown_once_and_kept_sealed(
    organization: Organization, gql: GraphQLClient
) -> None:
    issued = await made(gql, organization, events=["METER_CHANGED", "READING_ACCEPTED"])

    kept = await Webhook.get(organization_id=organization.id)
    assert issued["webhook"] == {
        "id": encode_id("Webhook", kept.id),
        "url": URL,
        "events": ["METER_CHANGED", "READING_ACCEPTED"],
        "isActive": True,
        "version": 1,
    }
    assert issued["secret"].encode() not in kept.secret_sealed
    assert seal().open(kept.secret_sealed, secret_place(kept.id)) == issued["secret"]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"url": "http://billing.example/"}, "WEBHOOK_URL_INVALID", ["url"]),
        ({"events": []}, "WEBHOOK_EVENTS_MISSING", ["events"]),
        ({"events": ["PING"]}, "WEBHOOK_EVENTS_MISSING", ["events"]),
    ],
)
async def test_what_makes_no_webhook_is_refused(
    organization: Organization,
    gql: GraphQLClient,
    fields: dict[str, Any],
    code: str,
    path: list[str],
) -> None:
    answer = await gql(
        CREATE, creation(organization, **fields), actor=await manager_of(organization)
    )

    payload = answer["data"]["createWebhook"]
    assert payload["issued"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [(code, path)]
    assert not await Webhook.exists()


async def test_an_organization_has_no_more_than_it_may(
    organization: Organization, gql: GraphQLClient
) -> None:
    await Webhook.bulk_create(
        [
            Webhook(organization_id=organization.id, url=URL, secret_sealed=b"x", events=[])
            for _ in range(MAX_WEBHOOKS)
        ]
    )

    answer = await gql(CREATE, creation(organization), actor=await manager_of(organization))

    [error] = answer["data"]["createWebhook"]["errors"]
    assert (error["code"], error["limit"]) == ("WEBHOOKS_TOO_MANY", MAX_WEBHOOKS)


async def test_it_is_changed_switched_off_and_deleted(
    organization: Organization, gql: GraphQLClient
) -> None:
    manager = await manager_of(organization)
    webhook_id = (await made(gql, organization))["webhook"]["id"]

    async def updated(**fields: Any) -> Any:
        answer = await gql(UPDATE, {"input": {"id": webhook_id, **fields}}, actor=manager)
        return answer["data"]["updateWebhook"]

    changed = await updated(
        url="https://other.example/", events=["METER_DELETED"], isActive=False, expectedVersion=1
    )
    same = await updated(isActive=False)
    stale = await updated(isActive=True, expectedVersion=1)
    nothing = await updated(events=[])
    gone = await gql(DELETE, {"input": {"id": webhook_id}}, actor=manager)

    expected = {
        "url": "https://other.example/",
        "events": ["METER_DELETED"],
        "isActive": False,
        "version": 2,
    }
    assert changed == {"webhook": expected, "errors": []}
    assert same == changed
    assert stale["errors"] == [
        {"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "version": 2}
    ]
    assert [each["code"] for each in nothing["errors"]] == ["WEBHOOK_EVENTS_MISSING"]
    assert gone["data"]["deleteWebhook"]["webhook"] == {"id": webhook_id}
    assert not await Webhook.exists()


async def test_another_secret_takes_the_place_of_the_first(
    organization: Organization, gql: GraphQLClient
) -> None:
    issued = await made(gql, organization)
    webhook_id = issued["webhook"]["id"]

    answer = await gql(ROTATE, {"input": {"id": webhook_id}}, actor=await manager_of(organization))

    again = answer["data"]["rotateWebhookSecret"]["issued"]
    kept = await Webhook.get(organization_id=organization.id)
    assert again["webhook"] == {"id": webhook_id, "version": 2}
    assert again["secret"] != issued["secret"]
    assert seal().open(kept.secret_sealed, secret_place(kept.id)) == again["secret"]


async def test_what_it_was_told_is_listed_newest_first_and_sent_again(
    organization: Organization, gql: GraphQLClient
) -> None:
    manager = await manager_of(organization)
    webhook_id = (await made(gql, organization))["webhook"]["id"]
    for _ in range(3):
        await gql(PING, {"input": {"id": webhook_id}}, actor=manager)
    variables = {"id": encode_id("Organization", organization.id)}

    answer = await gql(LIST, variables, actor=manager)
    none = await gql(LIST, {**variables, "status": "DELIVERED"}, actor=manager)

    [webhook] = answer["data"]["webhooks"]
    first, second = (edge["node"] for edge in webhook["deliveries"]["edges"])
    assert webhook["deliveries"]["pageInfo"]["hasNextPage"]
    assert (first["event"], first["status"], first["attempts"]) == ("PING", "PENDING", 0)
    assert first["payload"]["type"] == "ping"
    assert first["payload"]["organizationId"] == variables["id"]
    assert first["messageId"] != second["messageId"]
    assert none["data"]["webhooks"][0]["deliveries"]["edges"] == []

    sent = await gql(REDELIVER, {"input": {"deliveryId": second["id"]}}, actor=manager)
    newest = await gql(LIST, variables, actor=manager)
    assert sent["data"]["redeliverWebhook"]["delivery"] == {"status": "PENDING", "attempts": 0}
    edges = newest["data"]["webhooks"][0]["deliveries"]["edges"]
    assert edges[0]["node"]["messageId"] == second["messageId"]
    shown = await gql(NODE, {"id": second["id"]}, actor=manager)
    assert shown["data"]["node"] == {"event": "PING", "status": "PENDING"}


async def test_however_many_there_are_the_list_costs_the_same(
    organization: Organization, gql: GraphQLClient, queries: QueryCounter
) -> None:
    manager = await manager_of(organization)
    for _ in range(3):
        webhook_id = (await made(gql, organization))["webhook"]["id"]
        await gql(PING, {"input": {"id": webhook_id}}, actor=manager)

    with queries.exactly(2):
        answer = await gql(LIST, {"id": encode_id("Organization", organization.id)}, actor=manager)

    assert [len(each["deliveries"]["edges"]) for each in answer["data"]["webhooks"]] == [1, 1, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [(UPDATE, "id"), (ROTATE, "id"), (DELETE, "id"), (PING, "id"), (REDELIVER, "deliveryId")],
)
async def test_nobody_else_touches_it(
    organization: Organization, gql: GraphQLClient, query: str, field: str
) -> None:
    manager = await manager_of(organization)
    webhook_id = (await made(gql, organization))["webhook"]["id"]
    await gql(PING, {"input": {"id": webhook_id}}, actor=manager)
    listed = await gql(LIST, {"id": encode_id("Organization", organization.id)}, actor=manager)
    delivery_id = listed["data"]["webhooks"][0]["deliveries"]["edges"][0]["node"]["id"]
    asked = {"input": {field: webhook_id if field == "id" else delivery_id}}
    powerless = await actor_of(await an_employee(organization))
    others = {
        "UNAUTHENTICATED": ANONYMOUS,
        "FORBIDDEN": powerless,
        "NOT_FOUND": await manager_of(await an_organization()),
    }

    for code, actor in others.items():
        answer = await gql(query, asked, actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    resident = await gql(query, asked, actor=await actor_of(await a_resident_user(organization)))
    assert resident["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await Webhook.filter(version=1).count() == 1


async def test_nobody_else_sees_it_or_makes_one(
    organization: Organization, gql: GraphQLClient
) -> None:
    webhook_id = (await made(gql, organization))["webhook"]["id"]
    stranger = await manager_of(await an_organization())
    powerless = await actor_of(await an_employee(organization))
    both = await an_employee(await an_organization(), permissions=[EXCHANGE_MANAGE.code])
    await an_employee(organization, user=await both.user)
    listed = {"id": encode_id("Organization", organization.id)}

    assert (await gql(LIST, listed, actor=stranger))["data"]["webhooks"] == []
    assert (await gql(NODE, {"id": webhook_id}, actor=stranger))["data"]["node"] is None
    assert (await gql(NODE, {"id": webhook_id}, actor=powerless))["data"]["node"] is None
    refused = {
        "NOT_FOUND": stranger,
        "FORBIDDEN": await actor_of(both),
    }
    for code, actor in refused.items():
        answer = await gql(CREATE, creation(organization), actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


async def test_who_works_with_some_buildings_hears_of_none_by_it(
    organization: Organization, gql: GraphQLClient
) -> None:
    webhook_id = (await made(gql, organization))["webhook"]["id"]
    partial = await actor_of(
        await an_employee(organization, permissions=[EXCHANGE_MANAGE.code], buildings=[])
    )
    listed = {"id": encode_id("Organization", organization.id)}

    created = await gql(CREATE, creation(organization), actor=partial)
    changed = await gql(UPDATE, {"input": {"id": webhook_id, "url": URL}}, actor=partial)

    assert [each["extensions"]["code"] for each in created["errors"]] == ["FORBIDDEN"]
    assert [each["extensions"]["code"] for each in changed["errors"]] == ["NOT_FOUND"]
    assert (await gql(LIST, listed, actor=partial))["data"]["webhooks"] == []
    assert await Webhook.all().count() == 1


async def test_neither_address_nor_secret_stand_in_the_audit_log(
    organization: Organization, gql: GraphQLClient
) -> None:
    manager = await manager_of(organization)
    issued = await made(gql, organization, url=f"{URL}?key=secret-of-the-address")
    await gql(
        UPDATE,
        {"input": {"id": issued["webhook"]["id"], "url": f"{URL}?key=another-secret"}},
        actor=manager,
    )

    row = await fetch_one(
        "SELECT count(*) AS rows, string_agg(coalesce(input::text, '') || coalesce(changes::text,"
        " ''), '') AS told FROM kvartal_audit_entry WHERE organization_id = $1"
        " AND action LIKE '%Webhook'",
        organization.id,
    )
    assert row is not None
    assert row["rows"] == 2
    assert "secret-of-the-address" not in row["told"]
    assert "another-secret" not in row["told"]
    assert issued["secret"] not in row["told"]
