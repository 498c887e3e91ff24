"""Loaders of the estate: a batch for each to-many relation."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal.housing import queries
from kvartal.housing.sources import BUILDINGS, GROUPS, ORGANIZATIONS, PREMISES, QUARTERS, Source

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "AccountsByPremise",
    "BuildingsByGroup",
    "BuildingsByQuarter",
    "GroupsByOrganization",
    "OrganizationById",
    "PremisesByBuilding",
    "QuartersByOrganization",
    "ResidentsByPremise",
]


class OrganizationById(Loader[UUID, Record]):
    """The organization that a row belongs to."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Record]:
        """Organizations by id."""
        return await queries.by_ids(ORGANIZATIONS, self.context.actor, keys)


class _Rows(Loader[UUID, list[Record]]):
    """Rows of a parent that has few."""

    def missing(self, key: UUID) -> list[Record]:
        """A parent without rows."""
        return []


class AccountsByPremise(_Rows):
    """The accounts of a premise."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Accounts by premise."""
        return await queries.accounts_of_premises(self.context.actor, keys)


class ResidentsByPremise(_Rows):
    """The residents of a premise; nobody for residents."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Residents by premise."""
        return await queries.residents_of_premises(self.context.actor, keys)


class GroupsByOrganization(_Rows):
    """The groups of buildings of an organization; none for residents."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Groups by organization."""
        return await queries.by_organizations(GROUPS, self.context.actor, keys)


class QuartersByOrganization(_Rows):
    """The quarters of an organization."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Quarters by organization."""
        return await queries.by_organizations(QUARTERS, self.context.actor, keys)


class _Pages(Loader[tuple[UUID, "Page"], list[Record]]):
    """A page of rows of a parent that may have many, in their order."""

    source: ClassVar[Source]
    belongs: ClassVar[str]

    async def batch(
        self, keys: Sequence[tuple[UUID, "Page"]]
    ) -> Mapping[tuple[UUID, "Page"], list[Record]]:
        """A statement for each page that is asked for; all parents ask for the same as a rule."""
        parents: dict[Page, list[UUID]] = {}
        for parent, page in keys:
            parents.setdefault(page, []).append(parent)
        answers = await asyncio.gather(
            *(
                queries.pages_by_parents(self.source, self.belongs, self.context.actor, ids, page)
                for page, ids in parents.items()
            )
        )
        return {
            (parent, page): rows
            for page, answer in zip(parents, answers, strict=True)
            for parent, rows in answer.items()
        }

    def missing(self, key: tuple[UUID, "Page"]) -> list[Record]:
        """A parent without rows on this page."""
        return []


class PremisesByBuilding(_Pages):
    """The premises of a building."""

    source = PREMISES
    belongs = "p.building_id = parent.id"


class BuildingsByQuarter(_Pages):
    """The buildings of a quarter."""

    source = BUILDINGS
    belongs = "b.quarter_id = parent.id"


class BuildingsByGroup(_Pages):
    """The buildings of a group."""

    source = BUILDINGS
    belongs = queries.in_group("parent.id")
