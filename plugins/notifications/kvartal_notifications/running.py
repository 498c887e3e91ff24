"""What a process does while it runs with the notifications."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kvartal_notifications.channels.service import opened
from kvartal_notifications.messages.checks import check_kinds

__all__ = ["running"]


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Refuse kinds of notices that could not be told; keep the channels open."""
    check_kinds()
    async with opened():
        yield
