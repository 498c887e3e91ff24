"""What a push service answers: read no further than is needed, and when it may be asked again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

__all__ = ["MAX_PAUSE", "Answer", "asked", "retry_after"]

MAX_BYTES = 16_384
MAX_PAUSE = timedelta(days=1)
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its headers and the beginning of its body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


async def asked(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    """Send a request; nothing is followed, and a body is read as far as ``MAX_BYTES``."""
    response = await client.send(request, stream=True, follow_redirects=False)
    body = b""
    try:
        # As it came: unpacked, a small body may be endless.
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= MAX_BYTES:
                break
    finally:
        await response.aclose()
    return Answer(response.status_code, response.headers, body[:MAX_BYTES])


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the other side may be asked again, as ``Retry-After`` says it: in seconds or as a date.

    Never later than a day from now, whatever it says; None if it says nothing.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        seconds = int(value[:_DIGITS]) if len(value) <= _DIGITS else MAX_PAUSE.total_seconds()
        return now + min(timedelta(seconds=seconds), MAX_PAUSE)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at.astimezone(UTC), now), now + MAX_PAUSE)
