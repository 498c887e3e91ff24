"""A followed question: what is new is told at once or yielded, and nothing is asked in vain."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import structlog

from kvartal import clock, live
from kvartal.embedded import Servers
from kvartal.errors import NotFound
from kvartal.followed import Followed
from kvartal.gathered import Gathered
from kvartal.live import Hub, serving
from kvartal.testing.watch import until

pytestmark = pytest.mark.usefixtures("db")


class Board:
    """What is followed here: a number, how often it was read, and what is told at once."""

    def __init__(self) -> None:
        self.number: int | None = 0
        self.reads = 0
        self.open = asyncio.Event()
        self.open.set()
        self.takes = False
        self.taken: list[int] = []
        self.moment: datetime | None = None
        self.facts: list[object] = []
        self.shown: int | None = None
        self.gathered = Gathered(self.read)

    async def read(self, keys: Sequence[str]) -> dict[str, int]:
        self.reads += 1
        number = self.number
        await self.open.wait()
        return {} if number is None else dict.fromkeys(keys, number)

    def news(self, number: int | None) -> list[int]:
        self.facts.append(structlog.contextvars.get_contextvars().get("request_id"))
        if number is None:
            raise NotFound
        new = [] if number == self.shown else [number, -number]
        self.shown = number
        return new

    def tell(self, number: int) -> bool:
        if self.takes:
            self.taken.append(number)
        return self.takes

    def events(self) -> AsyncGenerator[int, None]:
        followed = Followed(
            self.gathered, "a", news=self.news, next_change=lambda: self.moment, tell=self.tell
        )
        return followed.events(["topic"])


@pytest.fixture
async def hub(servers: Servers) -> AsyncIterator[Hub]:
    async with serving(Hub(servers.redis_url, f"tests:{uuid4()}")) as started:
        await asyncio.wait_for(started.connected.wait(), 10)
        await asyncio.sleep(0.05)
        yield started


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(live, "JITTER_SECONDS", 0.01)
    monkeypatch.setattr(live, "TIMER_SECONDS", 0.01)
    return Board()


async def _next(events: AsyncGenerator[int, None]) -> int:
    return await asyncio.wait_for(anext(events), 10)


async def _later(events: AsyncGenerator[int, None]) -> asyncio.Task[int]:
    task = asyncio.create_task(_next(events))
    await asyncio.sleep(0.02)
    return task


async def test_the_present_answer_comes_at_once_and_then_what_is_new(
    hub: Hub, board: Board
) -> None:
    async with aclosing(board.events()) as events:
        assert [await _next(events), await _next(events)] == [0, 0]
        for number in (1, 2):
            waiting = await _later(events)
            board.number = number
            hub.wake(["topic", "another"])
            assert [await waiting, await _next(events)] == [number, -number]
        assert hub.listeners == 1
    assert hub.listeners == 0


async def test_what_has_not_changed_wakes_nobody(hub: Hub, board: Board) -> None:
    async with aclosing(board.events()) as events:
        await _next(events)
        await _next(events)
        waiting = await _later(events)
        hub.wake(["topic"])
        await until(lambda: _has(board.reads == 2))
        await asyncio.sleep(0.02)

        assert not waiting.done()
        board.number = 5
        hub.wake(["topic"])
        assert await waiting == 5


async def _has(happened: bool) -> bool:
    return happened


async def test_what_is_told_at_once_is_not_yielded_and_the_rest_keeps_its_order(
    hub: Hub, board: Board
) -> None:
    async with aclosing(board.events()) as events:
        assert [await _next(events), await _next(events)] == [0, 0]
        waiting = await _later(events)
        board.takes, board.number = True, 1
        hub.wake(["topic"])
        await until(lambda: _has(board.taken == [1, -1]))
        board.takes, board.number = False, 2
        hub.wake(["topic"])

        assert [await waiting, await _next(events)] == [2, -2]
    assert board.taken == [1, -1]


async def test_while_somebody_is_busy_with_an_event_nothing_is_asked(
    hub: Hub, board: Board
) -> None:
    async with aclosing(board.events()) as events:
        await _next(events)
        for number in (1, 2, 3):
            board.number = number
            hub.wake(["topic"])
            await asyncio.sleep(0.01)
        assert board.reads == 1

        assert [await _next(events) for _ in range(3)] == [0, 3, -3]
    assert board.reads == 2


async def test_a_touch_while_the_answer_is_read_has_it_read_again(hub: Hub, board: Board) -> None:
    async with aclosing(board.events()) as events:
        await _next(events)
        await _next(events)
        board.open.clear()
        waiting = await _later(events)
        hub.wake(["topic"])
        await until(lambda: _has(board.reads == 2))
        board.number = 7
        hub.wake(["topic"])
        hub.wake(["topic"])
        board.open.set()

        assert await waiting == 7
    assert board.reads == 3


async def test_it_is_asked_with_the_variables_of_who_follows(hub: Hub, board: Board) -> None:
    with structlog.contextvars.bound_contextvars(request_id="mine"):
        events = board.events()
    async with aclosing(events):
        await _next(events)
        await _next(events)
        waiting = await _later(events)
        board.number = 1
        with structlog.contextvars.bound_contextvars(request_id="the hub's"):
            hub.wake(["topic"])
        await waiting

    assert board.facts == ["mine", "mine"]


async def test_an_error_of_the_news_ends_all(hub: Hub, board: Board) -> None:
    events = board.events()
    await _next(events)
    await _next(events)
    waiting = await _later(events)
    board.number = None
    hub.wake(["topic"])

    with pytest.raises(NotFound):
        await waiting
    assert hub.listeners == 0


async def test_when_its_time_has_come_the_answer_is_read_again(hub: Hub, board: Board) -> None:
    board.moment = clock.now() + timedelta(seconds=0.1)
    async with aclosing(board.events()) as events:
        await _next(events)
        await _next(events)
        waiting = await _later(events)
        hub.wake(["topic"])  # the same moment: the timer goes on
        board.number = 4

        assert await waiting == 4


async def test_another_moment_takes_the_place_of_the_one_before(hub: Hub, board: Board) -> None:
    board.moment = clock.now() + timedelta(hours=1)
    async with aclosing(board.events()) as events:
        await _next(events)
        await _next(events)
        waiting = await _later(events)
        board.moment = clock.now() + timedelta(seconds=0.1)
        hub.wake(["topic"])
        await until(lambda: _has(board.reads == 2))
        board.moment, board.number = None, 6

        assert await waiting == 6


async def test_who_leaves_while_it_is_asked_is_told_nothing(hub: Hub, board: Board) -> None:
    board.open.clear()
    waiting = await _later(board.events())
    waiting.cancel()
    await asyncio.wait([waiting])
    board.open.set()
    await asyncio.sleep(0.02)

    assert board.facts == []
    assert hub.listeners == 0


async def test_when_nobody_answers_any_more_it_waits_for_nothing(hub: Hub, board: Board) -> None:
    board.open.clear()
    waiting = await _later(board.events())
    await until(lambda: _has(board.reads == 1))
    for desk in board.gathered._desks.values():
        for task in desk.tasks:
            task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert hub.listeners == 0
