"""What changing a meter's card asks: the lock, the rights, the place, and what was read so far."""
# ruff: noqa: S608 -- made of constants; values are parameters

from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.api import Actor, visible_to, visible_to_staff
from kvartal.db.connection import fetch_one
from kvartal.db.sql import Args
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.queries.rows import visible
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.rules.card import ReadSoFar

__all__ = [
    "MeterPlace",
    "hold_account",
    "is_replaced",
    "lock_meter",
    "place_of_meter",
    "place_to_add",
    "read_so_far",
    "resource_is_active",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPlace:
    """Where a meter is or will be, and whether the actor may change the meters there."""

    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    timezone: str
    archived: bool
    permitted: bool

    @property
    def scope(self) -> MeterScope:
        """The kind of meter that belongs there."""
        return MeterScope.INDIVIDUAL if self.premise_id else MeterScope.COLLECTIVE


async def lock_meter(actor: Actor, meter_id: UUID) -> bool | None:
    """Lock a meter that the actor sees: may they change it? None if they do not see it."""
    args = Args()
    organization, building = "m.organization_id", "m.building_id"
    own, house = (
        visible_to_staff(
            actor, args, organization=organization, building=building, permission=permission
        )
        for permission in (PREMISE_EDIT, BUILDING_EDIT)
    )
    row = await fetch_one(
        f"SELECT CASE WHEN m.scope = '{MeterScope.COLLECTIVE}' THEN {house} ELSE {own} END"
        f" AS permitted FROM meters_meter m WHERE m.id = {args.add(meter_id)}"
        f" AND {visible(actor, args)} FOR NO KEY UPDATE OF m",
        *args,
    )
    return row["permitted"] if row else None


async def place_of_meter(meter_id: UUID) -> MeterPlace:
    """Where a meter is that the actor has been let to change."""
    row = await fetch_one(
        """
        SELECT m.organization_id, m.building_id, m.premise_id, b.timezone, true AS permitted,
            b.archived_at IS NOT NULL OR p.archived_at IS NOT NULL AS archived
        FROM meters_meter m JOIN kvartal_building b ON b.id = m.building_id
        LEFT JOIN kvartal_premise p ON p.id = m.premise_id
        WHERE m.id = $1
        """,
        meter_id,
    )
    assert row is not None
    return MeterPlace(**row)


async def place_to_add(actor: Actor, kind: MeterScope, place_id: UUID) -> MeterPlace | None:
    """The premise, or for a house meter the building, if the actor sees it."""
    args = Args()
    is_house = kind is MeterScope.COLLECTIVE
    premise = "NULL::uuid" if is_house else "p.id"
    source = (
        "kvartal_building b"
        if is_house
        else "kvartal_premise p JOIN kvartal_building b ON b.id = p.building_id"
    )
    archived = "b.archived_at IS NOT NULL" + ("" if is_house else " OR p.archived_at IS NOT NULL")
    own = {"organization": "b.organization_id", "building": "b.id"}
    seen = visible_to(actor, args, **own, premise=None if is_house else "p.id")
    permitted = visible_to_staff(
        actor, args, **own, permission=BUILDING_EDIT if is_house else PREMISE_EDIT
    )
    row = await fetch_one(
        f"SELECT b.organization_id, b.id AS building_id, {premise} AS premise_id, b.timezone,"
        f" {archived} AS archived, {permitted} AS permitted FROM {source}"
        f" WHERE {'b' if is_house else 'p'}.id = {args.add(place_id)} AND {seen}",
        *args,
    )
    return MeterPlace(**row) if row else None


async def resource_is_active(place: MeterPlace, kind: ResourceKind) -> bool:
    """Whether the building takes readings of a resource (активен)."""
    row = await fetch_one(
        "SELECT s.active FROM meters_resource_settings s WHERE s.organization_id = $1"
        " AND s.building_id = $2 AND s.resource_kind = $3",
        place.organization_id,
        place.building_id,
        kind.value,
    )
    return bool(row and row["active"])


async def hold_account(premise_id: UUID, account_id: UUID | None) -> UUID | None:
    """The account, or the only one, if it is the premise's; nobody can move it meanwhile."""
    rows = await fetch_one(
        """
        SELECT (array_agg(held.id))[1] AS id, count(*) AS found FROM (
            SELECT a.id FROM kvartal_account a
            WHERE a.premise_id = $1 AND a.archived_at IS NULL AND ($2::uuid IS NULL OR a.id = $2)
            ORDER BY a.id FOR SHARE
        ) held
        """,
        premise_id,
        account_id,
    )
    assert rows is not None
    return rows["id"] if rows["found"] == 1 else None


async def read_so_far(meter_id: UUID) -> ReadSoFar:
    """What the readings of a meter say that its card must agree with."""
    row = await fetch_one(
        """
        SELECT count(*) > 0 AS any, max(greatest(r.t1, r.t2, r.t3)) AS highest,
            coalesce(bool_or(r.t1 < r.previous_t1 OR coalesce(r.t2 < r.previous_t2, false)
                OR coalesce(r.t3 < r.previous_t3, false)), false) AS rolled
        FROM meters_meter m JOIN meters_reading r
            ON r.organization_id = m.organization_id AND r.meter_id = m.id
        WHERE m.id = $1
        """,
        meter_id,
    )
    assert row is not None
    return ReadSoFar(**row)


async def is_replaced(meter_id: UUID) -> bool:
    """Whether another meter that is in use has taken this one's place."""
    row = await fetch_one(
        "SELECT 1 FROM meters_meter m WHERE m.replaces_id = $1 AND m.status <> 'ARCHIVED'",
        meter_id,
    )
    return row is not None
