"""Mutations of organizations, quarters and groups of buildings."""

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.graphql.inputs.territories import (
    CreateTerritoryInput,
    PlaceInput,
    UpdateOrganizationInput,
    UpdateTerritoryInput,
)
from kvartal.housing.graphql.mutations.payloads import row_of
from kvartal.housing.graphql.rows import BuildingGroup, Organization, Quarter
from kvartal.housing.rules import (
    InnInvalid,
    MonthShiftInvalid,
    NameRequired,
    PlaceNotEmpty,
    TextTooLong,
    TimezoneUnknown,
)
from kvartal.housing.service import archiving, organizations, territories
from kvartal.housing.sources import GROUPS, ORGANIZATIONS, QUARTERS
from kvartal.permissions import BUILDING_EDIT, ORGANIZATION_EDIT

__all__ = ["TerritoryMutations"]


@strawberry.type
class TerritoryMutations:
    """Fields of Mutation about what buildings belong to."""

    @mutation(
        access=ORGANIZATION_EDIT,
        description="Change an organization (юрлицо): only the fields that are given.",
        raises=(
            NameRequired,
            TextTooLong,
            InnInvalid,
            TimezoneUnknown,
            MonthShiftInvalid,
            VersionConflict,
        ),
    )
    async def update_organization(self, info: Info, input: UpdateOrganizationInput) -> Organization:
        """A changed organization."""
        key = uuid_of("Organization", input.id)
        await organizations.update_organization(
            info.context.actor, key, input.fields(), expected_version=input.expected_version
        )
        return await row_of(info, ORGANIZATIONS, Organization.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Add a quarter (квартал).",
        raises=(NameRequired, TextTooLong),
    )
    async def create_quarter(self, info: Info, input: CreateTerritoryInput) -> Quarter:
        """A new quarter."""
        organization_id = uuid_of("Organization", input.organization_id)
        quarter = await territories.create_quarter(
            info.context.actor, organization_id, name=input.name
        )
        return await row_of(info, QUARTERS, Quarter.of, quarter.id)

    @mutation(
        access=BUILDING_EDIT,
        description="Give a quarter (квартал) another name.",
        raises=(NameRequired, TextTooLong, VersionConflict),
    )
    async def update_quarter(self, info: Info, input: UpdateTerritoryInput) -> Quarter:
        """A renamed quarter."""
        key = uuid_of("Quarter", input.id)
        await territories.rename_quarter(
            info.context.actor, key, name=input.name, expected_version=input.expected_version
        )
        return await row_of(info, QUARTERS, Quarter.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Put a quarter (квартал) without buildings into the archive.",
        raises=(PlaceNotEmpty, VersionConflict),
    )
    async def archive_quarter(self, info: Info, input: PlaceInput) -> Quarter:
        """A quarter in the archive."""
        key = uuid_of("Quarter", input.id)
        await archiving.archive(
            info.context.actor, archiving.QUARTER, key, expected_version=input.expected_version
        )
        return await row_of(info, QUARTERS, Quarter.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Take a quarter (квартал) out of the archive.",
        raises=(VersionConflict,),
    )
    async def restore_quarter(self, info: Info, input: PlaceInput) -> Quarter:
        """A quarter in use again."""
        key = uuid_of("Quarter", input.id)
        await archiving.restore(
            info.context.actor, archiving.QUARTER, key, expected_version=input.expected_version
        )
        return await row_of(info, QUARTERS, Quarter.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Add a group of buildings (группа объектов).",
        raises=(NameRequired, TextTooLong),
    )
    async def create_building_group(self, info: Info, input: CreateTerritoryInput) -> BuildingGroup:
        """A new group."""
        organization_id = uuid_of("Organization", input.organization_id)
        group = await territories.create_group(info.context.actor, organization_id, name=input.name)
        return await row_of(info, GROUPS, BuildingGroup.of, group.id)

    @mutation(
        access=BUILDING_EDIT,
        description="Give a group of buildings (группа объектов) another name.",
        raises=(NameRequired, TextTooLong, VersionConflict),
    )
    async def update_building_group(self, info: Info, input: UpdateTerritoryInput) -> BuildingGroup:
        """A renamed group."""
        key = uuid_of("BuildingGroup", input.id)
        await territories.rename_group(
            info.context.actor, key, name=input.name, expected_version=input.expected_version
        )
        return await row_of(info, GROUPS, BuildingGroup.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Put a group without buildings (группа объектов) into the archive.",
        raises=(PlaceNotEmpty, VersionConflict),
    )
    async def archive_building_group(self, info: Info, input: PlaceInput) -> BuildingGroup:
        """A group in the archive."""
        key = uuid_of("BuildingGroup", input.id)
        await archiving.archive(
            info.context.actor, archiving.GROUP, key, expected_version=input.expected_version
        )
        return await row_of(info, GROUPS, BuildingGroup.of, key)

    @mutation(
        access=BUILDING_EDIT,
        description="Take a group of buildings (группа объектов) out of the archive.",
        raises=(VersionConflict,),
    )
    async def restore_building_group(self, info: Info, input: PlaceInput) -> BuildingGroup:
        """A group in use again."""
        key = uuid_of("BuildingGroup", input.id)
        await archiving.restore(
            info.context.actor, archiving.GROUP, key, expected_version=input.expected_version
        )
        return await row_of(info, GROUPS, BuildingGroup.of, key)
