"""The settings as fields of buildings, quarters and groups."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.extend import extends
from kvartal.housing.api import Building, BuildingGroup, Quarter
from kvartal_meters.resource_settings.graphql.rows import ResourceSettings, rows_of
from kvartal_meters.resource_settings.loaders import (
    SettingsByBuilding,
    SettingsByGroup,
    SettingsByQuarter,
)

__all__ = [
    "BuildingGroupResourceSettings",
    "BuildingResourceSettings",
    "QuarterResourceSettings",
]


@extends(Building)
class BuildingResourceSettings:
    """What a building gains."""

    @strawberry.field(
        description="How readings are taken here, a row for each resource; residents see none."
    )
    async def resource_settings(
        self, info: Info, parent: strawberry.Parent[Building]
    ) -> list[ResourceSettings]:
        """The building's settings."""
        found = await info.context.load(SettingsByBuilding, parent.uuid)
        return rows_of(found) if found else []


@extends(Quarter)
class QuarterResourceSettings:
    """What a quarter gains."""

    @strawberry.field(
        description="The draft for its buildings, a row for each resource; residents see none."
    )
    async def resource_settings(
        self, info: Info, parent: strawberry.Parent[Quarter]
    ) -> list[ResourceSettings]:
        """The quarter's settings."""
        found = await info.context.load(SettingsByQuarter, parent.uuid)
        return rows_of(found) if found else []


@extends(BuildingGroup)
class BuildingGroupResourceSettings:
    """What a group of buildings gains."""

    @strawberry.field(description="The draft for its buildings, a row for each resource.")
    async def resource_settings(
        self, info: Info, parent: strawberry.Parent[BuildingGroup]
    ) -> list[ResourceSettings]:
        """The group's settings."""
        found = await info.context.load(SettingsByGroup, parent.uuid)
        return rows_of(found) if found else []
