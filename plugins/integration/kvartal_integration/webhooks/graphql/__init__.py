"""Webhooks over GraphQL: set up, watched, tried, and sent again."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal.plugin import GraphQLPart, NodeKind
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.webhooks import queries
from kvartal_integration.webhooks.graphql.mutations import WebhookMutations
from kvartal_integration.webhooks.graphql.rows import Webhook, WebhookDelivery

__all__ = ["GRAPHQL"]


@strawberry.type
class WebhookQueries:
    """Fields of Query about webhooks."""

    @query(access=EXCHANGE_MANAGE, description="The webhooks of an organization, oldest first.")
    async def webhooks(
        self,
        info: Info,
        organization_id: Annotated[
            strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
        ],
    ) -> list[Webhook]:
        """The webhooks of an organization."""
        organization = uuid_of("Organization", organization_id)
        return [
            Webhook.of(row) for row in await queries.webhooks_of(info.context.actor, organization)
        ]


async def _webhooks(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Webhook]:
    found = await queries.webhooks_by_ids(context.actor, ids)
    return {key: Webhook.of(row) for key, row in found.items()}


async def _deliveries(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, WebhookDelivery]:
    found = await queries.deliveries_by_ids(context.actor, ids)
    return {key: WebhookDelivery.of(row) for key, row in found.items()}


GRAPHQL = GraphQLPart(
    queries=(WebhookQueries,),
    mutations=(WebhookMutations,),
    nodes=(
        NodeKind(type=Webhook, fetch=_webhooks),
        NodeKind(type=WebhookDelivery, fetch=_deliveries),
    ),
)
