"""Quarters and groups of buildings: new ones and new names."""

from typing import TypeVar
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.housing import models
from kvartal.housing.rules import InputFaults, NameRequired, sort_key
from kvartal.housing.service.access import NAME_LENGTH, check_version, require
from kvartal.housing.sources import GROUPS, ORGANIZATIONS, QUARTERS
from kvartal.permissions import BUILDING_EDIT

__all__ = ["create_group", "create_quarter", "rename_group", "rename_quarter"]

Territory = TypeVar("Territory", models.Quarter, models.BuildingGroup)


async def create_quarter(actor: Actor, organization_id: UUID, *, name: str) -> models.Quarter:
    """A new quarter without buildings."""
    return await _create(models.Quarter, actor, organization_id, name)


async def create_group(actor: Actor, organization_id: UUID, *, name: str) -> models.BuildingGroup:
    """A new group without buildings."""
    return await _create(models.BuildingGroup, actor, organization_id, name)


async def rename_quarter(
    actor: Actor, quarter_id: UUID, *, name: str, expected_version: int | None = None
) -> models.Quarter:
    """A quarter with another name."""
    async with unit_of_work():
        await require(actor, QUARTERS, quarter_id, BUILDING_EDIT)
        return await _rename(models.Quarter, quarter_id, name, expected_version)


async def rename_group(
    actor: Actor, group_id: UUID, *, name: str, expected_version: int | None = None
) -> models.BuildingGroup:
    """A group with another name."""
    async with unit_of_work():
        await require(actor, GROUPS, group_id, BUILDING_EDIT)
        return await _rename(models.BuildingGroup, group_id, name, expected_version)


async def _create(
    model: type[Territory], actor: Actor, organization_id: UUID, name: str
) -> Territory:
    async with unit_of_work():
        await require(actor, ORGANIZATIONS, organization_id, BUILDING_EDIT)
        kept = _name(name)
        return await model.create(
            organization_id=organization_id, name=kept, sort_key=sort_key(kept)
        )


async def _rename(
    model: type[Territory], key: UUID, name: str, expected_version: int | None
) -> Territory:
    row = await model.select_for_update().get(id=key)
    check_version(row, expected_version)
    row.name = _name(name)
    row.sort_key = sort_key(row.name)
    row.version += 1
    await row.save(force_update=True)
    return row


def _name(name: str) -> str:
    faults = InputFaults()
    kept = faults.required("name", name, NAME_LENGTH, NameRequired)
    faults.check()
    return kept
