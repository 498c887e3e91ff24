"""The end of what is left over: operations that nobody will end, and those that are old."""

from datetime import datetime, timedelta

from kvartal.db.transaction import unit_of_work
from kvartal.files.api import files_of, remove, remove_old
from kvartal.retention.sweeping import swept
from kvartal.settings import settings_of
from kvartal.tasks import expected
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import Entry, EntrySeverity, OperationStatus
from kvartal_integration.operations.service.ending import end
from kvartal_integration.operations.service.files import FILE_OWNER, REPORT_TYPE
from kvartal_integration.settings import IntegrationSettings

__all__ = ["close_abandoned", "sweep"]

BATCH = 500
ABANDONED = Entry(severity=EntrySeverity.ERROR, code="E303")


async def close_abandoned() -> int:
    """Fail the operations for which no worker will come any more; how many.

    An operation and its task are enqueued by one commit, and a task that has ended its operation
    is done after it: so whoever is unfinished and has no task any more has been given up.
    """
    waiting = await queries.unfinished()
    coming = await expected("operation_id", waiting) if waiting else set()
    abandoned = [each for each in waiting if each not in coming]
    for operation_id in abandoned:
        await end(operation_id, OperationStatus.FAILED, last=ABANDONED)
    return len(abandoned)


async def sweep(now: datetime) -> tuple[int, int]:
    """Delete what has had its time; how many operations and how many of their files.

    The table of entries stays as long as its operation.
    """
    settings = settings_of(IntegrationSettings)
    oldest = now - timedelta(days=settings.operation_days)
    oldest_file = now - timedelta(days=settings.operation_file_days)

    async def some_operations(limit: int) -> int:
        async with unit_of_work():
            gone = await queries.delete_old(oldest, limit=limit)
            if gone:
                files = await files_of(FILE_OWNER, gone)
                await remove([each["id"] for found in files.values() for each in found])
        return len(gone)

    async def some_files(limit: int) -> int:
        return await remove_old(FILE_OWNER, before=oldest_file, limit=limit, but=(REPORT_TYPE,))

    return (
        await swept("operations", some_operations, batch=BATCH),
        await swept("operation_files", some_files, batch=BATCH),
    )
