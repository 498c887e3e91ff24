"""Setting webhooks up, trying them, and sending again."""

from collections.abc import Sequence

import strawberry

from kvartal.context import Info
from kvartal.db.transaction import unit_of_work
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.tasks import enqueue
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.webhooks import service
from kvartal_integration.webhooks.graphql.inputs import (
    CreateWebhookInput,
    IssuedWebhook,
    RedeliverWebhookInput,
    UpdateWebhookInput,
    WebhookInput,
)
from kvartal_integration.webhooks.graphql.rows import Webhook, WebhookDelivery
from kvartal_integration.webhooks.rules import (
    WebhookEvent,
    WebhookEventsMissing,
    WebhooksTooMany,
    WebhookUrlInvalid,
)
from kvartal_integration.webhooks.tasks import tell_webhook

__all__ = ["WebhookMutations"]


@strawberry.type
class WebhookMutations:
    """Fields of Mutation about webhooks."""

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Have an address told of events: 20 an organization at most. Messages are"
        " signed, sent at least once, and tried for seven days.",
        raises=(WebhookUrlInvalid, WebhookEventsMissing, WebhooksTooMany),
        payload="issued",
        secret=True,
    )
    async def create_webhook(self, info: Info, input: CreateWebhookInput) -> IssuedWebhook:
        """Make a webhook."""
        organization_id = uuid_of("Organization", input.organization_id)
        made = await service.create(
            info.context.actor, organization_id, url=input.url, events=_events(input.events)
        )
        return IssuedWebhook.of(made)

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Change a webhook, or switch it off and on.",
        raises=(WebhookUrlInvalid, WebhookEventsMissing, VersionConflict),
    )
    async def update_webhook(self, info: Info, input: UpdateWebhookInput) -> Webhook:
        """Change a webhook."""
        fields = service.WebhookFields(
            url=input.url,
            events=None if input.events is None else _events(input.events),
            is_active=input.is_active,
        )
        row = await service.update(
            info.context.actor,
            uuid_of("Webhook", input.id),
            fields,
            expected_version=input.expected_version,
        )
        return Webhook.of(row)

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Give a webhook another secret; messages are signed with it from now on.",
        payload="issued",
        secret=True,
    )
    async def rotate_webhook_secret(self, info: Info, input: WebhookInput) -> IssuedWebhook:
        """Give a webhook another secret."""
        return IssuedWebhook.of(
            await service.rotate_secret(info.context.actor, uuid_of("Webhook", input.id))
        )

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Delete a webhook with the log of what it was told, and what still waits.",
    )
    async def delete_webhook(self, info: Info, input: WebhookInput) -> Webhook:
        """Delete a webhook."""
        return Webhook.of(await service.delete(info.context.actor, uuid_of("Webhook", input.id)))

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Try a webhook: it is told a `ping`, whose fate stands among its deliveries.",
    )
    async def ping_webhook(self, info: Info, input: WebhookInput) -> Webhook:
        """Try a webhook."""
        async with unit_of_work():
            row = await service.ping(info.context.actor, uuid_of("Webhook", input.id))
            await enqueue(tell_webhook, row["id"])
        return Webhook.of(row)

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Send a message once more, whatever came of it, with seven days ahead.",
        payload="delivery",
    )
    async def redeliver_webhook(self, info: Info, input: RedeliverWebhookInput) -> WebhookDelivery:
        """Send a message once more."""
        delivery_id = uuid_of("WebhookDelivery", input.delivery_id)
        async with unit_of_work():
            row = await service.redeliver(info.context.actor, delivery_id)
            await enqueue(tell_webhook, row["webhook_id"])
        return WebhookDelivery.of(row)


def _events(asked: Sequence[WebhookEvent]) -> list[WebhookEvent]:
    """What happens by itself; a ping is asked for."""
    return [each for each in asked if each is not WebhookEvent.PING]
