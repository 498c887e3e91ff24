"""Loaders of meters: a batch for each place that meters hang on, and for what hangs on a meter."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from kvartal.auth.api import names_of_staff
from kvartal.db.connection import Record
from kvartal.files.api import files_of
from kvartal.graphql.loader import Loader
from kvartal_meters.meters import queries
from kvartal_meters.meters.queries import listing, verifications
from kvartal_meters.meters.queries.listing import OfBuilding
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.service.documents import DOCUMENT_OWNER
from kvartal_meters.meters.service.verify import FILE_OWNER

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "CompletedRow",
    "DocumentRow",
    "DocumentsByMeter",
    "MeterById",
    "MeterCountByBuilding",
    "MetersByBuilding",
    "MetersByPremise",
    "OfPremise",
    "PageOfBuilding",
    "ReplacementByMeter",
    "VerificationsByMeter",
]


class OfPremise(NamedTuple):
    """Which of a premise's meters are listed."""

    premise: UUID
    scope: MeterScope | None = None
    archived: bool = False


class MetersByPremise(Loader[OfPremise, list[Record]]):
    """The meters of a premise; a statement for each kind of list that is asked for."""

    async def batch(self, keys: Sequence[OfPremise]) -> Mapping[OfPremise, list[Record]]:
        """Meters by premise."""
        asked: dict[tuple[MeterScope | None, bool], list[UUID]] = {}
        for key in keys:
            asked.setdefault((key.scope, key.archived), []).append(key.premise)
        actor = self.context.actor
        answers = await asyncio.gather(
            *(
                queries.of_premises(actor, premises, scope=scope, archived=archived)
                for (scope, archived), premises in asked.items()
            )
        )
        return {
            OfPremise(premise, *kind): meters
            for kind, answer in zip(asked, answers, strict=True)
            for premise, meters in answer.items()
        }

    def missing(self, key: OfPremise) -> list[Record]:
        """A premise without meters."""
        return []


class PageOfBuilding(NamedTuple):
    """A page of a building's meters."""

    building: UUID
    listed: OfBuilding
    page: "Page"

    @property
    def whole(self) -> tuple[UUID, OfBuilding]:
        """The list that it is a page of."""
        return self.building, self.listed


class MetersByBuilding(Loader[PageOfBuilding, list[Record]]):
    """A page of the meters of a building; all ask for the same as a rule."""

    async def batch(self, keys: Sequence[PageOfBuilding]) -> Mapping[PageOfBuilding, list[Record]]:
        """Pages by building: a statement for each page that is asked for."""
        asked: dict[tuple[OfBuilding, Page], list[UUID]] = {}
        for key in keys:
            asked.setdefault((key.listed, key.page), []).append(key.building)
        actor = self.context.actor
        answers = await asyncio.gather(
            *(
                listing.pages_of_buildings(actor, buildings, listed, page)
                for (listed, page), buildings in asked.items()
            )
        )
        return {
            PageOfBuilding(building, *kind): meters
            for kind, answer in zip(asked, answers, strict=True)
            for building, meters in answer.items()
        }

    def missing(self, key: PageOfBuilding) -> list[Record]:
        """A building without meters."""
        return []


class MeterCountByBuilding(Loader[tuple[UUID, OfBuilding], int]):
    """How many meters a building lists."""

    async def batch(
        self, keys: Sequence[tuple[UUID, OfBuilding]]
    ) -> Mapping[tuple[UUID, OfBuilding], int]:
        """Counts by building: a statement for each kind of list that is asked for."""
        asked: dict[OfBuilding, list[UUID]] = {}
        for building, listed in keys:
            asked.setdefault(listed, []).append(building)
        actor = self.context.actor
        answers = await asyncio.gather(
            *(
                listing.counts_of_buildings(actor, buildings, listed)
                for listed, buildings in asked.items()
            )
        )
        return {
            (building, listed): found
            for listed, answer in zip(asked, answers, strict=True)
            for building, found in answer.items()
        }


class MeterById(Loader[UUID, Record | None]):
    """A meter that the actor sees."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Record | None]:
        """Meters by id."""
        return await queries.by_ids(self.context.actor, keys)

    def missing(self, key: UUID) -> None:
        """One that the actor does not see."""


class ReplacementByMeter(Loader[UUID, Record | None]):
    """The meter that took the place of another, if the actor sees it."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Record | None]:
        """Replacing meters by the replaced one."""
        return await queries.replacements_of(self.context.actor, keys)

    def missing(self, key: UUID) -> None:
        """A meter that nothing has replaced."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with the name of who attached it; a system has none."""

    file: Record
    by: str | None


class DocumentsByMeter(Loader[UUID, list[DocumentRow]]):
    """The documents of a meter that the actor sees; staff's alone."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[DocumentRow]]:
        """Documents by meter, oldest first: a statement for the files, one for the names."""
        if self.context.actor.is_resident:
            return {}
        found = await files_of(DOCUMENT_OWNER, keys)
        people = {_uploader(file) for files in found.values() for file in files}
        names = await names_of_staff(people) if people else {}
        return {
            meter: [DocumentRow(file, names.get(_uploader(file))) for file in files]
            for meter, files in found.items()
        }

    def missing(self, key: UUID) -> list[DocumentRow]:
        """A meter without documents."""
        return []


@dataclass(frozen=True, slots=True)
class CompletedRow:
    """A verification with its file and the name of who recorded it."""

    record: Record
    file: Record | None
    by: str | None


class VerificationsByMeter(Loader[UUID, list[CompletedRow]]):
    """The verifications that a meter, which the actor sees, has passed; staff's alone."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[CompletedRow]]:
        """Verifications by meter, latest first: a statement each for rows, files and names."""
        if self.context.actor.is_resident:
            return {}
        rows = await verifications.of_meters(keys)
        if not rows:
            return {}
        people = {_recorder(row) for row in rows if row["recorded_by_id"]}
        files, names = await asyncio.gather(
            files_of(FILE_OWNER, [row["id"] for row in rows]), names_of_staff(people)
        )
        found: dict[UUID, list[CompletedRow]] = {}
        for row in rows:
            file = next(iter(files.get(row["id"], ())), None)
            made = CompletedRow(row, file, names.get(_recorder(row)))
            found.setdefault(row["meter_id"], []).append(made)
        return found

    def missing(self, key: UUID) -> list[CompletedRow]:
        """A meter of which no verification is recorded."""
        return []


def _uploader(file: Record) -> tuple[UUID, UUID]:
    return file["organization_id"], file["uploader_id"]


def _recorder(row: Record) -> tuple[UUID, UUID]:
    return row["organization_id"], row["recorded_by_id"]
