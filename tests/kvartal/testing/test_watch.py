"""Watching what a test causes."""

import asyncio
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

import pytest

from kvartal.db.connection import execute, fetch
from kvartal.db.transaction import unit_of_work
from kvartal.events import Event, emit, event
from kvartal.housing.models import Organization
from kvartal.tasks import actor, enqueue
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import EmittedEvents, EnqueuedTasks, QueryCounter, until


@event("tests.walked")
@dataclass(frozen=True)
class Walked(Event):
    """Somebody walked."""


@event("tests.ran")
@dataclass(frozen=True)
class Ran(Event):
    """Somebody ran."""


async def test_statements_are_counted_and_brackets_are_not(queries: QueryCounter) -> None:
    with queries.exactly(2) as statements:
        await fetch("SELECT 1")
        async with unit_of_work():
            await an_organization()
    with queries.at_most(3):
        await Organization.all()

    assert statements[0] == "SELECT 1"
    assert statements[1].startswith("INSERT")


async def test_another_number_fails_with_the_statements(queries: QueryCounter) -> None:
    async def ask(counted: AbstractContextManager[object]) -> None:
        with counted:
            await fetch("SELECT 7")
            await execute("SELECT 8")

    for counted, sentence in (
        (queries.exactly(3), r"2 statements, expected exactly 3:\s+SELECT 7\s+SELECT 8"),
        (queries.exactly(1), "2 statements, expected exactly 1:"),
        (queries.at_most(1), "2 statements, expected at most 1:"),
    ):
        with pytest.raises(AssertionError, match=sentence):
            await ask(counted)


@actor("tests.walk")
async def walk(kilometres: int) -> None:
    """Walk."""


async def test_tasks_are_those_that_were_committed(enqueued: EnqueuedTasks, db: None) -> None:
    async with unit_of_work():
        await enqueue(walk, 3)
        assert enqueued.of(walk) == []
    with suppress(RuntimeError):
        async with unit_of_work():
            await enqueue(walk, 4)
            raise RuntimeError

    assert enqueued.of(walk) == [{"kilometres": 3}]


async def test_events_are_those_that_were_committed(events: EmittedEvents, db: None) -> None:
    async def fail() -> None:
        async with unit_of_work():
            emit(Walked())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with unit_of_work():
        emit(Ran())
        emit(Walked())

    assert events == [Ran(), Walked()]
    assert events.of(Walked) == [Walked()]


async def test_waiting_ends_when_it_has_come_true_or_takes_too_long() -> None:
    turns = 0

    async def third() -> bool:
        nonlocal turns
        turns += 1
        return turns == 3

    async def never() -> bool:
        return False

    await until(third)
    assert turns == 3
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(until(never, 0.05), 5)
