"""Adding photos."""

from uuid import UUID

from kvartal import live
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal.events import emit
from kvartal.home.api import building_topic
from kvartal.settings import settings_of
from kvartal.tasks import enqueue
from kvartal_photos import models, queries
from kvartal_photos.errors import CaptionRequired, TooManyPhotos
from kvartal_photos.events import PhotoAdded
from kvartal_photos.settings import PhotosSettings
from kvartal_photos.tasks import make_preview

__all__ = ["add"]


async def add(actor: Actor, *, building_id: UUID, caption: str) -> UUID:
    """Add a photo to a building."""
    async with unit_of_work():
        building = await queries.building_for_photo(actor, building_id)
        if building is None:
            raise NotFound
        if not caption.strip():
            raise CaptionRequired(path=("caption",))
        limit = settings_of(PhotosSettings).per_building
        if building["photos"] >= limit:
            raise TooManyPhotos(limit=limit)
        photo = await models.Photo.create(
            organization_id=building["organization_id"], building_id=building_id, caption=caption
        )
        emit(PhotoAdded(photo_id=photo.id, building_id=building_id))
        await enqueue(make_preview, photo_id=photo.id)
        live.touch(building_topic(building_id))
    return photo.id
