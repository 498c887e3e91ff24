"""Starting an operation: it waits in the log until a worker takes it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal_integration.operations import queries
from kvartal_integration.operations.queries import DueOperation
from kvartal_integration.operations.rules import (
    OperationKind,
    OperationRunning,
    Sentence,
    Trigger,
)

__all__ = ["DueOperation", "ScheduledStart", "start", "start_scheduled"]


@dataclass(frozen=True, slots=True)
class ScheduledStart:
    """The operations that wait now, and those that were left out because another one runs."""

    ids: list[UUID]
    left_out: list[UUID]


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


async def start_scheduled(kind: OperationKind, due: Sequence[DueOperation]) -> ScheduledStart:
    """New operations of schedules, as far as they are not there yet; the caller enqueues tasks.

    Where an exchange of that direction is queued or runs, the new one is written down as CANCELLED
    and never begins: so people see that it was left out, and why.
    """
    async with unit_of_work():
        now = clock.now()
        started = await queries.insert_scheduled(kind, due, now=now)
        rest = [each for each in due if each.id not in set(started)]
        message = Sentence("RUN_LEFT_OUT", {"direction": kind.direction})
        left_out = await queries.insert_left_out(kind, rest, message, now=now) if rest else []
    return ScheduledStart(started, left_out)
