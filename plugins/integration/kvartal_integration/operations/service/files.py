"""The files of an operation: what it has read and written, and the table of its entries."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO
from uuid import UUID

import orjson
import structlog

from kvartal import clock
from kvartal.db.connection import Record
from kvartal.files.api import keep
from kvartal.text import say
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import EntrySeverity, csv_of
from kvartal_integration.operations.wording import spoken

__all__ = ["FILE_OWNER", "REPORT_TYPE", "keep_file", "keep_report", "report_name", "report_of"]

FILE_OWNER = "Operation"
REPORT_TYPE = "text/csv"
"""The table of entries is the one file of this type that an operation has."""

log = structlog.get_logger("kvartal_integration.operations")

_COLUMNS = ("number", "severity", "code", "message", "file", "line", "account", "meter")


async def keep_file(
    operation_id: UUID,
    organization_id: UUID,
    content: IO[bytes] | Path,
    *,
    name: str,
    media_type: str,
) -> UUID:
    """Keep a file that goes with an operation; its id."""
    kept = await keep(
        content,
        name=name,
        media_type=media_type,
        organization_id=organization_id,
        owner_kind=FILE_OWNER,
        owner_id=operation_id,
    )
    return kept.id


async def keep_report(told: queries.Told) -> None:
    """Keep the table of an operation's entries, in its language, if it has any.

    An operation must end though the disk is full: the entries can be read without the table.
    """
    rows = await queries.kept_entries(told.operation_id)
    if not rows:
        return
    content = await asyncio.to_thread(report_of, rows, told.locale)
    try:
        await keep_file(
            told.operation_id,
            told.organization_id,
            BytesIO(content),
            name=report_name(told),
            media_type=REPORT_TYPE,
        )
    except OSError as error:
        log.error("operations.report_not_kept", operation=str(told.operation_id), exc_info=error)


def report_of(rows: Sequence[Record], locale: str) -> bytes:
    """The table of entries, for people and for their programs."""
    header = [say(f"operation.column.{name}", locale) for name in _COLUMNS]
    return csv_of([header, *(_cells(row, locale) for row in rows)])


def report_name(told: queries.Told) -> str:
    """What the table is called: what the operation does, and when it was started there."""
    begun: datetime = told.created_at.astimezone(clock.timezone(told.timezone))
    return say(
        "operation.report_name", told.locale, kind=told.kind, moment=f"{begun:%Y-%m-%d %H-%M}"
    )


def _cells(row: Record, locale: str) -> list[object]:
    return [
        row["number"],
        say(f"EntrySeverity.{EntrySeverity(row['severity']).name}", locale),
        row["code"],
        spoken(row["code"], orjson.loads(row["facts"]), locale),
        *(row[name] for name in ("file", "line", "account", "meter")),
    ]
