"""What the workers do about exports: those that were started, and those that have fallen due."""

from uuid import UUID

from kvartal.db.transaction import unit_of_work
from kvartal.tasks import actor, cron, enqueue
from kvartal_integration.connections.service import opened
from kvartal_integration.exporting.service import export_readings
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.operations.service import running
from kvartal_integration.schedules.service import start_due

__all__ = ["export_xml", "start_due_exports"]

HOURS = 3600


@actor("integration.export_xml", time_limit_seconds=3 * HOURS, max_attempts=10)
async def export_xml(operation_id: UUID) -> None:
    """Export the readings of an operation: one file, whole or not at all."""
    async with running(operation_id) as run:
        if run is not None:
            await export_readings(run, opened)


@cron("* * * * *")
@actor("integration.start_due_exports", time_limit_seconds=300, max_attempts=3)
async def start_due_exports() -> None:
    """Start the exports whose schedules have fallen due."""
    async with unit_of_work():
        for operation_id in await start_due(OperationKind.XML_EXPORT):
            await enqueue(export_xml, operation_id)
