"""What happens to photos."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event

__all__ = ["PhotoAdded"]


@event("photos.photo_added")
@dataclass(frozen=True, slots=True)
class PhotoAdded(Event):
    """A building has got a photo."""

    photo_id: UUID
    building_id: UUID
