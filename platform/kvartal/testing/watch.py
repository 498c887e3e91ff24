"""Watching what a test causes: SQL statements, events that were committed, what comes in time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import orjson
from asyncpg.connection import _Callback

from kvartal.db.connection import current
from kvartal.db.transaction import TaskCall, UnitOfWork, on_commit
from kvartal.events import Event
from kvartal.tasks import Task

__all__ = [
    "EmittedEvents",
    "EnqueuedTasks",
    "QueryCounter",
    "until",
    "watched_events",
    "watched_tasks",
]

E = TypeVar("E", bound=Event)

_BRACKETS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class QueryCounter:
    """Counts statements on the test's connection; savepoints stand for BEGIN and COMMIT."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @contextmanager
    def exactly(self, number: int) -> Iterator[list[str]]:
        """Fail unless the block sends just so many statements, transaction brackets aside."""
        with self.counted() as statements:
            yield statements
        assert len(statements) == number, _listed(statements, f"exactly {number}")

    @contextmanager
    def at_most(self, number: int) -> Iterator[list[str]]:
        """Fail if the block sends more statements, transaction brackets aside."""
        with self.counted() as statements:
            yield statements
        assert len(statements) <= number, _listed(statements, f"at most {number}")

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements of the block."""
        statements: list[str] = []

        def note(record: Any) -> Awaitable[None]:
            if not record.query.lstrip().upper().startswith(_BRACKETS):
                statements.append(record.query)
            return _nothing()

        # asyncpg calls a plain logger in the loop's next turn, when the block may have ended, but
        # an asynchronous one at once.
        logger = _Callback(note, is_async=True)
        loggers: set[_Callback] = current()._connection._con._query_loggers
        loggers.add(logger)
        try:
            yield statements
        finally:
            loggers.discard(logger)


async def _nothing() -> None:
    """What is left to do of a statement that has been noted."""


def _listed(statements: list[str], expected: str) -> str:
    return f"{len(statements)} statements, expected {expected}:\n" + "\n".join(statements)


class EmittedEvents(list[Event]):
    """Events in the order of their commits."""

    def of(self, kind: type[E]) -> list[E]:
        """Those of one type."""
        return [each for each in self if isinstance(each, kind)]


@asynccontextmanager
async def watched_events() -> AsyncIterator[EmittedEvents]:
    """The events committed while the block runs."""
    seen = EmittedEvents()

    async def note(work: UnitOfWork) -> None:
        seen.extend(work.events)

    async with on_commit(note):
        yield seen


class EnqueuedTasks(list[TaskCall]):
    """Tasks in the order in which they were enqueued."""

    def of(self, task: Task[...]) -> list[dict[str, Any]]:
        """The arguments of one actor's, as they stand in JSON."""
        return [orjson.loads(each.arguments) for each in self if each.name == task.name]


@asynccontextmanager
async def watched_tasks() -> AsyncIterator[EnqueuedTasks]:
    """The tasks committed while the block runs; nothing runs them."""
    seen = EnqueuedTasks()

    async def note(work: UnitOfWork) -> None:
        seen.extend(work.tasks)

    async with on_commit(note):
        yield seen


async def until(holds: Callable[[], Awaitable[object]], seconds: float = 10.0) -> None:
    """Wait until what other tasks or processes do has come true; TimeoutError if it does not."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 -- no event of ours
            await asyncio.sleep(0.02)
