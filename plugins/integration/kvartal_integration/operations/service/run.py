"""Carrying an operation out: what an actor does between the first row and the last.

::

    @actor("integration.import_xml", time_limit_seconds=3600, max_attempts=5)
    async def import_xml(operation_id: UUID) -> None:
        async with running(operation_id) as run:
            if run is None:
                return  # it is over, or was cancelled before it began
            for block in blocks_after(run.cursor):
                async with unit_of_work():
                    await apply(block)
                    await run.advance(done=block.end, cursor={"at": block.end}, entries=block.found)

It runs until the block's end, and then its status tells what came of it. A worker that is killed
leaves it RUNNING with its cursor, and the next one goes on from there: what was committed with a
cursor is never done again. One runner at a time is seen to by the lease of the task's delivery.

What ends a run early: ``run.fail(entry)`` (FAILED), a cancellation (``advance`` raises
OperationCancelled), and what nobody has foreseen. Of that, what another try may help against (the
database or the disk is away, a deadlock) is raised on, so that the task is tried again with its
pauses; when it is given up, the sweep closes the operation as FAILED (E303). Anything else would
fail again in the same place: it is logged, and the operation is FAILED at once (E301, E302).
What has been committed stays in each case.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO, Any, NoReturn
from uuid import UUID

import asyncpg
import orjson
import structlog
from tortoise.exceptions import DBConnectionError

from kvartal import clock, live
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.settings import settings_of
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import (
    Direction,
    Entry,
    EntrySeverity,
    OperationCancelled,
    OperationFailed,
    OperationKind,
    OperationStatus,
    Sentence,
    Trigger,
)
from kvartal_integration.operations.service.ending import end
from kvartal_integration.operations.service.files import keep_file
from kvartal_integration.operations.topics import operation_topic
from kvartal_integration.settings import IntegrationSettings

__all__ = ["Run", "running"]

log = structlog.get_logger("kvartal_integration.operations")

TELL_SECONDS = 0.5
"""So often subscribers hear of progress, at most."""

_PASSING = (
    OSError,
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.OperatorInterventionError,
)


@dataclass(slots=True, kw_only=True)
class Run:
    """An operation while it runs. ``cursor``: where an earlier run has left off, else empty.

    ``started_at``: when the first run began. ``locale``: the language of what it writes.
    """

    operation_id: UUID
    organization_id: UUID
    kind: OperationKind
    trigger: Trigger
    started_by_id: UUID | None
    started_at: datetime
    locale: str
    request: Mapping[str, Any]
    cursor: Mapping[str, Any]
    conclusion: Sentence | None = None
    _told_at: float = field(default=0.0, init=False)

    @classmethod
    def of(cls, row: Record) -> "Run":
        """The run of an operation as it stands in the log."""
        return cls(
            operation_id=row["id"],
            organization_id=row["organization_id"],
            kind=OperationKind(row["kind"]),
            trigger=Trigger(row["trigger"]),
            started_by_id=row["started_by_id"],
            started_at=row["started_at"],
            locale=row["locale"],
            request=orjson.loads(row["request"]),
            cursor=orjson.loads(row["cursor"]),
        )

    async def advance(
        self,
        *,
        done: int | None = None,
        total: int | None = None,
        cursor: Mapping[str, Any] | None = None,
        counts: Mapping[str, int] | None = None,
        entries: Sequence[Entry] = (),
    ) -> None:
        """Say how far it has come, in the unit of work that has brought it there.

        ``done`` of ``total``: rows or bytes from the beginning; ``cursor`` takes the place of the
        former; ``counts`` are added up by name (each has its title ``count.NAME`` in the
        catalogues); ``entries`` are numbered and kept, as many as the setting allows, and all are
        counted. What is None stays. OperationCancelled, which takes the block back, if somebody
        wants it to stop.
        """
        async with unit_of_work():
            goes_on = await queries.advance(
                self.operation_id,
                done=done,
                total=total,
                cursor=cursor,
                counts=counts or {},
                entries=entries,
                kept=settings_of(IntegrationSettings).operation_entries,
                now=clock.now(),
            )
            if not goes_on:
                raise OperationCancelled
            if monotonic() - self._told_at >= TELL_SECONDS:
                self._told_at = monotonic()
                live.touch(operation_topic(self.operation_id))

    def fail(self, entry: Entry) -> NoReturn:
        """Stop here: the operation is FAILED, with this entry as its last and its message.

        It leaves a surrounding unit of work, which is taken back. Code that does not know of the
        run raises ``OperationFailed(entry)``.
        """
        raise OperationFailed(entry)

    def conclude(self, code: str, **facts: object) -> None:
        """Say what came of it, if it comes to its end: the message instead of the usual one."""
        self.conclusion = Sentence(code, facts)

    async def keep(self, content: IO[bytes] | Path, *, name: str, media_type: str) -> UUID:
        """Keep a file that belongs to the operation and goes with it; its id."""
        return await keep_file(
            self.operation_id, self.organization_id, content, name=name, media_type=media_type
        )


@asynccontextmanager
async def running(operation_id: UUID) -> AsyncIterator[Run | None]:
    """The operation runs while the block does; None if it is over, or somebody has cancelled it.

    To be entered outside of a unit of work; nothing of the actor's comes after the block.
    """
    run = await _begun(operation_id)
    if run is None:
        yield None
        return
    try:
        yield run
    except OperationFailed as failure:
        await end(operation_id, OperationStatus.FAILED, last=failure.entry)
    except OperationCancelled:
        await end(operation_id, OperationStatus.CANCELLED)
    except Exception as error:
        if _may_pass(error):
            raise
        log.exception("operations.failed", operation=str(operation_id), kind=run.kind.value)
        await end(operation_id, OperationStatus.FAILED, last=_unforeseen(run.kind.direction))
    else:
        await end(operation_id, None, conclusion=run.conclusion)


async def _begun(operation_id: UUID) -> Run | None:
    async with unit_of_work():
        row = await queries.begin(operation_id, now=clock.now())
        if row is not None:
            live.touch(operation_topic(operation_id))
    if row is None:
        return None
    if row["cancel_requested_at"] is not None:
        await end(operation_id, OperationStatus.CANCELLED)
        return None
    return Run.of(row)


def _may_pass(error: Exception) -> bool:
    return isinstance(error, _PASSING) or isinstance(error.__cause__, _PASSING)


def _unforeseen(direction: Direction) -> Entry:
    code = "E301" if direction is Direction.IMPORT else "E302"
    return Entry(severity=EntrySeverity.ERROR, code=code)
