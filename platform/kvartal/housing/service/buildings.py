"""Adding buildings, and changing one."""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.sql import refusing_duplicates
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.housing import models
from kvartal.housing.events import PlacesRenamed
from kvartal.housing.queries.changing import add_members, groups_of_buildings, remove_members
from kvartal.housing.rules import AddressRequired, InputFaults, sort_key
from kvartal.housing.service.access import (
    ADDRESS_LENGTH,
    EXTERNAL_ID_LENGTH,
    check_version,
    external_id_of,
    require,
    require_all_buildings,
)
from kvartal.housing.service.moving import Position, emit_moves, require_live_places
from kvartal.housing.sources import BUILDINGS, ORGANIZATIONS
from kvartal.live import touch
from kvartal.permissions import BUILDING_EDIT

__all__ = ["BuildingFields", "create_building", "update_building"]


class BuildingFields(TypedDict, total=False):
    """The fields of a building that are being set; one left out stays as it is."""

    address: str | None
    timezone: str | None
    quarter_id: UUID | None
    group_ids: Sequence[UUID]
    external_id: str | None
    fias_guid: UUID | None


async def create_building(
    actor: Actor, organization_id: UUID, fields: BuildingFields
) -> models.Building:
    """A new building; who works with some buildings only would not see it, and cannot add one."""
    async with unit_of_work():
        await require(actor, ORGANIZATIONS, organization_id, BUILDING_EDIT)
        require_all_buildings(actor, organization_id, BUILDING_EDIT)
        organization = await models.Organization.get(id=organization_id)
        building = models.Building(organization_id=organization_id, address="", sort_key="")
        await _fill(building, {"address": "", "timezone": organization.timezone, **fields})
        with refusing_duplicates(**external_id_of("building")):
            await building.save(force_create=True)
        groups = frozenset(fields.get("group_ids", ()))
        await add_members(organization_id, ((building.id, group) for group in groups))
        emit_moves(
            organization_id,
            {building.id: Position()},
            {building.id: Position(building.quarter_id, groups)},
            new={building.id},
        )
    return building


async def update_building(
    actor: Actor,
    building_id: UUID,
    fields: BuildingFields,
    *,
    expected_version: int | None = None,
) -> models.Building:
    """A building with some of its fields changed."""
    async with unit_of_work():
        await require(actor, BUILDINGS, building_id, BUILDING_EDIT)
        building = await models.Building.select_for_update().get(id=building_id)
        check_version(building, expected_version)
        address, timezone = building.address, building.timezone
        groups = frozenset((await groups_of_buildings([building_id]))[building_id])
        before = Position(building.quarter_id, groups)
        await _fill(building, fields)
        building.version += 1
        with refusing_duplicates(**external_id_of("building")):
            await building.save(force_update=True)
        after = Position(building.quarter_id, frozenset(fields.get("group_ids", groups)))
        await remove_members((building_id, group) for group in before.groups - after.groups)
        await add_members(
            building.organization_id,
            ((building_id, group) for group in after.groups - before.groups),
        )
        emit_moves(building.organization_id, {building_id: before}, {building_id: after})
        if address != building.address:
            emit(PlacesRenamed.of_buildings(building.organization_id, building_id))
        if timezone != building.timezone:
            touch(f"building:{building_id}")
    return building


async def _fill(building: models.Building, fields: BuildingFields) -> None:
    """Set the given fields of a building, all faults being refused at once."""
    faults = InputFaults()
    if "address" in fields:
        address = faults.required("address", fields["address"], ADDRESS_LENGTH, AddressRequired)
        building.address, building.sort_key = address, sort_key(address)
    if "timezone" in fields:
        building.timezone = faults.timezone("timezone", fields["timezone"])
    if "external_id" in fields:
        external_id = faults.optional("external_id", fields["external_id"], EXTERNAL_ID_LENGTH)
        building.external_id = external_id
    if "fias_guid" in fields:
        building.fias_guid = fields["fias_guid"]
    faults.check()
    organization_id = building.organization_id
    if "quarter_id" in fields:
        building.quarter_id = fields["quarter_id"]
        await require_live_places(models.Quarter, organization_id, {building.quarter_id} - {None})
    await require_live_places(
        models.BuildingGroup, organization_id, set(fields.get("group_ids", ()))
    )
