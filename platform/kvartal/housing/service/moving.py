"""Moving buildings between quarters and groups; each that moves is told of, once."""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from kvartal.audit.api import nothing_changed
from kvartal.auth.actor import Actor
from kvartal.bulk import require_few
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal.events import emit
from kvartal.housing import models
from kvartal.housing.events import BuildingMoved
from kvartal.housing.queries.changing import (
    add_members,
    groups_of_buildings,
    live_places,
    locked_buildings,
    put_into_quarter,
    remove_members,
)
from kvartal.housing.service.access import require, require_all
from kvartal.housing.sources import BUILDINGS, GROUPS
from kvartal.permissions import BUILDING_EDIT

__all__ = [
    "Position",
    "add_to_group",
    "emit_moves",
    "move_to_quarter",
    "remove_from_group",
    "require_live_places",
]


@dataclass(frozen=True, slots=True)
class Position:
    """The quarter and the groups of a building."""

    quarter_id: UUID | None = None
    groups: Set[UUID] = frozenset()


Positions = Mapping[UUID, Position]
Place = TypeVar("Place", models.Quarter, models.BuildingGroup)


async def move_to_quarter(
    actor: Actor, buildings: Collection[UUID], quarter_id: UUID | None
) -> Sequence[UUID]:
    """Let buildings of one organization stand in a quarter, or in none; those that have moved."""

    def moved(position: Position) -> Position:
        return replace(position, quarter_id=quarter_id)

    if not buildings:
        nothing_changed()
        return ()
    async with unit_of_work():
        organization_id, before = await _held(actor, buildings)
        if quarter_id is not None:
            await require_live_places(models.Quarter, organization_id, {quarter_id})
        changed = _changed(before, moved)
        await put_into_quarter(changed, quarter_id)
        return _told(organization_id, before, changed, moved)


async def add_to_group(actor: Actor, group_id: UUID, buildings: Collection[UUID]) -> Sequence[UUID]:
    """Put buildings into a group; those that were not in it."""

    def moved(position: Position) -> Position:
        return replace(position, groups=position.groups | {group_id})

    if not buildings:
        nothing_changed()
        return ()
    async with unit_of_work():
        await require(actor, GROUPS, group_id, BUILDING_EDIT)
        organization_id, before = await _held(actor, buildings)
        await require_live_places(models.BuildingGroup, organization_id, {group_id})
        changed = _changed(before, moved)
        await add_members(organization_id, ((each, group_id) for each in changed))
        return _told(organization_id, before, changed, moved)


async def remove_from_group(
    actor: Actor, group_id: UUID, buildings: Collection[UUID]
) -> Sequence[UUID]:
    """Take buildings out of a group; those that were in it."""

    def moved(position: Position) -> Position:
        return replace(position, groups=position.groups - {group_id})

    if not buildings:
        nothing_changed()
        return ()
    async with unit_of_work():
        await require(actor, GROUPS, group_id, BUILDING_EDIT)
        organization_id, before = await _held(actor, buildings)
        changed = _changed(before, moved)
        await remove_members((each, group_id) for each in changed)
        return _told(organization_id, before, changed, moved)


async def require_live_places(
    kind: type[Place], organization_id: UUID, ids: Collection[UUID | None]
) -> None:
    """NotFound if one of the quarters or groups is not the organization's, or is archived."""
    asked = {each for each in ids if each is not None}
    if asked and asked != await live_places(kind.Meta.table, organization_id, asked):
        raise NotFound


def emit_moves(
    organization_id: UUID, before: Positions, after: Positions, *, new: Collection[UUID] = ()
) -> None:
    """Tell of each building that is new or stands elsewhere than before.

    An event for each building: whoever inherits by place does so a building at a time.
    """
    for building_id in sorted(after):
        was, now = before[building_id], after[building_id]
        if was != now or building_id in new:
            emit(
                BuildingMoved(
                    organization_id=organization_id,
                    building_id=building_id,
                    quarter_before=was.quarter_id,
                    quarter_after=now.quarter_id,
                    groups_before=tuple(sorted(was.groups)),
                    groups_after=tuple(sorted(now.groups)),
                )
            )


async def _held(actor: Actor, buildings: Collection[UUID]) -> tuple[UUID, Positions]:
    """The organization of all these buildings, and where they stand; nobody moves them now."""
    ids = set(buildings)
    require_few("buildingIds", len(buildings))
    await require_all(actor, BUILDINGS, ids, BUILDING_EDIT)
    standing = await locked_buildings(ids)
    groups = await groups_of_buildings(ids)
    owners = {row["organization_id"] for row in standing}
    if len(owners) != 1:
        raise NotFound
    return owners.pop(), {
        row["id"]: Position(row["quarter_id"], frozenset(groups[row["id"]])) for row in standing
    }


def _changed(before: Positions, moved: Callable[[Position], Position]) -> list[UUID]:
    return sorted(key for key, position in before.items() if moved(position) != position)


def _told(
    organization_id: UUID,
    before: Positions,
    changed: Sequence[UUID],
    moved: Callable[[Position], Position],
) -> Sequence[UUID]:
    emit_moves(organization_id, before, {key: moved(before[key]) for key in changed})
    if not changed:
        nothing_changed()
    return changed
