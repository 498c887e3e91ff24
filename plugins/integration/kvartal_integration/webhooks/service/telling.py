"""What webhooks are told: the messages of an event, with what is known of its readings and meters.

A message names things as GraphQL does, so that its reader can ask on, and by the external ids and
numbers that other systems know; of people it says nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson

from kvartal import clock
from kvartal.graphql.node import encode_id
from kvartal_integration.webhooks import queries
from kvartal_integration.webhooks.rules import WebhookEvent
from kvartal_meters.api import Extract, extract_meters, extract_readings

__all__ = ["gone", "meters", "ping_message", "readings", "tell"]

Facts = Callable[[], Awaitable[Mapping[str, object]]]
"""What is told of an event, found out only if somebody listens."""


async def tell(organization_id: UUID, events: Mapping[WebhookEvent, Facts]) -> Sequence[UUID]:
    """Write the messages of these events; the webhooks that are to be told of them.

    Belongs inside the unit of work of the event's handler: told once however often it runs.
    """
    listening = await queries.webhooks_told(organization_id, list(events))
    if not listening:
        return []
    now = clock.now()
    heard = {name for _, names in listening for name in names}
    messages = {
        event: _message(organization_id, event, await find(), now)
        for event, find in events.items()
        if event.value in heard
    }
    await queries.insert_deliveries(
        organization_id,
        [
            (webhook, event, message)
            for webhook, names in listening
            for event, message in messages.items()
            if event.value in names
        ],
        now=now,
    )
    return [webhook for webhook, _ in listening]


def readings(organization_id: UUID, ids: Sequence[UUID]) -> Facts:
    """The facts of readings that are there."""

    async def find() -> Mapping[str, object]:
        rows = await extract_readings(organization_id, ids)
        return {"readings": [_reading(each) for each in rows]}

    return find


def meters(organization_id: UUID, ids: Sequence[UUID]) -> Facts:
    """The facts of meters that are there."""

    async def find() -> Mapping[str, object]:
        rows = await extract_meters(organization_id, ids)
        return {"meters": [_meter(each) for each in rows]}

    return find


def gone(key: str, kind: str, ids: Sequence[UUID]) -> Facts:
    """The ids of what is no more."""

    async def find() -> Mapping[str, object]:
        return {key: [{"id": encode_id(kind, each)} for each in ids]}

    return find


def ping_message(organization_id: UUID, now: datetime) -> str:
    """The message that tells nothing but that it has arrived."""
    return _message(organization_id, WebhookEvent.PING, {}, now)


def _message(
    organization_id: UUID, event: WebhookEvent, data: Mapping[str, object], now: datetime
) -> str:
    message = {
        "type": event.value,
        "timestamp": now.isoformat(),
        "organizationId": encode_id("Organization", organization_id),
        "data": data,
    }
    return orjson.dumps(message, default=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def _reading(row: Extract) -> dict[str, object]:
    assert row.reading_id is not None  # it was asked for by it
    assert row.billing_month is not None
    return {
        "id": encode_id("Reading", row.reading_id),
        "billingMonth": row.billing_month.strftime("%Y-%m"),
        "takenOn": row.taken_on,
        "submittedAt": row.submitted_at,
        "channel": row.channel,
        "values": row.values,
        "previous": row.previous,
        "consumption": row.consumption,
        "meter": _meter(row),
    }


def _meter(row: Extract) -> dict[str, object]:
    return {
        "id": encode_id("Meter", row.meter_id),
        "externalId": row.meter_external_id,
        "scope": row.scope,
        "type": row.type,
        "identifier": row.identifier,
        "serialNumber": row.serial_number,
        "status": row.status,
        "nextVerificationOn": row.next_verification_on,
        "buildingExternalId": row.building_external_id,
        "premiseExternalId": row.premise_external_id,
        "accountNumber": row.account_number,
    }
