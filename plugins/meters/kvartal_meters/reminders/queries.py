"""The statements behind reminders: premises in chunks, in the order of buildings and premises.

They walk the buildings of a time zone from where the chunk before has ended, and stop when the
chunk is full: no chunk costs more for what the others hold. Which windows are at their edge is
decided by ``rules.windows_at``, and given as pairs of days; tests hold both to the rules.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kvartal.db.connection import Record, fetch
from kvartal.db.sql import literal_limit
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.reminders.rules import EdgeWindow

__all__ = ["at_the_edge", "to_verify"]

_BEGINNING = UUID(int=0)

# The cursor is a premise; a premise that is gone begins anew rather than leave anybody out.
_BEGUN = f"""begun AS MATERIALIZED (
    SELECT coalesce((SELECT building_id FROM kvartal_premise WHERE id = $2), '{_BEGINNING}') AS id
)"""
_BUILDINGS = """b.timezone = $1 AND b.archived_at IS NULL AND b.id >= (SELECT id FROM begun)"""
_BEYOND = "(b.id > (SELECT id FROM begun) OR {premise} > $2)"

# `effective_next_verification`. Without an index of its own: that would save a fifth of a day's
# walk, and be written to whenever a meter is.
_DUE = """coalesce(m.next_verification_on,
    (m.verified_on + make_interval(years => m.verification_interval))::date,
    (m.commissioned_on + make_interval(years => m.verification_interval))::date)"""
# A house's own meter is no premise's, and so is not met at all.
_IN_USE = f"m.status <> '{MeterStatus.ARCHIVED}'"

# The reading's month is asked for only if a later one is the meter's latest. As a value, not by
# EXISTS: that may be answered from a hash of all readings there are.
_UNSENT = """CASE WHEN m.latest_month > edge.month THEN (
    SELECT r.id FROM meters_reading r WHERE r.organization_id = m.organization_id
        AND r.meter_id = m.id AND r.billing_month = edge.month) IS NULL
    ELSE m.latest_month IS DISTINCT FROM edge.month END"""


async def at_the_edge(
    timezone: str, windows: Sequence[EdgeWindow], *, after: UUID | None, limit: int
) -> list[Record]:
    """The premises with an accepting meter of a resource that has one of these windows.

    Per premise three arrays side by side: ``kinds``, ``closes_on``, ``unsent``.
    """
    return await fetch(
        f"""
        WITH {_BEGUN}
        SELECT b.organization_id, b.id AS building_id, p.id AS premise_id, told.*
        FROM kvartal_building b
        JOIN kvartal_organization o ON o.id = b.organization_id
        CROSS JOIN LATERAL (
            SELECT array_agg(s.resource_kind::text) AS kinds,
                array_agg(s.accepts_expired) AS expired, array_agg(w.closes_on) AS closes_on,
                array_agg((w.owner + make_interval(months => o.billing_month_shift))::date)
                    AS months
            FROM meters_resource_settings s
            JOIN unnest($3::smallint[], $4::smallint[], $5::date[], $6::date[])
                AS w(start_day, end_day, closes_on, owner)
                ON w.start_day = s.start_day AND w.end_day = s.end_day
            WHERE s.building_id = b.id AND s.active
            HAVING count(*) > 0
        ) edges
        CROSS JOIN LATERAL (
            -- Sorted, so that it is asked for each building anew.
            SELECT id FROM kvartal_premise
            WHERE building_id = b.id AND archived_at IS NULL
                AND {_BEYOND.format(premise="id")} ORDER BY id
        ) p
        CROSS JOIN LATERAL (
            SELECT array_agg(kind) AS kinds, array_agg(closes_on) AS closes_on,
                array_agg(unsent) AS unsent
            FROM (
                SELECT edge.kind, edge.closes_on, bool_or({_UNSENT}) AS unsent
                FROM unnest(edges.kinds, edges.expired, edges.closes_on, edges.months)
                    AS edge(kind, expired, closes_on, month)
                JOIN meters_meter m ON m.resource_kind = edge.kind AND m.premise_id = p.id
                WHERE {_IN_USE} AND (edge.expired OR m.status <> '{MeterStatus.VERIFICATION}')
                GROUP BY edge.kind, edge.closes_on
            ) resource
            HAVING count(*) > 0
        ) told
        WHERE {_BUILDINGS}
        ORDER BY b.id, p.id LIMIT {literal_limit(limit)}
        """,
        timezone,
        after or _BEGINNING,
        [window.days.start for window in windows],
        [window.days.end for window in windows],
        [window.closes_on for window in windows],
        [window.owner.first_day for window in windows],
    )


async def to_verify(
    timezone: str, first: date, last: date, *, after: UUID | None, limit: int
) -> list[Record]:
    """The premises with a meter whose verification is due on one of the days, both ends included.

    Per premise five arrays side by side: ``meters``, ``kinds``, ``identifiers``, ``serials``,
    ``due``; the first due first.
    """
    return await fetch(
        f"""
        WITH {_BEGUN}
        SELECT b.organization_id, b.id AS building_id, told.*
        FROM kvartal_building b
        CROSS JOIN LATERAL (
            SELECT m.premise_id, array_agg(m.id ORDER BY {_DUE}, m.id) AS meters,
                array_agg(m.resource_kind::text ORDER BY {_DUE}, m.id) AS kinds,
                array_agg(m.identifier::text ORDER BY {_DUE}, m.id) AS identifiers,
                array_agg(m.serial_number::text ORDER BY {_DUE}, m.id) AS serials,
                array_agg({_DUE} ORDER BY {_DUE}, m.id) AS due
            FROM meters_meter m
            JOIN kvartal_premise p ON p.id = m.premise_id AND p.archived_at IS NULL
            WHERE m.building_id = b.id AND {_IN_USE} AND {_DUE} BETWEEN $3 AND $4
                AND {_BEYOND.format(premise="m.premise_id")}
            GROUP BY m.premise_id
        ) told
        WHERE {_BUILDINGS}
        ORDER BY b.id, told.premise_id LIMIT {literal_limit(limit)}
        """,
        timezone,
        after or _BEGINNING,
        first,
        last,
    )
