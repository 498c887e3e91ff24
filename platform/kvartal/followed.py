"""A question that is asked again whenever its answer may have changed, and what is new in it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextvars import copy_context
from datetime import datetime
from typing import Generic, TypeVar

from kvartal.gathered import Gathered
from kvartal.live import hub, seconds_until

__all__ = ["Followed"]

K = TypeVar("K")
V = TypeVar("V")
E = TypeVar("E")


class Followed(Generic[K, V, E]):
    """Events made of a gathered answer: when a topic is touched, after a gap, and in time.

    ``news`` are the events of an answer, and may end all with an error. ``next_change`` is the
    instant at which the answer changes although nobody touches a topic. What ``tell`` takes at
    once wakes nobody; the rest is what the generator yields. While somebody is busy with that,
    nothing is asked: then comes what is so by that time.
    """

    __slots__ = (
        "_asked",
        "_context",
        "_due",
        "_is_stale",
        "_key",
        "_moment",
        "_news",
        "_next_change",
        "_question",
        "_tell",
        "_timer",
        "_waiting",
    )

    def __init__(
        self,
        question: Gathered[K, V],
        key: K,
        *,
        news: Callable[[V | None], Sequence[E]],
        next_change: Callable[[], datetime | None],
        tell: Callable[[E], bool],
    ) -> None:
        self._question = question
        self._key = key
        self._news = news
        self._next_change = next_change
        self._tell = tell
        self._context = copy_context()
        self._asked: asyncio.Future[V | None] | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._due: Sequence[E] = ()
        self._is_stale = True
        self._moment: datetime | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def events(self, topics: Collection[str]) -> AsyncGenerator[E, None]:
        """Those of the present answer at once, then what is new and was not told yet."""
        loop = asyncio.get_running_loop()
        with hub().following(topics, self._changed):
            try:
                while True:
                    self._waiting = loop.create_future()
                    self._go_on()
                    try:
                        await self._waiting
                    finally:
                        self._waiting = None
                    for each in self._due:
                        yield each
            finally:
                self._end()

    def _end(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        if self._timer is not None:
            self._timer.cancel()

    def _go_on(self) -> None:
        if self._is_stale:
            self._ask()
        else:
            self._await_time()

    def _changed(self) -> None:
        self._is_stale = True
        if self._waiting is not None and self._asked is None:
            # With the variables of who follows: the hub has others.
            self._context.run(self._ask)

    def _ask(self) -> None:
        self._is_stale = False
        self._asked = self._question.ask(self._key)
        self._asked.add_done_callback(self._answered, context=self._context)

    def _answered(self, asked: asyncio.Future[V | None]) -> None:
        self._asked = None
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        if asked.cancelled():
            waiting.cancel()
            return
        try:
            due = list(self._news(asked.result()))
        except Exception as error:
            waiting.set_exception(error)
            return
        while due and self._tell(due[0]):
            del due[0]
        if due:
            self._due = due
            waiting.set_result(None)
        else:
            self._go_on()

    def _await_time(self) -> None:
        moment = self._next_change()
        if moment == self._moment:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._moment = moment
        if moment is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds_until(moment), self._time_has_come)

    def _time_has_come(self) -> None:
        self._moment = self._timer = None
        self._changed()
