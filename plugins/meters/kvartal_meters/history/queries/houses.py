"""What a house's own meters (ОДПУ) are, and how they compare with those of its premises."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.api import Actor, visible_to, visible_to_staff
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.history.queries.expected import is_shared_out, takes_readings
from kvartal_meters.history.rules import MonthRange
from kvartal_meters.meters.queries import visible
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.meters.sources import METER, meter_columns, meter_joins
from kvartal_meters.permissions import SUBMIT

__all__ = ["balance_of_buildings", "collective_meters"]


async def collective_meters(actor: Actor, buildings: Sequence[UUID]) -> list[Record]:
    """The collective meters in service, with the time of their last update for who may see it."""
    args = Args()
    reads = visible_to(
        actor,
        args,
        organization="m.organization_id",
        building="m.building_id",
        permission=SUBMIT,
    )
    return await fetch(
        f"SELECT {meter_columns('m')},"
        f" CASE WHEN {reads} THEN m.latest_submitted_at END AS last_updated_at"
        f" FROM {METER.table} m {meter_joins('m')}"
        f" WHERE m.building_id = ANY({args.add(list(buildings))}::uuid[])"
        f" AND m.scope = '{MeterScope.COLLECTIVE}' AND m.status <> '{MeterStatus.ARCHIVED}'"
        f" AND {visible(actor, args)} ORDER BY m.type, m.identifier, m.id",
        *args,
    )


async def balance_of_buildings(
    actor: Actor, buildings: Sequence[UUID], kind: ResourceKind, months: MonthRange
) -> list[Record]:
    """Sums by building, month, meter type and side, with the meters read and expected.

    Expected are those that were read, and those that were to be. A building that the actor sees
    has rows even without a meter: their type is none.
    """
    args = Args()
    seen = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=SUBMIT
    )
    first, last = args.add(months.first.first_day), args.add(months.last.first_day)
    starts = [month.first_day for month in months.months]
    ends = [month.last_day for month in months.months]
    is_collective = f"m.scope = '{MeterScope.COLLECTIVE}'"
    return await fetch(
        f"""
        SELECT b.id AS building_id, read.first_day, m.type, {is_collective} AS is_collective,
            sum(read.consumption) AS consumption, count(read.id) AS read,
            count(*) FILTER (WHERE read.id IS NOT NULL
                OR {takes_readings("m", "s", "b.timezone", "read.last_day")}) AS expected
        FROM kvartal_building b
        LEFT JOIN meters_meter m ON m.building_id = b.id
            AND m.organization_id = b.organization_id AND m.resource_kind = {args.add(kind.value)}
        LEFT JOIN meters_resource_settings s
            ON s.building_id = b.id AND s.resource_kind = m.resource_kind
        LEFT JOIN LATERAL (
            SELECT month.*, h.id, h.consumption
            FROM unnest({args.add(starts)}::date[], {args.add(ends)}::date[])
                AS month(first_day, last_day)
            LEFT JOIN (
                SELECT r.id, r.billing_month, r.consumption FROM meters_reading r
                WHERE r.organization_id = m.organization_id AND r.meter_id = m.id
                    AND r.billing_month BETWEEN {first} AND {last}
                OFFSET 0 -- else the planner looks a meter's readings through for each month anew
            ) h ON h.billing_month = month.first_day
        ) read ON m.id IS NOT NULL
        WHERE b.id = ANY({args.add(list(buildings))}::uuid[]) AND {seen}
            AND (m.id IS NULL OR NOT {is_shared_out("m", "read.first_day")})
        GROUP BY b.id, read.first_day, m.type, {is_collective}
        """,
        *args,
    )
