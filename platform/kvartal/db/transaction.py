"""The unit of work: one transaction with the events, tasks and live changes that it causes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from kvartal import clock
from kvartal.audit.rules import Entry
from kvartal.db.closing import write_last
from kvartal.db.connection import ALIAS
from kvartal.errors import DomainError, KvartalError, Refused, RequestError
from kvartal.events import Event, Routes

__all__ = [
    "TaskCall",
    "UnitOfWork",
    "committed_together",
    "current_work",
    "on_commit",
    "set_routes",
    "unit_of_work",
]

_current: ContextVar["UnitOfWork | None"] = ContextVar("kvartal_unit_of_work", default=None)
_pending: ContextVar["_Pending | None"] = ContextVar("kvartal_pending_commit", default=None)


class OutsideUnitOfWork(KvartalError):
    """An event, a task or a live change needs the transaction that it belongs to."""


@dataclass(frozen=True, slots=True)
class TaskCall:
    """An actor to be run after the commit, with its arguments in JSON."""

    name: str
    arguments: str


@dataclass(slots=True)
class UnitOfWork:
    """What has gathered in the present transaction; ``finished``: progress that it completes."""

    events: list[Event] = field(default_factory=list)
    tasks: list[TaskCall] = field(default_factory=list)
    touched: dict[str, None] = field(default_factory=dict)
    finished: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def absorb(self, inner: "UnitOfWork") -> None:
        """Take what has gathered in an inner one."""
        self.events += inner.events
        self.tasks += inner.tasks
        self.touched |= inner.touched
        self.finished |= inner.finished
        self.entries += inner.entries


@dataclass(slots=True)
class _Process:
    """What the process that commits knows of its surroundings."""

    routes: Routes = field(default_factory=Routes)
    after_commit: list[Callable[[UnitOfWork], Awaitable[None]]] = field(default_factory=list)


_process = _Process()


def set_routes(routes: Routes) -> None:
    """Tell the outbox which handlers hear which event; once, at start."""
    _process.routes = routes


@asynccontextmanager
async def on_commit(listener: Callable[[UnitOfWork], Awaitable[None]]) -> AsyncIterator[None]:
    """Have ``listener`` called after each commit of this process; it must not raise."""
    _process.after_commit.append(listener)
    try:
        yield
    finally:
        _process.after_commit.remove(listener)


def current_work() -> UnitOfWork:
    """The surrounding unit of work; OutsideUnitOfWork if there is none."""
    work = _current.get()
    if work is None:
        raise OutsideUnitOfWork(
            "emit, enqueue, enqueue_once, touch and record belong inside unit_of_work()"
        )
    return work


@asynccontextmanager
async def unit_of_work(*, apart: bool = False) -> AsyncIterator[UnitOfWork]:
    """All or nothing: the changes, their events and tasks.

    An inner one is a savepoint of the outer one, and leaves with it: one that fails takes back
    its own changes and events alone, should the outer one go on. One inside
    ``committed_together`` leaves at the end of that block; ``apart``: at once all the same, as
    what is counted must, whatever comes after.
    """
    outer, pending = _current.get(), _pending.get()
    if outer is None and pending is not None and (pending.has_begun or not apart):
        async with pending.one_more() as work:
            yield work
        return
    work = UnitOfWork()
    token = _current.set(work)
    try:
        async with _transaction():
            yield work
            if outer is None:
                await _write(work)
    finally:
        _current.reset(token)
    if outer is not None:
        outer.absorb(work)
        return
    await _tell(work)


@asynccontextmanager
async def committed_together() -> AsyncIterator[UnitOfWork]:
    """One transaction for all units of work of the block, from the first one to the block's end.

    So the block itself can add to the work that it is given what it knows only at its end. A
    refusal after a unit of work takes nothing back, as it would not without the block; what is
    unforeseen takes back all. Inside a unit of work the block is a part of that.
    """
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    pending = _Pending()
    token = _pending.set(pending)
    try:
        yield pending.work
    except (DomainError, Refused, RequestError):
        await pending.commit()
        raise
    except BaseException:
        await pending.take_back()
        raise
    else:
        await pending.commit()
    finally:
        _pending.reset(token)


class _Pending:
    """The transaction of a block's units of work; it begins with the first of them."""

    def __init__(self) -> None:
        self.work = UnitOfWork()
        self._begun: AsyncExitStack | None = None

    @property
    def has_begun(self) -> bool:
        """A unit of work has ended and waits for the commit."""
        return self._begun is not None

    @asynccontextmanager
    async def one_more(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work; if it fails, it takes back its own changes alone."""
        work = UnitOfWork()
        token = _current.set(work)
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(_transaction())
                yield work
                if self._begun is None:
                    self._begun = stack.pop_all()
        finally:
            _current.reset(token)
        self.work.absorb(work)

    async def commit(self) -> None:
        """Write what has gathered and commit it, if there is anything."""
        if self._begun is None:
            if not self.work.entries:
                return
            async with self.one_more():
                pass
        begun = self._begun
        assert begun is not None
        async with begun:
            await _write(self.work)
        await _tell(self.work)

    async def take_back(self) -> None:
        """Leave nothing of it."""
        if self._begun is not None:
            await self._begun.__aexit__(_TakenBack, _TakenBack(), None)


class _TakenBack(Exception):
    """Rolls a transaction back; nobody sees it."""


async def _write(work: UnitOfWork) -> None:
    await write_last(work.events, work.tasks, work.entries, routes=_process.routes, now=clock.now())


async def _tell(work: UnitOfWork) -> None:
    for listener in tuple(_process.after_commit):
        await listener(work)


@asynccontextmanager
async def _transaction() -> AsyncIterator[None]:
    context = in_transaction(ALIAS)
    async with AsyncExitStack() as stack:
        try:
            await context.__aenter__()
        except BaseException:
            # If BEGIN fails or is cancelled, Tortoise keeps the pool's connection, and the task
            # goes on in a transaction that never began.
            if hasattr(context, "token"):
                await context.__aexit__(TransactionManagementError, None, None)
            raise
        stack.push_async_exit(context)
        yield
