"""Webhooks and what they were told, as rows of GraphQL."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import Node, encode_id
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal_integration.webhooks.loaders import DeliveriesByWebhook
from kvartal_integration.webhooks.rules import (
    WebhookDeliveryStatus,
    WebhookEvent,
)
from kvartal_integration.webhooks.sources import NEWEST

__all__ = ["EVENTS", "URL", "Webhook", "WebhookDelivery"]

URL = (
    "Where messages go, by POST in JSON: https, without credentials; 1000 characters. Addresses"
    " inside the installation's network are not called."
)
EVENTS = "What it is told of; at least one. A `PING` is told when it is asked for, not by these."

describe_enum(
    WebhookEvent,
    "What another system can be told of.",
    READING_ACCEPTED="A reading of a month that had none, whoever saved it (`reading.accepted`).",
    READING_CORRECTED="A reading with other values (`reading.corrected`).",
    READING_RECALCULATED="A reading whose previous value and consumption are others, because the"
    " one before it is (`reading.recalculated`).",
    READING_REVIEWED="A reading that was marked for review, and was found right"
    " (`reading.reviewed`).",
    READING_DELETED="A reading that is no more (`reading.deleted`).",
    METER_CHANGED="A meter that is new, or another card, status or place in the archive"
    " (`meter.changed`).",
    METER_DELETED="A meter that is no more, and its readings with it (`meter.deleted`).",
    PING="Nothing but that the webhook is there (`ping`).",
)
describe_enum(
    WebhookDeliveryStatus,
    "How far a message has come.",
    PENDING="It is on its way, or waits for the next attempt.",
    DELIVERED="It was answered with a 2xx.",
    FAILED="It was not taken in seven days.",
)


@strawberry.type(description="A message to a webhook, and what came of it; kept for 30 days.")
class WebhookDelivery(Node):
    """A row of the log of deliveries."""

    event: WebhookEvent = strawberry.field(description="What it tells of.")
    message_id: str = strawberry.field(
        description="The header `webhook-id`: the same in every attempt, so that a receiver can"
        " tell repetitions."
    )
    status: WebhookDeliveryStatus = strawberry.field(description="How far it has come.")
    attempts: int = strawberry.field(description="Attempts so far.")
    created_at: datetime = strawberry.field(description="When it was written.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it will be tried again; null if it will not."
    )
    delivered_at: datetime | None = strawberry.field(description="When it was taken.")
    answered_status: int | None = strawberry.field(
        description="The HTTP status of the latest answer; null if there was none."
    )
    problem: str | None = strawberry.field(
        description="What was wrong with the latest attempt, for engineers."
    )
    payload: JSON = strawberry.field(description="The body of the message.")

    @classmethod
    def of(cls, record: Record) -> "WebhookDelivery":
        """The delivery in a record."""
        is_open = record["status"] == WebhookDeliveryStatus.PENDING
        return cls(
            id=encode_id("WebhookDelivery", record["id"]),
            event=WebhookEvent(record["event"]),
            message_id=f"msg_{record['event_id'].hex}",
            status=WebhookDeliveryStatus(record["status"]),
            attempts=record["attempts"],
            created_at=record["created_at"],
            next_attempt_at=record["due_at"] if is_open else None,
            delivered_at=record["delivered_at"],
            answered_status=record["answered_status"],
            problem=record["problem"],
            payload=orjson.loads(record["payload"]),
        )


@strawberry.type(description="An address of another system that is told of events (вебхук).")
class Webhook(Node):
    """A webhook, without its secret."""

    uuid: strawberry.Private[UUID]
    url: str = strawberry.field(description=URL)
    events: list[WebhookEvent] = strawberry.field(description=EVENTS)
    is_active: bool = strawberry.field(
        description="Whether it is told; what waits for it waits until it is again."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    version: int = strawberry.field(
        description="Grows with every change; the `expectedVersion` of updateWebhook."
    )

    @classmethod
    def of(cls, record: Record) -> "Webhook":
        """The webhook in a record."""
        return cls(
            id=encode_id("Webhook", record["id"]),
            uuid=record["id"],
            url=record["url"],
            events=[WebhookEvent(each) for each in orjson.loads(record["events"])],
            is_active=record["is_active"],
            created_at=record["created_at"],
            version=record["version"],
        )

    @strawberry.field(description="What it was told, the newest first.")
    async def deliveries(
        self,
        info: Info,
        status: Annotated[
            WebhookDeliveryStatus | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookDelivery]:
        """A page of its deliveries."""
        page = page_of(first, after, last, before)
        rows = await info.context.load(DeliveriesByWebhook, (self.uuid, page, status))
        return connected(page, rows, WebhookDelivery.of, NEWEST)
