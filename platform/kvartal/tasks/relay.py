"""The relay: claims deliveries that are due and sends them to the workers."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import redis.asyncio as redis
import structlog

from kvartal import clock
from kvartal.background import background
from kvartal.db.connection import execute, fetch
from kvartal.db.transaction import UnitOfWork
from kvartal.metrics import RELAYED
from kvartal.tasks.broker import BrokerUnavailable, Sender

__all__ = ["Relay", "waking"]

log = structlog.get_logger("kvartal.tasks")

BATCH = 200
POLL_SECONDS = 1.0
# Sent and not done after this long: the queue or the worker is gone, send again.
RESEND = timedelta(seconds=30)


def waking(work: UnitOfWork) -> bytes | None:
    """What wakes the relays after a commit; their poll is the net."""
    return b"" if work.events or work.tasks else None


class Relay:
    """Sends deliveries until stopped; any number of relays may run.

    What is addressed to a plugin that is off waits until it is on again.
    """

    def __init__(
        self, sender: Sender, targets: Iterable[str], redis_url: str, channel: str
    ) -> None:
        self._sender = sender
        self._targets = list(targets)
        self._redis_url = redis_url
        self._channel = channel
        self._woken = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay while the block runs."""
        try:
            async with background(self._relay_for_ever(), self._listen_for_ever()):
                yield
        finally:
            self._sender.close()

    async def send_due(self) -> int:
        """Send one batch of what is due; how many went."""
        room = await asyncio.to_thread(self._sender.room)
        due = await self._claim(min(room, BATCH)) if room else []
        if due:
            try:
                await asyncio.to_thread(self._sender.send, due)
            except BrokerUnavailable:
                await self._give_back([delivery_id for delivery_id, _ in due])
                raise
            RELAYED.inc(len(due))
        return len(due)

    async def _claim(self, limit: int) -> list[tuple[UUID, str]]:
        # Claimed, then sent: whoever gets a message finds the row free. Should we die in between,
        # it is sent again like any that nobody has carried out.
        now = clock.now()
        rows = await fetch(
            "UPDATE kvartal_delivery SET due_at = $2 WHERE id = ANY(ARRAY"
            "(SELECT id FROM kvartal_delivery"
            " WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= $1"
            " AND target = ANY($3::text[]) ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED))"
            " RETURNING id, target",
            now,
            now + RESEND,
            self._targets,
            limit,
        )
        return sorted((row["id"], row["target"]) for row in rows)

    async def _give_back(self, ids: Sequence[UUID]) -> None:
        await execute(
            "UPDATE kvartal_delivery SET due_at = $2"
            " WHERE id = ANY($1::uuid[]) AND done_at IS NULL AND locked_until IS NULL",
            ids,
            clock.now(),
        )

    async def _relay_for_ever(self) -> None:
        while True:
            self._woken.clear()
            sent = 0
            try:
                sent = await self.send_due()
            except BrokerUnavailable as error:
                log.warning("tasks.broker_unavailable", error=str(error))
            except Exception as error:  # the relay outlives the database's restart
                log.error("tasks.relay_failed", exc_info=error)
            if sent < BATCH:
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
