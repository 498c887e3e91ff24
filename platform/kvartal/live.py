"""Live changes: topics touched by a commit, heard by the subscriptions of every web process.

A touch carries no data and is sent at most once: a subscription re-reads its answer on a touch,
after a gap, and on its own timer.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import orjson
import redis.asyncio as redis
import structlog
from redis.backoff import NoBackoff
from redis.asyncio.retry import Retry

from kvartal import clock
from kvartal.db.transaction import UnitOfWork, current_work

__all__ = ["Hub", "changes", "hub", "publisher", "serving", "touch"]

log = structlog.get_logger("kvartal.live")

RECONNECT_SECONDS = 0.5
JITTER_SECONDS = 2.0


def touch(topic: str) -> None:
    """Say that what ``topic`` stands for (``premise:<id>``) changes with this unit of work."""
    current_work().touched[topic] = None


def publisher(client: redis.Redis, channel: str) -> Callable[[UnitOfWork], Awaitable[None]]:
    """An after-commit listener that tells all processes what was touched."""

    async def publish(work: UnitOfWork) -> None:
        if not work.touched:
            return
        try:
            await client.publish(channel, orjson.dumps(list(work.touched)))
        except (redis.RedisError, OSError) as error:
            # The hubs notice the lost connection and re-read after it; nothing is lost for good.
            log.warning("live.not_published", error=str(error), topics=len(work.touched))

    return publish


class Hub:
    """One Redis subscription a process, fanned out to the process's subscriptions."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.connected = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        """Listen until the block ends."""
        task = asyncio.create_task(self._listen_for_ever())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @asynccontextmanager
    async def listening(self, topics: Iterable[str]) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever one of the topics is touched, or may have been."""
        changed = asyncio.Event()
        names = tuple(topics)
        for name in names:
            self._waiting.setdefault(name, set()).add(changed)
        try:
            yield changed
        finally:
            for name in names:
                self._waiting[name].discard(changed)
                if not self._waiting[name]:
                    del self._waiting[name]

    def wake(self, topics: Iterable[str]) -> None:
        """Set the events of those who wait for one of the topics."""
        for topic in topics:
            for changed in self._waiting.get(topic, ()):
                changed.set()

    def wake_all(self) -> None:
        """Nobody knows what was missed: everybody re-reads."""
        for topic in self._waiting:
            self.wake((topic,))

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (redis.RedisError, OSError) as error:
                self.connected.clear()
                log.warning("live.disconnected", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS * (1 + random.random()))  # noqa: S311 -- jitter

    async def _listen(self) -> None:
        # retry=None semantics: a silent reconnect would lose what was sent meanwhile.
        client = redis.Redis.from_url(
            self._url, retry=Retry(NoBackoff(), 0), health_check_interval=10, socket_timeout=None
        )
        async with client, client.pubsub() as channel:
            await channel.subscribe(self._channel)
            async for message in channel.listen():
                if message["type"] == "subscribe":
                    self.connected.set()
                    self.wake_all()
                elif message["type"] == "message":
                    self.wake(orjson.loads(message["data"]))


_hub: Hub | None = None


def hub() -> Hub:
    """The process's hub."""
    if _hub is None:
        raise RuntimeError("the live hub is not running in this process")
    return _hub


@asynccontextmanager
async def serving(started: Hub) -> AsyncIterator[Hub]:
    """Make ``started`` the process's hub while the block runs."""
    global _hub  # noqa: PLW0603 -- one hub a process
    previous, _hub = _hub, started
    try:
        async with started.running():
            yield started
    finally:
        _hub = previous


async def changes(
    *topics: str, next_change: Callable[[], datetime | None] = lambda: None
) -> AsyncIterator[None]:
    """Yield at once, then whenever the answer may have changed.

    ``next_change`` is asked before each wait: the instant at which the answer changes although
    nobody touches a topic, such as the local midnight that opens a window.
    """
    async with hub().listening(topics) as changed:
        while True:
            changed.clear()
            yield
            await _wait(changed, next_change())


async def _wait(changed: asyncio.Event, moment: datetime | None) -> None:
    if moment is None:
        await changed.wait()
        return
    # At local midnight every socket re-reads: not all in the same instant.
    seconds = (moment - clock.now()).total_seconds()
    delay = max(seconds, 0.0) + random.random() * min(JITTER_SECONDS, max(seconds, 0.1))  # noqa: S311
    with suppress(TimeoutError):
        await asyncio.wait_for(changed.wait(), timeout=delay)
