"""Submitting readings of several meters at once: all or nothing for people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, DomainError, Forbidden, NotFound, Refused
from kvartal.events import emit
from kvartal.months import YearMonth
from kvartal_meters.events import ReadingsSubmitted
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries import locking, saving
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import Judgement, SubmittedValues, judge_submission
from kvartal_meters.readings.service.save import Saved, author_of, save

__all__ = ["Entry", "submit", "submit_collective"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered for one meter."""

    meter_id: UUID
    submitted: SubmittedValues


async def submit(
    actor: Actor,
    *,
    premise_id: UUID,
    entries: Sequence[Entry],
    taken_on: date | None = None,
    billing_month: YearMonth | None = None,
    resident_id: UUID | None = None,
) -> Saved:
    """Save readings of a premise's meters; Refused with every fault of every field.

    ``taken_on`` and ``billing_month`` are staff's to choose: a resident's day is today. So is the
    resident of the premise on whose behalf they submit: a resident submits for themselves.
    """
    if actor.is_resident and (taken_on or billing_month):
        raise BadInput("STAFF_CHOOSES_DAY")
    if actor.is_resident and resident_id:
        raise BadInput("STAFF_CHOOSES_RESIDENT")
    return await _submit(
        actor,
        entries,
        lambda meter: meter.premise_id == premise_id and not meter.is_collective,
        taken_on=taken_on,
        billing_month=billing_month,
        resident_id=resident_id,
    )


async def submit_collective(
    actor: Actor, *, building_id: UUID, entries: Sequence[Entry], taken_on: date | None = None
) -> Saved:
    """Save readings of a building's own meters (ОДПУ): no window, one a calendar month."""
    return await _submit(
        actor,
        entries,
        lambda meter: meter.building_id == building_id and meter.is_collective,
        taken_on=taken_on,
    )


async def _submit(
    actor: Actor,
    entries: Sequence[Entry],
    belongs: Callable[[MeterFacts], bool],
    *,
    taken_on: date | None = None,
    billing_month: YearMonth | None = None,
    resident_id: UUID | None = None,
) -> Saved:
    meter_ids = [entry.meter_id for entry in entries]
    if len(set(meter_ids)) < len(meter_ids):
        raise BadInput("METER_TWICE")
    async with unit_of_work():
        seen = await locking.lock_meters(actor, meter_ids)
        if len(seen) < len(meter_ids):
            raise NotFound
        if not all(seen.values()):
            raise Forbidden("FORBIDDEN_PERMISSION", permission=SUBMIT.code)
        month = billing_month or (YearMonth.of(taken_on) if taken_on else None)
        meters = await saving.meter_facts(meter_ids, up_to=month)
        if not all(belongs(meter) for meter in meters.values()):
            raise NotFound
        if resident_id and not await locking.lives_with(resident_id, meter_ids):
            raise NotFound
        judged: list[tuple[MeterFacts, Judgement]] = []
        for entry in entries:
            meter = meters[entry.meter_id]
            verdict = judge_submission(
                meter,
                entry.submitted,
                author_of(actor, meter),
                taken_on=taken_on,
                billing_month=billing_month,
            )
            judged.append((meter, verdict))
        if errors := _errors(judged):
            raise Refused(errors)
        saved = await save(actor, judged, resident_id=resident_id)
        _tell(actor, judged, saved.ids)
        return saved


def _tell(
    actor: Actor, judged: Sequence[tuple[MeterFacts, Judgement]], saved: Sequence[UUID]
) -> None:
    changed = tuple(
        reading_id
        for reading_id, (_, verdict) in zip(saved, judged, strict=True)
        if not verdict.unchanged
    )
    if not (actor.is_resident and changed):
        return
    meter, _ = judged[0]
    assert meter.premise_id is not None  # residents submit in their premises alone
    assert actor.user_id is not None
    emit(
        ReadingsSubmitted(
            submission_id=uuid7(),
            organization_id=meter.organization_id,
            building_id=meter.building_id,
            premise_id=meter.premise_id,
            reading_ids=changed,
            user_id=actor.user_id,
        )
    )


def _errors(judged: Sequence[tuple[MeterFacts, Judgement]]) -> list[DomainError]:
    """All faults; those of the shared day and month stand at the input's root, and once."""
    found: dict[tuple[str, tuple[str | int, ...]], DomainError] = {}
    for place, (_, verdict) in enumerate(judged):
        for error in verdict.errors:
            shared = error.path[:1] in {("taken_on",), ("billing_month",)}
            placed = error if shared else error.at("readings", place)
            found.setdefault((placed.code, placed.path), placed)
    return list(found.values())
