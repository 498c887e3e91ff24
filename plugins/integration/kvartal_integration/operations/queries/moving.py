"""What moves an operation on: one statement a step, each a no-op where another was faster."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, execute, fetch_one
from kvartal.db.sql import Args
from kvartal_integration.operations.rules import (
    Entry,
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Sentence,
    Trigger,
)
from kvartal_integration.operations.sources import visible
from kvartal_integration.operations.wording import packed, packed_sentence

__all__ = [
    "advance",
    "begin",
    "finish",
    "hold_unfinished",
    "insert_operation",
    "operation_for_cancelling",
    "request_cancel",
]


async def insert_operation(
    operation_id: UUID,
    *,
    organization_id: UUID,
    kind: OperationKind,
    trigger: Trigger,
    started_by_id: UUID | None,
    locale: str,
    request: Mapping[str, Any],
    now: datetime,
) -> UUID | None:
    """A new operation that waits; none if the organization has such an exchange under way."""
    row = await fetch_one(
        "INSERT INTO integration_operation (id, organization_id, kind, direction, status, trigger,"
        " started_by_id, locale, request, cursor, counts, done, errors, warnings, created_at,"
        " updated_at) VALUES ($1, $2, $3, $4, 'QUEUED', $5, $6, $7, $8::jsonb, '{}', '{}', 0, 0, 0,"
        " $9, $9) ON CONFLICT (organization_id, direction)"
        " WHERE kind IN ('XML_IMPORT', 'XML_EXPORT') AND status IN ('QUEUED', 'RUNNING')"
        " DO NOTHING RETURNING id",
        operation_id,
        organization_id,
        kind,
        kind.direction,
        trigger,
        started_by_id,
        locale,
        _json(request),
        now,
    )
    return row["id"] if row else None


async def begin(operation_id: UUID, *, now: datetime) -> Record | None:
    """Let an operation run, or run on; none if it is over."""
    return await fetch_one(
        "UPDATE integration_operation SET status = 'RUNNING', updated_at = $2,"
        " started_at = coalesce(started_at, $2)"
        " WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')"
        " RETURNING id, organization_id, kind, trigger, started_by_id, started_at, locale, request,"
        " cursor, cancel_requested_at",
        operation_id,
        now,
    )


_SUMMED = """
(SELECT coalesce(jsonb_object_agg(summed.name, summed.value), '{}') FROM (
    SELECT both_of.name, sum(both_of.value::int) AS value FROM (
        SELECT * FROM jsonb_each_text(o.counts) UNION ALL SELECT * FROM jsonb_each_text($6::jsonb)
    ) AS both_of(name, value) GROUP BY both_of.name) AS summed)"""

# The rows of the log are numbered by what the operation counted before: locked, so that none of
# two writers takes a number twice.
_KEPT = """
INSERT INTO integration_operation_entry (id, organization_id, operation_id, number, severity, code,
    facts, file, line, account, meter, created_at, updated_at)
SELECT kvartal_uuid7(), moved.organization_id, moved.id, moved.told + e.place, e.severity, e.code,
    e.facts, e.file, e.line, e.account, e.meter, {now}, {now}
FROM moved, ROWS FROM (jsonb_to_recordset({entries}::jsonb) AS (severity text, code text,
    facts jsonb, file text, line int, account text, meter text)) WITH ORDINALITY
    AS e(severity, code, facts, file, line, account, meter, place)"""

_ADVANCE = f"""
WITH moved AS (
    UPDATE integration_operation o SET
        done = coalesce($2, o.done), total = coalesce($3, o.total),
        cursor = coalesce($4::jsonb, o.cursor), counts = {_SUMMED},
        errors = o.errors + $7, warnings = o.warnings + $8, updated_at = $5
    WHERE o.id = $1 AND o.status = 'RUNNING'
    RETURNING o.id, o.organization_id, o.cancel_requested_at,
        o.errors + o.warnings - $7 - $8 AS told
), kept AS ({_KEPT.format(now="$5::timestamptz", entries="$9")} WHERE moved.told + e.place <= $10)
SELECT cancel_requested_at FROM moved
"""  # noqa: S608 -- made of constants


async def advance(
    operation_id: UUID,
    *,
    done: int | None,
    total: int | None,
    cursor: Mapping[str, Any] | None,
    counts: Mapping[str, int],
    entries: Sequence[Entry],
    kept: int,
    now: datetime,
) -> bool:
    """Write down how far a running operation has come; whether it may go on.

    Of its entries the first ``kept`` are, all are counted.
    """
    errors = sum(each.severity is EntrySeverity.ERROR for each in entries)
    row = await fetch_one(
        _ADVANCE,
        operation_id,
        done,
        total,
        None if cursor is None else _json(cursor),
        now,
        _json(counts),
        errors,
        len(entries) - errors,
        _rows(entries),
        kept,
    )
    return row is not None and row["cancel_requested_at"] is None


async def hold_unfinished(operation_id: UUID) -> Record | None:
    """An operation that is not over, held, with what it has counted."""
    return await fetch_one(
        "SELECT errors, warnings FROM integration_operation"
        " WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') FOR UPDATE",
        operation_id,
    )


_FINISH = f"""
WITH moved AS (
    UPDATE integration_operation o SET status = $2, message = $4::jsonb, finished_at = $3,
        updated_at = $3, errors = o.errors + $5, warnings = o.warnings + $6
    WHERE o.id = $1
    RETURNING o.id, o.organization_id, o.errors + o.warnings - $5 - $6 AS told
) {_KEPT.format(now="$3::timestamptz", entries="$7")}
"""  # noqa: S608 -- made of constants


async def finish(
    operation_id: UUID,
    status: OperationStatus,
    message: Sentence,
    *,
    last: Entry | None,
    now: datetime,
) -> None:
    """End an operation that is held, with its last entry, which is kept in any case."""
    is_error = last is not None and last.severity is EntrySeverity.ERROR
    await execute(
        _FINISH,
        operation_id,
        status,
        now,
        _json(packed_sentence(message)),
        int(is_error),
        int(last is not None and not is_error),
        _rows([last] if last else []),
    )


async def operation_for_cancelling(actor: Actor, operation_id: UUID) -> Record | None:
    """An operation that the actor sees, held."""
    args = Args()
    return await fetch_one(
        "SELECT o.organization_id, o.status, o.cancel_requested_at FROM integration_operation o"  # noqa: S608 -- constants
        f" WHERE o.id = {args.add(operation_id)} AND {visible(actor, args)} FOR UPDATE",
        *args,
    )


async def request_cancel(operation_id: UUID, *, now: datetime) -> None:
    """Have a running operation told to stop."""
    await execute(
        "UPDATE integration_operation SET cancel_requested_at = $2, updated_at = $2 WHERE id = $1",
        operation_id,
        now,
    )


def _rows(entries: Sequence[Entry]) -> str:
    return _json(
        [
            {
                "severity": each.severity,
                "code": each.code,
                "facts": packed(each.facts),
                "file": each.file,
                "line": each.line,
                "account": each.account,
                "meter": each.meter,
            }
            for each in entries
        ]
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
