"""Carrying out deliveries: once per commit of the handler, and again after a failure."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.db.connection import Record, execute, fetch
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.events import Event, Handler, emit, event
from kvartal.housing.models import Organization
from kvartal.metrics import REGISTRY
from kvartal.tasks import actor, deliver, enqueue
from kvartal.tasks.actors import Task
from kvartal.tasks.deliver import Deliveries
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import until

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("own")]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

Hearing = Callable[..., Deliveries]


@event("tests.walked")
@dataclass(frozen=True)
class Walked(Event):
    """Somebody walked."""

    steps: int


class Broken(Exception):
    """What a plugin's code may raise."""


def handler(run: Callable[[Walked], Any], name: str = "tests.listen") -> Handler:
    return Handler(Walked, run, name)


def a_task(run: Callable[..., Any], **options: Any) -> Task[...]:
    run.__module__ = __name__
    return actor("tests.work", **options)(run)


async def walk(steps: int = 1) -> None:
    async with unit_of_work():
        emit(Walked(steps))


async def ask(task: Task[...]) -> UUID:
    async with unit_of_work():
        await enqueue(task)
    return (await the_delivery())["id"]  # type: ignore[no-any-return]


async def deliveries() -> list[Record]:
    return await fetch("SELECT * FROM kvartal_delivery ORDER BY id")


async def the_delivery() -> Record:
    [row] = await deliveries()
    return row


async def names() -> list[str]:
    return [each.name for each in await Organization.all().order_by("id")]


async def test_an_event_goes_to_each_of_its_handlers(hearing: Hearing) -> None:
    heard: list[tuple[str, Walked]] = []

    def listen(name: str) -> Handler:
        async def run(walked: Walked) -> None:
            heard.append((name, walked))

        return handler(run, name)

    carried = hearing(listen("tests.one"), listen("tests.two"))
    await walk(7)
    for row in await deliveries():
        await carried.carry_out(row["id"])

    assert sorted(heard, key=str) == [("tests.one", Walked(7)), ("tests.two", Walked(7))]
    assert [row["done_at"] is not None for row in await deliveries()] == [True, True]


async def test_an_event_without_handlers_is_written_and_addressed_to_nobody(
    hearing: Hearing,
) -> None:
    hearing()
    await walk(7)

    rows = await fetch("SELECT name, payload FROM kvartal_event")
    assert [tuple(row.values()) for row in rows] == [("tests.walked", '{"steps": 7}')]
    assert await deliveries() == []


async def test_what_was_rolled_back_is_never_delivered(hearing: Hearing) -> None:
    async def run(walked: Walked) -> None:
        """Never called."""

    task = a_task(lambda: None)
    hearing(handler(run), task)

    async def fail() -> None:
        async with unit_of_work():
            emit(Walked(1))
            await enqueue(task)
            raise Broken

    with pytest.raises(Broken):
        await fail()

    assert await deliveries() == []
    assert await fetch("SELECT 1 FROM kvartal_event") == []


async def test_a_message_sent_twice_is_handled_once(hearing: Hearing) -> None:
    async def run(walked: Walked) -> None:
        await an_organization(name="heard")

    carried = hearing(handler(run))
    await walk()
    delivery_id = (await the_delivery())["id"]

    await carried.carry_out(delivery_id)
    await carried.carry_out(delivery_id)

    assert await names() == ["heard"]


async def test_two_workers_with_one_message_handle_it_once(hearing: Hearing) -> None:
    at_work, go_on = asyncio.Event(), asyncio.Event()

    async def run(walked: Walked) -> None:
        at_work.set()
        await go_on.wait()
        await an_organization(name="heard")

    carried = hearing(handler(run))
    await walk()
    delivery_id = (await the_delivery())["id"]

    first = asyncio.create_task(carried.carry_out(delivery_id))
    await at_work.wait()
    await asyncio.wait_for(carried.carry_out(delivery_id), 5)
    go_on.set()
    await first

    assert await names() == ["heard"]
    assert (await the_delivery())["attempts"] == 0


async def test_a_failing_handler_leaves_nothing_and_comes_again_later(hearing: Hearing) -> None:
    async def run(walked: Walked) -> None:
        await an_organization(name="half done")
        emit(Walked(0))
        raise Broken("no shoes")

    carried = hearing(handler(run))
    await walk()
    delivery_id = (await the_delivery())["id"]
    waits = []
    for _ in range(7):
        with clock.frozen(NOON):
            await carried.carry_out(delivery_id)
        waits.append(((await the_delivery())["due_at"] - NOON).total_seconds())

    row = await the_delivery()
    assert waits == [5, 15, 60, 300, 900, 3600, 3600]
    assert (row["attempts"], row["last_error"]) == (7, "Broken: no shoes")
    assert (row["done_at"], row["failed_at"]) == (None, None)
    assert await names() == []


async def test_a_handler_that_never_succeeds_is_given_up(hearing: Hearing) -> None:
    calls = 0

    async def run(walked: Walked) -> None:
        nonlocal calls
        calls += 1
        raise Broken

    carried = hearing(handler(run))
    await walk()
    delivery_id = (await the_delivery())["id"]
    for _ in range(deliver.HANDLER_ATTEMPTS + 1):
        with clock.frozen(NOON):
            await carried.carry_out(delivery_id)

    row = await the_delivery()
    assert calls == row["attempts"] == deliver.HANDLER_ATTEMPTS
    assert (row["failed_at"], row["done_at"]) == (NOON, None)


async def test_a_handler_that_hangs_is_a_failure(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(walked: Walked) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(deliver, "HANDLER_SECONDS", 0.05)
    carried = hearing(handler(run))
    await walk()
    await carried.carry_out((await the_delivery())["id"])

    assert (await the_delivery())["last_error"] == "TimeoutError: "


async def test_what_a_handler_causes_leaves_with_its_commit(hearing: Hearing) -> None:
    async def answer() -> None:
        """What is to be done next."""

    task = a_task(answer)

    async def run(walked: Walked) -> None:
        await enqueue(task)

    carried = hearing(handler(run), task)
    await walk()
    await carried.carry_out((await the_delivery())["id"])

    done = {row["target"]: row["done_at"] is not None for row in await deliveries()}
    assert done == {"tests.listen": True, "tests.work": False}


async def test_a_task_is_done_when_it_has_ended(hearing: Hearing) -> None:
    seen: list[Record] = []

    async def run() -> None:
        seen.append(await the_delivery())

    task = a_task(run)
    carried = hearing(task)
    delivery_id = await ask(task)
    with clock.frozen(NOON):
        await carried.carry_out(delivery_id)

    [during], after = seen, await the_delivery()
    assert during["locked_until"] == during["due_at"] == NOON + deliver.LEASE
    assert (during["attempts"], during["done_at"]) == (1, None)
    assert after["done_at"] == NOON


async def test_a_task_gets_its_arguments(hearing: Hearing) -> None:
    got: list[tuple[UUID, str]] = []

    async def run(organization_id: UUID, note: str = "none") -> None:
        got.append((organization_id, note))

    task = a_task(run)
    carried = hearing(task)
    key = uuid7()
    async with unit_of_work():
        await enqueue(task, key)
        await enqueue(task, organization_id=key, note="Ж")
    for row in await deliveries():
        await carried.carry_out(row["id"])

    assert set(got) == {(key, "none"), (key, "Ж")}


async def test_a_leased_task_is_left_to_its_worker_and_taken_over_when_that_is_dead(
    hearing: Hearing,
) -> None:
    runs: list[str] = []

    async def run() -> None:
        runs.append("begun")
        if len(runs) == 1:
            raise asyncio.CancelledError  # the worker is killed: no word is written

    task = a_task(run)
    carried = hearing(task)
    delivery_id = await ask(task)
    with clock.frozen(NOON), pytest.raises(asyncio.CancelledError):
        await carried.carry_out(delivery_id)
    with clock.frozen(NOON + deliver.LEASE - timedelta(seconds=1)):
        await carried.carry_out(delivery_id)
    held = await the_delivery()
    with clock.frozen(NOON + deliver.LEASE):
        await carried.carry_out(delivery_id)

    assert (held["done_at"], held["attempts"]) == (None, 1)
    assert runs == ["begun", "begun"]
    row = await the_delivery()
    assert (row["done_at"] is not None, row["attempts"]) == (True, 2)


async def test_a_long_task_keeps_its_lease(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "HEARTBEAT_SECONDS", 0.02)
    held: list[datetime] = []

    async def run() -> None:
        held.append((await the_delivery())["locked_until"])

        async def longer() -> bool:
            return bool((await the_delivery())["locked_until"] > held[0])

        await until(longer)

    task = a_task(run)
    carried = hearing(task)
    await carried.carry_out(await ask(task))

    row = await the_delivery()
    assert row["done_at"] is not None
    assert row["locked_until"] > held[0]


async def test_a_lost_heartbeat_does_not_end_the_task(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "HEARTBEAT_SECONDS", 0.01)
    lost = asyncio.Event()

    async def flaky(sql: str, *args: Any) -> str:
        if "SET locked_until = $2" in sql:
            lost.set()
            raise OSError("the database is away")
        return await execute(sql, *args)

    monkeypatch.setattr(deliver, "execute", flaky)

    async def run() -> None:
        await lost.wait()
        await asyncio.sleep(0.03)

    task = a_task(run)
    carried = hearing(task)
    await carried.carry_out(await ask(task))

    assert (await the_delivery())["done_at"] is not None


async def test_a_task_beyond_its_time_limit_fails_and_comes_again(hearing: Hearing) -> None:
    async def run() -> None:
        await asyncio.Event().wait()

    task = a_task(run, time_limit_seconds=0)
    carried = hearing(task)
    await carried.carry_out(await ask(task))

    row = await the_delivery()
    assert (row["attempts"], row["last_error"]) == (1, "TimeoutError: ")
    assert (row["locked_until"], row["failed_at"]) == (None, None)


async def test_a_failing_task_is_given_up_after_its_own_number_of_attempts(
    hearing: Hearing,
) -> None:
    async def run() -> None:
        raise Broken

    task = a_task(run, max_attempts=2)
    carried = hearing(task)
    delivery_id = await ask(task)
    attempts = []
    for _ in range(3):
        await carried.carry_out(delivery_id)
        row = await the_delivery()
        attempts.append((row["attempts"], row["failed_at"] is not None))

    assert attempts == [(1, False), (2, True), (2, True)]


async def test_a_task_that_kills_its_workers_is_given_up(hearing: Hearing) -> None:
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        raise asyncio.CancelledError  # the worker dies with it

    task = a_task(run, max_attempts=2)
    carried = hearing(task)
    delivery_id = await ask(task)
    for lease in range(2):
        with clock.frozen(NOON + lease * deliver.LEASE), pytest.raises(asyncio.CancelledError):
            await carried.carry_out(delivery_id)
    await carried.carry_out(delivery_id)

    row = await the_delivery()
    assert runs == 2
    assert (row["failed_at"] is not None, row["last_error"]) == (True, "WorkerLost: ")


async def test_a_target_that_is_not_here_is_a_failure_to_be_tried_elsewhere(
    hearing: Hearing,
) -> None:
    async def run() -> None:
        """Not called."""

    task = a_task(run)
    hearing(task)
    delivery_id = await ask(task)
    await hearing().carry_out(delivery_id)

    row = await the_delivery()
    assert (row["last_error"], row["done_at"]) == ("KeyError: 'tests.work'", None)


async def test_a_delivery_that_is_gone_is_nothing_to_do(own: Committed, hearing: Hearing) -> None:
    await hearing().carry_out(uuid7())


async def test_attempts_are_counted_by_target_and_outcome(hearing: Hearing) -> None:
    def counted(outcome: str) -> float:
        labels = {"target": "tests.counted", "outcome": outcome}
        return REGISTRY.get_sample_value("kvartal_delivery_seconds_count", labels) or 0.0

    async def run(walked: Walked) -> None:
        if (await the_delivery())["attempts"] == 0 or walked.steps == 0:
            raise Broken

    carried = hearing(handler(run, "tests.counted"))
    await walk()
    delivery_id = (await the_delivery())["id"]
    for _ in range(3):
        await carried.carry_out(delivery_id)

    assert (counted("failed"), counted("done"), counted("given_up")) == (1, 1, 0)
