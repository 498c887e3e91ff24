"""The reminders of verification: that it is due soon, and that it has expired (поверка)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from kvartal_meters.api import MeterToVerify, PremiseToVerify, meters_to_verify
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.service import PremiseNotice, tell_residents
from kvartal_notifications.sources.kinds import VERIFICATION_DUE, VERIFICATION_EXPIRED
from kvartal_notifications.sources.rules import CHUNK, Chunk, LocalDay, is_news, later
from kvartal_notifications.sources.service.places import facts_of_places

__all__ = ["remind_of_verification"]

# As meters say: in under thirty days.
SOON = timedelta(days=29)


async def remind_of_verification(
    when: LocalDay,
    *,
    after: UUID | None,
    due_at: datetime,
    per_second: int,
    kept_days: int,
    limit: int = CHUNK,
) -> Chunk:
    """Tell the next premises of meters to be verified; inside the caller's unit of work.

    Once of each due date while it is to come, and once when it has passed.
    """
    found = await meters_to_verify(when.timezone, when.day, after=after, limit=limit)
    places = await facts_of_places(found) if found else {}
    notices: dict[NotificationKind, list[PremiseNotice]] = {}
    for premise in found:
        place = places.get(premise.premise_id)
        if place is not None:
            for kind, notice in _notices(premise, place, when.day, kept_days):
                notices.setdefault(kind, []).append(notice)
    written = deliveries = 0
    for kind, told in notices.items():
        result = await tell_residents(
            kind,
            told,
            due_at=later(due_at, deliveries, per_second=per_second),
            per_second=per_second,
        )
        written += result.notices
        deliveries += result.deliveries
    return Chunk(
        after_id=found[-1].premise_id if found else None,
        is_last=len(found) < limit,
        notices=written,
        deliveries=deliveries,
    )


def _notices(
    premise: PremiseToVerify, place: Mapping[str, Any], day: date, kept_days: int
) -> Iterator[tuple[NotificationKind, PremiseNotice]]:
    for due_on, group in groupby(premise.meters, attrgetter("due_on")):
        meters = list(group)
        has_expired = due_on < day
        begun_on = due_on + timedelta(days=1) if has_expired else due_on - SOON
        if is_news(begun_on, day, kept_days=kept_days):
            yield (
                VERIFICATION_EXPIRED if has_expired else VERIFICATION_DUE,
                PremiseNotice(
                    organization_id=premise.organization_id,
                    building_id=premise.building_id,
                    premise_id=premise.premise_id,
                    occasion=f"{premise.premise_id}:{due_on.isoformat()}",
                    facts={**place, "meters": _meters(meters), "due_on": due_on},
                ),
            )


def _meters(meters: Sequence[MeterToVerify]) -> list[Mapping[str, Any]]:
    """A device is known by the number that stands on it, else by what it is registered as."""
    return [
        {
            "resource": f"ResourceKind.{each.resource_kind}",
            "number": each.serial_number or each.identifier,
        }
        for each in meters
    ]
