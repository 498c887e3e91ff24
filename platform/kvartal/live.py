"""Live changes: topics touched by a commit, heard by the subscriptions of every web process.

A touch carries no data and is sent at most once: a subscription re-reads its answer on a touch,
after a gap, and on its own timer.
"""

import asyncio
import random
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
import redis.asyncio as redis
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from kvartal import clock
from kvartal.attention import Attention, Listeners
from kvartal.background import background
from kvartal.db.transaction import UnitOfWork, current_work
from kvartal.metrics import LIVE_CONNECTED, LIVE_DISCONNECTS
from kvartal.portions import in_portions

__all__ = ["Hub", "Remembered", "changes", "hub", "seconds_until", "serving", "touch", "touched"]

K = TypeVar("K")
V = TypeVar("V")

log = structlog.get_logger("kvartal.live")

RECONNECT_SECONDS = 0.5
SILENCE_SECONDS = 10.0
TIMER_SECONDS = 0.5  # at least: what changes "now" again and again is not asked for in a loop
JITTER_SECONDS = 2.0
JITTER_STEPS = 8
_OWN_STEP = random.random()  # noqa: S311 -- no two processes read in the same instants


def touch(topic: str) -> None:
    """Say that what ``topic`` stands for (``premise:<id>``) changes with this unit of work."""
    current_work().touched[topic] = None


def touched(work: UnitOfWork) -> bytes | None:
    """What the hubs of all processes are told of a commit; this one's knows it at once."""
    if not work.touched:
        return None
    if _hub is not None:
        _hub.forget(work.touched)  # who has changed it reads it at once
    return orjson.dumps(list(work.touched))


class Hub:
    """One Redis subscription a process, fanned out to the process's subscriptions."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._waiting: Listeners = {}
        self._heeding: Listeners = {}
        self._shelves: dict[object, _Shelf] = {}
        self.gaps = 0
        self.connected = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        """Listen until the block ends."""
        async with background(self._listen_for_ever()):
            yield self

    @property
    def listeners(self) -> int:
        """How many subscriptions wait for something."""
        return len(set().union(*self._waiting.values()))

    def following(self, topics: Iterable[str], listener: Callable[[], None]) -> Attention:
        """Have ``listener`` called whenever one of the topics is touched, or may have been.

        Thousands are called a portion at a time. It ends with the block.
        """
        return Attention(self._waiting, topics, listener)

    def heeding(self, topics: Iterable[str], listener: Callable[[], None]) -> Attention:
        """Have ``listener`` called before anything else that a touch brings about.

        What this process has touched itself it hears of before it goes on.
        """
        return Attention(self._heeding, topics, listener)

    def shelf(self, of: object) -> "_Shelf":
        """What is remembered for ``of`` in this process."""
        return self._shelves.setdefault(of, _Shelf())

    def forget(self, topics: Iterable[str] | None = None) -> None:
        """Remember nothing of the topics any more, or nothing at all."""
        for shelf in self._shelves.values():
            shelf.forget(topics)
        for topic in topics or ():
            for listener in tuple(self._heeding.get(topic, ())):
                listener()

    def wake(self, topics: Sequence[str]) -> None:
        """Call those who wait for one of the topics."""
        self.forget(topics)
        in_portions(list({each for topic in topics for each in self._waiting.get(topic, ())}))

    def wake_all(self) -> None:
        """Nobody knows what was missed: everybody re-reads, though not in the same instant."""
        self.gaps += 1
        self.forget()
        loop = asyncio.get_running_loop()
        for each in set().union(*self._waiting.values(), *self._heeding.values()):
            loop.call_later(_jitter(JITTER_SECONDS), each)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # also what nobody foresaw: without a hub all is silent
                log.warning("live.disconnected", error=str(error))
            self.connected.clear()
            LIVE_CONNECTED.set(0)
            LIVE_DISCONNECTS.inc()
            await asyncio.sleep(RECONNECT_SECONDS * (1 + random.random()))  # noqa: S311 -- jitter

    async def _listen(self) -> None:
        # No retry: a silent reconnect would lose what was sent meanwhile.
        client = redis.Redis.from_url(
            self._url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=SILENCE_SECONDS,
            socket_timeout=SILENCE_SECONDS,
        )
        async with client, client.pubsub() as channel:
            await channel.subscribe(self._channel)
            while True:
                message = await channel.get_message(timeout=SILENCE_SECONDS)
                if message is None:
                    # The other end may be gone without a word: let it say something.
                    await channel.ping()
                    message = await channel.get_message(timeout=SILENCE_SECONDS)
                if message is None:
                    raise redis.TimeoutError("Redis has fallen silent")
                self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self.connected.set()
            LIVE_CONNECTED.set(1)
            self.wake_all()
        elif message["type"] == "message":
            self.wake(orjson.loads(message["data"]))


@dataclass(slots=True)
class _Shelf:
    """Values by topic; ``forgotten`` grows whenever some of them may be out of date."""

    values: dict[str, Any] = field(default_factory=dict)
    forgotten: int = 0

    def forget(self, topics: Iterable[str] | None) -> None:
        self.forgotten += 1
        if topics is None:
            self.values.clear()
            return
        for topic in topics:
            self.values.pop(topic, None)


class Remembered(Generic[K, V]):
    """What changes seldom and is read often: kept in the process until its topic is touched.

    While the hub hears nothing, nothing is remembered. ``load`` is asked for the missing keys.
    """

    def __init__(
        self,
        topic: Callable[[K], str],
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        *,
        size: int = 10_000,
    ) -> None:
        self._topic = topic
        self._load = load
        self._size = size

    async def get(self, keys: Iterable[K]) -> dict[K, V]:
        """The values of those keys that have one."""
        topics = {key: self._topic(key) for key in keys}
        if _hub is None or not _hub.connected.is_set():
            return dict(await self._load(list(topics)))
        shelf = _hub.shelf(self)
        found = {key: shelf.values[name] for key, name in topics.items() if name in shelf.values}
        missing = [key for key in topics if key not in found]
        if missing:
            before = shelf.forgotten
            loaded = await self._load(missing)
            # What was touched meanwhile may have been read before it changed.
            if shelf.forgotten == before:
                if len(shelf.values) + len(loaded) > self._size:
                    shelf.values.clear()
                shelf.values.update((topics[key], value) for key, value in loaded.items())
            found |= loaded
        return found


_hub: Hub | None = None


def hub() -> Hub:
    """The process's hub."""
    if _hub is None:
        raise RuntimeError("the live hub is not running in this process")
    return _hub


@asynccontextmanager
async def serving(started: Hub) -> AsyncIterator[Hub]:
    """Make ``started`` the process's hub while the block runs."""
    global _hub  # one hub a process
    previous, _hub = _hub, started
    try:
        async with started.running():
            yield started
    finally:
        _hub = previous


async def changes(
    *topics: str, next_change: Callable[[], datetime | None] = lambda: None
) -> AsyncGenerator[None, None]:
    """Yield at once, then whenever the answer may have changed.

    ``next_change`` is asked before each wait: the instant at which the answer changes although
    nobody touches a topic, such as the local midnight that opens a window.
    """
    changed = asyncio.Event()
    with hub().following(topics, changed.set):
        while True:
            changed.clear()
            yield
            await _wait(changed, next_change())


async def _wait(changed: asyncio.Event, moment: datetime | None) -> None:
    if moment is None:
        await changed.wait()
        return
    timer = asyncio.get_running_loop().call_later(seconds_until(moment), changed.set)
    try:
        await changed.wait()
    finally:
        timer.cancel()


def seconds_until(moment: datetime) -> float:
    """How long to wait for a moment at which thousands read again: not all in the same instant."""
    seconds = max((moment - clock.now()).total_seconds(), TIMER_SECONDS)
    return seconds + _jitter(min(JITTER_SECONDS, seconds))


def _jitter(most: float) -> float:
    """A delay out of a few: those who have the same one read together, by one statement."""
    return (random.randrange(JITTER_STEPS) + _OWN_STEP) * most / JITTER_STEPS  # noqa: S311
