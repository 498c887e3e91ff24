"""Reviewing readings that were saved although their consumption is far above the average."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import belongs_to, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Forbidden, NotFound, Refused, VersionConflict
from kvartal.events import emit
from kvartal_meters.events import ReadingsReviewed
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries import locking, revisions
from kvartal_meters.readings.queries.revisions import ReviewedReading

__all__ = ["Reviewed", "review"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A reading that somebody looked at, in the version that they saw."""

    reading_id: UUID
    expected_version: int | None = None


async def review(actor: Actor, readings: Sequence[Reviewed]) -> list[UUID]:
    """Take readings off the list «Требуют проверки»: their values are right. All or none."""
    if actor.is_resident:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=SUBMIT.code)
    ids = [each.reading_id for each in readings]
    async with unit_of_work():
        seen = await revisions.readings_to_review(actor, ids)
        await locking.lock_meters(actor, list({each.meter_id for each in seen.values()}))
        # Read again after the wait: what was seen may have been changed or deleted meanwhile.
        present = await revisions.readings_to_review(actor, ids)
        if len(present) < len(set(ids)):
            raise NotFound
        conflicts: list[DomainError] = [
            VersionConflict(
                version=present[each.reading_id].version,
                path=("readings", place, "expected_version"),
            )
            for place, each in enumerate(readings)
            if each.expected_version not in (None, present[each.reading_id].version)
        ]
        if conflicts:
            raise Refused(conflicts)
        reviewed = await revisions.mark_reviewed(
            ids,
            by=AuthorKind(actor.kind.value),
            user_id=actor.user_id,
            channel=actor.channel,
            now=clock.now(),
        )
        if not reviewed:
            nothing_changed()
        for each in present.values():
            belongs_to(each.organization_id)
        _tell(actor, [each for each in present.values() if each.id in reviewed])
    return ids


def _tell(actor: Actor, reviewed: Sequence[ReviewedReading]) -> None:
    found: dict[UUID, list[UUID]] = {}
    for each in reviewed:
        found.setdefault(each.organization_id, []).append(each.id)
    for organization_id, ids in found.items():
        emit(ReadingsReviewed(organization_id, tuple(sorted(ids)), actor.user_id))
