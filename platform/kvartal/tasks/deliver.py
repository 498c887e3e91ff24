"""Carrying out one delivery: what a worker does with the id that the relay sent it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.db.connection import Record, execute, fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.events import Handler
from kvartal.tasks.actors import Task

__all__ = ["Deliveries"]

log = structlog.get_logger("kvartal.tasks")

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
BACKOFF_SECONDS = (5, 15, 60, 300, 900, 3600)
HANDLER_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The handlers and actors that this process can run, by name."""

    handlers: Mapping[str, Handler]
    tasks: Mapping[str, Task[...]]

    async def carry_out(self, delivery_id: UUID) -> None:
        """Run what the delivery asks for, unless that is done; a failure is kept and retried."""
        row = await fetch_one(
            "SELECT d.id, d.target, d.payload, d.attempts, e.payload AS event FROM kvartal_delivery"
            " d LEFT JOIN kvartal_event e ON e.id = d.event_id"
            " WHERE d.id = $1 AND d.done_at IS NULL AND d.failed_at IS NULL",
            delivery_id,
        )
        if row is None:
            return
        try:
            if row["target"] in self.handlers:
                await self._handle(row)
            else:
                await self._run(row)
        except Exception as error:  # noqa: BLE001 -- whatever a plugin raises is kept and retried
            await self._fail(row, error)

    async def _handle(self, row: Record) -> None:
        async with unit_of_work():
            # None left to mark means that it has run: the mark and the work commit together.
            if await _mark_done(row["id"]):
                await self.handlers[row["target"]](row["event"])

    async def _run(self, row: Record) -> None:
        task = self.tasks[row["target"]]
        async with _lease(row["id"]) as ours:
            if ours:
                async with asyncio.timeout(task.time_limit_seconds):
                    await task.run(row["payload"])
                await _mark_done(row["id"])

    async def _fail(self, row: Record, error: Exception) -> None:
        task = self.tasks.get(row["target"])
        attempts = row["attempts"] + 1
        given_up = attempts >= (task.max_attempts if task else HANDLER_ATTEMPTS)
        log.error(
            "tasks.failed",
            target=row["target"],
            delivery=str(row["id"]),
            attempts=attempts,
            given_up=given_up,
            exc_info=error,
        )
        wait = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]
        now = clock.now()
        await execute(
            "UPDATE kvartal_delivery SET attempts = $2, last_error = $3, due_at = $4,"
            " locked_until = NULL, failed_at = $5, updated_at = $6 WHERE id = $1",
            row["id"],
            attempts,
            f"{type(error).__name__}: {error}"[:2000],
            now + timedelta(seconds=wait),
            now if given_up else None,
            now,
        )


async def _mark_done(delivery_id: UUID) -> bool:
    tag = await execute(
        "UPDATE kvartal_delivery SET done_at = $2, updated_at = $2"
        " WHERE id = $1 AND done_at IS NULL AND failed_at IS NULL",
        delivery_id,
        clock.now(),
    )
    return tag == "UPDATE 1"


@asynccontextmanager
async def _lease(delivery_id: UUID) -> AsyncIterator[bool]:
    """Hold the delivery while the block runs: a killed worker's lease ends by itself."""
    now = clock.now()
    tag = await execute(
        "UPDATE kvartal_delivery SET locked_until = $3, due_at = $3 WHERE id = $1"
        " AND done_at IS NULL AND (locked_until IS NULL OR locked_until <= $2)",
        delivery_id,
        now,
        now + LEASE,
    )
    if tag != "UPDATE 1":
        yield False
        return
    beat = asyncio.create_task(_extend_for_ever(delivery_id))
    try:
        yield True
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat


async def _extend_for_ever(delivery_id: UUID) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await execute(
            "UPDATE kvartal_delivery SET locked_until = $2, due_at = $2"
            " WHERE id = $1 AND done_at IS NULL",
            delivery_id,
            clock.now() + LEASE,
        )
