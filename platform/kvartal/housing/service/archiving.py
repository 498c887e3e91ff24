"""Into the archive and back: what is archived is kept, but out of the lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import nothing_changed
from kvartal.auth.actor import Actor
from kvartal.db.sql import refusing_duplicates
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError
from kvartal.events import emit
from kvartal.housing import models
from kvartal.housing.events import ArchiveChanged
from kvartal.housing.queries.changing import buildings_of_place, refresh_search
from kvartal.housing.rules import PlaceNotEmpty
from kvartal.housing.service.access import check_version, require
from kvartal.housing.service.premises import account_refusals, premise_refusals
from kvartal.housing.sources import ACCOUNTS, BUILDINGS, GROUPS, PREMISES, QUARTERS, Source
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.plugin import Permission

__all__ = ["ACCOUNT", "BUILDING", "GROUP", "PREMISE", "QUARTER", "Archivable", "archive", "restore"]

Place = models.Building | models.Premise | models.Account | models.Quarter | models.BuildingGroup


@dataclass(frozen=True, slots=True)
class Archivable:
    """A kind of place: where it comes from, who may archive it, what may stand in its way back."""

    source: Source
    model: type[Place]
    permission: Permission
    refusals: Callable[[], Mapping[str, DomainError]] = dict


BUILDING = Archivable(BUILDINGS, models.Building, BUILDING_EDIT)
QUARTER = Archivable(QUARTERS, models.Quarter, BUILDING_EDIT)
GROUP = Archivable(GROUPS, models.BuildingGroup, BUILDING_EDIT)
PREMISE = Archivable(PREMISES, models.Premise, PREMISE_EDIT, premise_refusals)
ACCOUNT = Archivable(ACCOUNTS, models.Account, PREMISE_EDIT, account_refusals)


async def archive(
    actor: Actor, kind: Archivable, key: UUID, *, expected_version: int | None = None
) -> None:
    """Put a place into the archive; one that is there already stays as it is.

    A quarter or a group must be empty: what hangs on it would be inherited from out of sight.
    """
    async with unit_of_work():
        row = await _held(actor, kind, key, expected_version)
        if row.archived_at is not None:
            nothing_changed()
            return
        if isinstance(row, models.Quarter | models.BuildingGroup):
            buildings = await buildings_of_place(key)
            if buildings:
                raise PlaceNotEmpty(count=buildings, path=("id",))
        row.archived_at = clock.now()
        await _save(row, kind)


async def restore(
    actor: Actor, kind: Archivable, key: UUID, *, expected_version: int | None = None
) -> None:
    """Take a place out of the archive, unless its number has another owner by now."""
    async with unit_of_work():
        row = await _held(actor, kind, key, expected_version)
        if row.archived_at is None:
            nothing_changed()
            return
        row.archived_at = None
        with refusing_duplicates(**kind.refusals()):
            await _save(row, kind)


async def _held(actor: Actor, kind: Archivable, key: UUID, expected_version: int | None) -> Place:
    await require(actor, kind.source, key, kind.permission)
    row = await kind.model.select_for_update().get(id=key)
    check_version(row, expected_version)
    return row


async def _save(row: Place, kind: Archivable) -> None:
    row.version += 1
    await row.save(force_update=True)
    emit(
        ArchiveChanged(
            organization_id=row.organization_id,
            kind=kind.model.__name__,
            place_id=row.id,
            is_archived=row.archived_at is not None,
        )
    )
    if isinstance(row, models.Account):
        await refresh_search(premises=[row.premise_id])
