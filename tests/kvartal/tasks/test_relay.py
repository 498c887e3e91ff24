"""The relay: what is due is sent, and sent again until it is done; nothing is lost meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import redis.asyncio as redis
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.tasks import actor, broker, enqueue, relay
from kvartal.tasks.broker import BrokerUnavailable, Sender
from kvartal.tasks.relay import RESEND, Relay
from kvartal.testing.host import Committed
from kvartal.testing.watch import until

pytestmark = pytest.mark.committed

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOWHERE = "redis://127.0.0.1:1/0"


@actor("tests.work")
async def work() -> None:
    """What the deliveries of these tests ask for."""


class Queue(Sender):
    """A broker's queue that remembers what it was sent, and may be full or away."""

    def __init__(self, *, room: int = 1000, away: bool = False) -> None:
        self.sent: list[tuple[UUID, str]] = []
        self.free = room
        self.away = away
        self.closed = False

    def room(self) -> int:
        return self.free

    def send(self, deliveries: Iterable[tuple[UUID, str]]) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        self.sent += deliveries

    def close(self) -> None:
        self.closed = True


def a_relay(own: Committed, queue: Sender) -> Relay:
    return Relay(queue, ["tests.work"], own.host.redis_url, own.host.relay_channel)


@asynccontextmanager
async def another_session(own: Committed) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(own.environment["KVARTAL_DATABASE_URL"])
    try:
        yield connection
    finally:
        await connection.close()


async def ask(times: int = 1) -> list[UUID]:
    async with unit_of_work():
        for _ in range(times):
            await enqueue(work)
    rows = await fetch("SELECT id FROM kvartal_delivery WHERE target = 'tests.work' ORDER BY id")
    return [row["id"] for row in rows]


async def test_what_is_due_is_sent_once_in_its_order(own: Committed) -> None:
    queue = Queue()
    ids = await ask(3)

    assert await a_relay(own, queue).send_due() == 3
    assert await a_relay(own, queue).send_due() == 0
    assert queue.sent == [(each, "tests.work") for each in ids]


async def test_what_is_sent_and_not_done_is_sent_again(own: Committed) -> None:
    queue = Queue()
    with clock.frozen(NOON):
        [delivery_id] = await ask()
        await a_relay(own, queue).send_due()
    with clock.frozen(NOON + RESEND - timedelta(seconds=1)):
        assert await a_relay(own, queue).send_due() == 0
    with clock.frozen(NOON + RESEND):
        assert await a_relay(own, queue).send_due() == 1

    assert queue.sent == [(delivery_id, "tests.work")] * 2


@pytest.mark.parametrize("column", ["done_at", "failed_at"])
async def test_what_is_done_or_given_up_is_not_sent(own: Committed, column: str) -> None:
    await ask()
    await execute(f"UPDATE kvartal_delivery SET {column} = now()")

    assert await a_relay(own, Queue()).send_due() == 0


async def test_what_is_not_due_yet_is_not_sent(own: Committed) -> None:
    await ask()
    await execute("UPDATE kvartal_delivery SET due_at = now() + interval '1 hour'")

    assert await a_relay(own, Queue()).send_due() == 0


async def test_what_is_addressed_to_a_plugin_that_is_off_waits(own: Committed) -> None:
    queue = Queue()
    await ask()
    await execute(
        "INSERT INTO kvartal_delivery (id, target, due_at, attempts, created_at, updated_at)"
        " VALUES ($1, 'photos.make_preview', now(), 0, now(), now())",
        uuid7(),
    )

    assert await a_relay(own, queue).send_due() == 1
    assert [target for _, target in queue.sent] == ["tests.work"]


async def test_two_relays_share_the_work(own: Committed) -> None:
    queue = Queue()
    ids = await ask(100)
    relays = [a_relay(own, queue) for _ in range(4)]

    counts = await asyncio.gather(*(each.send_due() for each in relays))

    assert sum(counts) == 100
    assert sorted(queue.sent) == [(each, "tests.work") for each in ids]


async def test_a_row_that_a_handler_holds_is_passed_over(own: Committed) -> None:
    held, free = await ask(2)
    queue = Queue()
    async with another_session(own) as other, other.transaction():
        await other.execute("SELECT 1 FROM kvartal_delivery WHERE id = $1 FOR UPDATE", held)
        sent = await a_relay(own, queue).send_due()

    assert sent == 1
    assert queue.sent == [(free, "tests.work")]


async def test_a_batch_is_limited_and_leaves_room_in_the_queue(
    own: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 3)
    queue = Queue(room=1000)
    await ask(4)

    assert await a_relay(own, queue).send_due() == 3
    queue.free = 0
    assert await a_relay(own, queue).send_due() == 0
    queue.free = 5
    assert await a_relay(own, queue).send_due() == 1


async def test_while_the_broker_is_away_nothing_is_lost(own: Committed) -> None:
    [delivery_id] = await ask()
    queue = Queue(away=True)
    made = a_relay(own, queue)

    with pytest.raises(BrokerUnavailable):
        await made.send_due()
    queue.away = False

    assert await made.send_due() == 1
    assert queue.sent == [(delivery_id, "tests.work")]


async def test_a_broker_that_cannot_be_reached_is_told_as_unavailable(own: Committed) -> None:
    sender = Sender(NOWHERE, "tests")
    try:
        for attempt in (sender.room, lambda: sender.send([(uuid7(), "tests.work")])):
            with pytest.raises(BrokerUnavailable):
                await asyncio.to_thread(attempt)
    finally:
        sender.close()


async def test_the_queue_has_room_for_what_it_does_not_hold(
    own: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "QUEUE_LIMIT", 3)
    sender = Sender(own.host.redis_url, own.host.settings.redis_prefix)
    try:
        rooms = []
        for _ in range(5):
            rooms.append(await asyncio.to_thread(sender.room))
            await asyncio.to_thread(sender.send, [(uuid7(), "tests.work")])
    finally:
        sender.close()

    assert rooms == [3, 2, 1, 0, 0]


async def test_what_valkey_has_lost_is_sent_again(own: Committed) -> None:
    prefix = own.host.settings.redis_prefix
    sender = Sender(own.host.redis_url, prefix)
    made = a_relay(own, sender)
    try:
        with clock.frozen(NOON):
            await ask(2)
            await made.send_due()
        async with redis.Redis.from_url(own.host.redis_url) as client:
            keys = [key async for key in client.scan_iter(f"{prefix}:tasks*")]
            await client.delete(*keys)
        lost = await asyncio.to_thread(sender.room)
        with clock.frozen(NOON + RESEND):
            sent = await made.send_due()
        there = await asyncio.to_thread(sender.room)
    finally:
        sender.close()

    assert keys
    assert lost == broker.QUEUE_LIMIT
    assert sent == 2
    assert there == broker.QUEUE_LIMIT - 2


async def test_a_commit_wakes_the_relay_at_once(
    own: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "POLL_SECONDS", 30.0)
    queue = Queue()
    async with a_relay(own, queue).running():
        async with redis.Redis.from_url(own.host.redis_url) as client:

            async def listens() -> bool:
                [(_, count)] = await client.pubsub_numsub(own.host.relay_channel)
                return bool(count)

            await until(listens)
        await ask()

        async def sent() -> bool:
            return bool(queue.sent)

        await until(sent, 5)

    assert queue.closed


async def test_without_redis_the_poll_is_the_net(
    own: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.05)
    queue = Queue()
    async with Relay(queue, ["tests.work"], NOWHERE, "nowhere").running():
        await ask()

        async def sent() -> bool:
            return bool(queue.sent)

        await until(sent, 5)


async def test_the_relay_outlives_whatever_fails(
    own: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.02)
    queue = Queue(away=True)
    made = a_relay(own, queue)
    plain, failures = made.send_due, [OSError("the database is away"), RuntimeError("a bug")]

    async def failing() -> int:
        if failures:
            raise failures.pop()
        return await plain()

    monkeypatch.setattr(made, "send_due", failing)
    await ask()
    with capture_logs() as logs:
        async with made.running():

            async def told() -> bool:
                return any(each["event"] == "tasks.broker_unavailable" for each in logs)

            await until(told)
            queue.away = False

            async def sent() -> bool:
                return bool(queue.sent)

            await until(sent)

    assert [each["event"] for each in logs][:3] == [
        "tasks.relay_failed",
        "tasks.relay_failed",
        "tasks.broker_unavailable",
    ]
