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
from kvartal.tasks import actor, cron

__all__ = ["HANDLERS", "forget_content", "sweep_files"]

log = structlog.get_logger("kvartal.files")

ORPHAN_KEPT = timedelta(days=1)
_BATCH = 1000


async def forget_content(removed: FilesRemoved) -> None:
    """Delete what was stored of files that are no more."""
    await _delete(removed.file_ids)


HANDLERS = (on(FilesRemoved, forget_content),)


@cron("40 0 * * *")
@actor("kvartal.sweep_files", time_limit_seconds=3600)
async def sweep_files() -> None:
    """Delete uploads that belong to nothing after a day, and content that has lost its row."""
    orphans = await delete_orphans(clock.now() - ORPHAN_KEPT)
    await _delete(orphans)
    old = await policy().store.keys_before(_key_of_yesterday())
    lost: list[UUID] = []
    for start in range(0, len(old), _BATCH):
        lost += await without_row(
            old[start : start + _BATCH]
        )  # lint-skip: query-in-loop -- a batch
    await _delete(lost)
    log.info("files.swept", orphans=len(orphans), lost=len(lost))


async def _delete(file_ids: Iterable[UUID]) -> None:
    for file_id in file_ids:
        await policy().store.delete(file_id)


def _key_of_yesterday() -> UUID:
    # By the time in the ids, which is the machine's own: no clock of a demo or of a test moves it.
    return UUID(int=uuid7().int - (int(ORPHAN_KEPT.total_seconds() * 1000) << 80))
