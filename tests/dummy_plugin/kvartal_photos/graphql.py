"""Photos over GraphQL."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal import live
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN, query, subscription
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import Node, encode_id, uuid_of
from kvartal.home.api import building_topic
from kvartal.housing.api import Building
from kvartal.plugin import NodeKind
from kvartal_photos import queries, service
from kvartal_photos.errors import CaptionRequired, TooManyPhotos
from kvartal_photos.loaders import PhotosByBuilding
from kvartal_photos.permissions import ADD

__all__ = [
    "PHOTO_NODE",
    "BuildingPhotos",
    "Photo",
    "PhotoMutations",
    "PhotoQueries",
    "PhotoSubscriptions",
]

BuildingId = Annotated[strawberry.ID, strawberry.argument(description="The building.")]


@strawberry.type(description="A photo of a building.")
class Photo(Node):
    """A photo."""

    caption: str = strawberry.field(description="What it shows.")
    is_announced: bool = strawberry.field(description="Whether the workers have heard of it.")
    preview: str | None = strawberry.field(description="The small picture, once it is made.")

    @classmethod
    def of(cls, record: Record) -> "Photo":
        """The row in a record."""
        return cls(
            id=encode_id("Photo", record["id"]),
            caption=record["caption"],
            is_announced=record["announced_at"] is not None,
            preview=record["preview"],
        )


@strawberry.input(description="A photo to be added.")
class AddPhotoInput:
    """A photo to be added."""

    building_id: strawberry.ID = strawberry.field(description="The building.")
    caption: str = strawberry.field(description="What the photo shows.")


async def _photos_of(context: Context, building_id: UUID) -> list[Photo]:
    return [Photo.of(row) for row in await context.load(PhotosByBuilding, building_id)]


@strawberry.type
class PhotoQueries:
    """What can be read."""

    @query(access=SIGNED_IN, description="The photos of a building, the oldest first.")
    async def photos(self, info: Info, building_id: BuildingId) -> list[Photo]:
        """Those that the actor may see."""
        return await _photos_of(info.context, uuid_of("Building", building_id))


@strawberry.type
class PhotoMutations:
    """What can be changed."""

    @mutation(
        access=ADD,
        description="Add a photo to a building.",
        raises=(CaptionRequired, TooManyPhotos),
    )
    async def add_photo(self, info: Info, input: AddPhotoInput) -> Photo:
        """Add it."""
        actor = info.context.actor
        photo_id = await service.add(
            actor, building_id=uuid_of("Building", input.building_id), caption=input.caption
        )
        return Photo.of((await queries.photos_by_ids(actor, [photo_id]))[photo_id])


@strawberry.type
class PhotoSubscriptions:
    """What can be watched."""

    @subscription(access=SIGNED_IN, description="The photos of a building, now and as they come.")
    async def photos_changed(
        self, info: Info, building_id: BuildingId
    ) -> AsyncGenerator[list[Photo], None]:
        """All of them at each change."""
        building = uuid_of("Building", building_id)
        async for _ in live.changes(building_topic(building)):
            info.context.loaders.clear()
            yield await _photos_of(info.context, building)


@extends(Building)
class BuildingPhotos:
    """Photos of a building."""

    @strawberry.field(description="Its photos, the oldest first.")
    async def photos(self, info: Info, parent: strawberry.Parent[Building]) -> list[Photo]:
        """Those that the actor may see."""
        return await _photos_of(info.context, parent.uuid)


async def _fetch(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Photo]:
    found = await queries.photos_by_ids(context.actor, ids)
    return {key: Photo.of(row) for key, row in found.items()}


PHOTO_NODE = NodeKind(type=Photo, fetch=_fetch)
