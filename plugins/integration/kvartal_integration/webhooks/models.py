"""Other systems that are told of events, and what they were told."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, VersionedRow, link
from kvartal_integration.webhooks.rules import WebhookDeliveryStatus

__all__ = ["Webhook", "WebhookDelivery"]


class Webhook(VersionedRow):
    """An address that is told of an organization's events; each message is signed.

    ``secret_sealed``: the key of the signature, shown once. ``events``: the wire names.
    """

    organization_id: UUID
    organization = link("kvartal.Organization", "integration_webhooks")
    url = fields.CharField(max_length=1000)
    secret_sealed = fields.BinaryField()
    events = fields.JSONField[list[str]](default=list)
    is_active = fields.BooleanField(default=True)

    class Meta:
        app = "integration"
        table = "integration_webhook"


class WebhookDelivery(Row):
    """An event on its way to an address: told at least once, retried for seven days.

    ``event_id`` is the same in every attempt, so that the other side can tell repetitions.
    """

    organization = link("kvartal.Organization", "integration_webhook_deliveries", index=False)
    webhook: Any = fields.ForeignKeyField(
        "integration.Webhook", related_name="deliveries", on_delete=fields.CASCADE, db_index=False
    )
    event = fields.CharField(max_length=100)
    event_id = fields.UUIDField()
    payload = fields.JSONField[dict[str, Any]]()
    status = fields.CharEnumField(
        WebhookDeliveryStatus, max_length=20, default=WebhookDeliveryStatus.PENDING
    )
    attempts = fields.IntField(default=0)
    due_at = fields.DatetimeField(null=True)
    answered_status = fields.SmallIntField(null=True)
    problem = fields.CharField(max_length=500, null=True)
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        app = "integration"
        table = "integration_webhook_delivery"
        unique_together = (("webhook_id", "event_id"),)
