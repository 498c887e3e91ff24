"""Changing the settings of a place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import changed, nothing_changed
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
    Table,
    complete,
    keeping_services,
    new_services,
    read_entries,
    records_of,
)
from kvartal_meters.resource_settings.service.access import changing, refuse_if_locked
from kvartal_meters.resource_settings.service.linkable import linkable_services

__all__ = ["change_settings", "set_building_settings", "update"]

Path = tuple[str | int, ...]


def _whole_row(kind: ResourceKind) -> Path:
    return ("settings", kind)


async def update(
    actor: Actor, place: Place, entries: Sequence[Entry], *, expected_version: int | None = None
) -> LevelSettings:
    """Change the resources that are given: a building's act at once, others are a draft."""
    entered = read_entries(entries)
    rows = {entry.resource_kind: row for row, entry in enumerate(entries)}
    return await change_settings(
        actor,
        place,
        lambda before: keeping_services(entered, entries, before),
        lambda kind: ("settings", rows[kind], "service_id"),
        expected_version,
    )


async def set_building_settings(
    actor: Actor, building_id: UUID, settings: Mapping[ResourceKind, SettingsValues]
) -> LevelSettings:
    """Change a building's settings of these resources, the links of services too."""
    place = Place(SettingsLevel.BUILDING, building_id)
    return await change_settings(actor, place, lambda _: settings)


async def change_settings(
    actor: Actor,
    place: Place,
    change: Callable[[Table], Mapping[ResourceKind, SettingsValues]],
    path_of: Callable[[ResourceKind], Path] = _whole_row,
    expected_version: int | None = None,
) -> LevelSettings:
    """Change a place's settings as ``change`` says of those it has.

    ``path_of``: the input field that names the service of a resource.
    """
    async with changing(actor, place) as before:
        refuse_if_locked(before)
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version, path=("expected_version",))
        table = complete({**before.table, **change(before.table)})
        after = replace(before, table=table, version=before.version + 1)
        if after.table == before.table:
            nothing_changed()
            return before
        if linked := new_services(before.table, after.table):
            asked = [(service_id, path_of(kind)) for kind, service_id in linked.items()]
            await linkable_services(actor, asked, organization_id=before.organization_id)
        await writing.write_table(
            place,
            before.organization_id,
            after.table,
            version=after.version,
            locked_by=None,
            now=clock.now(),
        )
        changed(_facts(before.table), _facts(after.table))
        if place.level is SettingsLevel.BUILDING:
            emit(ResourceSettingsChanged(before.organization_id, place.id, actor.user_id))
            touch(f"building:{place.id}")
    return after


def _facts(table: Table) -> dict[str, object]:
    """The settings as the audit log tells them, by resource."""
    return {
        row["resource_kind"]: {**row, "service_id": str(row["service_id"] or "")}
        for row in records_of(table)
    }
