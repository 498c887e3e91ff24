"""Registration of readings: find and lock, load, judge, write; each for all rows at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor, require_right
from kvartal.bulk import require_few
from kvartal.db.models import uuid7s
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import READING_REGISTER
from kvartal_meters.readings.queries import saving
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import Author
from kvartal_meters.registration.errors import ReadingExists
from kvartal_meters.registration.queries.finding import lock_named_meters
from kvartal_meters.registration.queries.kept import channels_of
from kvartal_meters.registration.rules.matching import MeterReference
from kvartal_meters.registration.rules.readings import HISTORY, JudgedReading, judge_meter
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading, months_of
from kvartal_meters.registration.service.write import write_readings

__all__ = ["judge_rows", "register_readings"]

Rows = Sequence[tuple[MeterReference, SentReading]]


async def register_readings(
    actor: Actor, organization_id: UUID, rows: Rows, mode: ReadingsMode
) -> list[JudgedReading | DomainError]:
    """Save readings, 1000 rows at most: what becomes of each, in their order.

    An error instead of a verdict is that of a meter that is not there. No window is asked for, an
    anomaly is saved and marked for review. All is one transaction; `READING_REGISTER` and the
    buildings are the actor's.
    """
    require_few("readings", len(rows))
    require_right(actor, organization_id, READING_REGISTER)
    async with unit_of_work():
        named = [reference for reference, _ in rows]
        known = await lock_named_meters(actor, READING_REGISTER, organization_id, named)
        meters = [known.find(reference) for reference in named]
        sent: dict[UUID, list[SentReading]] = {}
        for meter, (_, reading) in zip(meters, rows, strict=True):
            if isinstance(meter, UUID):
                sent.setdefault(meter, []).append(reading)
        judged = await judge_rows(sent, mode, _Authors({}).of)
        await write_readings(actor, organization_id, judged.values())
    return [
        meter if isinstance(meter, DomainError) else judged[place]
        for place, meter in enumerate(meters)
    ]


@dataclass(slots=True)
class _Authors:
    """Another system, whoever calls for it, by the day of the building."""

    known: dict[str, Author]

    def of(self, meter: MeterFacts) -> Author:
        """The author of readings of that meter."""
        author = self.known.get(meter.timezone)
        if author is None:
            author = Author(kind=AuthorKind.SERVICE, today=clock.today(meter.timezone))
            self.known[meter.timezone] = author
        return author


async def judge_rows(
    sent: Mapping[UUID, Sequence[SentReading]],
    mode: ReadingsMode,
    author_of: Callable[[MeterFacts], Author],
) -> dict[int, JudgedReading]:
    """The verdicts on rows about meters that are held, by the place of the row."""
    if not sent:
        return {}
    now, new_id = clock.now(), partial(next, uuid7s())
    months = {meter: months_of(rows, now) for meter, rows in sent.items()}
    meters = await saving.facts_between(months, HISTORY)
    judged = {
        each.sent.place: each
        for meter_id, meter in meters.items()
        for each in judge_meter(meter, sent[meter_id], author_of(meter), mode, new_id)
    }
    await _tell_channels(judged.values())
    return judged


async def _tell_channels(judged: Iterable[JudgedReading]) -> None:
    """Complete what is said of readings that are kept: the history does not tell how they came."""
    kept = [
        (each.verdict.existing.id, error)
        for each in judged
        for error in each.verdict.errors
        if isinstance(error, ReadingExists) and each.verdict.existing
    ]
    if not kept:
        return
    channels = await channels_of({reading for reading, _ in kept})
    for reading, error in kept:
        error.channel = channels.get(reading)
