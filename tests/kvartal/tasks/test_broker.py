"""The worker's end of the queue."""

import asyncio
from contextvars import ContextVar
from uuid import UUID

import pytest

from kvartal.db.models import uuid7
from kvartal.tasks.broker import QUEUE_LIMIT, Sender, Worker
from kvartal.testing.host import Committed
from kvartal.testing.watch import until

pytestmark = pytest.mark.committed

maker: ContextVar[str] = ContextVar("maker", default="nobody")


def a_worker(own: Committed, carry_out: object, *, threads: int = 2) -> Worker:
    prefix = own.host.settings.redis_prefix
    return Worker(
        own.host.redis_url,
        prefix,
        ["tests.work"],
        carry_out,  # type: ignore[arg-type]
        threads=threads,
    )


async def test_what_is_sent_is_carried_out_on_the_loop_and_in_the_context_of_the_maker(
    own: Committed,
) -> None:
    carried: dict[UUID, tuple[asyncio.AbstractEventLoop, str]] = {}

    async def carry_out(delivery_id: UUID) -> None:
        carried[delivery_id] = asyncio.get_running_loop(), maker.get()
        maker.set("somebody else")

    maker.set("this test")
    ids = [uuid7(), uuid7()]
    sender = Sender(own.host.redis_url, own.host.settings.redis_prefix)
    worker = a_worker(own, carry_out)
    worker.start()
    try:
        await asyncio.to_thread(sender.send, [(each, "tests.work") for each in ids])

        async def all_carried() -> bool:
            return len(carried) == 2

        await until(all_carried)

        async def acknowledged() -> bool:
            return await asyncio.to_thread(sender.room) == QUEUE_LIMIT

        await until(acknowledged)
    finally:
        await asyncio.to_thread(worker.stop)
        sender.close()

    assert carried == dict.fromkeys(ids, (asyncio.get_running_loop(), "this test"))


async def test_a_worker_that_stops_finishes_what_runs_and_gives_the_rest_back(
    own: Committed,
) -> None:
    begun: list[UUID] = []
    finished: list[UUID] = []
    go_on = asyncio.Event()

    async def carry_out(delivery_id: UUID) -> None:
        begun.append(delivery_id)
        await go_on.wait()
        finished.append(delivery_id)

    ids = [uuid7() for _ in range(3)]
    sender = Sender(own.host.redis_url, own.host.settings.redis_prefix)
    worker = a_worker(own, carry_out, threads=1)
    await asyncio.to_thread(sender.send, [(each, "tests.work") for each in ids])
    worker.start()

    async def at_work() -> bool:
        return len(begun) == 1

    await until(at_work)
    stopping = asyncio.create_task(asyncio.to_thread(worker.stop))
    await asyncio.sleep(0.1)
    go_on.set()
    await stopping
    left = QUEUE_LIMIT - await asyncio.to_thread(sender.room)
    sender.close()

    assert finished == begun == ids[:1]
    assert left == 2


async def test_one_failure_does_not_stop_the_worker(own: Committed) -> None:
    carried: list[UUID] = []
    ids = [uuid7(), uuid7()]

    async def carry_out(delivery_id: UUID) -> None:
        if delivery_id == ids[0]:
            raise OSError("the database is away")
        carried.append(delivery_id)

    sender = Sender(own.host.redis_url, own.host.settings.redis_prefix)
    worker = a_worker(own, carry_out, threads=1)
    worker.start()
    try:
        await asyncio.to_thread(sender.send, [(each, "tests.work") for each in ids])

        async def second_carried() -> bool:
            return carried == ids[1:]

        await until(second_carried)
    finally:
        await asyncio.to_thread(worker.stop)
        sender.close()
