"""Access proven by walking the schema: every root field, node and subscription, by strangers."""

from collections.abc import AsyncIterator

import pytest
from tests.access.operations import (
    Operation,
    mixed_operations,
    node_operation,
    operations,
    public_fields,
)
from tests.access.scene import Scene, staged
from tests.access.secrets import snapshot, told_by
from tests.access.walk import is_refused, run

from kvartal.db.connection import fetch
from kvartal.embedded import Servers
from kvartal.graphql.schema import build_schema
from kvartal.testing.host import TestHost, committed_host

PUBLIC_FIELDS = {
    "viewer": "null says that nobody is signed in",
    "refreshSession": "the refresh token is the credential",
    "requestPasswordReset": "who has forgotten the password cannot sign in",
    "requestSignInCode": "the first step of signing in",
    "resetPassword": "the token of the letter is the credential",
    "signInEmployee": "e-mail and password are the credential",
    "signInResident": "telephone and code are the credential",
}
COMMON_COLUMNS = {
    # closed sets
    "integration_connection.encoding",
    "integration_connection.protocol",
    "integration_operation.direction",
    "integration_operation.kind",
    "integration_operation.locale",
    "integration_operation.status",
    "integration_operation.trigger",
    "integration_operation_entry.code",
    "integration_operation_entry.severity",
    "integration_settings.direction",
    "integration_webhook_delivery.event",
    "integration_webhook_delivery.status",
    "kvartal_audit_entry.actor_kind",
    "kvartal_audit_entry.channel",
    "kvartal_audit_entry.object_kind",
    "kvartal_organization.kind",
    "kvartal_premise.kind",
    "kvartal_role_permission.permission",
    "kvartal_service.kind",
    "kvartal_service_order.source_kind",
    "kvartal_service_order.status",
    "kvartal_service_token_permission.permission",
    "kvartal_session.channel",
    "kvartal_session.kind",
    "kvartal_stored_file.media_type",
    "kvartal_stored_file.owner_kind",
    "meters_collective_details.condition",
    "meters_meter.archive_reason",
    "meters_meter.resource_kind",
    "meters_meter.scope",
    "meters_meter.status",
    "meters_meter.type",
    "meters_meter.verification_reason",
    "meters_reading.author_kind",
    "meters_reading.channel",
    "meters_reading.resource_kind",
    "meters_reading.scope",
    "meters_reading_revision.author_kind",
    "meters_reading_revision.channel",
    "meters_resource_rule.level",
    "meters_resource_settings.level",
    "meters_resource_settings.resource_kind",
    "notifications_delivery.channel",
    "notifications_delivery.problem",
    "notifications_delivery.provider",
    "notifications_delivery.provider_message",
    "notifications_delivery.status",
    "notifications_device.locale",
    "notifications_device.provider",
    "notifications_notification.audience",
    "notifications_notification.kind",
    "notifications_notification.subject_kind",
    # numbers of schedules
    "integration_settings.days",
    "integration_settings.hours",
    "integration_settings.minutes",
    "integration_settings.months",
    "integration_settings.weekdays",
    # time zones, names of events
    "kvartal_building.timezone",
    "kvartal_event.name",
    "kvartal_organization.timezone",
}
# The walk asks for all that there is at once; what is too dear is not its subject.
COST = 500_000
SAY_NOTHING_OF_TENANTS = {
    "meterTypes",
    "notificationKinds",
    "notificationPreferences",
    "permissions",
    "unreadNotifications",  # a number
    "webPushPublicKey",
}


@pytest.fixture(scope="module")
async def scene(servers: Servers, worker_id: str, host: TestHost) -> AsyncIterator[Scene]:
    """The scene in a database of its own; nothing that is done on it stays."""
    async with (
        committed_host(servers, worker_id, host, limit_cost=COST) as own,
        staged(own.client, own.host) as made,
    ):
        yield made


@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
async def test_strangers_neither_see_nor_change_anything(scene: Scene, kind: str) -> None:
    chosen = [each for each in operations(scene.schema, scene.victim) if each.kind == kind]

    found = await scene.walk(chosen)

    assert chosen != []

    assert found == []


async def test_nothing_foreign_is_mixed_with_ones_own(scene: Scene) -> None:
    found = [
        sentence
        for stranger in scene.strangers
        if stranger.own is not None
        for sentence in await scene.walk(
            mixed_operations(scene.schema, stranger.own, scene.victim), [stranger]
        )
    ]

    assert found == []


async def test_ones_own_things_lead_to_nothing_foreign(scene: Scene) -> None:
    told = [
        f"{operation}, {stranger.name}"
        for stranger in scene.strangers
        if stranger.own is not None
        for operation in operations(scene.schema, stranger.own)
        if operation.kind == "query"
        if told_by(
            (await run(scene.client, operation, stranger.actor, scene.rows)).answer,
            scene.secrets.of(stranger.hidden),
        )
    ]

    assert told == []


async def test_every_kind_of_node_is_null_to_strangers(scene: Scene, host: TestHost) -> None:
    kinds = sorted(host.host.registry.nodes)
    nodes = [node_operation(scene.schema, kind, scene.victim) for kind in kinds]
    found = await scene.walk(nodes)
    lost = [
        kind
        for kind, node in zip(kinds, nodes, strict=True)
        if is_refused(node, await run(scene.client, node, scene.victim.employee, scene.rows))
    ]

    assert found == []
    assert lost == []


async def test_the_walk_arrives_where_owners_may_go(scene: Scene) -> None:
    walked = list(operations(scene.schema, scene.victim))
    lost = [str(each) for each in walked if not await _arrives(scene, each)]

    assert lost == []


async def test_every_text_of_the_tenant_is_a_secret(scene: Scene) -> None:
    texts = await fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND udt_name IN ('text', 'varchar')"
        " AND table_name = ANY($1)",
        list({table for table, _ in scene.victims}),
    )

    assert {each["name"] for each in texts} - scene.secrets.columns == COMMON_COLUMNS


async def test_nothing_that_is_done_on_the_scene_stays(scene: Scene) -> None:
    assert await snapshot() == scene.rows


def test_public_fields_have_their_reasons(host: TestHost) -> None:
    schema = build_schema(host.host.registry.plugins)

    assert public_fields(schema) == PUBLIC_FIELDS.keys()


async def _arrives(scene: Scene, operation: Operation) -> bool:
    """Whether one of those whose things they are sees them, or is let to change them."""
    victim = scene.victim
    for actor in (victim.employee, victim.resident, victim.service):
        outcome = await run(scene.client, operation, actor, scene.rows)
        if operation.kind == "mutation" and not outcome.codes:
            return True
        if operation.things and not is_refused(operation, outcome):
            return True
        if told_by(outcome.answer.get("data"), scene.secrets.of(scene.victims)):
            return True
    return operation.field in SAY_NOTHING_OF_TENANTS
