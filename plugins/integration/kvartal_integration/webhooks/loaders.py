"""Loaders of webhooks' deliveries."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal.graphql.paging import Page
from kvartal_integration.webhooks.queries import deliveries_of
from kvartal_integration.webhooks.rules import WebhookDeliveryStatus

__all__ = ["DeliveriesByWebhook", "DeliveryKey"]

DeliveryKey = tuple[UUID, Page, WebhookDeliveryStatus | None]


class DeliveriesByWebhook(Loader[DeliveryKey, list[Record]]):
    """A page of what each webhook was told."""

    async def batch(self, keys: Sequence[DeliveryKey]) -> Mapping[DeliveryKey, list[Record]]:
        """One statement for each page and filter that is asked for."""
        found: dict[DeliveryKey, list[Record]] = {}
        asked: dict[tuple[Page, WebhookDeliveryStatus | None], list[UUID]] = {}
        for webhook_id, page, status in keys:
            asked.setdefault((page, status), []).append(webhook_id)
        for (page, status), webhooks in asked.items():
            # lint-skip: query-in-loop -- a page and filter is an alias in the document, not a row
            rows = await deliveries_of(self.context.actor, webhooks, page, status)
            found |= {(each, page, status): rows.get(each, []) for each in webhooks}
        return found
