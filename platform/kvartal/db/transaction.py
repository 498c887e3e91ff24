"""The unit of work: one transaction with the events, tasks and live changes that it causes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import orjson
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from kvartal import clock
from kvartal.db.connection import ALIAS, execute
from kvartal.db.models import uuid7
from kvartal.errors import KvartalError
from kvartal.events import Event, Routes, adapter

__all__ = ["TaskCall", "UnitOfWork", "current_work", "on_commit", "set_routes", "unit_of_work"]

_current: ContextVar["UnitOfWork | None"] = ContextVar("kvartal_unit_of_work", default=None)


class OutsideUnitOfWork(KvartalError):
    """An event, a task or a live change needs the transaction that it belongs to."""


@dataclass(frozen=True, slots=True)
class TaskCall:
    """An actor to be run after the commit, with its arguments in JSON."""

    name: str
    arguments: str


@dataclass(slots=True)
class UnitOfWork:
    """What has gathered in the present transaction."""

    events: list[Event] = field(default_factory=list)
    tasks: list[TaskCall] = field(default_factory=list)
    touched: dict[str, None] = field(default_factory=dict)

    def absorb(self, inner: "UnitOfWork") -> None:
        """Take what has gathered in an inner one."""
        self.events += inner.events
        self.tasks += inner.tasks
        self.touched |= inner.touched


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
        raise OutsideUnitOfWork("emit, enqueue and touch belong inside unit_of_work()")
    return work


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[UnitOfWork]:
    """All or nothing: the changes, their events and tasks.

    An inner one is a savepoint of the outer one, and leaves with it: one that fails takes back
    its own changes and events alone, should the outer one go on.
    """
    outer, work = _current.get(), UnitOfWork()
    token = _current.set(work)
    try:
        async with _transaction():
            yield work
            if outer is None:
                await _write_outbox(work)
    finally:
        _current.reset(token)
    if outer is not None:
        outer.absorb(work)
        return
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


async def _write_outbox(work: UnitOfWork) -> None:
    if not (work.events or work.tasks):
        return
    now = clock.now()
    events, deliveries = [], []
    for happened in work.events:
        event_id = uuid7()
        payload = adapter(type(happened)).dump_json(happened).decode()
        events.append({"id": event_id, "name": happened.name, "payload": payload})
        deliveries += [
            {"id": uuid7(), "event_id": event_id, "target": handler.name, "payload": None}
            for handler in _process.routes.of(type(happened))
        ]
    deliveries += [
        {"id": uuid7(), "event_id": None, "target": call.name, "payload": call.arguments}
        for call in work.tasks
    ]
    # A single statement: the foreign key is checked at its end, when both inserts are done.
    await execute(
        """
        WITH event AS (
            INSERT INTO kvartal_event (id, name, payload, created_at, updated_at)
            SELECT id, name, payload::jsonb, $3, $3
            FROM jsonb_to_recordset($1::jsonb) AS e(id uuid, name text, payload text)
        )
        INSERT INTO kvartal_delivery
            (id, event_id, target, payload, due_at, attempts, created_at, updated_at)
        SELECT id, event_id, target, payload::jsonb, $3, 0, $3, $3
        FROM jsonb_to_recordset($2::jsonb) AS d(id uuid, event_id uuid, target text, payload text)
        """,
        orjson.dumps(events).decode(),
        orjson.dumps(deliveries).decode(),
        now,
    )
