"""The unit of work: all or nothing, and what it causes leaves with its commit."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import TransactionWrapper

from kvartal.db.connection import current, fetch
from kvartal.db.transaction import (
    OutsideUnitOfWork,
    UnitOfWork,
    current_work,
    on_commit,
    set_routes,
    unit_of_work,
)
from kvartal.events import Event, Routes, emit, event, on
from kvartal.housing.models import Organization
from kvartal.live import touch
from kvartal.tasks import actor, enqueue
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed, TestHost


@event("tests.walked")
@dataclass(frozen=True)
class Walked(Event):
    """Somebody walked."""

    steps: int


@actor("tests.work")
async def work() -> None:
    """What is asked for."""


async def listen(walked: Walked) -> None:
    """Hear it."""


class Broken(Exception):
    """What goes wrong in a service."""


async def names() -> list[str]:
    return sorted([each.name for each in await Organization.all()])


async def told() -> dict[str, list[str]]:
    events = await fetch("SELECT payload FROM kvartal_event ORDER BY payload")
    targets = await fetch("SELECT target FROM kvartal_delivery ORDER BY target")
    return {
        "events": [row["payload"] for row in events],
        "targets": [row["target"] for row in targets],
    }


@pytest.fixture
def _routes(host: TestHost) -> Iterator[None]:
    set_routes(Routes([on(Walked, listen)]))
    yield
    host.host.use()


@pytest.fixture
async def seen() -> AsyncIterator[list[UnitOfWork]]:
    """What the listeners after a commit were shown."""
    shown: list[UnitOfWork] = []

    async def note(done: UnitOfWork) -> None:
        shown.append(done)

    async with on_commit(note):
        yield shown


@pytest.mark.usefixtures("db", "_routes")
async def test_events_and_tasks_are_written_with_the_change(seen: list[UnitOfWork]) -> None:
    async with unit_of_work():
        await an_organization(name="Заря")
        emit(Walked(1))
        await enqueue(work)
        touch("premise:1")
        assert seen == []

    assert await names() == ["Заря"]
    assert await told() == {
        "events": ['{"steps": 1}'],
        "targets": sorted([on(Walked, listen).name, "tests.work"]),
    }
    assert [(each.events, each.touched) for each in seen] == [([Walked(1)], {"premise:1": None})]


@pytest.mark.usefixtures("db", "_routes")
async def test_a_failure_takes_all_back(seen: list[UnitOfWork]) -> None:
    async def fail() -> None:
        async with unit_of_work():
            await an_organization()
            emit(Walked(1))
            raise Broken

    with pytest.raises(Broken):
        await fail()

    assert await names() == []
    assert await told() == {"events": [], "targets": []}
    assert seen == []


@pytest.mark.usefixtures("db", "_routes")
async def test_an_inner_one_leaves_with_the_outer_one(seen: list[UnitOfWork]) -> None:
    async with unit_of_work():
        emit(Walked(1))
        async with unit_of_work():
            emit(Walked(2))
            await enqueue(work)
            touch("premise:2")
        assert await told() == {"events": [], "targets": []}

    assert (await told())["events"] == ['{"steps": 1}', '{"steps": 2}']
    assert [(each.events, len(each.tasks), each.touched) for each in seen] == [
        ([Walked(1), Walked(2)], 1, {"premise:2": None})
    ]


@pytest.mark.usefixtures("db", "_routes")
async def test_an_inner_one_that_fails_takes_back_its_own_alone() -> None:
    async def fail() -> None:
        async with unit_of_work():
            await an_organization(name="inner")
            emit(Walked(2))
            raise Broken

    async with unit_of_work():
        await an_organization(name="outer")
        emit(Walked(1))
        with pytest.raises(Broken):
            await fail()
        emit(Walked(3))

    assert await names() == ["outer"]
    assert (await told())["events"] == ['{"steps": 1}', '{"steps": 3}']


@pytest.mark.usefixtures("db")
async def test_an_outer_one_that_fails_takes_back_the_inner_one(seen: list[UnitOfWork]) -> None:
    async def fail() -> None:
        async with unit_of_work():
            async with unit_of_work():
                await an_organization()
                emit(Walked(1))
            raise Broken

    with pytest.raises(Broken):
        await fail()

    assert await names() == []
    assert seen == []


@pytest.mark.usefixtures("db")
async def test_what_causes_nothing_writes_nothing_to_the_outbox() -> None:
    async with unit_of_work():
        await an_organization()

    assert await told() == {"events": [], "targets": []}


@pytest.mark.parametrize("say", [lambda: emit(Walked(1)), lambda: touch("a"), current_work])
def test_outside_of_a_unit_of_work_nothing_can_be_caused(say: Callable[[], Any]) -> None:
    with pytest.raises(OutsideUnitOfWork):
        say()


@pytest.mark.committed
async def test_a_transaction_that_never_began_leaves_its_connection_and_its_task_as_they_were(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(self: TransactionWrapper) -> None:
        raise asyncio.CancelledError

    async with committed():
        plain = current()
        with monkeypatch.context() as patched:
            patched.setattr(TransactionWrapper, "begin", refuse)
            for _ in range(20):  # the pool has ten connections
                with pytest.raises(asyncio.CancelledError):
                    async with unit_of_work():
                        """Not reached."""
        assert current() is plain
        async with unit_of_work():
            await an_organization(name="Заря")

        assert await names() == ["Заря"]


@pytest.mark.committed
async def test_where_the_pool_gives_no_connection_the_reason_is_told(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with committed():

        async def refuse(self: Pool, **_: object) -> None:
            raise OSError("no route")

        with monkeypatch.context() as patched:
            patched.setattr(Pool, "acquire", refuse)
            with pytest.raises(OSError, match="no route"):
                async with unit_of_work():
                    """Not reached."""

        async with unit_of_work():
            await an_organization(name="Заря")
        assert await names() == ["Заря"]
