"""The clockwork of scheduled actors: each occurrence fires once, however many schedulers run."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ParamSpec

import structlog
from cronsim import CronSim

from kvartal import clock
from kvartal.background import background
from kvartal.db.connection import fetch_one
from kvartal.db.models import uuid7
from kvartal.db.transaction import current_work, unit_of_work
from kvartal.tasks.actors import Task, TaskError

__all__ = ["Scheduler", "claim", "enqueue_once"]

P = ParamSpec("P")

log = structlog.get_logger("kvartal.tasks")

# After a deployment or a restart the latest occurrence is made up for, earlier ones are missed.
GRACE = timedelta(hours=1)
TICK_SECONDS = 5.0


async def claim(task: Task[...], occurs_at: datetime) -> bool:
    """Enqueue ``task`` for this occurrence, unless another scheduler has."""
    async with unit_of_work() as work:
        claimed = await _claimed(task.name, occurs_at)
        if claimed:
            work.tasks.append(task.call({}))
    return claimed


async def enqueue_once(
    task: Task[P], occurs_at: datetime, *args: P.args, **kwargs: P.kwargs
) -> bool:
    """As ``enqueue``, unless these arguments have been enqueued for that time in the last week.

    For what falls due at different times of one schedule, e.g. at midnight in each time zone. It
    runs at once: who looks waits until the time has come.
    """
    if occurs_at > clock.now():
        raise TaskError(f"{task.name} would run at once, and {occurs_at} is still to come")
    call = task.call(inspect.signature(task.function).bind(*args, **kwargs).arguments)
    digest = sha256(call.arguments.encode()).hexdigest()[:32]
    claimed = await _claimed(f"{task.name}:{digest}", occurs_at)
    if claimed:
        current_work().tasks.append(call)
    return claimed


async def _claimed(name: str, occurs_at: datetime) -> bool:
    row = await fetch_one(
        "INSERT INTO kvartal_cron_claim (id, task, occurs_at, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (task, occurs_at) DO NOTHING RETURNING id",
        uuid7(),
        name,
        occurs_at,
        clock.now(),
    )
    return row is not None


def latest_occurrence(task: Task[...], now: datetime) -> datetime:
    """When the task's schedule has last fallen due."""
    assert task.schedule
    # Backwards CronSim leaves out the very instant that it is given.
    past = CronSim(task.schedule.expression, now + timedelta(microseconds=1), reverse=True)
    found: datetime = next(past)
    return found


class Scheduler:
    """Looks every few seconds for occurrences that have fallen due."""

    def __init__(self, tasks: Iterable[Task[...]]) -> None:
        self._tasks = [task for task in tasks if task.schedule]
        self._claimed: dict[str, datetime] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Schedule while the block runs."""
        async with background(self._tick_for_ever()):
            yield

    async def tick(self) -> None:
        """Claim what has fallen due and nobody has claimed yet."""
        now = clock.now()
        for task in self._tasks:
            occurs_at = latest_occurrence(task, now)
            if now - occurs_at <= GRACE and self._claimed.get(task.name) != occurs_at:
                await claim(task, occurs_at)
                self._claimed[task.name] = occurs_at

    async def _tick_for_ever(self) -> None:
        while True:
            try:
                await self.tick()
            except Exception as error:  # outlives the database's restart
                log.error("tasks.scheduler_failed", exc_info=error)
            await asyncio.sleep(TICK_SECONDS)
