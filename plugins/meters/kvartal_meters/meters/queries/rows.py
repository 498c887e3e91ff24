"""Meters by id, by premise and by what they replace, each in one statement."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal.plugin import Permission
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.sources import BY_RESOURCE, METER, meter_columns, meter_joins

__all__ = ["by_ids", "of_premises", "replacements_of", "visible"]

_SELECT = f"SELECT {meter_columns('m')} FROM {METER.table} m {meter_joins('m')}"


def visible(
    actor: Actor, args: Args, *, alias: str = "m", permission: Permission | None = None
) -> str:
    """The condition that the actor sees a meter, or a reading, which repeats the meter's place.

    What the house consumes is shown to all who live in it.
    """
    organization, building = f"{alias}.organization_id", f"{alias}.building_id"
    own = visible_to(
        actor,
        args,
        organization=organization,
        building=building,
        premise=f"{alias}.premise_id",
        permission=permission,
    )
    if not actor.is_resident:
        return own
    house = visible_to(
        actor, args, organization=organization, building=building, permission=permission
    )
    return f"({own} OR ({alias}.scope = '{MeterScope.COLLECTIVE}' AND {house}))"


async def by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The meters with these ids that the actor may see."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE m.id = ANY({args.array(ids)}) AND {visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def replacements_of(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The meters that replaced these, as far as the actor may see them."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE m.replaces_id = ANY({args.array(ids)}) AND {visible(actor, args)}",
        *args,
    )
    return {row["replaces_id"]: row for row in rows}


async def of_premises(
    actor: Actor, premises: Sequence[UUID], *, scope: MeterScope | None, archived: bool
) -> Mapping[UUID, list[Record]]:
    """The meters of each premise, by resource."""
    args = Args()
    conditions = [
        f"m.premise_id = ANY({args.array(premises)})",
        visible(actor, args),
        *([f"m.scope = '{scope.value}'"] if scope else []),
        *([] if archived else ["m.status <> 'ARCHIVED'"]),
    ]
    rows = await fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY {BY_RESOURCE.order()}", *args
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["premise_id"], []).append(row)
    return found
