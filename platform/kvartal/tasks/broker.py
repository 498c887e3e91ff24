"""Dramatiq: the only module that speaks it. Messages carry the ids of deliveries, nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError

from kvartal.errors import KvartalError

__all__ = ["BrokerUnavailable", "Sender", "Worker"]

QUEUE = "kvartal"
MAINTENANCE_CHANCE = 50_000  # in a million commands: a killed worker's messages come back in time
HEARTBEAT_MILLISECONDS = 15_000
SHUTDOWN_MILLISECONDS = 20_000


class BrokerUnavailable(KvartalError):
    """Redis does not take messages at the moment; the outbox keeps them."""


def _open(redis_url: str, prefix: str) -> RedisBroker:
    # Retries, time limits and results are the outbox's: no middleware of Dramatiq's own for them.
    broker = RedisBroker(
        url=redis_url,
        namespace=f"{prefix}:tasks",
        middleware=[],
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=HEARTBEAT_MILLISECONDS,
    )
    broker.declare_queue(QUEUE)
    return broker


class Sender:
    """The relay's end: one message per delivery. Blocking: call it in a thread."""

    def __init__(self, redis_url: str, prefix: str) -> None:
        self._broker = _open(redis_url, prefix)

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
        except BrokerConnectionError as error:
            raise BrokerUnavailable(str(error)) from None

    def close(self) -> None:
        """Let the connections go."""
        self._broker.close()


class Worker:
    """The worker's end: threads take messages, the process's loop carries them out."""

    def __init__(
        self,
        redis_url: str,
        prefix: str,
        targets: Iterable[str],
        carry_out: Callable[[UUID], Awaitable[None]],
        *,
        threads: int,
    ) -> None:
        loop = asyncio.get_running_loop()

        def run(delivery_id: str) -> None:
            async def carried() -> None:
                await carry_out(UUID(delivery_id))

            asyncio.run_coroutine_threadsafe(carried(), loop).result()

        self._broker = _open(redis_url, prefix)
        for target in targets:
            dramatiq.actor(run, actor_name=target, queue_name=QUEUE, broker=self._broker)
        self._worker = dramatiq.Worker(self._broker, worker_threads=threads, worker_timeout=200)

    def start(self) -> None:
        """Begin to take messages."""
        self._worker.start()

    def stop(self) -> None:
        """Finish what runs, give the rest back. Blocking: call it in a thread."""
        self._worker.stop(timeout=SHUTDOWN_MILLISECONDS)
        self._broker.close()
