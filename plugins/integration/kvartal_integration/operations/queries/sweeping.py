"""What the sweeps ask: which operations nobody will end, and which have had their time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import fetch

__all__ = ["delete_old", "unfinished"]


async def unfinished() -> list[UUID]:
    """The operations that wait or run, the oldest first."""
    rows = await fetch(
        "SELECT id FROM integration_operation WHERE status IN ('QUEUED', 'RUNNING')"
        " ORDER BY created_at, id LIMIT 1000"
    )
    return [row["id"] for row in rows]


async def delete_old(before: datetime, *, limit: int) -> Sequence[UUID]:
    """Delete operations that were over before then, with their entries; their ids."""
    rows = await fetch(
        "DELETE FROM integration_operation WHERE id = ANY(ARRAY(SELECT id FROM"
        " integration_operation WHERE finished_at < $1 LIMIT $2)) RETURNING id",
        before,
        limit,
    )
    return [row["id"] for row in rows]
