"""What the report of an operation tells, and whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson

from kvartal.db.connection import Record, fetch_one
from kvartal_integration.operations.rules import (
    Direction,
    OperationKind,
    OperationStatus,
    Trigger,
)

__all__ = ["Told", "addresses_of", "told_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An operation as its report tells of it."""

    operation_id: UUID
    organization_id: UUID
    organization: str
    timezone: str
    kind: OperationKind
    direction: Direction
    status: OperationStatus
    trigger: Trigger
    started_by_id: UUID | None
    locale: str
    counts: Mapping[str, int]
    message: Mapping[str, Any] | None
    errors: int
    warnings: int
    created_at: datetime

    @classmethod
    def of(cls, row: Record) -> Self:
        """The operation in a record."""
        return cls(
            operation_id=row["id"],
            organization_id=row["organization_id"],
            organization=row["organization_name"],
            timezone=row["timezone"],
            kind=OperationKind(row["kind"]),
            direction=Direction(row["direction"]),
            status=OperationStatus(row["status"]),
            trigger=Trigger(row["trigger"]),
            started_by_id=row["started_by_id"],
            locale=row["locale"],
            counts=orjson.loads(row["counts"]),
            message=orjson.loads(row["message"] or "null"),
            errors=row["errors"],
            warnings=row["warnings"],
            created_at=row["created_at"],
        )


async def told_of(operation_id: UUID) -> Told | None:
    """An operation, whoever may see it; none if it is no more."""
    row = await fetch_one(
        "SELECT o.id, o.organization_id, g.name AS organization_name, g.timezone, o.kind,"
        " o.direction, o.status, o.trigger, o.started_by_id, o.locale, o.counts, o.message,"
        " o.errors, o.warnings, o.created_at FROM integration_operation o"
        " JOIN kvartal_organization g ON g.id = o.organization_id WHERE o.id = $1",
        operation_id,
    )
    return Told.of(row) if row else None


async def addresses_of(organization_id: UUID, direction: Direction) -> list[str]:
    """Who is to be told of an organization's exchange in that direction, by its settings."""
    row = await fetch_one(
        "SELECT emails FROM integration_settings WHERE organization_id = $1 AND direction = $2",
        organization_id,
        direction,
    )
    return list(orjson.loads(row["emails"])) if row else []
