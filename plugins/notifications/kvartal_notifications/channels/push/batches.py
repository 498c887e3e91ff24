"""A batch of pushes: all at once, but not too many; whatever goes wrong is an outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx
import structlog

from kvartal_notifications.channels.port import Outcome, Outgoing, Verdict
from kvartal_notifications.channels.push.problems import PushProblem

__all__ = ["ATTEMPT_SECONDS", "AT_ONCE", "later", "sent_together"]

log = structlog.get_logger("kvartal_notifications.channels")

AT_ONCE = 50
ATTEMPT_SECONDS = 15.0

Attempt = Callable[[Outgoing], Awaitable[Outcome]]


def later(problem: PushProblem) -> Outcome:
    """It may be tried again, when the delivery finds it right."""
    return Outcome(verdict=Verdict.LATER, problem=problem)


async def sent_together(
    batch: Sequence[Outgoing], attempt: Attempt, limit: asyncio.Semaphore
) -> list[Outcome]:
    """An outcome of each message, in their order; ``limit``: of all batches together."""
    return await asyncio.gather(*(_tried(each, attempt, limit) for each in batch))


async def _tried(message: Outgoing, attempt: Attempt, limit: asyncio.Semaphore) -> Outcome:
    async with limit:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await attempt(message)
        except (TimeoutError, httpx.TimeoutException):
            return later(PushProblem.NO_ANSWER)
        except (httpx.HTTPError, OSError):
            return later(PushProblem.UNREACHABLE)
        except Exception as error:
            # Its words may hold the address, which is a secret of the device.
            log.error(
                "notifications.push_broken",
                notification=str(message.notification_id),
                error=type(error).__name__,
            )
            return later(PushProblem.BROKEN)
