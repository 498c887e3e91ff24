"""Whose readings they are: of a premise, of a resident, and on whose behalf."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.extend import extends
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.api import Premise, Resident
from kvartal_meters.readings.graphql.rows import Reading
from kvartal_meters.readings.loaders import (
    ReadingsByPremise,
    ReadingsByResident,
    ResidentsById,
)
from kvartal_meters.readings.sources import BY_SUBMISSION

__all__ = ["PremiseReadings", "ReadingResident", "ResidentReadings"]


@extends(Premise)
class PremiseReadings:
    """The tab «Активность» of a premise's card."""

    @strawberry.field(
        description="Readings of all its meters, archived ones too, latest submission first."
    )
    async def readings(
        self,
        info: Info,
        parent: strawberry.Parent[Premise],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Reading]:
        """A page of the premise's readings."""
        page = page_of(first, after, last, before)
        rows = await info.context.load(ReadingsByPremise, (parent.uuid, page))
        locale = info.context.locale
        return connected(page, rows, lambda row: Reading.of(row, locale), BY_SUBMISSION)


@extends(Resident)
class ResidentReadings:
    """The tab «Активность» of a client's card."""

    @strawberry.field(
        description="Readings that they submitted, or staff on their behalf, latest first."
    )
    async def readings(
        self,
        info: Info,
        parent: strawberry.Parent[Resident],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Reading]:
        """A page of the resident's readings."""
        page = page_of(first, after, last, before)
        rows = await info.context.load(ReadingsByResident, (parent.uuid, page))
        locale = info.context.locale
        return connected(page, rows, lambda row: Reading.of(row, locale), BY_SUBMISSION)


@extends(Reading)
class ReadingResident:
    """Who is behind a reading."""

    @strawberry.field(
        description="The resident who submitted it, or on whose behalf staff did; for staff."
    )
    async def resident(self, info: Info, parent: strawberry.Parent[Reading]) -> Resident | None:
        """The resident, if one is known and the actor sees residents."""
        if parent.resident_uuid is None:
            return None
        row = await info.context.load(ResidentsById, parent.resident_uuid)
        return Resident.of(row) if row else None
