"""Setting webhooks up, and asking for a message once more."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import belongs_to, changed, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound, VersionConflict
from kvartal.sealing import Place, seal
from kvartal.settings import settings_of
from kvartal_integration.access import require_exchange
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.webhooks import queries
from kvartal_integration.webhooks.models import Webhook
from kvartal_integration.webhooks.rules import (
    MAX_WEBHOOKS,
    WebhookEvent,
    WebhookEventsMissing,
    WebhooksTooMany,
    check_url,
    new_secret,
)
from kvartal_integration.webhooks.service.telling import ping_message

__all__ = [
    "MadeWebhook",
    "WebhookFields",
    "create",
    "delete",
    "ping",
    "redeliver",
    "rotate_secret",
    "secret_place",
    "update",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFields:
    """What is set; what is None stays as it is."""

    url: str | None = None
    events: Collection[WebhookEvent] | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """A webhook with its secret, which is never shown again."""

    row: Record
    secret: str = field(repr=False)


def secret_place(webhook_id: UUID) -> Place:
    """Where the secret of a webhook is kept."""
    return Place("integration_webhook", "secret_sealed", webhook_id)


async def create(
    actor: Actor, organization_id: UUID, *, url: str, events: Collection[WebhookEvent]
) -> MadeWebhook:
    """Have an address told of events of the organization."""
    require_exchange(actor, organization_id)
    columns = _columns(WebhookFields(url=url, events=events))
    webhook_id, secret = uuid7(), new_secret()
    async with unit_of_work():
        if await queries.lock_organization(organization_id) >= MAX_WEBHOOKS:
            raise WebhooksTooMany(path=("organization_id",))
        await Webhook.create(
            id=webhook_id,
            organization_id=organization_id,
            secret_sealed=seal().seal(secret, secret_place(webhook_id)),
            **columns,
        )
        row = await _known(actor, webhook_id)
    return MadeWebhook(row, secret)


async def update(
    actor: Actor, webhook_id: UUID, fields: WebhookFields, *, expected_version: int | None = None
) -> Record:
    """Change a webhook; what waits for one that is switched off waits on."""
    columns = _columns(fields)
    async with unit_of_work():
        before = await _locked(actor, webhook_id)
        if expected_version not in {None, before["version"]}:
            raise VersionConflict(version=before["version"], path=("expected_version",))
        if all(before[name] == value for name, value in columns.items()):
            nothing_changed()
            return before
        await Webhook.filter(id=webhook_id).update(
            **columns, version=before["version"] + 1, updated_at=clock.now()
        )
        after = await _known(actor, webhook_id)
        # Not its address: it may carry a key.
        told = columns.keys() - {"url"}
        changed({name: before[name] for name in told}, {name: after[name] for name in told})
    return after


async def rotate_secret(actor: Actor, webhook_id: UUID) -> MadeWebhook:
    """Give a webhook another secret; from now on messages are signed with it alone."""
    secret = new_secret()
    async with unit_of_work():
        before = await _locked(actor, webhook_id)
        await Webhook.filter(id=webhook_id).update(
            secret_sealed=seal().seal(secret, secret_place(webhook_id)),
            version=before["version"] + 1,
            updated_at=clock.now(),
        )
        row = await _known(actor, webhook_id)
    return MadeWebhook(row, secret)


async def delete(actor: Actor, webhook_id: UUID) -> Record:
    """Delete a webhook with the log of what it was told."""
    async with unit_of_work():
        before = await _locked(actor, webhook_id)
        await Webhook.filter(id=webhook_id).delete()
    return before


async def ping(actor: Actor, webhook_id: UUID) -> Record:
    """Have a webhook told that it is there, to try it; the caller enqueues the telling."""
    async with unit_of_work():
        webhook = await _locked(actor, webhook_id)
        now = clock.now()
        message = (webhook_id, WebhookEvent.PING, ping_message(webhook["organization_id"], now))
        await queries.insert_deliveries(webhook["organization_id"], [message], now=now)
    return webhook


async def redeliver(actor: Actor, delivery_id: UUID) -> Record:
    """Have a message sent once more; the caller enqueues the telling."""
    async with unit_of_work():
        found = (await queries.deliveries_by_ids(actor, [delivery_id])).get(delivery_id)
        if found is None:
            raise NotFound
        belongs_to(found["organization_id"])
        await queries.redeliver(delivery_id, now=clock.now())
        return (await queries.deliveries_by_ids(actor, [delivery_id]))[delivery_id]


def _columns(fields: WebhookFields) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if fields.url is not None:
        columns["url"] = check_url(
            fields.url, allowed=settings_of(IntegrationSettings).allowed_hosts
        )
    if fields.events is not None:
        if not fields.events:
            raise WebhookEventsMissing(path=("events",))
        columns["events"] = sorted({each.value for each in fields.events})
    if fields.is_active is not None:
        columns["is_active"] = fields.is_active
    return columns


async def _locked(actor: Actor, webhook_id: UUID) -> Record:
    found = await queries.lock_webhook(actor, webhook_id)
    if found is None:
        raise NotFound
    belongs_to(found["organization_id"])
    return found


async def _known(actor: Actor, webhook_id: UUID) -> Record:
    return (await queries.webhooks_by_ids(actor, [webhook_id]))[webhook_id]
