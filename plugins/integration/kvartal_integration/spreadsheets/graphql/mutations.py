"""Trying, beginning an import of readings from a workbook, and beginning an export."""

from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.db.transaction import unit_of_work
from kvartal.files.api import FileTooLarge, FileUnavailable
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.tasks import enqueue
from kvartal_integration.operations import queries as operations
from kvartal_integration.operations.graphql.rows import Operation
from kvartal_integration.spreadsheets import service
from kvartal_integration.spreadsheets.graphql.inputs import (
    ExportReadingsInput,
    ImportReadingsInput,
)
from kvartal_integration.spreadsheets.rules.refusals import ExternalIdMissing, NotAWorkbook
from kvartal_integration.spreadsheets.tasks import (
    export_readings_workbook,
    import_readings_workbook,
)
from kvartal_meters.api import SUBMIT

__all__ = ["SpreadsheetMutations"]

_REFUSALS = (ExternalIdMissing, NotAWorkbook, FileTooLarge, FileUnavailable)


@strawberry.type
class SpreadsheetMutations:
    """Fields of Mutation about workbooks of readings."""

    @mutation(
        access=SUBMIT,
        description="Find out what an import would do, without saving: an operation, whose `counts`"
        " (`rows_total`, `rows_ok`, `rows_warned`, `rows_failed`) and first `entries` tell. The"
        " upload stays free to be imported.",
        raises=_REFUSALS,
    )
    async def preview_readings_import(self, info: Info, input: ImportReadingsInput) -> Operation:
        """Try an import."""
        return await _import(info.context, input, preview=True)

    @mutation(
        access=SUBMIT,
        description="Import readings from a workbook, in the background, as if the employee had"
        " submitted them row by row. A bad row stops no other: it stands in the operation's"
        " `entries`, and with the original cells in the workbook of errors among its `files`.",
        raises=_REFUSALS,
    )
    async def import_readings(self, info: Info, input: ImportReadingsInput) -> Operation:
        """Begin an import."""
        return await _import(info.context, input, preview=False)

    @mutation(
        access=SUBMIT,
        description="Export the meters in use with their latest readings to a workbook, in the"
        " background: among the operation's `files`. It can be imported as it is.",
    )
    async def export_readings(self, info: Info, input: ExportReadingsInput) -> Operation:
        """Begin an export."""
        context = info.context
        where = input.filter.plain() if input.filter else {}
        async with unit_of_work():
            operation_id = await service.start_export(
                context.actor, input.plain(context.locale), where=where, template=input.template
            )
            await enqueue(export_readings_workbook, operation_id=operation_id)
            return await _begun(context, operation_id)


async def _import(context: Context, input: ImportReadingsInput, *, preview: bool) -> Operation:
    async with unit_of_work():
        operation_id = await service.start_import(
            context.actor,
            input.plain(context.locale),
            file_id=uuid_of("StoredFile", input.file_id),
            update_existing=input.update_existing,
            preview=preview,
        )
        await enqueue(import_readings_workbook, operation_id=operation_id)
        return await _begun(context, operation_id)


async def _begun(context: Context, operation_id: UUID) -> Operation:
    return Operation.of(await operations.operation_of(operation_id), context.locale)
