"""What a process says to the others after a commit: all of it in one round trip to Redis."""

from collections.abc import Awaitable, Callable, Mapping

import redis.asyncio as redis
import structlog

from kvartal.db.transaction import UnitOfWork

__all__ = ["Message", "announcing"]

log = structlog.get_logger("kvartal.announcing")

Message = Callable[[UnitOfWork], bytes | None]
"""What is to be said of a commit; None if it is nothing."""


def announcing(
    client: redis.Redis, messages: Mapping[str, Message]
) -> Callable[[UnitOfWork], Awaitable[None]]:
    """An after-commit listener that sends the messages, each over its channel."""

    async def announce(work: UnitOfWork) -> None:
        said = {channel: message(work) for channel, message in messages.items()}
        pipe = client.pipeline(transaction=False)
        for channel, text in said.items():
            if text is not None:
                pipe.publish(channel, text)
        try:
            await pipe.execute()
        except (redis.RedisError, OSError) as error:
            # Nothing is lost for good: the hubs notice the lost connection and re-read after it,
            # and the relay looks by itself.
            log.warning("commit.not_announced", error=str(error))

    return announce
