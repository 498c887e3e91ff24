"""Where the rows of readings come from: one SELECT fills a reading with its meter and its place."""

from datetime import date
from uuid import UUID

from kvartal.db.sql import Keyset, RowShape, instant
from kvartal_meters.meters.sources import METER, meter_columns, meter_joins

__all__ = [
    "BY_MONTH",
    "BY_SUBMISSION",
    "BY_SUBMISSION_OLDEST_FIRST",
    "BY_UPDATE",
    "READING",
    "reading_columns",
    "reading_joins",
]

READING = RowShape(
    "meters_reading",
    (
        "id",
        "organization_id",
        "meter_id",
        "resident_id",
        "submitted_by_id",
        "billing_month",
        "taken_on",
        "submitted_at",
        "author_kind",
        "channel",
        "t1",
        "t2",
        "t3",
        "previous_t1",
        "previous_t2",
        "previous_t3",
        "consumption",
        "transformation_ratio",
        "needs_review",
        "version",
        "updated_at",
    ),
)

BY_MONTH = Keyset({"r.billing_month": date.fromisoformat, "r.id": UUID}, descending=True)
BY_SUBMISSION = Keyset({"r.submitted_at": instant, "r.id": UUID}, descending=True)
BY_SUBMISSION_OLDEST_FIRST = Keyset({"r.submitted_at": instant, "r.id": UUID})
BY_UPDATE = Keyset({"r.updated_at": instant, "r.id": UUID})


def reading_columns(alias: str, *, meter: str) -> str:
    """The select list of the reading ``alias`` and, prefixed ``meter_``, of its meter."""
    return f"{READING.columns(alias)}, {meter_columns(meter, 'meter_')}"


def reading_joins(alias: str, *, meter: str) -> str:
    """The joins of the reading ``alias``, which stands in the FROM list already, to its meter."""
    return f"JOIN {METER.table} {meter} ON {meter}.id = {alias}.meter_id {meter_joins(meter)}"
