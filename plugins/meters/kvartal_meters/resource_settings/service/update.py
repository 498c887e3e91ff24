"""Changing the settings of a place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.errors import VersionConflict
from kvartal.events import emit
from kvartal.live import touch
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.events import ResourceSettingsChanged
from kvartal_meters.resource_settings.queries import writing
from kvartal_meters.resource_settings.queries.reading import LevelSettings
from kvartal_meters.resource_settings.rules import (
    Entry,
    Place,
    SettingsLevel,
    SettingsValues,
    complete,
    read_entries,
)
from kvartal_meters.resource_settings.service.access import changing, refuse_if_locked

__all__ = ["set_building_settings", "update"]


async def update(
    actor: Actor, place: Place, entries: Sequence[Entry], *, expected_version: int | None = None
) -> LevelSettings:
    """Change the resources that are given: a building's act at once, others are a draft."""
    return await _change(actor, place, read_entries(entries), expected_version)


async def set_building_settings(
    actor: Actor, building_id: UUID, settings: Mapping[ResourceKind, SettingsValues]
) -> LevelSettings:
    """Change a building's settings of these resources."""
    return await _change(actor, Place(SettingsLevel.BUILDING, building_id), settings, None)


async def _change(
    actor: Actor,
    place: Place,
    values: Mapping[ResourceKind, SettingsValues],
    expected_version: int | None,
) -> LevelSettings:
    async with changing(actor, place) as before:
        refuse_if_locked(before)
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version, path=("expected_version",))
        after = replace(
            before, table=complete({**before.table, **values}), version=before.version + 1
        )
        if after.table == before.table:
            return before
        await writing.write_table(
            place,
            before.organization_id,
            after.table,
            version=after.version,
            locked_by=None,
            now=clock.now(),
        )
        if place.level is SettingsLevel.BUILDING:
            emit(ResourceSettingsChanged(before.organization_id, place.id, actor.user_id))
            touch(f"building:{place.id}")
    return after
