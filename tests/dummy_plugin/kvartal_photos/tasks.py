"""What the workers do about photos."""

from datetime import timedelta
from uuid import UUID

from kvartal import clock
from kvartal.tasks import actor, cron
from kvartal_photos import queries
from kvartal_photos.events import PhotoAdded

__all__ = ["announce", "forget_old_photos", "make_preview"]

KEPT = timedelta(days=3650)


async def announce(added: PhotoAdded) -> None:
    """Note that the photo has been announced."""
    await queries.announce(added.photo_id, at=clock.now())


@actor("photos.make_preview")
async def make_preview(photo_id: UUID) -> None:
    """Make the small picture of a photo."""
    await queries.make_preview(photo_id)


@cron("15 2 * * *")
@actor("photos.forget_old_photos")
async def forget_old_photos() -> None:
    """Delete photos of ten years ago."""
    await queries.delete_photos_of(clock.now() - KEPT)
