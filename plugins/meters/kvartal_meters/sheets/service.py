"""Readings from an employee's sheet: find, lock, load, judge, write; each for all rows at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kvartal.auth.api import Actor, require_right
from kvartal.bulk import require_few
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError
from kvartal_meters.meters.rules import AuthorKind, MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries.locking import lock_meters
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import Author
from kvartal_meters.readings.service.save import author_of
from kvartal_meters.registration.errors import MeterUnknown
from kvartal_meters.registration.rules.readings import JudgedReading
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading
from kvartal_meters.registration.service.readings import judge_rows
from kvartal_meters.registration.service.write import write_readings
from kvartal_meters.sheets.queries import find_places
from kvartal_meters.sheets.rules import SheetReference

__all__ = ["save_sheet_rows"]

Rows = Sequence[tuple[SheetReference, SentReading]]


async def save_sheet_rows(
    actor: Actor,
    organization_id: UUID,
    rows: Rows,
    mode: ReadingsMode,
    *,
    scope: MeterScope,
    building_id: UUID | None = None,
    trial: bool = False,
) -> list[JudgedReading | DomainError]:
    """Save an employee's readings, 1000 rows at most: what becomes of each, in their order.

    The rules are those of a reading that the employee submits, row by row, save that an anomaly is
    saved and marked for review: nobody can be asked. An error instead of a verdict is that of a
    meter that is not there. ``trial``: nothing is saved.
    """
    require_few("readings", len(rows))
    require_right(actor, organization_id, SUBMIT)
    async with unit_of_work():
        keys = {reference.place for reference, _ in rows}
        places = await find_places(actor, organization_id, scope, keys, building_id=building_id)
        meters = [places.find(reference) for reference, _ in rows]
        held = await _held(actor, meters, trial=trial)
        sent: dict[UUID, list[SentReading]] = {}
        for meter, (_, reading) in zip(meters, rows, strict=True):
            if isinstance(meter, UUID) and meter in held:
                sent.setdefault(meter, []).append(reading)
        judged = await judge_rows(sent, mode, _Authors(actor).of)
        if not trial:
            await write_readings(actor, organization_id, judged.values(), by=AuthorKind.EMPLOYEE)
    return [
        meter if isinstance(meter, DomainError) else _verdict(judged, reading)
        for meter, (_, reading) in zip(meters, rows, strict=True)
    ]


async def _held(
    actor: Actor, meters: Sequence[UUID | DomainError], *, trial: bool
) -> frozenset[UUID]:
    """The meters, locked if they are to be written to."""
    found = {each for each in meters if isinstance(each, UUID)}
    if trial or not found:
        return frozenset(found)
    locked = await lock_meters(actor, list(found))
    return frozenset(each for each, permitted in locked.items() if permitted)


def _verdict(
    judged: Mapping[int, JudgedReading], reading: SentReading
) -> JudgedReading | DomainError:
    """The verdict, unless the meter has gone since it was found."""
    return judged.get(reading.place) or MeterUnknown(path=("identifier",))


@dataclass(slots=True)
class _Authors:
    """The employee, by the day of the building."""

    actor: Actor
    known: dict[str, Author] = field(default_factory=dict)

    def of(self, meter: MeterFacts) -> Author:
        """The author of readings of that meter; all meters are of one organization."""
        author = self.known.get(meter.timezone)
        if author is None:
            author = author_of(self.actor, meter)._replace(by_file=True)
            self.known[meter.timezone] = author
        return author
