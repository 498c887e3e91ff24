"""Saving what was judged right: rows, events and the live change, in the unit of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kvartal import clock, live
from kvartal.audit.api import nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.events import emit
from kvartal.home.api import premise_topic
from kvartal_meters.events import ReadingAccepted, ReadingCorrected
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import CORRECT_PAST, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.readings.queries import saving
from kvartal_meters.readings.rules import Consumption, Rights
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import Author, Judgement
from kvartal_meters.readings.topics import readings_topic

__all__ = ["Saved", "author_of", "following_row", "reading_row", "save"]


@dataclass(frozen=True, slots=True)
class Saved:
    """Readings in the order in which they were given; those that changed with their rows."""

    ids: Sequence[UUID]
    rows: Mapping[UUID, Record]


def author_of(actor: Actor, meter: MeterFacts) -> Author:
    """The actor as the rules see them: their day is the building's, their rights the tenant's."""
    return Author(
        kind=AuthorKind(actor.kind.value),
        today=clock.today(meter.timezone),
        rights=Rights(
            outside_period=actor.may(SUBMIT_OUTSIDE_PERIOD.code, meter.organization_id),
            correct_past=actor.may(CORRECT_PAST.code, meter.organization_id),
        ),
    )


async def save(
    actor: Actor,
    judged: Sequence[tuple[MeterFacts, Judgement]],
    *,
    resident_id: UUID | None = None,
) -> Saved:
    """Write what changes; all readings, the unchanged ones too.

    ``resident_id``: on whose behalf staff save them.
    """
    ids = [each.existing.id if each.existing else uuid7() for _, each in judged]
    changed = [
        (reading_id, meter, each)
        for reading_id, (meter, each) in zip(ids, judged, strict=True)
        if not each.unchanged
    ]
    if not changed:
        nothing_changed()
        return Saved(ids, {})
    kind = AuthorKind(actor.kind.value)
    now = clock.now()
    rows = await saving.write_readings(
        [reading_row(reading_id, meter, each, resident_id) for reading_id, meter, each in changed],
        by=kind,
        user_id=actor.user_id,
        channel=actor.channel,
        now=now,
        shown=True,
    )
    if following := [following_row(each) for _, _, each in changed if each.following]:
        await saving.write_following(following, now=now)
    for reading_id, meter, each in changed:
        _announce(reading_id, meter, each, kind)
    return Saved(ids, rows)


def reading_row(
    reading_id: UUID, meter: MeterFacts, judged: Judgement, resident_id: UUID | None = None
) -> saving.ReadingRow:
    """The row that a right verdict comes to."""
    return saving.ReadingRow(
        id=reading_id,
        meter_id=meter.id,
        billing_month=judged.billing_month,
        taken_on=judged.taken_on,
        values=judged.values,
        previous=judged.previous,
        consumption=_total(judged.consumption),
        needs_review=judged.needs_review,
        replaces=judged.existing.values if judged.existing else None,
        resident_id=resident_id,
    )


def following_row(judged: Judgement) -> saving.FollowingRow:
    """What the reading after a saved one is now compared with; there must be one."""
    assert judged.following is not None
    reading, consumption = judged.following
    return saving.FollowingRow(reading.id, judged.values, _total(consumption))


def _total(consumption: Consumption | None) -> Decimal | None:
    return consumption.total if consumption else None


def _announce(reading_id: UUID, meter: MeterFacts, judged: Judgement, by: AuthorKind) -> None:
    kind = ReadingCorrected if judged.existing else ReadingAccepted
    emit(
        kind(
            reading_id=reading_id,
            meter_id=meter.id,
            organization_id=meter.organization_id,
            building_id=meter.building_id,
            premise_id=meter.premise_id,
            billing_month=judged.billing_month,
            author_kind=by,
            following_id=judged.following[0].id if judged.following else None,
        )
    )
    live.touch(readings_topic(meter.organization_id))
    if meter.premise_id:
        live.touch(premise_topic(meter.premise_id))
