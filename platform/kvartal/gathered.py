"""Questions that many ask in the same instants, answered together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import asyncpg
from structlog.contextvars import clear_contextvars
from tortoise.exceptions import BaseORMException

from kvartal.db.connection import current
from kvartal.portions import PORTION

__all__ = ["Gathered"]

K = TypeVar("K")
V = TypeVar("V")

_OUTAGES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)

Asked = dict[Any, list[asyncio.Future[Any]]]


class Gathered(Generic[K, V]):
    """Answers by key, all those at once that are asked for within milliseconds.

    For what thousands of subscriptions ask when one thing changes. An answer is never older than
    its question. ``load`` is given distinct keys; what it says nothing of is answered with None.
    """

    def __init__(
        self,
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        *,
        seconds: float = 0.002,
        at_once: int = 250,
        abreast: int = 2,
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._at_once = at_once
        self._abreast = abreast
        self._desks: WeakKeyDictionary[object, _Desk] = WeakKeyDictionary()

    async def get(self, key: K) -> V | None:
        """The answer to one key; what fails at one fails no other, unless the database does."""
        return await self.ask(key)

    def ask(self, key: K) -> asyncio.Future[V | None]:
        """The answer to one key when it has come, for who does something else meanwhile."""
        loop = asyncio.get_running_loop()
        desk = self._desk()
        if not desk.asked:
            desk.timer = loop.call_later(self._seconds, self._close, desk)
        waiting: asyncio.Future[V | None] = loop.create_future()
        desk.asked.setdefault(key, []).append(waiting)
        if len(desk.asked) >= self._at_once:
            self._close(desk)
        return waiting

    def _desk(self) -> "_Desk":
        # Each connection has its own: a transaction sees what others do not.
        connection = current()
        desk = self._desks.get(connection)
        if desk is None:
            desk = self._desks[connection] = _Desk()
        return desk

    def _close(self, desk: "_Desk") -> None:
        """Let those go that have gathered: who asks from now on waits for the next answer."""
        if desk.timer is not None:
            desk.timer.cancel()
        desk.due.append(desk.asked)
        desk.asked, desk.timer = {}, None
        if desk.working < self._abreast:
            desk.working += 1
            task = asyncio.get_running_loop().create_task(self._work(desk))
            desk.tasks.add(task)
            task.add_done_callback(desk.tasks.discard)

    async def _work(self, desk: "_Desk") -> None:
        clear_contextvars()  # what is logged here belongs to no single request
        try:
            while desk.due:
                await self._answer(desk.due.popleft())
        finally:
            desk.working -= 1

    async def _answer(self, asked: Asked) -> None:
        try:
            await _tell(asked, await self._answers(list(asked)))
        finally:
            for waiting in asked.values():
                for each in waiting:
                    each.cancel()  # those who are still waiting would do so for ever

    async def _answers(self, keys: Sequence[K]) -> "dict[K, V | Exception]":
        """What ``load`` says of the keys; halved until it is clear at which of them it fails."""
        try:
            return dict(await self._load(keys))
        except _OUTAGES as error:
            return dict.fromkeys(keys, error)
        except Exception as error:
            if len(keys) == 1:
                return {keys[0]: error}
        half = len(keys) // 2
        return {**await self._answers(keys[:half]), **await self._answers(keys[half:])}


@dataclass(slots=True)
class _Desk:
    """The questions over one connection: those that gather, and groups that wait for their turn."""

    asked: Asked = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None
    due: deque[Asked] = field(default_factory=deque)
    working: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


async def _tell(asked: Asked, found: Mapping[Any, Any]) -> None:
    """Answer in portions: the others on the loop wait for no thousands."""
    told = 0
    for key, waiting in asked.items():
        answer = found.get(key)
        for each in waiting:
            if each.done():  # its asker has gone
                continue
            if isinstance(answer, Exception):
                each.set_exception(answer)
            else:
                each.set_result(answer)
            told += 1
            if told % PORTION == 0:
                await asyncio.sleep(0)
