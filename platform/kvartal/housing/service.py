"""Changes of the estate: each checks the right in the organization and the access to the place."""

from collections.abc import Sequence, Set
from typing import TypedDict
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.auth.rules import InvalidPhone, normal_phone
from kvartal.db.sql import refusing_duplicates
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Forbidden, NotFound, VersionConflict
from kvartal.events import emit
from kvartal.housing import models, queries
from kvartal.housing.events import BuildingMoved
from kvartal.housing.rules import (
    AccountNumberTaken,
    AddressRequired,
    AlreadyResident,
    ExternalIdTaken,
    InputFaults,
    NameRequired,
    NumberRequired,
    PremiseKind,
    PremiseNumberTaken,
    sort_key,
)
from kvartal.housing.sources import BUILDINGS, ORGANIZATIONS, PREMISES, Source
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.plugin import Permission

__all__ = [
    "BuildingFields",
    "add_resident",
    "create_account",
    "create_building",
    "create_premise",
    "update_building",
]

ADDRESS_LENGTH = 500
NUMBER_LENGTH = 50
EXTERNAL_ID_LENGTH = 100
NAME_LENGTH = 200


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
        await _require(actor, ORGANIZATIONS, organization_id, BUILDING_EDIT)
        if not _works_with_all_buildings(actor, organization_id):
            raise Forbidden("FORBIDDEN_ALL_BUILDINGS")
        organization = await models.Organization.get(id=organization_id)
        building = models.Building(organization_id=organization_id, address="", sort_key="")
        await _fill(building, {"address": "", "timezone": organization.timezone, **fields})
        with refusing_duplicates(**_external_id_of("building")):
            await building.save(force_create=True)
        groups = set(fields.get("group_ids", ()))
        await _set_groups(building, set(), groups)
        emit(_moved(building, None, set(), groups))
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
        await _require(actor, BUILDINGS, building_id, BUILDING_EDIT)
        building = await models.Building.select_for_update().get(id=building_id)
        if expected_version not in {None, building.version}:
            raise VersionConflict(version=building.version, path=("expected_version",))
        quarter_before = building.quarter_id
        groups_before = await queries.groups_of_building(building_id)
        await _fill(building, fields)
        building.version += 1
        with refusing_duplicates(**_external_id_of("building")):
            await building.save(force_update=True)
        groups = set(fields.get("group_ids", groups_before))
        await _set_groups(building, groups_before, groups)
        if (quarter_before, groups_before) != (building.quarter_id, groups):
            emit(_moved(building, quarter_before, groups_before, groups))
    return building


async def create_premise(
    actor: Actor, building_id: UUID, *, number: str, kind: PremiseKind, external_id: str | None
) -> models.Premise:
    """A new premise of a building."""
    faults = InputFaults()
    number = faults.required("number", number, NUMBER_LENGTH, NumberRequired)
    external_id = faults.optional("external_id", external_id, EXTERNAL_ID_LENGTH)
    async with unit_of_work():
        await _require(actor, BUILDINGS, building_id, PREMISE_EDIT)
        faults.check()
        building = await models.Building.get(id=building_id)
        with refusing_duplicates(
            kvartal_premise_number=PremiseNumberTaken(path=("number",)),
            **_external_id_of("premise"),
        ):
            return await models.Premise.create(
                organization_id=building.organization_id,
                building_id=building_id,
                number=number,
                sort_key=sort_key(number),
                kind=kind,
                external_id=external_id,
            )


async def create_account(
    actor: Actor,
    premise_id: UUID,
    *,
    number: str,
    unified_number: str | None,
    external_id: str | None,
) -> models.Account:
    """A new account of a premise."""
    faults = InputFaults()
    number = faults.required("number", number, NUMBER_LENGTH, NumberRequired)
    unified_number = faults.optional("unified_number", unified_number, NUMBER_LENGTH)
    external_id = faults.optional("external_id", external_id, EXTERNAL_ID_LENGTH)
    async with unit_of_work():
        await _require(actor, PREMISES, premise_id, PREMISE_EDIT)
        faults.check()
        premise = await models.Premise.get(id=premise_id)
        with refusing_duplicates(
            kvartal_account_number=AccountNumberTaken(path=("number",)),
            **_external_id_of("account"),
        ):
            return await models.Account.create(
                organization_id=premise.organization_id,
                premise_id=premise_id,
                number=number,
                unified_number=unified_number,
                external_id=external_id,
            )


async def add_resident(
    actor: Actor, premise_id: UUID, *, full_name: str, phone: str | None
) -> models.Resident:
    """A resident of a premise; a telephone that the organization knows is one it has already."""
    faults = InputFaults()
    full_name = faults.required("full_name", full_name, NAME_LENGTH, NameRequired)
    number = normal_phone(phone) if phone else None
    if phone and number is None:
        faults.errors.append(InvalidPhone(path=("phone",)))
    async with unit_of_work():
        await _require(actor, PREMISES, premise_id, PREMISE_EDIT)
        faults.check()
        premise = await models.Premise.get(id=premise_id)
        resident = await _resident(premise.organization_id, full_name, number)
        with refusing_duplicates(kvartal_residency_once=AlreadyResident(path=("phone",))):
            await models.Residency.create(
                organization_id=premise.organization_id,
                resident_id=resident.id,
                premise_id=premise_id,
            )
    return resident


async def _require(actor: Actor, source: Source, key: UUID, permission: Permission) -> None:
    """NotFound if the actor does not see the row, Forbidden if they may not change it."""
    if await queries.sees(source, actor, key, permission):
        return
    if await queries.sees(source, actor, key):
        raise Forbidden("FORBIDDEN_PERMISSION", permission=permission.code)
    raise NotFound


def _works_with_all_buildings(actor: Actor, organization_id: UUID) -> bool:
    return any(
        each.all_buildings and BUILDING_EDIT.code in each.permissions
        for each in actor.memberships
        if each.organization_id == organization_id
    )


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
    if "quarter_id" in fields:
        quarter = fields["quarter_id"]
        await _require_own(models.Quarter, building, {quarter} - {None})
        building.quarter_id = quarter
    await _require_own(models.BuildingGroup, building, set(fields.get("group_ids", ())))


async def _require_own(
    model: type[models.Quarter | models.BuildingGroup],
    building: models.Building,
    ids: Set[UUID | None],
) -> None:
    """NotFound if one of the rows is not of the building's organization."""
    if ids:
        own = model.filter(organization_id=building.organization_id, id__in=list(ids))
        if await own.count() != len(ids):
            raise NotFound


async def _set_groups(building: models.Building, before: Set[UUID], after: Set[UUID]) -> None:
    if before - after:
        await models.BuildingGroupMember.filter(
            building_id=building.id, group_id__in=list(before - after)
        ).delete()
    if after - before:
        await models.BuildingGroupMember.bulk_create(
            models.BuildingGroupMember(
                organization_id=building.organization_id, group_id=group, building_id=building.id
            )
            for group in sorted(after - before)
        )


def _moved(
    building: models.Building,
    quarter_before: UUID | None,
    groups_before: Set[UUID],
    groups_after: Set[UUID],
) -> BuildingMoved:
    return BuildingMoved(
        organization_id=building.organization_id,
        building_id=building.id,
        quarter_before=quarter_before,
        quarter_after=building.quarter_id,
        groups_before=tuple(sorted(groups_before)),
        groups_after=tuple(sorted(groups_after)),
    )


async def _resident(organization_id: UUID, full_name: str, phone: str | None) -> models.Resident:
    if phone is None:
        return await models.Resident.create(organization_id=organization_id, full_name=full_name)
    resident_id = await queries.resident_with_phone(
        organization_id,
        phone=phone,
        full_name=full_name,
        user_id=await queries.user_with_phone(phone),
    )
    return await models.Resident.get(id=resident_id)


def _external_id_of(table: str) -> dict[str, DomainError]:
    return {f"kvartal_{table}_external_id": ExternalIdTaken(path=("external_id",))}
