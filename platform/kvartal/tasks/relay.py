"""The relay: claims deliveries that are due and sends them to the workers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import redis.asyncio as redis
import structlog

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal.db.transaction import UnitOfWork, unit_of_work
from kvartal.tasks.broker import BrokerUnavailable, Sender

__all__ = ["Relay", "waker"]

log = structlog.get_logger("kvartal.tasks")

BATCH = 200
POLL_SECONDS = 1.0
# Sent and not done after this long: the queue or the worker is gone, send again.
RESEND = timedelta(seconds=30)


def waker(client: redis.Redis, channel: str) -> Callable[[UnitOfWork], Awaitable[None]]:
    """An after-commit listener that wakes the relay; its poll is the net."""

    async def wake(work: UnitOfWork) -> None:
        if not (work.events or work.tasks):
            return
        try:
            await client.publish(channel, b"")
        except (redis.RedisError, OSError) as error:
            log.warning("tasks.relay_not_woken", error=str(error))

    return wake


class Relay:
    """Sends deliveries until stopped; any number of relays may run."""

    def __init__(self, sender: Sender, redis_url: str, channel: str) -> None:
        self._sender = sender
        self._redis_url = redis_url
        self._channel = channel
        self._woken = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay while the block runs."""
        tasks = [
            asyncio.create_task(self._relay_for_ever()),
            asyncio.create_task(self._listen_for_ever()),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            self._sender.close()

    async def send_due(self) -> int:
        """Send one batch of what is due; how many went."""
        now = clock.now()
        async with unit_of_work():
            due = await fetch(
                "SELECT id, target FROM kvartal_delivery"
                " WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= $1"
                f" ORDER BY due_at, id LIMIT {BATCH} FOR UPDATE SKIP LOCKED",
                now,
            )
            if not due:
                return 0
            # Sent before the commit: should we die here, the rows are free and are sent again.
            await asyncio.to_thread(self._sender.send, [(row["id"], row["target"]) for row in due])
            await execute(
                "UPDATE kvartal_delivery SET due_at = $2 WHERE id = ANY($1::uuid[])",
                [row["id"] for row in due],
                now + RESEND,
            )
        return len(due)

    async def _relay_for_ever(self) -> None:
        while True:
            try:
                sent = await self.send_due()
            except BrokerUnavailable as error:
                log.warning("tasks.broker_unavailable", error=str(error))
                sent = 0
            except Exception as error:  # noqa: BLE001 -- the relay outlives the database's restart
                log.error("tasks.relay_failed", exc_info=error)
                sent = 0
            if sent < BATCH:
                self._woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                client = redis.Redis.from_url(self._redis_url, socket_timeout=None)
                async with client, client.pubsub() as channel:
                    await channel.subscribe(self._channel)
                    async for _ in channel.listen():
                        self._woken.set()
            except (redis.RedisError, OSError):
                await asyncio.sleep(POLL_SECONDS)
