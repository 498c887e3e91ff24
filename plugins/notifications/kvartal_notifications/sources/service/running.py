"""The reminders of a day, chunk by chunk: once, however many workers are at them and die."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.settings import settings_of
from kvartal_meters.api import WindowEdge
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.sources import queries
from kvartal_notifications.sources.rules import (
    Chunk,
    LocalDay,
    ReminderKind,
    Stage,
    later,
    stage_of,
)
from kvartal_notifications.sources.service.verification import remind_of_verification
from kvartal_notifications.sources.service.windows import remind_of_windows

__all__ = ["remind_where_due"]

log = structlog.get_logger("kvartal_notifications.sources")

_EDGES = {
    ReminderKind.WINDOW_FIRST: WindowEdge.FIRST,
    ReminderKind.WINDOW_LAST: WindowEdge.LAST,
}


async def remind_where_due() -> None:
    """Write the reminders of all time zones where the hour has come; running again goes on.

    Where it has passed, what is not written yet is left be: nobody is woken for it.
    """
    now = clock.now()
    days: dict[Stage, list[LocalDay]] = {stage: [] for stage in Stage}
    for zone in await queries.time_zones():
        local = now.astimezone(clock.timezone(zone))
        days[stage_of(local)].append(LocalDay(zone, local.date()))
    concerned = [*days[Stage.DUE], *days[Stage.LATE]]
    if not concerned:
        return
    await queries.begin_runs(concerned, now=now)
    await _let_go(await queries.unfinished_runs(days[Stage.LATE]), now)
    failed: list[Exception] = []
    for run in await queries.unfinished_runs(days[Stage.DUE]):
        try:
            await _remind(run)
        except Exception as error:  # the other zones' morning does not wait for it
            failed.append(error)
    if failed:
        raise ExceptionGroup("reminders that stopped on the way", failed)


async def _let_go(runs: Sequence[Record], now: datetime) -> None:
    for run in runs:
        left = await queries.finish_run(run["id"], now=now)  # lint-skip: query-in-loop -- few
        if left is not None:
            log.warning("notifications.reminders_let_go", **_named(run), told=left["told"])


async def _remind(run: Record) -> None:
    notices = deliveries = 0
    while True:
        chunk = await _remind_chunk(run["id"])
        if chunk is None:
            return
        notices += chunk.notices
        deliveries += chunk.deliveries
        if chunk.is_last:
            break
    log.info("notifications.reminded", **_named(run), notices=notices, deliveries=deliveries)


async def _remind_chunk(run_id: UUID) -> Chunk | None:
    """The next premises in one transaction; None if there are none for this worker."""
    async with unit_of_work():
        run = await queries.held_run(run_id)
        if run is None:
            return None
        chunk = await _chunk(run)
        await queries.move_run(run_id, chunk, now=clock.now())
    return chunk


async def _chunk(run: Record) -> Chunk:
    settings = settings_of(NotificationsSettings)
    per_second = settings.pushes_per_second
    when = LocalDay(run["timezone"], run["day"])
    due_at = later(clock.now(), run["told"], per_second=per_second)
    edge = _EDGES.get(run["kind"])
    if edge is not None:
        return await remind_of_windows(
            when, edge, after=run["after_id"], due_at=due_at, per_second=per_second
        )
    return await remind_of_verification(
        when,
        after=run["after_id"],
        due_at=due_at,
        per_second=per_second,
        kept_days=settings.notification_days,
    )


def _named(run: Record) -> dict[str, str]:
    return {"kind": run["kind"], "timezone": run["timezone"], "day": run["day"].isoformat()}
