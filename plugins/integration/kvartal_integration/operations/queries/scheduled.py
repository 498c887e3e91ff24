"""The operations of schedules: many at once, each time of a schedule once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kvartal.db.connection import fetch
from kvartal_integration.operations.rules import (
    OperationKind,
    OperationStatus,
    Sentence,
)
from kvartal_integration.operations.wording import packed_sentence

__all__ = ["DueOperation", "insert_left_out", "insert_scheduled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOperation:
    """An operation that a schedule asks for; its ``id`` is the same whoever finds it due."""

    id: UUID
    organization_id: UUID
    request: Mapping[str, Any]


_INSERT = """
INSERT INTO integration_operation (id, organization_id, kind, direction, status, trigger, locale,
    request, cursor, counts, message, done, errors, warnings, created_at, updated_at, finished_at)
SELECT d.id, d.organization_id, $4, $5, $6, 'SCHEDULE', 'ru', d.request::jsonb, '{}', '{}',
    $7::jsonb, 0, 0, 0, $8, $8, $9
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS d(id, organization_id, request)
ON CONFLICT DO NOTHING RETURNING id"""


async def insert_scheduled(
    kind: OperationKind, due: Sequence[DueOperation], *, now: datetime
) -> list[UUID]:
    """Those that are new and wait now: neither there already, nor while another one runs."""
    return await _insert(kind, due, OperationStatus.QUEUED, None, now=now, finished_at=None)


async def insert_left_out(
    kind: OperationKind, due: Sequence[DueOperation], message: Sentence, *, now: datetime
) -> list[UUID]:
    """Those that are new, as cancelled before they began."""
    status = OperationStatus.CANCELLED
    return await _insert(kind, due, status, message, now=now, finished_at=now)


async def _insert(
    kind: OperationKind,
    due: Sequence[DueOperation],
    status: OperationStatus,
    message: Sentence | None,
    *,
    now: datetime,
    finished_at: datetime | None,
) -> list[UUID]:
    rows = await fetch(
        _INSERT,
        [each.id for each in due],
        [each.organization_id for each in due],
        [orjson.dumps(each.request).decode() for each in due],
        kind,
        kind.direction,
        status,
        orjson.dumps(packed_sentence(message)).decode() if message else None,
        now,
        finished_at,
    )
    return [row["id"] for row in rows]
