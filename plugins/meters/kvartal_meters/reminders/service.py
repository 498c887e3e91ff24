"""Whom to remind on a day: chunks of premises, for who writes the notices."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from kvartal.db.connection import Record
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.reminders import queries
from kvartal_meters.reminders.rules import (
    ClosingResources,
    MeterToVerify,
    PremiseToVerify,
    WindowEdge,
    WindowPremise,
    due_between,
    windows_at,
)

__all__ = ["meters_to_verify", "premises_of_window_day"]

_ORDER = {kind: place for place, kind in enumerate(ResourceKind)}


async def premises_of_window_day(
    timezone: str, day: date, *, edge: WindowEdge, after: UUID | None, limit: int
) -> list[WindowPremise]:
    """The next premises of a time zone where a window opens or closes on ``day``.

    All organizations'. ``after``: the last premise of the chunk before, whichever of its premises
    were told; none begins. A chunk of fewer than ``limit`` is the last.
    """
    rows = await queries.at_the_edge(timezone, windows_at(day, edge), after=after, limit=limit)
    return [
        WindowPremise(
            row["organization_id"], row["building_id"], row["premise_id"], tuple(_windows(row))
        )
        for row in rows
    ]


async def meters_to_verify(
    timezone: str, day: date, *, after: UUID | None, limit: int
) -> list[PremiseToVerify]:
    """The next premises of a time zone with meters to be verified in under 30 days, or expired.

    Expired in the last `EXPIRED_DAYS`; ``after`` and the last chunk as above.
    """
    first, last = due_between(day)
    rows = await queries.to_verify(timezone, first, last, after=after, limit=limit)
    return [
        PremiseToVerify(
            row["organization_id"], row["building_id"], row["premise_id"], tuple(_meters(row, day))
        )
        for row in rows
    ]


def _windows(row: Record) -> Iterator[ClosingResources]:
    resources = sorted(
        (closes_on, _ORDER[ResourceKind(kind)], ResourceKind(kind), unsent)
        for kind, closes_on, unsent in zip(
            row["kinds"], row["closes_on"], row["unsent"], strict=True
        )
    )
    for closes_on, group in groupby(resources, itemgetter(0)):
        found = list(group)
        yield ClosingResources(
            closes_on,
            tuple(kind for *_, kind, _ in found),
            tuple(kind for *_, kind, unsent in found if unsent),
        )


def _meters(row: Record, day: date) -> Iterator[MeterToVerify]:
    columns = (row["meters"], row["kinds"], row["identifiers"], row["serials"], row["due"])
    for meter_id, kind, identifier, serial, due_on in zip(*columns, strict=True):
        days_left = (due_on - day).days
        yield MeterToVerify(meter_id, ResourceKind(kind), identifier, serial, due_on, days_left)
