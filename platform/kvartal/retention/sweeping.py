"""Deleting what has had its time: batch after batch, and counted."""

from collections.abc import Awaitable, Callable

from kvartal.db.connection import execute
from kvartal.metrics import SWEPT

__all__ = ["BATCH", "delete", "swept"]

# A statement must not take longer than its time-out, nor hold its locks for long.
BATCH = 10_000


async def swept(
    kind: str, delete_some: Callable[[int], Awaitable[int]], *, batch: int | None = None
) -> int:
    """Delete batch after batch until one is not full; how many rows of this kind went.

    Each batch commits by itself, so that one that fails takes none back. Its statement chooses the
    rows by ``= ANY(ARRAY(SELECT … LIMIT n))``, which is asked once: ``IN (SELECT … LIMIT n)`` may
    be asked again for each row, and then more go than a batch has.
    """
    size = batch or BATCH
    deleted = last = await delete_some(size)
    while last == size:
        last = await delete_some(size)
        deleted += last
    SWEPT.labels(kind).inc(deleted)
    return deleted


async def delete(sql: str, *args: object) -> int:
    """Run one DELETE; how many rows went."""
    tag = await execute(sql, *args)
    return int(tag.removeprefix("DELETE "))
