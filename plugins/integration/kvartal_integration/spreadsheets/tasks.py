"""What the workers do about workbooks of readings."""

from uuid import UUID

from kvartal.tasks import actor
from kvartal_integration.operations.service import running
from kvartal_integration.spreadsheets import service

__all__ = ["export_readings_workbook", "import_readings_workbook"]


@actor("integration.import_readings_workbook", time_limit_seconds=3600, max_attempts=5)
async def import_readings_workbook(operation_id: UUID) -> None:
    """Import the readings of a workbook, or find out what would become of them."""
    async with running(operation_id) as run:
        if run is not None:
            await service.import_workbook(run)


@actor("integration.export_readings_workbook", time_limit_seconds=3600, max_attempts=5)
async def export_readings_workbook(operation_id: UUID) -> None:
    """Write a workbook of readings, or a template for them."""
    async with running(operation_id) as run:
        if run is not None:
            await service.export_workbook(run)
