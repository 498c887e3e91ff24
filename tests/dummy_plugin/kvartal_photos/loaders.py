"""Batches of photos."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal_photos import queries

__all__ = ["PhotosByBuilding"]


class PhotosByBuilding(Loader[UUID, list[Record]]):
    """The photos of a building."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Photos by building."""
        return await queries.photos_of_buildings(self.context.actor, keys)

    def missing(self, key: UUID) -> list[Record]:
        """A building without photos."""
        return []
