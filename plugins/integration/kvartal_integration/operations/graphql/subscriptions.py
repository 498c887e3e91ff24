"""The progress of an operation, live."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal import clock, live
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.errors import NotFound
from kvartal.graphql.fields import SIGNED_IN, subscription
from kvartal.graphql.node import uuid_of
from kvartal_integration.operations import queries
from kvartal_integration.operations.graphql.rows import Operation
from kvartal_integration.operations.rules import FINAL, OperationStatus
from kvartal_integration.operations.topics import operation_topic

__all__ = ["OperationSubscriptions"]

# A run does not tell of each of its steps: the last one before a pause is found all the same.
LOOK = timedelta(seconds=5)


@strawberry.type
class OperationSubscriptions:
    """Live changes of operations."""

    @subscription(
        access=SIGNED_IN,
        description="An operation as it is now, then whenever it has gone on, twice a second at"
        " most; it ends after the one that is over.",
    )
    async def operation_progress(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The operation.")],
    ) -> AsyncGenerator[Operation, None]:
        """The operation whenever it differs from what was sent last."""
        key, context = uuid_of("Operation", id), info.context
        shown: datetime | None = None
        async for _ in live.changes(operation_topic(key), next_change=lambda: clock.now() + LOOK):
            row = await _seen(context, key)
            if row["updated_at"] != shown:
                shown = row["updated_at"]
                yield Operation.of(row, context.locale)
            if OperationStatus(row["status"]) in FINAL:
                return


async def _seen(context: Context, operation_id: UUID) -> Record:
    """The operation as it is now; NotFound once the viewer does not see it."""
    found = await queries.operations_by_ids(context.actor, [operation_id])
    if operation_id not in found:
        raise NotFound
    return found[operation_id]
