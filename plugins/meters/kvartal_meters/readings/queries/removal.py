"""The statements that take readings and meters away, and those that close the gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import execute, fetch_one

__all__ = ["Attachments", "attachments_of", "delete_meter", "delete_reading", "succeed"]


@dataclass(frozen=True, slots=True)
class Attachments:
    """What goes with a meter."""

    readings: int
    verification_ids: Sequence[UUID]


async def delete_reading(reading_id: UUID) -> None:
    """Delete a meter's latest reading with its revisions; the one before it is the latest again."""
    await execute(
        """
        WITH gone AS (
            DELETE FROM meters_reading WHERE id = $1 RETURNING id, organization_id, meter_id
        )
        UPDATE meters_meter m SET latest_reading_id = left_over.id,
            latest_month = left_over.billing_month, latest_submitted_at = left_over.submitted_at
        FROM gone LEFT JOIN LATERAL (
            SELECT r.id, r.billing_month, r.submitted_at FROM meters_reading r
            WHERE r.organization_id = gone.organization_id AND r.meter_id = gone.meter_id
                AND r.id <> gone.id
            ORDER BY r.billing_month DESC LIMIT 1
        ) left_over ON true
        WHERE m.id = gone.meter_id
        """,
        reading_id,
    )


async def attachments_of(meter_id: UUID) -> Attachments:
    """How many readings a meter has, and its verifications, which may have files of their own."""
    row = await fetch_one(
        """
        SELECT (SELECT count(*) FROM meters_reading r
                WHERE r.organization_id = m.organization_id AND r.meter_id = m.id) AS readings,
            ARRAY(SELECT v.id FROM meters_verification v
                WHERE v.organization_id = m.organization_id AND v.meter_id = m.id) AS verifications
        FROM meters_meter m WHERE m.id = $1
        """,
        meter_id,
    )
    assert row is not None
    return Attachments(row["readings"], row["verifications"])


async def delete_meter(meter_id: UUID, *, replaces_id: UUID | None, now: datetime) -> UUID | None:
    """Delete a meter, which is locked, and all that hangs on it; who had replaced it, if any.

    That one now replaces what it had replaced; each is replaced by one, so that it has to let go
    of that first.
    """
    if replaces_id is not None:
        await execute("UPDATE meters_meter SET replaces_id = NULL WHERE id = $1", meter_id)
    follower = await _follow(meter_id, replaces_id, now=now)
    await execute("DELETE FROM meters_collective_details WHERE meter_id = $1", meter_id)
    await execute("DELETE FROM meters_meter WHERE id = $1", meter_id)
    return follower


async def succeed(meter_id: UUID, *, replaces_id: UUID, now: datetime) -> UUID | None:
    """Let a new meter follow one that has left, both locked.

    Who followed it before, until it came back from the archive, does so no more: that one, if any.
    """
    follower = await _follow(replaces_id, None, now=now)
    await execute("UPDATE meters_meter SET replaces_id = $2 WHERE id = $1", meter_id, replaces_id)
    return follower


async def _follow(meter_id: UUID, instead: UUID | None, *, now: datetime) -> UUID | None:
    """Have the meter that replaced this one replace another instead, or none."""
    row = await fetch_one(
        "UPDATE meters_meter SET replaces_id = $2, version = version + 1, updated_at = $3"
        " WHERE replaces_id = $1 RETURNING id",
        meter_id,
        instead,
        now,
    )
    return row["id"] if row else None
