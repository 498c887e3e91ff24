"""The reminders of the first and the last day of a window (окно передачи показаний)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal_meters.api import WindowEdge, WindowPremise, premises_of_window_day
from kvartal_notifications.messages.service import PremiseNotice, tell_residents
from kvartal_notifications.sources import queries
from kvartal_notifications.sources.kinds import WINDOW_CLOSING, WINDOW_OPENED
from kvartal_notifications.sources.rules import CHUNK, Chunk, LocalDay, ends_at
from kvartal_notifications.sources.service.places import facts_of_places

__all__ = ["remind_of_windows"]

_KINDS = {WindowEdge.FIRST: WINDOW_OPENED, WindowEdge.LAST: WINDOW_CLOSING}


async def remind_of_windows(
    when: LocalDay,
    edge: WindowEdge,
    *,
    after: UUID | None,
    due_at: datetime,
    per_second: int,
    limit: int = CHUNK,
) -> Chunk:
    """Tell the next premises that a window opens or closes; inside the caller's unit of work."""
    found = await premises_of_window_day(
        when.timezone, when.day, edge=edge, after=after, limit=limit
    )
    concerned = found if edge is WindowEdge.FIRST else await _concerned_on_the_last_day(found)
    places = await facts_of_places(concerned) if concerned else {}
    told = await tell_residents(
        _KINDS[edge],
        [
            _notice(each, when.day, {**places[each.premise_id], **_facts(each, edge)})
            for each in concerned
            if each.premise_id in places
        ],
        due_at=due_at,
        per_second=per_second,
        expires_at=ends_at(when.day, clock.timezone(when.timezone)),
    )
    return Chunk(
        after_id=found[-1].premise_id if found else None,
        is_last=len(found) < limit,
        notices=told.notices,
        deliveries=told.deliveries,
    )


async def _concerned_on_the_last_day(found: Sequence[WindowPremise]) -> list[WindowPremise]:
    """Who has something left to send; all of them where the organization wants it so (D16)."""
    done = {each.organization_id for each in found if not each.has_unsent}
    to_all = await queries.reminded_on_the_last_day(done) if done else set()
    return [each for each in found if each.has_unsent or each.organization_id in to_all]


def _notice(premise: WindowPremise, day: date, facts: Mapping[str, Any]) -> PremiseNotice:
    return PremiseNotice(
        organization_id=premise.organization_id,
        building_id=premise.building_id,
        premise_id=premise.premise_id,
        occasion=f"{premise.premise_id}:{day.isoformat()}",
        facts=facts,
    )


def _facts(premise: WindowPremise, edge: WindowEdge) -> Mapping[str, Any]:
    if edge is WindowEdge.FIRST:
        return {"windows": list(_windows(premise, unsent=False))}
    return {
        "windows": list(_windows(premise, unsent=premise.has_unsent)),
        "all_sent": not premise.has_unsent,
    }


def _windows(premise: WindowPremise, *, unsent: bool) -> Iterator[Mapping[str, Any]]:
    """The resources of each last day; ``unsent``: those that have something left to send."""
    for window in premise.windows:
        kinds = window.unsent if unsent else window.kinds
        if kinds:
            yield {
                "resources": [f"ResourceKind.{kind}" for kind in kinds],
                "until": window.closes_on,
            }
