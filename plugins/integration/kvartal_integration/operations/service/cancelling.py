"""Cancelling an operation: at once if it waits, else as soon as it asks."""

from uuid import UUID

from kvartal import clock, live
from kvartal.audit.api import belongs_to, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import FINAL, OperationOver, OperationStatus
from kvartal_integration.operations.service.ending import end
from kvartal_integration.operations.topics import operation_topic

__all__ = ["cancel"]


async def cancel(actor: Actor, operation_id: UUID) -> None:
    """Ask an operation to stop; what it has committed stays. Asking again changes nothing.

    NotFound if the actor does not see it, OperationOver if there is nothing to stop any more.
    """
    async with unit_of_work():
        row = await queries.operation_for_cancelling(actor, operation_id)
        if row is None:
            raise NotFound
        belongs_to(row["organization_id"])
        status = OperationStatus(row["status"])
        if status in FINAL:
            raise OperationOver(status=status, path=("id",))
        if status is OperationStatus.QUEUED:
            await end(operation_id, OperationStatus.CANCELLED)
            return
        if row["cancel_requested_at"] is not None:
            nothing_changed()
            return
        await queries.request_cancel(operation_id, now=clock.now())
        live.touch(operation_topic(operation_id))
