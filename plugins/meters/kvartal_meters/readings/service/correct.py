"""Correcting a stored reading."""

from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound, Refused, VersionConflict
from kvartal_meters.readings.queries import locking, saving
from kvartal_meters.readings.rules.judgement import SubmittedValues, judge_correction
from kvartal_meters.readings.service.save import Saved, author_of, save

__all__ = ["correct"]


async def correct(
    actor: Actor,
    *,
    reading_id: UUID,
    submitted: SubmittedValues,
    expected_version: int | None = None,
) -> Saved:
    """Save other values for a reading; it always counts as submitted now, as the seed says."""
    async with unit_of_work():
        found = await locking.lock_meter_of_reading(actor, reading_id)
        if found is None:
            raise NotFound
        if found.lacking:
            raise Forbidden("FORBIDDEN_PERMISSION", permission=found.lacking.code)
        meters = await saving.meter_facts([found.meter_id], up_to=found.billing_month)
        meter = meters[found.meter_id]
        existing = meter.reading_of(found.billing_month)
        if existing is None:
            raise NotFound
        if expected_version not in (None, existing.version):
            raise VersionConflict(version=existing.version, path=("expected_version",))
        verdict = judge_correction(meter, submitted, author_of(actor, meter), existing)
        if verdict.errors:
            raise Refused(verdict.errors)
        return await save(actor, [(meter, verdict)])
