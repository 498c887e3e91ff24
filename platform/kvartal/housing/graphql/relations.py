"""What belongs to a row of the estate and may be many: fields that the row types gain."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.extend import extends
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing import loaders
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import (
    Account,
    Building,
    BuildingGroup,
    Organization,
    Premise,
    Quarter,
)
from kvartal.housing.graphql.wording import Archived

__all__ = ["RELATIONS"]


@extends(Organization)
class OrganizationTerritories:
    """How an organization divides its buildings."""

    @strawberry.field(description="Its quarters (кварталы), by name.")
    async def quarters(
        self,
        info: Info,
        parent: strawberry.Parent[Organization],
        include_archived: Archived = False,
    ) -> list[Quarter]:
        """All quarters."""
        key = (parent.uuid, include_archived)
        return [
            Quarter.of(row) for row in await info.context.load(loaders.QuartersByOrganization, key)
        ]

    @strawberry.field(
        description="Its groups of buildings (группы объектов), by name; residents see none."
    )
    async def building_groups(
        self,
        info: Info,
        parent: strawberry.Parent[Organization],
        include_archived: Archived = False,
    ) -> list[BuildingGroup]:
        """All groups of buildings."""
        key = (parent.uuid, include_archived)
        rows = await info.context.load(loaders.GroupsByOrganization, key)
        return [BuildingGroup.of(row) for row in rows]


@extends(BuildingGroup)
class GroupBuildings:
    """What is in a group."""

    @strawberry.field(description="Its buildings that the actor may see, by address.")
    async def buildings(
        self,
        info: Info,
        parent: strawberry.Parent[BuildingGroup],
        include_archived: Archived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Building]:
        """A page of its buildings."""
        asked = loaders.PageOf(parent.uuid, page_of(first, after, last, before), include_archived)
        rows = await info.context.load(loaders.BuildingsByGroup, asked)
        return connected(
            asked.page,
            rows,
            Building.of,
            loaders.BuildingsByGroup.source.order,
            lambda: info.context.load(loaders.BuildingCountByGroup, asked.whole),
        )


@extends(Quarter)
class QuarterBuildings:
    """What stands in a quarter."""

    @strawberry.field(description="Its buildings that the actor may see, by address.")
    async def buildings(
        self,
        info: Info,
        parent: strawberry.Parent[Quarter],
        include_archived: Archived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Building]:
        """A page of its buildings."""
        asked = loaders.PageOf(parent.uuid, page_of(first, after, last, before), include_archived)
        rows = await info.context.load(loaders.BuildingsByQuarter, asked)
        return connected(
            asked.page,
            rows,
            Building.of,
            loaders.BuildingsByQuarter.source.order,
            lambda: info.context.load(loaders.BuildingCountByQuarter, asked.whole),
        )


@extends(Building)
class BuildingRelations:
    """What a building has, and whose it is."""

    @strawberry.field(description="The organization that serves it (организация).")
    async def organization(self, info: Info, parent: strawberry.Parent[Building]) -> Organization:
        """Its organization."""
        record = await info.context.load(loaders.OrganizationById, parent.organization_uuid)
        return Organization.of(record)

    @strawberry.field(description="Its premises that the actor may see (помещения), by number.")
    async def premises(
        self,
        info: Info,
        parent: strawberry.Parent[Building],
        include_archived: Archived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Premise]:
        """A page of its premises."""
        asked = loaders.PageOf(parent.uuid, page_of(first, after, last, before), include_archived)
        rows = await info.context.load(loaders.PremisesByBuilding, asked)
        return connected(
            asked.page,
            rows,
            Premise.of,
            loaders.PremisesByBuilding.source.order,
            lambda: info.context.load(loaders.PremiseCountByBuilding, asked.whole),
        )


@extends(Premise)
class PremiseRelations:
    """Whose a premise is."""

    @strawberry.field(description="Its accounts (лицевые счета), by number.")
    async def accounts(
        self, info: Info, parent: strawberry.Parent[Premise], include_archived: Archived = False
    ) -> list[Account]:
        """All accounts."""
        key = (parent.uuid, include_archived)
        return [Account.of(row) for row in await info.context.load(loaders.AccountsByPremise, key)]

    @strawberry.field(description="Who lives in it (жители), by name; residents see nobody.")
    async def residents(self, info: Info, parent: strawberry.Parent[Premise]) -> list[Resident]:
        """All residents."""
        rows = await info.context.load(loaders.ResidentsByPremise, parent.uuid)
        return [Resident.of(row) for row in rows]


RELATIONS = (
    OrganizationTerritories,
    GroupBuildings,
    QuarterBuildings,
    BuildingRelations,
    PremiseRelations,
)
