"""One attempt to tell an address of an event, over HTTP."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx

from kvartal.addresses import AddressRefused, HostUnknown
from kvartal.calling import GuardedTransport
from kvartal_integration.webhooks.rules import signature

__all__ = ["Answer", "Target", "attempt"]

SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and what it is: ``message_id`` is the same in every attempt."""

    url: str
    secret: str
    message_id: UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: the status of the answer, and what was wrong, if anything was.

    ``is_silent``: the address did not answer at all, so that others for it need not be tried now.
    """

    status: int | None = None
    problem: str | None = None
    is_silent: bool = False


async def attempt(target: Target, *, now: datetime, allowed: frozenset[str]) -> Answer:
    """Send the message: told if the answer is a 2xx; nothing is followed, and no body is read."""
    try:
        async with asyncio.timeout(SECONDS):
            status = await _post(target, now=now, allowed=allowed)
    except (TimeoutError, httpx.TimeoutException):
        return Answer(problem=f"no answer within {SECONDS:.0f} s", is_silent=True)
    except (AddressRefused, HostUnknown) as error:
        return Answer(problem=error.code, is_silent=True)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        return Answer(problem=f"{type(error).__name__}: {error}"[:500], is_silent=True)
    if 200 <= status < 300:
        return Answer(status)
    return Answer(status, problem=f"HTTP {status}")


async def _post(target: Target, *, now: datetime, allowed: frozenset[str]) -> int:
    message_id = f"msg_{target.message_id.hex}"
    transport = GuardedTransport(allowed=allowed)
    async with httpx.AsyncClient(
        transport=transport, trust_env=False, follow_redirects=False, timeout=SECONDS
    ) as client:
        request = client.build_request(
            "POST",
            target.url,
            content=target.body,
            headers={
                "content-type": "application/json",
                "user-agent": "Kvartal",
                "webhook-id": message_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signature(target.secret, message_id, now, target.body),
            },
        )
        response = await client.send(request, stream=True)
        await response.aclose()
        return response.status_code
