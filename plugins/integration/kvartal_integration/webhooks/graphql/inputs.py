"""What is sent to set a webhook up, and what is shown once."""

import strawberry

from kvartal.audit.api import SECRET
from kvartal_integration.webhooks import service
from kvartal_integration.webhooks.graphql.rows import EVENTS, URL, Webhook
from kvartal_integration.webhooks.rules import (
    WebhookEvent,
)

__all__ = [
    "CreateWebhookInput",
    "IssuedWebhook",
    "RedeliverWebhookInput",
    "UpdateWebhookInput",
    "WebhookInput",
]


@strawberry.type(description="A webhook with its secret, which is shown this once.")
class IssuedWebhook:
    """A webhook that has just got a secret."""

    secret: str = strawberry.field(
        description="The key of the header `webhook-signature` (Standard Webhooks): keep it safe."
    )
    webhook: Webhook = strawberry.field(description="The webhook as it is kept.")

    @classmethod
    def of(cls, made: service.MadeWebhook) -> "IssuedWebhook":
        """What was made."""
        return cls(secret=made.secret, webhook=Webhook.of(made.row))


@strawberry.input(description="A webhook to be made.")
class CreateWebhookInput:
    """Input of createWebhook."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization whose events it is told."
    )
    url: str = strawberry.field(description=URL, metadata=SECRET)
    events: list[WebhookEvent] = strawberry.field(description=EVENTS)


@strawberry.input(description="A change of a webhook; what is left out stays as it is.")
class UpdateWebhookInput:
    """Input of updateWebhook."""

    id: strawberry.ID = strawberry.field(description="The webhook.")
    url: str | None = strawberry.field(default=None, description=URL, metadata=SECRET)
    events: list[WebhookEvent] | None = strawberry.field(default=None, description=EVENTS)
    is_active: bool | None = strawberry.field(default=None, description="Whether it is told.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was edited; refused if it is no longer so."
    )


@strawberry.input(description="Which webhook is meant.")
class WebhookInput:
    """Input of the mutations that need no more than a webhook."""

    id: strawberry.ID = strawberry.field(description="The webhook.")


@strawberry.input(description="Which message is to be sent again.")
class RedeliverWebhookInput:
    """Input of redeliverWebhook."""

    delivery_id: strawberry.ID = strawberry.field(description="The delivery.")
