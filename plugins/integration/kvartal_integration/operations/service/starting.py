"""Starting an operation: it waits in the log until a worker takes it up."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import OperationKind, OperationRunning, Trigger

__all__ = ["start"]


async def start(
    organization_id: UUID,
    kind: OperationKind,
    *,
    trigger: Trigger,
    started_by_id: UUID | None = None,
    locale: str = "ru",
    request: Mapping[str, Any],
) -> UUID:
    """A new operation, QUEUED; its id.

    Who calls enqueues the actor that carries it out in the same unit of work, with the id as its
    argument ``operation_id``: by that name it is known whether a worker is still going to come.
    ``request``: what it is asked to do, in JSON. OperationRunning, and nothing else is lost, if an
    XML exchange of that direction is queued or runs in the organization.
    """
    async with unit_of_work():
        operation_id = await queries.insert_operation(
            uuid7(),
            organization_id=organization_id,
            kind=kind,
            trigger=trigger,
            started_by_id=started_by_id,
            locale=locale,
            request=request,
            now=clock.now(),
        )
        if operation_id is None:
            raise OperationRunning(direction=kind.direction)
    return operation_id
