"""What the workers do about imports: those that were started, and those that have fallen due."""

from uuid import UUID

from kvartal.db.transaction import unit_of_work
from kvartal.tasks import actor, cron, enqueue
from kvartal_integration.connections.service import opened
from kvartal_integration.importing.service import import_files
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.operations.service import running
from kvartal_integration.schedules.service import start_due

__all__ = ["import_xml", "start_due_imports"]

HOURS = 3600


@actor("integration.import_xml", time_limit_seconds=6 * HOURS, max_attempts=10)
async def import_xml(operation_id: UUID) -> None:
    """Import the files of an operation, from where an earlier worker has left off."""
    async with running(operation_id) as run:
        if run is None:
            return
        await import_files(run, opened)
        if run.request.get("preview"):
            run.conclude("IMPORT_PREVIEWED")


@cron("* * * * *")
@actor("integration.start_due_imports", time_limit_seconds=300, max_attempts=3)
async def start_due_imports() -> None:
    """Start the imports whose schedules have fallen due."""
    async with unit_of_work():
        for operation_id in await start_due(OperationKind.XML_IMPORT):
            await enqueue(import_xml, operation_id)
