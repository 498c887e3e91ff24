"""Coroutines that run beside a block of code, and no longer."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

__all__ = ["background"]

PATIENCE_SECONDS = 0.2


@asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run the coroutines while the block runs."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        # More than once: redis-py swallows a cancellation that meets it while it connects.
        while running := [task for task in tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=PATIENCE_SECONDS)
        await asyncio.gather(*tasks, return_exceptions=True)
