"""What happens to stored files."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event

__all__ = ["FilesRemoved"]


@event("kvartal.files_removed")
@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRemoved(Event):
    """Files were deleted: their content is needed no more."""

    file_ids: tuple[UUID, ...]
