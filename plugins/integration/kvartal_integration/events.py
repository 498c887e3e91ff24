"""What happens in the exchange with other systems, for whoever listens."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event
from kvartal_integration.operations.rules import OperationKind, OperationStatus, Trigger

__all__ = ["OperationFinished"]


@event("integration.operation_finished")
@dataclass(frozen=True, slots=True)
class OperationFinished(Event):
    """An import or export is over, by its own end, a failure or a cancellation.

    ``started_by_id``: the user who has started it; none if the schedule or another system has.
    """

    operation_id: UUID
    organization_id: UUID
    kind: OperationKind
    status: OperationStatus
    trigger: Trigger
    started_by_id: UUID | None
    errors: int
    warnings: int
