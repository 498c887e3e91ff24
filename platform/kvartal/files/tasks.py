"""What the workers do about stored files: content that nobody needs any more goes."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.db.models import uuid7
from kvartal.events import on
from kvartal.files.events import FilesRemoved
from kvartal.files.queries import delete_orphans, without_row
from kvartal.files.storage.policy import policy
from kvartal.retention.policy import retention
from kvartal.retention.sweeping import swept
from kvartal.tasks import actor, cron

__all__ = ["HANDLERS", "forget_content", "sweep_files"]

log = structlog.get_logger("kvartal.files")

# Content is written before its row.
LOST_KEPT = timedelta(days=1)
_BATCH = 1000


async def forget_content(removed: FilesRemoved) -> None:
    """Delete what was stored of files that are no more."""
    await _delete(removed.file_ids)


HANDLERS = (on(FilesRemoved, forget_content),)


@cron("40 0 * * *")
@actor("kvartal.sweep_files", time_limit_seconds=3600)
async def sweep_files() -> None:
    """Delete old uploads that belong to nothing, and content that has lost its row."""
    before = clock.now() - retention().orphan

    async def some_orphans(limit: int) -> int:
        gone = await delete_orphans(before, limit=limit)
        await _delete(gone)
        return len(gone)

    orphans = await swept("orphan_files", some_orphans, batch=_BATCH)
    old = await policy().store.keys_before(_key_of_yesterday())
    lost: list[UUID] = []
    for start in range(0, len(old), _BATCH):
        lost += await without_row(
            old[start : start + _BATCH]
        )  # lint-skip: query-in-loop -- a batch
    await _delete(lost)
    log.info("files.swept", orphans=orphans, lost=len(lost))


async def _delete(file_ids: Iterable[UUID]) -> None:
    for file_id in file_ids:
        await policy().store.delete(file_id)


def _key_of_yesterday() -> UUID:
    # By the time in the ids, which is the machine's own: no clock of a demo or of a test moves it.
    return UUID(int=uuid7().int - (int(LOST_KEPT.total_seconds() * 1000) << 80))
