"""What can be read of the log of operations."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.errors import NotFound
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.plugin import NodeKind
from kvartal_integration.operations import queries
from kvartal_integration.operations.graphql.rows import Operation, OperationEntry
from kvartal_integration.operations.queries import OperationFilter
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.operations.service.reading import require_staff_of
from kvartal_integration.operations.sources import OPERATION_ORDER

__all__ = ["NODES", "OperationQueries"]


@strawberry.input(description="Which operations are asked for; all that is given must hold.")
class OperationFilterInput:
    """The filters of the log."""

    kinds: list[OperationKind] | None = strawberry.field(
        default=None, description="Only of these kinds."
    )
    statuses: list[OperationStatus] | None = strawberry.field(
        default=None, description="Only those that have come so far."
    )
    since: date | None = strawberry.field(
        default=None,
        name="from",
        description="Started on this day or later, in the organization's time zone.",
    )
    until: date | None = strawberry.field(
        default=None, name="to", description="Started on this day or earlier."
    )

    def plain(self, organization_id: UUID) -> OperationFilter:
        """The filter as the statement takes it."""
        return OperationFilter(
            organization_id=organization_id,
            kinds=tuple(self.kinds or ()),
            statuses=tuple(self.statuses or ()),
            since=self.since,
            until=self.until,
        )


@strawberry.type
class OperationQueries:
    """Fields of Query about operations."""

    @query(
        access=SIGNED_IN,
        description="The log of an organization's imports and exports (журнал операций), newest"
        " first. Staff with the right «Интеграция» who work with all buildings see it whole, others"
        " what they have started themselves.",
    )
    async def operations(
        self,
        info: Info,
        organization_id: Annotated[
            strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
        ],
        filter: Annotated[
            OperationFilterInput | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Operation]:
        """A page of the log."""
        page, context = page_of(first, after, last, before), info.context
        where = (filter or OperationFilterInput()).plain(uuid_of("Organization", organization_id))
        require_staff_of(context.actor, where.organization_id)
        found = await queries.operations_page(context.actor, where, page)
        row = partial(Operation.of, locale=context.locale)
        count = partial(queries.count_operations, context.actor, where)
        return connected(page, found, row, OPERATION_ORDER, count)

    @query(access=SIGNED_IN, description="One operation of the log.")
    async def operation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The operation.")],
    ) -> Operation:
        """An operation that the actor sees."""
        key = uuid_of("Operation", id)
        found = await _operations(info.context, [key])
        if key not in found:
            raise NotFound
        return found[key]


async def _operations(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Operation]:
    found = await queries.operations_by_ids(context.actor, ids)
    return {key: Operation.of(row, context.locale) for key, row in found.items()}


async def _entries(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, OperationEntry]:
    found = await queries.entries_by_ids(context.actor, ids)
    return {key: OperationEntry.of(row, context.locale) for key, row in found.items()}


NODES = (
    NodeKind(type=Operation, fetch=_operations),
    NodeKind(type=OperationEntry, fetch=_entries),
)
