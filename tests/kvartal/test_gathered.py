"""Questions of many are answered together: one reading, each its own answer, nobody's fault."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import asyncpg
import pytest
import structlog

from kvartal import gathered
from kvartal.gathered import Gathered
from kvartal.testing.watch import until

pytestmark = pytest.mark.usefixtures("db")

AT_ONCE = 10


class Library:
    """What is asked here, how often it was looked up, and what goes wrong with that."""

    def __init__(self) -> None:
        self.looked_up: list[list[int]] = []
        self.wrong: Mapping[int, Exception] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.running = self.most = 0
        self.facts: dict[str, object] = {}
        self.gathered = Gathered(self.look_up, at_once=AT_ONCE)

    async def look_up(self, keys: Sequence[int]) -> dict[int, str]:
        self.looked_up.append(list(keys))
        self.facts = structlog.contextvars.get_contextvars()
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.open.wait()
        finally:
            self.running -= 1
        for key in keys:
            if key in self.wrong:
                raise self.wrong[key]
        return {key: f"book {key}" for key in keys if key >= 0}

    async def ask(self, *keys: int) -> list[str | BaseException | None]:
        return await asyncio.gather(*map(self.gathered.get, keys), return_exceptions=True)


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    library = Library()
    yield library
    library.open.set()


async def test_those_who_ask_together_are_answered_by_one_reading(library: Library) -> None:
    assert await library.ask(1, 2, 1, 1) == ["book 1", "book 2", "book 1", "book 1"]
    assert library.looked_up == [[1, 2]]


async def test_thousands_who_ask_the_same_cost_one_reading(library: Library) -> None:
    assert await library.ask(*[7] * 2_000) == ["book 7"] * 2_000
    assert library.looked_up == [[7]]


async def test_what_nothing_is_known_of_is_answered_with_none(library: Library) -> None:
    assert await library.ask(-1, 1) == [None, "book 1"]


async def test_an_answer_is_never_older_than_its_question(library: Library) -> None:
    library.open.clear()
    first = asyncio.create_task(library.gathered.get(1))

    async def is_read() -> bool:
        return len(library.looked_up) == 1

    await until(is_read)
    second = asyncio.create_task(library.gathered.get(1))
    await asyncio.sleep(0.02)
    library.open.set()

    assert [await first, await second] == ["book 1", "book 1"]
    assert library.looked_up == [[1], [1]]


async def test_a_crowd_is_read_in_groups_two_at_a_time(library: Library) -> None:
    library.open.clear()
    asking = asyncio.create_task(library.ask(*range(5 * AT_ONCE)))
    await asyncio.sleep(0.05)
    assert library.running == 2

    library.open.set()

    assert await asking == [f"book {key}" for key in range(5 * AT_ONCE)]
    assert [len(keys) for keys in library.looked_up] == [AT_ONCE] * 5
    assert library.most == 2


async def test_the_next_crowd_is_read_too(library: Library) -> None:
    for _ in range(3):
        assert await library.ask(*range(25)) == [f"book {key}" for key in range(25)]


async def test_what_fails_at_one_key_fails_no_other(library: Library) -> None:
    fault = ValueError("torn")
    library.wrong = {3: fault, 6: fault}

    assert await library.ask(*range(8)) == [
        fault if key in library.wrong else f"book {key}" for key in range(8)
    ]


@pytest.mark.parametrize("outage", [OSError("gone"), asyncpg.QueryCanceledError("too long")])
async def test_without_the_database_it_is_not_asked_for_each_key(
    library: Library, outage: Exception
) -> None:
    library.wrong = {3: outage}

    assert await library.ask(*range(8)) == [outage] * 8
    assert len(library.looked_up) == 1


async def test_who_goes_away_takes_no_answer_from_others(library: Library) -> None:
    library.open.clear()
    going, staying = [asyncio.create_task(library.gathered.get(1)) for _ in range(2)]
    await asyncio.sleep(0.02)
    going.cancel()
    await asyncio.wait([going])
    library.open.set()

    assert await staying == "book 1"
    assert going.cancelled()


async def test_nobody_waits_for_a_reading_that_was_cancelled(library: Library) -> None:
    library.open.clear()
    asking = asyncio.create_task(library.gathered.get(1))
    await asyncio.sleep(0.02)
    [desk] = library.gathered._desks.values()
    [reading] = desk.tasks
    reading.cancel()

    await asyncio.wait([asking], timeout=5)

    assert asking.cancelled()
    library.open.set()
    assert await library.ask(1) == ["book 1"]


async def test_others_have_the_loop_while_a_crowd_is_answered(library: Library) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    answered: list[int] = []

    async def ask() -> None:
        await library.gathered.get(1)
        answered.append(turns)

    async with asyncio.TaskGroup() as group:
        turning = group.create_task(turn())
        asking = [group.create_task(ask()) for _ in range(500)]
        await asyncio.wait(asking)
        turning.cancel()

    assert len(set(answered)) >= 5


async def test_each_connection_is_asked_by_itself(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connection:
        """The pool, or a transaction."""

    pool, transaction = Connection(), Connection()
    connections = iter([pool, transaction, pool])
    monkeypatch.setattr(gathered, "current", lambda: next(connections))

    assert await library.ask(1, 1, 1) == ["book 1"] * 3
    assert library.looked_up == [[1], [1]]


async def test_what_is_logged_is_of_no_single_request(library: Library) -> None:
    with structlog.contextvars.bound_contextvars(request_id="mine"):
        await library.ask(1)

    assert library.facts == {}
