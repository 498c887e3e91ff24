"""The clockwork of scheduled actors: each occurrence fires once, however many schedulers run."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import structlog
from cronsim import CronSim

from kvartal import clock
from kvartal.db.connection import fetch_one
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.tasks.actors import Task

__all__ = ["Scheduler", "claim"]

log = structlog.get_logger("kvartal.tasks")

# A scheduler that was away for a moment still fires what fell due; older occurrences are missed.
GRACE = timedelta(minutes=5)
TICK_SECONDS = 5.0


async def claim(task: Task[...], occurs_at: datetime) -> bool:
    """Enqueue ``task`` for this occurrence, unless another scheduler has."""
    async with unit_of_work() as work:
        claimed = await fetch_one(
            "INSERT INTO kvartal_cron_claim (id, task, occurs_at, created_at, updated_at)"
            " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (task, occurs_at) DO NOTHING RETURNING id",
            uuid7(),
            task.name,
            occurs_at,
            clock.now(),
        )
        if claimed:
            work.tasks.append(task.call({}))
    return claimed is not None


class Scheduler:
    """Looks every few seconds for occurrences that have fallen due."""

    def __init__(self, tasks: Iterable[Task[...]]) -> None:
        self._tasks = [task for task in tasks if task.schedule]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Schedule while the block runs."""
        loop = asyncio.create_task(self._tick_for_ever())
        try:
            yield
        finally:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop

    async def tick(self) -> None:
        """Claim what fell due within the grace and nobody claimed yet."""
        now = clock.now()
        for task in self._tasks:
            for occurs_at in self._due(task, now):
                await claim(task, occurs_at)

    @staticmethod
    def _due(task: Task[...], now: datetime) -> list[datetime]:
        assert task.schedule
        due = []
        for occurs_at in CronSim(task.schedule.expression, now - GRACE):
            if occurs_at > now:
                break
            due.append(occurs_at)
        return due

    async def _tick_for_ever(self) -> None:
        while True:
            try:
                await self.tick()
            except Exception as error:  # noqa: BLE001 -- outlives the database's restart
                log.error("tasks.scheduler_failed", exc_info=error)
            await asyncio.sleep(TICK_SECONDS)
