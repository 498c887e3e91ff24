"""Names that residents have given to meters: each is read and written by its owner alone."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import execute, fetch, fetch_one
from kvartal.db.models import uuid7
from kvartal.db.sql import Args
from kvartal_meters.meters.queries import visible

__all__ = ["delete_name", "hold_meter", "names_of", "write_name"]


async def names_of(actor: Actor, meters: Sequence[UUID]) -> dict[UUID, str]:
    """The names that a resident has given to these meters; nobody else has any."""
    if not actor.is_resident:
        return {}
    rows = await fetch(
        "SELECT n.meter_id, n.name FROM meters_name n"
        " WHERE n.user_id = $1 AND n.meter_id = ANY($2::uuid[])",
        actor.user_id,
        list(meters),
    )
    return {row["meter_id"]: row["name"] for row in rows}


async def hold_meter(actor: Actor, meter_id: UUID) -> bool:
    """Keep a meter that the actor sees from being deleted; whether there is one."""
    args = Args()
    row = await fetch_one(
        f"SELECT m.id FROM meters_meter m WHERE m.id = {args.add(meter_id)}"
        f" AND {visible(actor, args)} FOR KEY SHARE OF m",
        *args,
    )
    return row is not None


async def write_name(user_id: UUID, meter_id: UUID, name: str, *, now: datetime) -> None:
    """Call a meter so from now on."""
    await execute(
        """
        INSERT INTO meters_name (id, organization_id, user_id, meter_id, name, created_at,
            updated_at)
        SELECT $1, m.organization_id, $2, m.id, $4, $5, $5 FROM meters_meter m WHERE m.id = $3
        ON CONFLICT (user_id, meter_id) DO UPDATE
            SET name = excluded.name, updated_at = excluded.updated_at
        """,
        uuid7(),
        user_id,
        meter_id,
        name,
        now,
    )


async def delete_name(user_id: UUID, meter_id: UUID) -> None:
    """Call a meter as everybody does again."""
    await execute("DELETE FROM meters_name WHERE user_id = $1 AND meter_id = $2", user_id, meter_id)
