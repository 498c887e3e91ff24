"""The statements behind submitting and correcting: load all that the rules ask, write."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from kvartal.db.connection import Record, execute, fetch
from kvartal.db.sql import literal_limit, plain_array, unsized
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.policy.rules import DEFAULT_FACTOR
from kvartal_meters.readings.rules import Values
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.sources import reading_columns, reading_joins
from kvartal_meters.readings.stored import STORED_COLUMNS, StoredReadings
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays

__all__ = [
    "FollowingRow",
    "ReadingRow",
    "facts_between",
    "meter_facts",
    "settings_values",
    "write_following",
    "write_readings",
]

# Enough for the average's lookback of twelve months before a reading that a day of this month
# may still belong to, and one more to count the oldest gap from.
HISTORY = 16

_SHOWN = f"""SELECT {reading_columns("r", meter="shown")}
        FROM saved r {reading_joins("r", meter="shown")}"""  # noqa: S608 -- made of constants
_NOT_SHOWN = "SELECT WHERE FALSE"


class ReadingRow(NamedTuple):
    """A reading to be written, new or over the month's own (``replaces``).

    ``resident_id``: on whose behalf staff save it; a resident saves for themselves. None leaves
    the one whose it was.
    """

    id: UUID
    meter_id: UUID
    billing_month: YearMonth
    taken_on: date
    values: Values
    previous: Values | None
    consumption: Decimal | None
    needs_review: bool
    replaces: Values | None
    resident_id: UUID | None = None


class FollowingRow(NamedTuple):
    """What the reading after a saved one is now compared with."""

    id: UUID
    previous: Values
    consumption: Decimal | None


async def meter_facts(
    meter_ids: Sequence[UUID], *, up_to: YearMonth | None = None
) -> dict[UUID, MeterFacts]:
    """The meters with their settings and latest readings, or those around the month ``up_to``."""
    return await facts_between(dict.fromkeys(meter_ids, (up_to, up_to)))


async def facts_between(
    months: Mapping[UUID, tuple[YearMonth | None, YearMonth | None]], history: int = HISTORY
) -> dict[UUID, MeterFacts]:
    """The meters with the readings from before the first to after the last month in question.

    None twice is the latest one. ``history``: how many readings up to the first month.
    """
    rows = await fetch(
        f"""
        SELECT m.id, m.organization_id, m.building_id, m.premise_id, m.type, m.scope, m.status,
            m.commissioned_on, m.int_digits, m.transformation_ratio,
            m.initial_t1, m.initial_t2, m.initial_t3, b.timezone, o.billing_month_shift,
            coalesce(b.archived_at, p.archived_at) IS NOT NULL AS place_archived,
            s.id AS settings_id, s.active, s.start_day, s.end_day, s.fractions_allowed,
            s.accepts_expired, threshold.factor AS anomaly_factor, r.*
        FROM unnest({unsized("$1::text::uuid[]")}, $2::text::date[], $3::text::date[])
            AS asked(id, since, until)
        JOIN meters_meter m ON m.id = asked.id
        JOIN kvartal_building b ON b.id = m.building_id
        JOIN kvartal_organization o ON o.id = m.organization_id
        LEFT JOIN kvartal_premise p ON p.id = m.premise_id
        LEFT JOIN meters_resource_settings s
            ON s.building_id = m.building_id AND s.resource_kind = m.resource_kind
        LEFT JOIN meters_anomaly_threshold threshold
            ON threshold.organization_id = m.organization_id
            AND threshold.resource_kind = m.resource_kind
        LEFT JOIN LATERAL (
            SELECT {STORED_COLUMNS}
            FROM (
                (SELECT * FROM meters_reading
                    WHERE organization_id = m.organization_id AND meter_id = m.id
                    AND billing_month <= coalesce(asked.since, 'infinity')
                    ORDER BY billing_month DESC LIMIT {literal_limit(history)})
                UNION ALL
                (SELECT * FROM meters_reading
                    WHERE organization_id = m.organization_id AND meter_id = m.id
                    AND billing_month > asked.since AND billing_month <= asked.until)
                UNION ALL
                (SELECT * FROM meters_reading
                    WHERE organization_id = m.organization_id AND meter_id = m.id
                    AND billing_month > asked.until ORDER BY billing_month LIMIT 1)
                ORDER BY billing_month DESC
            ) h
        ) r ON true
        """,  # noqa: S608 -- only a constant is put in
        plain_array(months),
        plain_array(f"{since}-01" if since else None for since, _ in months.values()),
        plain_array(f"{until}-01" if until else None for _, until in months.values()),
    )
    return {row["id"]: _facts(row) for row in rows}


async def write_readings(
    rows: Sequence[ReadingRow],
    *,
    by: AuthorKind,
    user_id: UUID | None,
    channel: str,
    now: datetime,
    shown: bool = False,
) -> dict[UUID, Record]:
    """Write readings, their revisions and the latest reading on the meters, in one statement.

    A new one takes the ratio of its meter, which is locked; one that is there keeps its own.
    ``shown``: the readings as lists have them, by id; who may submit them sees them.
    """
    written = await fetch(
        f"""
        WITH input AS (
            SELECT * FROM unnest({unsized("$1::text::uuid[]")}, $2::text::uuid[],
                $3::text::date[], $4::text::date[],
                $5::text::numeric[], $6::text::numeric[], $7::text::numeric[],
                $8::text::numeric[], $9::text::numeric[], $10::text::numeric[],
                $11::text::numeric[], $12::text::bool[],
                $13::text::numeric[], $14::text::numeric[], $15::text::numeric[], $16::text::uuid[])
            AS i(id, meter_id, billing_month, taken_on, t1, t2, t3,
                previous_t1, previous_t2, previous_t3, consumption, needs_review,
                old_t1, old_t2, old_t3, resident_id)
        ), saved AS (
            INSERT INTO meters_reading AS r (id, organization_id, building_id, premise_id, meter_id,
                scope, resource_kind, billing_month, taken_on, submitted_at, submitted_by_id,
                resident_id, author_kind, channel, t1, t2, t3,
                previous_t1, previous_t2, previous_t3, consumption, transformation_ratio,
                needs_review, version, created_at, updated_at)
            SELECT i.id, m.organization_id, m.building_id, m.premise_id, m.id,
                m.scope, m.resource_kind, i.billing_month, i.taken_on, $17, $18,
                CASE $19::text WHEN 'RESIDENT' THEN me.id ELSE i.resident_id END,
                $19, $20, i.t1, i.t2, i.t3,
                i.previous_t1, i.previous_t2, i.previous_t3, i.consumption, m.transformation_ratio,
                i.needs_review, 1, $17, $17
            FROM input i JOIN meters_meter m ON m.id = i.meter_id
            LEFT JOIN LATERAL (
                SELECT kr.id FROM kvartal_resident kr JOIN kvartal_residency home
                    ON home.resident_id = kr.id AND home.organization_id = kr.organization_id
                WHERE kr.user_id = $18 AND kr.organization_id = m.organization_id
                    AND home.premise_id = m.premise_id
                ORDER BY kr.id LIMIT 1
            ) me ON $19::text = 'RESIDENT'
            ON CONFLICT (organization_id, meter_id, billing_month) DO UPDATE SET
                taken_on = excluded.taken_on, submitted_at = excluded.submitted_at,
                submitted_by_id = excluded.submitted_by_id,
                resident_id = coalesce(excluded.resident_id, r.resident_id),
                author_kind = excluded.author_kind,
                channel = excluded.channel, t1 = excluded.t1, t2 = excluded.t2, t3 = excluded.t3,
                previous_t1 = excluded.previous_t1, previous_t2 = excluded.previous_t2,
                previous_t3 = excluded.previous_t3, consumption = excluded.consumption,
                needs_review = excluded.needs_review, version = r.version + 1,
                updated_at = excluded.updated_at
            RETURNING r.*
        ), revised AS (
            INSERT INTO meters_reading_revision (id, organization_id, reading_id, changed_by_id,
                author_kind, channel, old_t1, old_t2, old_t3, new_t1, new_t2, new_t3,
                created_at, updated_at)
            SELECT kvartal_uuid7(), s.organization_id, s.id, $18, $19, $20,
                i.old_t1, i.old_t2, i.old_t3, s.t1, s.t2, s.t3, $17, $17
            FROM saved s JOIN input i ON i.id = s.id
        ), latest AS (
            UPDATE meters_meter m SET latest_reading_id = i.id, latest_month = i.billing_month,
                latest_submitted_at = $17
            FROM (SELECT DISTINCT ON (meter_id) meter_id, id, billing_month FROM input
                ORDER BY meter_id, billing_month DESC) i
            WHERE m.id = i.meter_id
                AND (m.latest_month IS NULL OR i.billing_month >= m.latest_month)
        )
        {_SHOWN if shown else _NOT_SHOWN}
        """,  # noqa: S608 -- only constants are put in
        *_columns(rows),
        now,
        user_id,
        by.value,
        channel,
    )
    return {row["id"]: row for row in written}


async def write_following(rows: Sequence[FollowingRow], *, now: datetime) -> None:
    """Rewrite what the next readings are compared with, after earlier ones were saved."""
    ids = [row.id for row in rows]
    previous = [_three(row.previous) for row in rows]
    await execute(
        """
        UPDATE meters_reading r SET previous_t1 = i.t1, previous_t2 = i.t2, previous_t3 = i.t3,
            consumption = i.consumption, version = r.version + 1, updated_at = $6
        FROM unnest($1::uuid[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[])
            AS i(id, t1, t2, t3, consumption)
        WHERE r.id = i.id
        """,
        ids,
        *(list(column) for column in zip(*previous, strict=True)),
        [row.consumption for row in rows],
        now,
    )


def _columns(rows: Sequence[ReadingRow]) -> list[object]:
    return [
        plain_array(row.id for row in rows),
        plain_array(row.meter_id for row in rows),
        plain_array(f"{row.billing_month}-01" for row in rows),
        plain_array(row.taken_on for row in rows),
        *_registers(row.values for row in rows),
        *_registers(row.previous for row in rows),
        plain_array(row.consumption for row in rows),
        plain_array(row.needs_review for row in rows),
        *_registers(row.replaces for row in rows),
        plain_array(row.resident_id for row in rows),
    ]


def _registers(values: Iterable[Values | None]) -> list[str]:
    """A column for each register."""
    return [plain_array(column) for column in zip(*map(_three, values), strict=True)]


def _three(values: Values | None) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    padded = (*(values or ()), None, None, None)
    return padded[0], padded[1], padded[2]


def _facts(row: Record) -> MeterFacts:
    kind = MeterType(row["type"])
    registers = len(CATALOG[kind].registers)
    initial = (row["initial_t1"], row["initial_t2"], row["initial_t3"])
    return MeterFacts(
        id=row["id"],
        organization_id=row["organization_id"],
        building_id=row["building_id"],
        premise_id=row["premise_id"],
        type=kind,
        scope=MeterScope(row["scope"]),
        status=MeterStatus(row["status"]),
        commissioned_on=row["commissioned_on"],
        int_digits=row["int_digits"],
        ratio=row["transformation_ratio"],
        initial=_values(initial, registers),
        timezone=row["timezone"],
        shift=row["billing_month_shift"],
        place_archived=row["place_archived"],
        settings=settings_values(row),
        anomaly_factor=row["anomaly_factor"] or DEFAULT_FACTOR,
        readings=StoredReadings(row, registers),
    )


def settings_values(row: Record) -> SettingsValues:
    """The resource's settings on the building; the defaults, all off, where there are none."""
    if row["settings_id"] is None:
        return SettingsValues()
    start, end = row["start_day"], row["end_day"]
    return SettingsValues(
        active=row["active"],
        window=None if start is None or end is None else WindowDays(start, end),
        fraction=row["fractions_allowed"],
        accept_expired=row["accepts_expired"],
    )


def _values(values: Sequence[Decimal | None], registers: int) -> Values | None:
    known = tuple(value for value in values[:registers] if value is not None)
    return known if len(known) == registers else None
