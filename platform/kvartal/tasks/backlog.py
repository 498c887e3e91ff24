"""How much the outbox holds: read by the scheduler, so that a scrape costs no query."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import structlog

from kvartal import clock
from kvartal.db.connection import fetch
from kvartal.metrics import (
    OUTBOX_DUE,
    OUTBOX_FAILED,
    OUTBOX_OLDEST_DUE,
    OUTBOX_OLDEST_UNTRIED,
    OUTBOX_OPEN,
)

__all__ = ["measure_backlog", "measuring_backlog"]

log = structlog.get_logger("kvartal.tasks")

MEASURE_SECONDS = 15.0


async def measure_backlog(targets: Collection[str]) -> None:
    """Set the gauges of the outbox; what waits for a plugin that is off is no backlog."""
    now = clock.now()
    [row] = await fetch(
        "SELECT count(*) AS open, count(*) FILTER (WHERE due_at <= $1) AS due,"
        " min(due_at) FILTER (WHERE due_at <= $1) AS oldest_due,"
        " min(created_at) FILTER (WHERE attempts = 0) AS oldest_untried,"
        " (SELECT count(*) FROM kvartal_delivery WHERE failed_at IS NOT NULL) AS failed"
        " FROM kvartal_delivery"
        " WHERE done_at IS NULL AND failed_at IS NULL AND target = ANY($2::text[])",
        now,
        list(targets),
    )
    OUTBOX_OPEN.set(row["open"])
    OUTBOX_DUE.set(row["due"])
    OUTBOX_OLDEST_DUE.set(_seconds(row["oldest_due"], now))
    OUTBOX_OLDEST_UNTRIED.set(_seconds(row["oldest_untried"], now))
    OUTBOX_FAILED.set(row["failed"])


@asynccontextmanager
async def measuring_backlog(targets: Collection[str]) -> AsyncIterator[None]:
    """Measure every few seconds while the block runs."""
    task = asyncio.create_task(_measure_for_ever(targets))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _measure_for_ever(targets: Collection[str]) -> None:
    while True:
        try:
            await measure_backlog(targets)
        except Exception as error:  # outlives the database's restart
            log.warning("tasks.backlog_not_measured", error=str(error))
        await asyncio.sleep(MEASURE_SECONDS)


def _seconds(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0
