"""The nightly check in SQL, what it has done, and the services that are offered for verification.

The check is that of ``meters.rules.lapsed_verification``; a test compares them.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal.services.api import SERVICES
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.queries import visible
from kvartal_meters.meters.rules import MeterScope, VerificationReason

__all__ = [
    "BUILDINGS",
    "Batch",
    "Lapsed",
    "Place",
    "lapse",
    "lapsed_by_commissioning",
    "meter_to_order_for",
    "services_of",
    "time_zones",
]

BUILDINGS = 50
"""So many buildings are checked in one transaction: no lock waits long for it."""

Place = tuple[UUID, ResourceKind]
"""A building and a resource: what a service of verification is linked to."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The meters of a building that are «На поверке» as of this night by one and the same date."""

    organization_id: UUID
    building_id: UUID
    reason: VerificationReason
    meter_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Batch:
    """The meters of some buildings; the last of these, or none if there were none left."""

    last_building: UUID | None
    lapsed: Sequence[Lapsed]


def _reason(latest_only: str, day: str) -> str:
    """Which date of the meter ``m`` has passed on ``day``; NULL if none."""
    last = "m.verified_on + make_interval(years => m.verification_interval)"
    commissioned = "m.commissioned_on + make_interval(years => m.verification_interval)"
    return f"""CASE
        WHEN m.next_verification_on < {day} THEN 'NEXT'
        WHEN {latest_only} AND m.next_verification_on IS NOT NULL THEN NULL
        WHEN {last} < {day} THEN 'LAST'
        WHEN {latest_only} AND {last} IS NOT NULL THEN NULL
        WHEN {commissioned} < {day} THEN 'COMM'
    END"""


async def time_zones() -> list[str]:
    """The time zones of all buildings."""
    rows = await fetch("SELECT DISTINCT timezone FROM kvartal_building ORDER BY timezone")
    return [row["timezone"] for row in rows]


async def lapse(timezone: str, day: date, *, after: UUID | None, now: datetime) -> Batch:
    """Put the meters «На поверке» whose date has passed: those of the buildings that come next."""
    reason = _reason("coalesce(p.counts_latest_verification, FALSE)", "$2::date")
    rows = await fetch(
        f"""
        WITH place AS MATERIALIZED (
            SELECT id FROM kvartal_building
            WHERE timezone = $1 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT {BUILDINGS}
        ), due AS MATERIALIZED (
            SELECT m.id, {reason} AS reason
            FROM meters_meter m
            LEFT JOIN meters_policy p ON p.organization_id = m.organization_id
            -- As an array: the buildings' index is read, whatever the planner knows of the tables.
            WHERE m.building_id = ANY(ARRAY(SELECT id FROM place))
                AND m.status = 'ACTIVE' AND m.scope <> '{MeterScope.COLLECTIVE}'
                AND {reason} IS NOT NULL
            -- In the order in which whoever submits readings locks them.
            ORDER BY m.id FOR NO KEY UPDATE OF m
        ), lapsed AS (
            UPDATE meters_meter m SET status = 'VERIFICATION', verification_reason = due.reason,
                version = m.version + 1, updated_at = $4
            FROM due WHERE m.id = due.id
            RETURNING m.id, m.organization_id, m.building_id, m.verification_reason
        ), told AS (
            SELECT organization_id, building_id, verification_reason, array_agg(id) AS meter_ids
            FROM lapsed GROUP BY organization_id, building_id, verification_reason
        )
        SELECT (SELECT id FROM place ORDER BY id DESC LIMIT 1) AS last_building, told.*
        FROM (SELECT) one LEFT JOIN told ON TRUE
        """,
        timezone,
        day,
        after,
        now,
    )
    return Batch(
        rows[0]["last_building"],
        [
            Lapsed(
                row["organization_id"],
                row["building_id"],
                VerificationReason(row["verification_reason"]),
                row["meter_ids"],
            )
            for row in rows
            if row["meter_ids"] is not None
        ],
    )


async def lapsed_by_commissioning(
    actor: Actor, organization_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, int]:
    """How many meters of each organization only their commissioning has put «На поверке».

    Another date says that they need not be there: verification counted by the latest date alone
    would have left them in service.
    """
    args = Args()
    day = f"({args.add(now)}::timestamptz AT TIME ZONE b.timezone)::date"
    mine = visible_to_staff(actor, args, organization="m.organization_id", building="m.building_id")
    rows = await fetch(
        f"""
        SELECT m.organization_id, count(*) AS found
        FROM meters_meter m JOIN kvartal_building b ON b.id = m.building_id
        WHERE m.organization_id = ANY({args.add(list(organization_ids))}::uuid[]) AND {mine}
            AND m.status = 'VERIFICATION' AND m.verification_reason = 'COMM'
            AND {_reason("TRUE", day)} IS NULL
        GROUP BY m.organization_id
        """,
        *args,
    )
    return {row["organization_id"]: row["found"] for row in rows}


async def services_of(actor: Actor, places: Sequence[Place]) -> Mapping[Place, Record]:
    """The services linked to the resources of buildings, of those that the actor sees.

    Residents see what they can order, staff an archived one too.
    """
    args = Args()
    buildings = args.add([building for building, _ in places])
    kinds = args.add([kind.value for _, kind in places])
    rows = await fetch(
        f"""
        SELECT {SERVICES.select}, place.building_id, place.resource_kind
        FROM unnest({buildings}::uuid[], {kinds}::text[]) AS place(building_id, resource_kind)
        JOIN meters_resource_settings link ON link.building_id = place.building_id
            AND link.resource_kind = place.resource_kind
        JOIN {SERVICES.tables} ON s.id = link.service_id
        WHERE {SERVICES.visible(actor, args, None)}
        """,
        *args,
    )
    return {(row["building_id"], ResourceKind(row["resource_kind"])): row for row in rows}


async def meter_to_order_for(actor: Actor, meter_id: UUID) -> Record | None:
    """A meter that the actor sees, with the service that can be ordered for it now, if any."""
    args = Args()
    return await fetch_one(
        f"""
        SELECT m.id, m.scope, m.status, m.premise_id, s.id AS service_id
        FROM meters_meter m
        LEFT JOIN meters_resource_settings link
            ON link.organization_id = m.organization_id AND link.building_id = m.building_id
            AND link.resource_kind = m.resource_kind
        LEFT JOIN kvartal_service s
            ON s.id = link.service_id AND s.is_active AND s.archived_at IS NULL
        WHERE m.id = {args.add(meter_id)} AND {visible(actor, args)}
        """,
        *args,
    )
