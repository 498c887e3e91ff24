"""The row types of the log of operations."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
import strawberry

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.files.api import StoredFile
from kvartal.graphql.node import Node, encode_id
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.text import say
from kvartal_integration.operations.graphql import enums  # noqa: F401 -- describes them
from kvartal_integration.operations.loaders import (
    CountByOperation,
    EntriesByOperation,
    FilesByOperation,
    NamesByStarter,
)
from kvartal_integration.operations.rules import (
    FINAL,
    Direction,
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
    percent_of,
)
from kvartal_integration.operations.service.files import REPORT_TYPE
from kvartal_integration.operations.sources import ENTRY_ORDER
from kvartal_integration.operations.wording import spoken

__all__ = ["Operation", "OperationCount", "OperationEntry", "OperationProgress"]


@strawberry.type(description="How far an operation has come.")
class OperationProgress:
    """What a progress bar shows."""

    done: int = strawberry.field(description="Rows or bytes that are done.")
    total: int | None = strawberry.field(
        description="How many there are; null as long as it is not known."
    )
    percent: int | None = strawberry.field(description="Whole percents, from 0 to 100.")

    @classmethod
    def of(cls, record: Record) -> "OperationProgress":
        """The progress in a record."""
        done, total = record["done"], record["total"]
        return cls(done=done, total=total, percent=percent_of(done, total))


@strawberry.type(description="How often an operation has done something.")
class OperationCount:
    """An outcome and its number."""

    name: str = strawberry.field(description="Machine-readable name of the outcome.")
    title: str = strawberry.field(description="The same for people, in the client's language.")
    count: int = strawberry.field(description="How often.")


@strawberry.type(description="An error or a warning of an operation, about one place of a file.")
class OperationEntry(Node):
    """A line of the log."""

    number: int = strawberry.field(description="Its number in the operation, from 1.")
    severity: EntrySeverity = strawberry.field(description="Whether it is an error.")
    code: str = strawberry.field(description="Machine-readable code, e.g. `W203`.")
    message: str = strawberry.field(description="What is wrong, in the client's language.")
    file: str | None = strawberry.field(description="The file it is about.")
    line: int | None = strawberry.field(description="The line or row of the file, from 1.")
    account: str | None = strawberry.field(description="The number of the account (ЛС).")
    meter: str | None = strawberry.field(description="The identifier of the meter.")

    @classmethod
    def of(cls, record: Record, locale: str) -> "OperationEntry":
        """The entry in a record."""
        return cls(
            id=encode_id("OperationEntry", record["id"]),
            number=record["number"],
            severity=EntrySeverity(record["severity"]),
            code=record["code"],
            message=spoken(record["code"], orjson.loads(record["facts"]), locale),
            file=record["file"],
            line=record["line"],
            account=record["account"],
            meter=record["meter"],
        )


@strawberry.type(description="An import or export (запись журнала операций).")
class Operation(Node):
    """An operation of the log."""

    uuid: strawberry.Private[UUID]
    starter: strawberry.Private[tuple[UUID, UUID] | None]
    kind: OperationKind = strawberry.field(description="What it does (суть).")
    status: OperationStatus = strawberry.field(description="How far it has come (статус).")
    direction: Direction = strawberry.field(description="Which way data goes.")
    trigger: Trigger = strawberry.field(description="What has started it.")
    preview: bool = strawberry.field(
        description="Whether it only finds out what an import would do, and saves nothing."
    )
    message: str | None = strawberry.field(
        description="What came of it, in the client's language; null until it is over."
    )
    errors: int = strawberry.field(description="How many errors there were, all counted.")
    warnings: int = strawberry.field(description="How many warnings there were, all counted.")
    counts: list[OperationCount] = strawberry.field(
        description="What it has done so far, by outcome."
    )
    progress: OperationProgress = strawberry.field(description="How far it has come.")
    is_final: bool = strawberry.field(description="Whether it is over.")
    created_at: datetime = strawberry.field(description="When it was started (дата запуска).")
    started_at: datetime | None = strawberry.field(description="When a worker took it up.")
    finished_at: datetime | None = strawberry.field(description="When it was over.")
    updated_at: datetime = strawberry.field(
        description="When it went on last (дата последнего изменения)."
    )
    cancel_requested_at: datetime | None = strawberry.field(
        description="When it was asked to stop; it stops at the next block of rows."
    )

    @strawberry.field(
        description="The employee who has started it; null if the schedule or a system has."
    )
    async def started_by(self, info: Info) -> str | None:
        """The name of the starter."""
        return await info.context.load(NamesByStarter, self.starter) if self.starter else None

    @strawberry.field(
        description="Its errors and warnings as it came upon them. Of very many the first are kept"
        " (10 000 by default), and the one that ended it."
    )
    async def entries(
        self,
        info: Info,
        severity: Annotated[
            EntrySeverity | None, strawberry.argument(description="Only errors, or warnings.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OperationEntry]:
        """A page of entries."""
        page, context = page_of(first, after, last, before), info.context
        found = await context.load(EntriesByOperation, (self.uuid, (severity, page)))
        row = partial(OperationEntry.of, locale=context.locale)
        count = partial(context.load, CountByOperation, (self.uuid, severity))
        return connected(page, found, row, ENTRY_ORDER, count)

    @strawberry.field(
        description="All entries as a table for Excel (CSV), when it is over; null without any."
    )
    async def report(self, info: Info) -> StoredFile | None:
        """The table of entries."""
        files = await info.context.load(FilesByOperation, self.uuid)
        return next((StoredFile.of(each) for each in files if _is_report(each)), None)

    @strawberry.field(
        description="The other files that it has read or written, oldest first; they are kept for"
        " 30 days by default."
    )
    async def files(self, info: Info) -> list[StoredFile]:
        """Files of the operation."""
        files = await info.context.load(FilesByOperation, self.uuid)
        return [StoredFile.of(each) for each in files if not _is_report(each)]

    @classmethod
    def of(cls, record: Record, locale: str) -> "Operation":
        """The operation in a record."""
        status = OperationStatus(record["status"])
        starter = record["started_by_id"]
        return cls(
            id=encode_id("Operation", record["id"]),
            uuid=record["id"],
            starter=(record["organization_id"], starter) if starter else None,
            kind=OperationKind(record["kind"]),
            status=status,
            direction=Direction(record["direction"]),
            trigger=Trigger(record["trigger"]),
            preview=record["preview"],
            message=_message(record, locale),
            errors=record["errors"],
            warnings=record["warnings"],
            counts=_counts(record, locale),
            progress=OperationProgress.of(record),
            is_final=status in FINAL,
            created_at=record["created_at"],
            started_at=record["started_at"],
            finished_at=record["finished_at"],
            updated_at=record["updated_at"],
            cancel_requested_at=record["cancel_requested_at"],
        )


def _message(record: Record, locale: str) -> str | None:
    message = orjson.loads(record["message"] or "null")
    return spoken(message["code"], message["facts"], locale) if message else None


def _counts(record: Record, locale: str) -> list[OperationCount]:
    counted = sorted(orjson.loads(record["counts"]).items())
    return [
        OperationCount(name=name, title=say(f"count.{name}", locale), count=count)
        for name, count in counted
    ]


def _is_report(file: Record) -> bool:
    return bool(file["media_type"] == REPORT_TYPE)
