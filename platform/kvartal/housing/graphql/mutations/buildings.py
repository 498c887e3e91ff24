"""Mutations of buildings: new ones, changes, moves, the archive."""

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.graphql.inputs.places import CreateBuildingInput, UpdateBuildingInput
from kvartal.housing.graphql.inputs.territories import (
    GroupMembersInput,
    MoveBuildingsInput,
    PlaceInput,
)
from kvartal.housing.graphql.mutations.payloads import row_of, rows_of, uuids_of
from kvartal.housing.graphql.rows import Building
from kvartal.housing.rules import (
    AddressRequired,
    ExternalIdTaken,
    TextTooLong,
    TimezoneUnknown,
)
from kvartal.housing.service import archiving, buildings, moving
from kvartal.housing.sources import BUILDINGS
from kvartal.permissions import BUILDING_EDIT

__all__ = ["BuildingMutations"]

_MOVED = " The answer names those that were elsewhere; one out of reach fails the call as a whole."


@strawberry.type
class BuildingMutations:
    """Fields of Mutation about buildings."""

    @mutation(
        access=BUILDING_EDIT,
        description="Add a building (объект); for employees who work with all of them.",
        raises=(AddressRequired, TextTooLong, TimezoneUnknown, ExternalIdTaken),
    )
    async def create_building(self, info: Info, input: CreateBuildingInput) -> Building:
        """A new building."""
        building = await buildings.create_building(
            info.context.actor, uuid_of("Organization", input.organization_id), input.fields()
        )
        return await row_of(info, BUILDINGS, Building.of, building.id)

    @mutation(
        access=BUILDING_EDIT,
        description="Change a building (объект): only the fields that are given.",
        raises=(AddressRequired, TextTooLong, TimezoneUnknown, ExternalIdTaken, VersionConflict),
    )
    async def update_building(self, info: Info, input: UpdateBuildingInput) -> Building:
        """A changed building."""
        key = uuid_of("Building", input.id)
        await buildings.update_building(
            info.context.actor, key, input.fields(), expected_version=input.expected_version
        )
        return await row_of(info, BUILDINGS, Building.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Put a building (объект) into the archive: it leaves the lists with its"
        " premises.",
        raises=(VersionConflict,),
    )
    async def archive_building(self, info: Info, input: PlaceInput) -> Building:
        """A building in the archive."""
        key = uuid_of("Building", input.id)
        await archiving.archive(
            info.context.actor, archiving.BUILDING, key, expected_version=input.expected_version
        )
        return await row_of(info, BUILDINGS, Building.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Take a building (объект) out of the archive.",
        raises=(VersionConflict,),
    )
    async def restore_building(self, info: Info, input: PlaceInput) -> Building:
        """A building in use again."""
        key = uuid_of("Building", input.id)
        await archiving.restore(
            info.context.actor, archiving.BUILDING, key, expected_version=input.expected_version
        )
        return await row_of(info, BUILDINGS, Building.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Move buildings to a quarter (квартал), or out of theirs." + _MOVED,
        payload="buildings",
    )
    async def move_buildings(self, info: Info, input: MoveBuildingsInput) -> list[Building]:
        """Buildings that have moved."""
        moved = await moving.move_to_quarter(
            info.context.actor, uuids_of("Building", input.building_ids), input.quarter()
        )
        return await rows_of(info, BUILDINGS, Building.of, moved)

    @mutation(
        access=BUILDING_EDIT,
        description="Put buildings into a group (группа объектов)." + _MOVED,
        payload="buildings",
    )
    async def add_buildings_to_group(self, info: Info, input: GroupMembersInput) -> list[Building]:
        """Buildings that have come into the group."""
        moved = await moving.add_to_group(
            info.context.actor,
            uuid_of("BuildingGroup", input.group_id),
            uuids_of("Building", input.building_ids),
        )
        return await rows_of(info, BUILDINGS, Building.of, moved)

    @mutation(
        access=BUILDING_EDIT,
        description="Take buildings out of a group (группа объектов)." + _MOVED,
        payload="buildings",
    )
    async def remove_buildings_from_group(
        self, info: Info, input: GroupMembersInput
    ) -> list[Building]:
        """Buildings that have left the group."""
        moved = await moving.remove_from_group(
            info.context.actor,
            uuid_of("BuildingGroup", input.group_id),
            uuids_of("Building", input.building_ids),
        )
        return await rows_of(info, BUILDINGS, Building.of, moved)
