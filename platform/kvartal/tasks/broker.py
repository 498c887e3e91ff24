"""Dramatiq: the only module that speaks it. Messages carry the ids of deliveries, nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextvars import copy_context
from typing import Any
from uuid import UUID

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from kvartal.errors import KvartalError

__all__ = ["BrokerUnavailable", "Sender", "Worker"]

QUEUE = "kvartal"
# The outbox holds the many, the queue a few: what waits long in it would be sent again and again.
QUEUE_LIMIT = 2_000
MAINTENANCE_CHANCE = 50_000  # in a million commands: a killed worker's messages come back in time
HEARTBEAT_MILLISECONDS = 15_000
SHUTDOWN_MILLISECONDS = 20_000
TIMEOUT_SECONDS = 5.0


class BrokerUnavailable(KvartalError):
    """Redis does not take messages at the moment; the outbox keeps them."""


class _End:
    """One end of the queue, with its connections."""

    def __init__(self, redis_url: str, prefix: str) -> None:
        self._client = redis.Redis.from_url(
            redis_url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that an earlier server left behind
        )
        # Retries, time limits and results are the outbox's: no middleware of Dramatiq's for them.
        self._broker: Any = RedisBroker(  # type: ignore[no-untyped-call] # Dramatiq has no types here
            client=self._client,
            namespace=f"{prefix}:tasks",
            middleware=[],
            maintenance_chance=MAINTENANCE_CHANCE,
            heartbeat_timeout=HEARTBEAT_MILLISECONDS,
        )
        self._broker.declare_queue(QUEUE)

    def close(self) -> None:
        """Let the connections go."""
        self._broker.close()
        self._client.close()


class Sender(_End):
    """The relay's end: one message per delivery. Blocking: call it in a thread."""

    def room(self) -> int:
        """How many more messages the queue should hold; BrokerUnavailable if Redis is away."""
        try:
            return max(0, QUEUE_LIMIT - int(self._broker.do_qsize(QUEUE)))
        except (redis.RedisError, OSError) as error:
            raise BrokerUnavailable(str(error)) from None

    def send(self, deliveries: Iterable[tuple[UUID, str]]) -> None:
        """Send each delivery to its target's actor; BrokerUnavailable if Redis is away."""
        try:
            for delivery_id, target in deliveries:
                self._broker.enqueue(
                    dramatiq.Message(
                        queue_name=QUEUE,
                        actor_name=target,
                        args=(str(delivery_id),),
                        kwargs={},
                        options={},
                    )
                )
        except (redis.RedisError, OSError) as error:
            raise BrokerUnavailable(str(error)) from None


class Worker(_End):
    """The worker's end: threads take messages, the loop that made it carries them out."""

    def __init__(
        self,
        redis_url: str,
        prefix: str,
        targets: Iterable[str],
        carry_out: Callable[[UUID], Awaitable[None]],
        *,
        threads: int,
    ) -> None:
        super().__init__(redis_url, prefix)
        loop, context = asyncio.get_running_loop(), copy_context()

        async def carried(delivery_id: UUID) -> None:
            await carry_out(delivery_id)

        def run(delivery_id: str) -> None:
            # In a copy of the maker's context, as a task of the maker's would run.
            submit = asyncio.run_coroutine_threadsafe
            context.copy().run(submit, carried(UUID(delivery_id)), loop).result()

        for target in targets:
            dramatiq.actor(actor_name=target, queue_name=QUEUE, broker=self._broker)(run)
        self._worker = dramatiq.Worker(self._broker, worker_threads=threads, worker_timeout=200)

    def start(self) -> None:
        """Begin to take messages."""
        self._worker.start()

    def stop(self) -> None:
        """Finish what runs, give the rest back. Blocking: call it in a thread."""
        self._worker.stop(timeout=SHUTDOWN_MILLISECONDS)
        self.close()
