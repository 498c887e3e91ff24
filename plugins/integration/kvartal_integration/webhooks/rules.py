"""How an event is told to other systems."""

from enum import StrEnum

__all__ = ["WebhookDeliveryStatus"]


class WebhookDeliveryStatus(StrEnum):
    """How far the telling of an event has come."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
