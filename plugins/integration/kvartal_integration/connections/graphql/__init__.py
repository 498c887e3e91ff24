"""The connection to the customer's file server over GraphQL: shown, set up and tried."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal.plugin import GraphQLPart, NodeKind
from kvartal_integration.connections import queries
from kvartal_integration.connections.graphql.mutations import ConnectionMutations
from kvartal_integration.connections.graphql.rows import ExchangeServer
from kvartal_integration.permissions import EXCHANGE_MANAGE

__all__ = ["GRAPHQL"]


@strawberry.type
class ConnectionQueries:
    """Fields of Query about connections."""

    @query(
        access=EXCHANGE_MANAGE,
        description="The file server of an organization (общие настройки обмена); null if none has"
        " been set up.",
    )
    async def exchange_connection(
        self,
        info: Info,
        organization_id: Annotated[
            strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
        ],
    ) -> ExchangeServer | None:
        """The connection of an organization."""
        organization = uuid_of("Organization", organization_id)
        row = await queries.connection_managed(info.context.actor, organization)
        return ExchangeServer.of(row) if row is not None else None


async def _connections(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, ExchangeServer]:
    found = await queries.connections_by_ids(context.actor, ids)
    return {key: ExchangeServer.of(row) for key, row in found.items()}


GRAPHQL = GraphQLPart(
    queries=(ConnectionQueries,),
    mutations=(ConnectionMutations,),
    nodes=(NodeKind(type=ExchangeServer, fetch=_connections),),
)
