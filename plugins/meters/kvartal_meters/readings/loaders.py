"""Loaders of readings: whether meters take one now, and what they showed before."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from kvartal.auth.api import names_of_staff
from kvartal.db.connection import Record
from kvartal.db.sql import Keyset
from kvartal.graphql.loader import Loader
from kvartal.housing.api import RESIDENTS, by_ids
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.queries import listing, revisions, saving
from kvartal_meters.readings.queries.listing import Parent
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.sources import BY_MONTH, BY_SUBMISSION

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "FactsByMeter",
    "NamesByAuthor",
    "ReadingsByMeter",
    "ReadingsByPremise",
    "ReadingsByResident",
    "ResidentsById",
    "RevisionsByReading",
]


class FactsByMeter(Loader[UUID, MeterFacts]):
    """A meter, that the actor is known to see, as the rules see it."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, MeterFacts]:
        """Meters by id."""
        return await saving.meter_facts(keys)


class ReadingsByParent(Loader[tuple[UUID, "Page"], list[Record]]):
    """A page of the readings of each of what has several: a statement for each page asked for."""

    parent: ClassVar[Parent]
    order: ClassVar[Keyset]

    async def batch(
        self, keys: Sequence[tuple[UUID, "Page"]]
    ) -> Mapping[tuple[UUID, "Page"], list[Record]]:
        """All ask for the same page as a rule."""
        parents: dict[Page, list[UUID]] = {}
        for parent, page in keys:
            parents.setdefault(page, []).append(parent)
        actor = self.context.actor
        answers = await asyncio.gather(
            *(
                listing.of_parents(actor, self.parent, ids, page, self.order)
                for page, ids in parents.items()
            )
        )
        return {
            (parent, page): readings
            for page, answer in zip(parents, answers, strict=True)
            for parent, readings in answer.items()
        }

    def missing(self, key: tuple[UUID, "Page"]) -> list[Record]:
        """One without readings."""
        return []


class ReadingsByMeter(ReadingsByParent):
    """A page of a meter's readings, newest month first."""

    parent = "meter"
    order = BY_MONTH


class ReadingsByPremise(ReadingsByParent):
    """A page of what was submitted of a premise's meters, newest first."""

    parent = "premise"
    order = BY_SUBMISSION


class ReadingsByResident(ReadingsByParent):
    """A page of what a resident submitted, or staff on their behalf, newest first."""

    parent = "resident"
    order = BY_SUBMISSION


class ResidentsById(Loader[UUID, Record | None]):
    """Residents whom the actor sees."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Record | None]:
        """Residents by id."""
        return await by_ids(RESIDENTS, self.context.actor, keys)

    def missing(self, key: UUID) -> None:
        """One whom the actor does not see."""


class RevisionsByReading(Loader[UUID, list[Record]]):
    """The changes of a reading, newest first; of staff's alone."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Changes by reading."""
        return await revisions.of_readings(self.context.actor, keys)

    def missing(self, key: UUID) -> list[Record]:
        """A reading without a history: it was there before us."""
        return []


AuthorKey = tuple[AuthorKind, UUID, UUID]
"""What somebody saved a reading as, in which organization, and who they are."""


class NamesByAuthor(Loader[AuthorKey, str | None]):
    """The names of those who saved readings, which the actor may know."""

    async def batch(self, keys: Sequence[AuthorKey]) -> Mapping[AuthorKey, str | None]:
        """At most two statements: who acted as a resident is called as residents are."""
        residents = {key[1:] for key in keys if key[0] is AuthorKind.RESIDENT}
        staff = {key[1:] for key in keys if key[0] is not AuthorKind.RESIDENT}
        named = await revisions.names_of_residents(residents) if residents else {}
        employed = await names_of_staff(staff) if staff else {}
        return {
            key: (named if key[0] is AuthorKind.RESIDENT else employed).get(key[1:]) for key in keys
        }
