"""Loaders of settings, a batch for each level, and of the services that they link."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal.housing.api import by_ids
from kvartal.services.api import SERVICES
from kvartal_meters.resource_settings.queries.reading import LevelSettings, settings_of
from kvartal_meters.resource_settings.rules import SettingsLevel

__all__ = ["ServiceById", "SettingsByBuilding", "SettingsByGroup", "SettingsByQuarter"]


class _Settings(Loader[UUID, LevelSettings | None]):
    """The settings of a place; none for whom they do not concern."""

    level: ClassVar[SettingsLevel]

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, LevelSettings | None]:
        """Settings by place."""
        return {**await settings_of(self.context.actor, self.level, keys)}

    def missing(self, key: UUID) -> LevelSettings | None:
        """A place whose settings the actor does not see."""
        return None


class SettingsByBuilding(_Settings):
    """The settings of a building."""

    level = SettingsLevel.BUILDING


class SettingsByQuarter(_Settings):
    """The settings of a quarter."""

    level = SettingsLevel.QUARTER


class SettingsByGroup(_Settings):
    """The settings of a group of buildings."""

    level = SettingsLevel.GROUP


class ServiceById(Loader[UUID, Record | None]):
    """A service that is linked; staff see one in the archive too."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Record | None]:
        """Services by id."""
        return {**await by_ids(SERVICES, self.context.actor, keys)}

    def missing(self, key: UUID) -> Record | None:
        """A service that the actor does not see."""
        return None
