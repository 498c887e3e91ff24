"""Reading settings over GraphQL."""

import strawberry

from kvartal.context import Info
from kvartal.errors import NotFound
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal_meters.resource_settings.graphql.rows import (
    Level,
    PlaceId,
    ResourceSettings,
    place_of,
    rows_of,
)
from kvartal_meters.resource_settings.queries.reading import settings_of

__all__ = ["ResourceSettingsQueries"]


@strawberry.type
class ResourceSettingsQueries:
    """Fields of Query about settings."""

    @query(
        access=SIGNED_IN,
        description="The settings of a building, a quarter or a group: a row for each resource,"
        " with the defaults where nothing was saved. For staff.",
    )
    async def resource_settings(
        self,
        info: Info,
        level: Level,
        id: PlaceId,
    ) -> list[ResourceSettings]:
        """The settings of a place."""
        place = place_of(level, id)
        found = await settings_of(info.context.actor, place.level, [place.id])
        if place.id not in found:
            raise NotFound
        return rows_of(found[place.id])
