"""Webhooks: set up by the staff, told by the worker."""

from kvartal_integration.webhooks.service.managing import (
    MadeWebhook,
    WebhookFields,
    create,
    delete,
    ping,
    redeliver,
    rotate_secret,
    update,
)
from kvartal_integration.webhooks.service.sending import Target, attempt
from kvartal_integration.webhooks.service.telling import tell

__all__ = [
    "MadeWebhook",
    "Target",
    "WebhookFields",
    "attempt",
    "create",
    "delete",
    "ping",
    "redeliver",
    "rotate_secret",
    "tell",
    "update",
]
