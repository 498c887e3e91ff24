"""What happens to the estate."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event

__all__ = ["BuildingMoved"]


@event("kvartal.building_moved")
@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingMoved(Event):
    """A building is new, or has changed its quarter or its groups."""

    organization_id: UUID
    building_id: UUID
    quarter_before: UUID | None
    quarter_after: UUID | None
    groups_before: tuple[UUID, ...] = ()
    groups_after: tuple[UUID, ...] = ()
