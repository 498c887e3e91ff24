"""What web, worker and scheduler open for the plugin alike."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

__all__ = ["opened"]

log = structlog.get_logger("kvartal_photos")


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """A client of some storage of pictures would live here."""
    log.info("photos.opened")
    yield
    log.info("photos.closed")
