"""Where the rows of webhooks and their deliveries come from."""

from uuid import UUID

from kvartal.db.sql import Keyset, RowShape, instant

__all__ = ["DELIVERY", "NEWEST", "WEBHOOK"]

WEBHOOK = RowShape(
    "integration_webhook",
    ("id", "organization_id", "url", "events", "is_active", "version", "created_at"),
)
DELIVERY = RowShape(
    "integration_webhook_delivery",
    (
        "id",
        "organization_id",
        "webhook_id",
        "event",
        "event_id",
        "payload",
        "status",
        "attempts",
        "due_at",
        "answered_status",
        "problem",
        "created_at",
        "delivered_at",
    ),
)
NEWEST = Keyset({"x.created_at": instant, "x.id": UUID}, descending=True)
