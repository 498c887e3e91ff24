"""What can be read of services and orders."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.errors import NotFound
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.graphql.wording import Archived
from kvartal.housing.queries.rows import by_ids, sees
from kvartal.housing.sources import PREMISES, Source
from kvartal.plugin import NodeKind
from kvartal.services import queries
from kvartal.services.graphql.rows import Service, ServiceOrder
from kvartal.services.rules import ServiceOrderStatus
from kvartal.services.sources import ORDERS, SERVICES

__all__ = ["NODES", "ServiceQueries"]

Id = strawberry.ID


def _node(kind: type, source: Source, of: Callable[[Record], Any]) -> NodeKind:
    async def fetch(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
        found = await by_ids(source, context.actor, ids)
        return {key: of(row) for key, row in found.items()}

    return NodeKind(type=kind, fetch=fetch)


NODES = (
    _node(Service, SERVICES, Service.of),
    _node(ServiceOrder, ORDERS, ServiceOrder.of),
)


@strawberry.type
class ServiceQueries:
    """Fields of Query about services."""

    @query(
        access=SIGNED_IN,
        description="Services (услуги), by title: residents see those that can be ordered now.",
    )
    async def services(
        self,
        info: Info,
        premise_id: Annotated[
            Id | None, strawberry.argument(description="Only those offered to this premise.")
        ] = None,
        organization_id: Annotated[
            Id | None, strawberry.argument(description="Only this organization's.")
        ] = None,
        include_archived: Archived = False,
    ) -> list[Service]:
        """All services that the actor sees."""
        actor, premise = info.context.actor, _key("Premise", premise_id)
        if premise is not None and not await sees(PREMISES, actor, premise):
            raise NotFound
        found = await queries.services_of(
            actor,
            organization_id=_key("Organization", organization_id),
            premise_id=premise,
            archived=include_archived,
        )
        return [Service.of(row) for row in found]

    @query(
        access=SIGNED_IN,
        description="Orders of services (заказы услуг), newest first: staff see those of their"
        " buildings, residents what they ordered for their premises.",
    )
    async def service_orders(
        self,
        info: Info,
        organization_id: Annotated[
            Id | None, strawberry.argument(description="Only those to this organization.")
        ] = None,
        building_id: Annotated[
            Id | None, strawberry.argument(description="Only those for this building.")
        ] = None,
        premise_id: Annotated[
            Id | None, strawberry.argument(description="Only those for this premise.")
        ] = None,
        service_id: Annotated[
            Id | None, strawberry.argument(description="Only those of this service.")
        ] = None,
        statuses: Annotated[
            list[ServiceOrderStatus] | None,
            strawberry.argument(description="Only those that have come so far."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ServiceOrder]:
        """A page of orders."""
        page, actor = page_of(first, after, last, before), info.context.actor
        where = queries.OrderFilter(
            organization_id=_key("Organization", organization_id),
            building_id=_key("Building", building_id),
            premise_id=_key("Premise", premise_id),
            service_id=_key("Service", service_id),
            statuses=tuple(statuses or ()),
        )
        found = await queries.orders_page(actor, where, page)
        count = partial(queries.count_orders, actor, where)
        return connected(page, found, ServiceOrder.of, ORDERS.order, count)


def _key(kind: str, value: str | None) -> UUID | None:
    return uuid_of(kind, value) if value is not None else None
