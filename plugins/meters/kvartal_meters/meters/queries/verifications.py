"""The verifications that meters have passed (поверки)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kvartal.db.connection import Record, fetch, fetch_one

__all__ = ["of_meters", "verified_already"]


async def of_meters(meters: Sequence[UUID]) -> list[Record]:
    """The verifications of these meters, latest first; who asks sees the meters."""
    return await fetch(
        "SELECT v.id, v.organization_id, v.meter_id, v.verified_on, v.next_verification_on,"
        " v.record_number, v.recorded_by_id, v.created_at FROM meters_verification v"
        " WHERE v.meter_id = ANY($1::uuid[]) ORDER BY v.verified_on DESC, v.id DESC",
        list(meters),
    )


async def verified_already(meter_id: UUID, verified_on: date) -> bool:
    """Whether a verification of that day is recorded."""
    row = await fetch_one(
        "SELECT 1 FROM meters_verification v WHERE v.meter_id = $1 AND v.verified_on = $2",
        meter_id,
        verified_on,
    )
    return row is not None
