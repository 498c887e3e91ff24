"""How far a long change is, told while its transaction is still open.

It is kept in Redis for as long as somebody may ask: what has become of the change is told by the
database. That Redis is away costs the news alone.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import redis.asyncio as redis
import structlog

from kvartal import clock
from kvartal.db.models import uuid7
from kvartal.db.transaction import UnitOfWork, current_work

__all__ = ["Progress", "ProgressState", "finisher", "progress_of", "serving", "telling"]

log = structlog.get_logger("kvartal.progress")

KEPT_SECONDS = 60


class ProgressState(StrEnum):
    """Whether a long change goes on."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` pieces of a change, as of its last step."""

    id: UUID
    started_at: datetime
    total: int
    done: int = 0
    state: ProgressState = ProgressState.RUNNING

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state is not ProgressState.RUNNING


@dataclass(frozen=True, slots=True)
class _Board:
    client: redis.Redis
    prefix: str
    channel: str

    async def tell(self, topic: str, progress: Progress) -> bool:
        """Whether it has been told."""
        pipe = self.client.pipeline(transaction=False)
        pipe.set(f"{self.prefix}:progress:{topic}", orjson.dumps(asdict(progress)), ex=KEPT_SECONDS)
        pipe.publish(self.channel, orjson.dumps([topic]))
        try:
            await pipe.execute()
        except (redis.RedisError, OSError) as error:
            log.warning("progress.not_told", topic=topic, error=str(error))
            return False
        return True

    async def of(self, topic: str) -> Progress | None:
        try:
            kept = await self.client.get(f"{self.prefix}:progress:{topic}")
        except (redis.RedisError, OSError) as error:
            log.warning("progress.not_found", topic=topic, error=str(error))
            return None
        return None if kept is None else _read(orjson.loads(kept))


_board: _Board | None = None


@asynccontextmanager
async def serving(client: redis.Redis, prefix: str, channel: str) -> AsyncIterator[None]:
    """Tell all processes of this one's changes while the block runs; ``channel``: the hub's."""
    global _board  # one a process
    previous, _board = _board, _Board(client, prefix, channel)
    try:
        yield
    finally:
        _board = previous


@asynccontextmanager
async def telling(topic: str, total: int) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Tell how far the block is, which stands in a unit of work; it is given what tells.

    Each step touches the live ``topic``, at once. The change is done when the unit of work has
    committed, and has failed if the block raises. What nobody could wait for (``total`` is 0)
    is not told at all.
    """
    progress = Progress(uuid7(), clock.now(), total)
    is_heard = True

    async def tell(done: int, state: ProgressState = ProgressState.RUNNING) -> None:
        nonlocal is_heard
        # A Redis that does not answer is waited for once: the block may hold locks.
        if _board is not None and total and is_heard:
            is_heard = await _board.tell(topic, replace(progress, done=done, state=state))

    await tell(0)
    try:
        yield tell
    except BaseException:
        await tell(0, ProgressState.FAILED)
        raise
    if total:
        finished = replace(progress, done=total, state=ProgressState.DONE)
        current_work().finished[topic] = finished


async def finisher(work: UnitOfWork) -> None:
    """An after-commit listener that tells what is done."""
    for topic, progress in work.finished.items():
        if _board is not None:
            await _board.tell(topic, progress)


async def progress_of(topic: str) -> Progress | None:
    """How far the last change told under ``topic`` is; None if there was none for a minute."""
    return None if _board is None else await _board.of(topic)


def _read(kept: dict[str, Any]) -> Progress:
    return Progress(
        id=UUID(kept["id"]),
        started_at=datetime.fromisoformat(kept["started_at"]),
        total=kept["total"],
        done=kept["done"],
        state=ProgressState(kept["state"]),
    )
