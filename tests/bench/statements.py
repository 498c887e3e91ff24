"""The statements that are measured by themselves: the list's own, and one that submits by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import orjson

from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, fetch
from kvartal.graphql.paging import Page
from kvartal_meters.readings.queries import listing
from kvartal_meters.readings.queries.filtering import ReadingFilter

__all__ = ["SUBMIT", "Plan", "Statement", "lean", "list_statement", "plan_of"]

SUBMIT = """
WITH meter AS (
    SELECT m.*, r.t1 AS old_t1, r.t2 AS old_t2 FROM meters_meter m
    LEFT JOIN meters_reading r ON r.id = m.latest_reading_id
    WHERE m.id = $1 AND $2 >= coalesce(r.t1, m.initial_t1, 0) FOR NO KEY UPDATE OF m
), saved AS (
    INSERT INTO meters_reading (id, created_at, updated_at, version, scope, resource_kind,
        billing_month, taken_on, submitted_at, author_kind, channel, t1, t2, previous_t1,
        previous_t2, consumption, needs_review, building_id, meter_id, organization_id, premise_id)
    SELECT $5, $4, $4, 1, scope, resource_kind, date_trunc('month', $4::timestamptz), $4::date, $4,
        'RESIDENT', 'RESIDENT_APP', $2, $3, old_t1, old_t2,
        $2 - old_t1 + coalesce($3 - old_t2, 0), false, building_id, id, organization_id, premise_id
    FROM meter RETURNING *
), revised AS (
    INSERT INTO meters_reading_revision (id, created_at, updated_at, author_kind, channel, new_t1,
        new_t2, organization_id, reading_id)
    SELECT kvartal_uuid7(), $4, $4, 'RESIDENT', 'RESIDENT_APP', t1, t2, organization_id, id
    FROM saved
), announced AS (
    INSERT INTO kvartal_event (id, created_at, updated_at, name, payload)
    SELECT kvartal_uuid7(), $4, $4, 'meters.reading_accepted',
        jsonb_build_object('reading_id', id, 'meter_id', meter_id) FROM saved
), latest AS (
    UPDATE meters_meter m SET latest_reading_id = s.id, latest_month = s.billing_month,
        latest_submitted_at = $4
    FROM saved s WHERE m.id = s.meter_id
)
SELECT id, billing_month, version, consumption, t1, t2, previous_t1, previous_t2 FROM saved
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its parameters."""

    text: str
    args: Sequence[Any]


async def list_statement(
    actor: Actor, page: Page, where: ReadingFilter | None = None
) -> Statement | None:
    """The statement behind a page of the list; None if nothing is asked of the readings."""
    sent: list[Statement] = []

    async def note(text: str, *args: Any) -> list[Record]:
        sent.append(Statement(text, args))
        return []

    chosen = await listing.selection(actor, where or ReadingFilter())
    with patch.object(listing, "fetch", note):
        await listing.page_of_readings(actor, chosen, page)
    return sent[-1] if sent else None


def lean(statement: Statement) -> Statement:
    """The list's statement with the columns alone that the measured page shows."""
    _, found, rest = statement.text.partition(" FROM (")
    picked, order = rest[: rest.index(") AS r JOIN")], rest[rest.rindex(" ORDER BY") :]
    return Statement(f"{_LEAN_COLUMNS}{found}{picked}) AS r {_LEAN_JOINS}{order}", statement.args)


_LEAN_COLUMNS = """
SELECT r.id, r.billing_month, r.taken_on, r.submitted_at, r.channel, r.author_kind, r.consumption,
    r.needs_review, r.version, m.type AS meter_type, m.identifier AS meter_identifier,
    m.serial_number AS meter_serial_number, m.status AS meter_status,
    b.address AS meter_building_address, p.id AS meter_premise_id,
    p.number AS meter_premise_number, a.id AS meter_account_id, a.number AS meter_account_number
"""
_LEAN_JOINS = """
JOIN meters_meter m ON m.id = r.meter_id
JOIN kvartal_building b ON b.id = m.building_id
LEFT JOIN kvartal_premise p ON p.id = m.premise_id
LEFT JOIN kvartal_account a ON a.id = m.account_id
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How PostgreSQL did a statement: blocks that it looked at, milliseconds that it took."""

    buffers: int
    milliseconds: float


async def plan_of(statement: Statement) -> Plan:
    """The plan of the statement's third execution: all that it needs is cached by then."""
    for _ in range(3):
        [row] = await fetch(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}", *statement.args
        )
    [explained] = orjson.loads(row["QUERY PLAN"])
    top = explained["Plan"]
    return Plan(top["Shared Hit Blocks"] + top["Shared Read Blocks"], explained["Execution Time"])
