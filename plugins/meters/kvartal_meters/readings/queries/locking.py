"""Locking the meters that readings are saved of; the rest is read afterwards, by a new statement.

What a single statement reads beside the row that it had to wait for is as old as its beginning.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import fetch, fetch_one
from kvartal.db.sql import Args
from kvartal.months import YearMonth
from kvartal.plugin import Permission
from kvartal_meters.meters.queries import visible
from kvartal_meters.permissions import SUBMIT

__all__ = [
    "LockedReading",
    "lives_with",
    "lock_meter_of_reading",
    "lock_meters",
]


@dataclass(frozen=True, slots=True)
class LockedReading:
    """A reading by its meter, which is locked, and its month, which never changes.

    ``lacking``: the right that the actor, who sees the meter, does not have in its building.
    """

    meter_id: UUID
    billing_month: YearMonth
    lacking: Permission | None = None


async def lock_meters(actor: Actor, meter_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
    """Lock those of the meters that the actor sees, always in one order; may they submit each."""
    args = Args()
    rows = await fetch(
        f"""
        SELECT m.id, {visible(actor, args, permission=SUBMIT)} AS permitted FROM meters_meter m
        WHERE m.id = ANY({args.array(meter_ids)}) AND {visible(actor, args)}
        ORDER BY m.id FOR NO KEY UPDATE OF m
        """,
        *args,
    )
    return {row["id"]: row["permitted"] for row in rows}


async def lives_with(resident_id: UUID, meter_ids: Sequence[UUID]) -> bool:
    """Whether the resident belongs to the premise of each of the meters, which the actor sees."""
    row = await fetch_one(
        """
        SELECT bool_and(EXISTS (
            SELECT FROM kvartal_residency home
            WHERE home.organization_id = m.organization_id AND home.premise_id = m.premise_id
                AND home.resident_id = $1
        )) AS lives FROM meters_meter m WHERE m.id = ANY($2::uuid[])
        """,
        resident_id,
        list(meter_ids),
    )
    return bool(row and row["lives"])


async def lock_meter_of_reading(
    actor: Actor, reading_id: UUID, *, permission: Permission = SUBMIT
) -> LockedReading | None:
    """Lock the meter, which the actor sees, of a reading: it takes the right to submit as well."""
    args = Args()
    row = await fetch_one(
        f"""
        SELECT r.meter_id, r.billing_month,
            {visible(actor, args, permission=SUBMIT)} AS submits,
            {visible(actor, args, permission=permission)} AS permitted
        FROM meters_reading r JOIN meters_meter m ON m.id = r.meter_id
        WHERE r.id = {args.add(reading_id)} AND {visible(actor, args)}
        FOR NO KEY UPDATE OF m
        """,
        *args,
    )
    if row is None:
        return None
    lacking = SUBMIT if not row["submits"] else None if row["permitted"] else permission
    return LockedReading(row["meter_id"], YearMonth.of(row["billing_month"]), lacking)
