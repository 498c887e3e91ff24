"""Loaders of the estate: a batch for each to-many relation."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeVar
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal.housing.queries import pages, rows
from kvartal.housing.sources import BUILDINGS, GROUPS, ORGANIZATIONS, PREMISES, QUARTERS, Source

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "AccountsByPremise",
    "BuildingCountByGroup",
    "BuildingCountByQuarter",
    "BuildingsByGroup",
    "BuildingsByQuarter",
    "GroupsByOrganization",
    "OrganizationById",
    "PageOf",
    "PremiseCountByBuilding",
    "PremisesByBuilding",
    "QuartersByOrganization",
    "ResidentsByPremise",
]

K = TypeVar("K")
V = TypeVar("V")
Answer = TypeVar("Answer", covariant=True)


class _OfParents(Protocol[Answer]):
    """A question about many parents at once."""

    async def __call__(
        self, parents: Sequence[UUID], *, archived: bool
    ) -> Mapping[UUID, Answer]: ...


class PageOf(NamedTuple):
    """A page of what a parent has, with what is in the archive or without."""

    parent: UUID
    page: "Page"
    archived: bool

    @property
    def whole(self) -> tuple[UUID, bool]:
        """The list that it is a page of."""
        return self.parent, self.archived


class OrganizationById(Loader[UUID, Record]):
    """The organization that a row belongs to."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Record]:
        """Organizations by id."""
        return await rows.by_ids(ORGANIZATIONS, self.context.actor, keys)


class _Rows(Loader[K, list[Record]]):
    """Rows of a parent that has few."""

    def missing(self, key: K) -> list[Record]:
        """A parent without rows."""
        return []


class ResidentsByPremise(_Rows[UUID]):
    """The residents of a premise; nobody for residents."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Residents by premise."""
        return await rows.residents_of_premises(self.context.actor, keys)


class _Kept(_Rows[tuple[UUID, bool]]):
    """Rows by parent, and by whether those in the archive are wanted too."""

    async def batch(
        self, keys: Sequence[tuple[UUID, bool]]
    ) -> Mapping[tuple[UUID, bool], list[Record]]:
        """A statement for each of the two kinds of list that is asked for."""
        return await _by_archived(keys, self.of)

    async def of(self, parents: Sequence[UUID], *, archived: bool) -> Mapping[UUID, list[Record]]:
        """The rows of all parents."""
        raise NotImplementedError(type(self).__name__)


class AccountsByPremise(_Kept):
    """The accounts of a premise."""

    async def of(self, parents: Sequence[UUID], *, archived: bool) -> Mapping[UUID, list[Record]]:
        """Accounts by premise."""
        return await rows.accounts_of_premises(self.context.actor, parents, archived=archived)


class GroupsByOrganization(_Kept):
    """The groups of buildings of an organization; none for residents."""

    async def of(self, parents: Sequence[UUID], *, archived: bool) -> Mapping[UUID, list[Record]]:
        """Groups by organization."""
        return await rows.by_organizations(GROUPS, self.context.actor, parents, archived=archived)


class QuartersByOrganization(_Kept):
    """The quarters of an organization."""

    async def of(self, parents: Sequence[UUID], *, archived: bool) -> Mapping[UUID, list[Record]]:
        """Quarters by organization."""
        actor = self.context.actor
        return await rows.by_organizations(QUARTERS, actor, parents, archived=archived)


class _Pages(_Rows[PageOf]):
    """A page of rows of a parent that may have many, in their order."""

    source: ClassVar[Source]
    belongs: ClassVar[str]

    async def batch(self, keys: Sequence[PageOf]) -> Mapping[PageOf, list[Record]]:
        """A statement for each page that is asked for; all parents ask for the same as a rule."""
        parents: dict[tuple[Page, bool], list[UUID]] = {}
        for parent, page, archived in keys:
            parents.setdefault((page, archived), []).append(parent)
        answers = await asyncio.gather(
            *(
                pages.pages_by_parents(
                    self.source, self.belongs, self.context.actor, ids, page, archived=archived
                )
                for (page, archived), ids in parents.items()
            )
        )
        return {
            PageOf(parent, *asked): found
            for asked, answer in zip(parents, answers, strict=True)
            for parent, found in answer.items()
        }


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
    belongs = pages.in_group("parent.id")


class _Counts(Loader[tuple[UUID, bool], int]):
    """How many rows a parent has, with those in the archive or without."""

    listed: ClassVar[type[_Pages]]

    async def batch(self, keys: Sequence[tuple[UUID, bool]]) -> Mapping[tuple[UUID, bool], int]:
        """A statement for each of the two kinds of list that is asked for."""
        return await _by_archived(keys, self.of)

    async def of(self, parents: Sequence[UUID], *, archived: bool) -> Mapping[UUID, int]:
        """The counts of all parents."""
        return await pages.counts_by_parents(
            self.listed.source,
            self.listed.belongs,
            self.context.actor,
            parents,
            archived=archived,
        )


class PremiseCountByBuilding(_Counts):
    """How many premises a building has."""

    listed = PremisesByBuilding


class BuildingCountByQuarter(_Counts):
    """How many buildings stand in a quarter."""

    listed = BuildingsByQuarter


class BuildingCountByGroup(_Counts):
    """How many buildings are in a group."""

    listed = BuildingsByGroup


async def _by_archived(
    keys: Sequence[tuple[UUID, bool]], question: _OfParents[V]
) -> dict[tuple[UUID, bool], V]:
    kinds = sorted({archived for _, archived in keys})
    answers = await asyncio.gather(
        *(question([key for key, kind in keys if kind == each], archived=each) for each in kinds)
    )
    return {
        (parent, each): found
        for each, answer in zip(kinds, answers, strict=True)
        for parent, found in answer.items()
    }
