"""Units of work that end one after another and are committed together."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar

import pytest

from kvartal.audit.models import AuditEntry
from kvartal.audit.rules import AuditActorKind, Entry
from kvartal.db.connection import current, fetch
from kvartal.db.transaction import (
    UnitOfWork,
    committed_together,
    current_work,
    on_commit,
    unit_of_work,
)
from kvartal.errors import DomainError, NotFound, Refused
from kvartal.housing.models import Organization
from kvartal.live import touch
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed

Committing = Callable[..., AbstractAsyncContextManager[Committed]]

ENTRY = Entry(action="tests.walk", actor_kind=AuditActorKind.SYSTEM)


class Broken(Exception):
    """What nobody has foreseen."""


@dataclass(eq=False, kw_only=True)
class TooFar(DomainError):
    """Nobody walks that far."""

    code: ClassVar[str] = "TOO_FAR"


@pytest.fixture
async def seen() -> AsyncIterator[list[UnitOfWork]]:
    """What the listeners after a commit were shown."""
    shown: list[UnitOfWork] = []

    async def note(done: UnitOfWork) -> None:
        shown.append(done)

    async with on_commit(note):
        yield shown


async def named(name: str, *, apart: bool = False) -> None:
    async with unit_of_work(apart=apart):
        await an_organization(name=name)
        touch(f"organization:{name}")


async def names() -> list[str]:
    return sorted([each.name for each in await Organization.all()])


async def entries() -> list[str]:
    return [each.action for each in await AuditEntry.all()]


async def seen_from_outside() -> list[str]:
    """The names that another connection sees."""
    pool = current()._parent._pool
    async with pool.acquire() as connection:
        rows = await connection.fetch("SELECT name FROM kvartal_organization ORDER BY name")
    return [row["name"] for row in rows]


@pytest.mark.committed
async def test_all_of_them_leave_at_the_end_with_what_the_block_adds(
    committed: Committing, seen: list[UnitOfWork]
) -> None:
    async with committed():
        async with committed_together() as work:
            await named("a")
            await named("b")
            assert await names() == ["a", "b"]
            assert await seen_from_outside() == []
            assert seen == []
            work.entries.append(ENTRY)

        assert await names() == ["a", "b"]
        assert await entries() == ["tests.walk"]
    assert [list(each.touched) for each in seen] == [["organization:a", "organization:b"]]


@pytest.mark.committed
@pytest.mark.parametrize("refusal", [TooFar(), Refused([TooFar()]), NotFound()])
async def test_a_refusal_takes_back_nothing_that_has_ended(
    committed: Committing, seen: list[UnitOfWork], refusal: Exception
) -> None:
    async def refuse() -> None:
        async with committed_together() as work:
            await named("a")
            if await names():
                raise refusal
            work.entries.append(ENTRY)

    async with committed():
        with pytest.raises(type(refusal)):
            await refuse()

        assert await names() == ["a"]
        assert await entries() == []
    assert len(seen) == 1


@pytest.mark.committed
async def test_what_is_unforeseen_takes_back_all(
    committed: Committing, seen: list[UnitOfWork]
) -> None:
    async def fail() -> None:
        async with committed_together():
            await named("a")
            raise Broken

    async with committed():
        with pytest.raises(Broken):
            await fail()
        with pytest.raises(Broken):
            async with committed_together():
                raise Broken

        assert await names() == []
        await named("after")
        assert await names() == ["after"]
    assert [list(each.touched) for each in seen] == [["organization:after"]]


@pytest.mark.committed
async def test_one_that_fails_takes_back_its_own_alone(committed: Committing) -> None:
    async def fail(name: str) -> None:
        async with unit_of_work():
            await an_organization(name=name)
            raise Broken

    async with committed():
        async with committed_together():
            with pytest.raises(Broken):
                await fail("first")
            await named("a")
            with pytest.raises(Broken):
                await fail("later")
            await named("b")

        assert await names() == ["a", "b"]


@pytest.mark.committed
async def test_one_apart_commits_at_once(committed: Committing, seen: list[UnitOfWork]) -> None:
    async def fail() -> None:
        async with committed_together():
            await named("counted", apart=True)
            assert len(seen) == 1
            await named("a")
            # Nothing can be apart from a transaction that is open.
            await named("late", apart=True)
            raise Broken

    async with committed():
        with pytest.raises(Broken):
            await fail()

        assert await names() == ["counted"]


@pytest.mark.committed
async def test_a_commit_that_fails_is_told_to_nobody(
    committed: Committing, seen: list[UnitOfWork]
) -> None:
    async def fail() -> None:
        async with committed_together() as work:
            await named("a")
            work.entries.append(Entry(action="x" * 151, actor_kind=AuditActorKind.SYSTEM))

    async with committed():
        with pytest.raises(Exception, match="too long"):
            await fail()

        assert await names() == []
        assert await fetch("SELECT 1 AS one")
    assert seen == []


@pytest.mark.committed
async def test_a_row_alone_begins_its_own_transaction(committed: Committing) -> None:
    async with committed():
        async with committed_together() as work:
            work.entries.append(ENTRY)

        assert await entries() == ["tests.walk"]


@pytest.mark.usefixtures("db")
async def test_without_anything_nothing_is_told(seen: list[UnitOfWork]) -> None:
    async with committed_together():
        pass

    assert seen == []


@pytest.mark.usefixtures("db")
async def test_inside_a_unit_of_work_it_is_a_part_of_that(seen: list[UnitOfWork]) -> None:
    async with unit_of_work():
        async with committed_together() as work:
            assert work is current_work()
            await named("a")
            work.entries.append(ENTRY)
        assert seen == []
        assert await entries() == []

    assert await entries() == ["tests.walk"]
    assert len(seen) == 1
