"""Carrying out one delivery: what a worker does with the id that the relay sent it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from kvartal import clock
from kvartal.background import background
from kvartal.db.connection import Record, execute, fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.errors import KvartalError
from kvartal.events import Handler
from kvartal.metrics import DELIVERIES
from kvartal.tasks.actors import Task
from kvartal.tracing import span

__all__ = ["Deliveries"]

log = structlog.get_logger("kvartal.tasks")

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
BACKOFF_SECONDS = (5, 15, 60, 300, 900, 3600)
HANDLER_ATTEMPTS = 10
HANDLER_SECONDS = 60


class WorkerLost(KvartalError):
    """Each attempt took its worker with it, or was given back: nobody was left to say why."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The handlers and actors that this process can run, by name."""

    handlers: Mapping[str, Handler]
    tasks: Mapping[str, Task[...]]

    @property
    def targets(self) -> list[str]:
        """The names of both."""
        return [*self.handlers, *self.tasks]

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
        with bound_contextvars(target=row["target"], delivery=str(row["id"])):
            await self._attempt(row)

    async def _attempt(self, row: Record) -> None:
        target, started = row["target"], perf_counter()
        attempt = self._handle if target in self.handlers else self._run
        facts = {"delivery": str(row["id"]), "attempts": row["attempts"]}
        with span(f"deliver {target}", **facts) as traced:
            try:
                outcome = "done" if await attempt(row) else None
            except Exception as error:  # whatever a plugin raises is kept and retried
                traced.failed = True
                outcome = "given_up" if await self._fail(row, error) else "failed"
        if outcome:
            DELIVERIES.labels(target, outcome).observe(perf_counter() - started)

    async def _handle(self, row: Record) -> bool:
        async with asyncio.timeout(HANDLER_SECONDS), unit_of_work():
            # None left to mark means that it has run: the mark and the work commit together.
            ours = await _mark_done(row["id"])
            if ours:
                await self.handlers[row["target"]](row["event"])
        return ours

    async def _run(self, row: Record) -> bool:
        task = self.tasks[row["target"]]
        if row["attempts"] >= task.max_attempts:
            raise WorkerLost
        async with _lease(row) as ours:
            if ours:
                async with asyncio.timeout(task.time_limit_seconds):
                    await task.run(row["payload"])
                await _mark_done(row["id"])
        return ours

    async def _fail(self, row: Record, error: Exception) -> bool:
        task = self.tasks.get(row["target"])
        attempts = row["attempts"] + 1
        given_up: bool = attempts >= (task.max_attempts if task else HANDLER_ATTEMPTS)
        log.error("tasks.failed", attempts=attempts, given_up=given_up, exc_info=error)
        wait = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]
        now = clock.now()
        await execute(
            "UPDATE kvartal_delivery SET attempts = $2, last_error = $3, due_at = $4,"
            " locked_until = NULL, failed_at = $5, updated_at = $6"
            " WHERE id = $1 AND done_at IS NULL AND failed_at IS NULL",
            row["id"],
            attempts,
            f"{type(error).__name__}: {error}"[:2000],
            now + timedelta(seconds=wait),
            now if given_up else None,
            now,
        )
        return given_up


async def _mark_done(delivery_id: UUID) -> bool:
    # Who finds the row locked leaves it: another worker is at it.
    tag = await execute(
        "UPDATE kvartal_delivery SET done_at = $2, updated_at = $2 WHERE id ="
        " (SELECT id FROM kvartal_delivery WHERE id = $1 AND done_at IS NULL"
        " AND failed_at IS NULL FOR UPDATE SKIP LOCKED)",
        delivery_id,
        clock.now(),
    )
    return tag == "UPDATE 1"


@asynccontextmanager
async def _lease(row: Record) -> AsyncIterator[bool]:
    """Hold the delivery while the block runs: a killed worker's lease ends by itself.

    The attempt counts from its start, so that a task that kills its workers is given up too.
    """
    now = clock.now()
    tag = await execute(
        "UPDATE kvartal_delivery SET locked_until = $3, due_at = $3, attempts = $4, updated_at = $2"
        " WHERE id = $1 AND done_at IS NULL AND failed_at IS NULL"
        " AND (locked_until IS NULL OR locked_until <= $2)",
        row["id"],
        now,
        now + LEASE,
        row["attempts"] + 1,
    )
    if tag != "UPDATE 1":
        yield False
        return
    async with background(_extend_for_ever(row["id"])):
        yield True


async def _extend_for_ever(delivery_id: UUID) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            await execute(
                "UPDATE kvartal_delivery SET locked_until = $2, due_at = $2"
                " WHERE id = $1 AND done_at IS NULL",
                delivery_id,
                clock.now() + LEASE,
            )
        except Exception as error:  # a lost beat is made up for by the next
            log.warning("tasks.lease_not_extended", error=str(error))
