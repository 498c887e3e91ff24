"""Questions about meters: rows by id and by where they hang."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.sources import METER, meter_columns, meter_joins

__all__ = ["by_ids", "of_buildings", "of_premises", "visible"]

_SELECT = f"SELECT {meter_columns('m')} FROM {METER.table} m {meter_joins('m')}"
# People look for a meter by what it measures and by its place in the list of the last month.
_ORDER = "ORDER BY m.resource_kind, m.type, m.identifier, m.id"


def visible(actor: Actor, args: Args) -> str:
    """The condition that the actor sees the meter ``m``; a house's meters are all its people's."""
    own = visible_to(
        actor,
        args,
        organization="m.organization_id",
        building="m.building_id",
        premise="m.premise_id",
    )
    if not actor.is_resident:
        return own
    house = visible_to(
        actor, args, organization="m.organization_id", building="m.building_id"
    )
    return f"({own} OR (m.scope = '{MeterScope.COLLECTIVE}' AND {house}))"


async def by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The meters with these ids that the actor may see."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE m.id = ANY({args.add(list(ids))}::uuid[]) AND {visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def of_premises(
    actor: Actor, premises: Sequence[UUID], *, archived: bool
) -> Mapping[UUID, list[Record]]:
    """The meters of each premise."""
    return await _grouped(actor, "premise", premises, [], archived=archived)


async def of_buildings(
    actor: Actor, buildings: Sequence[UUID], *, archived: bool
) -> Mapping[UUID, list[Record]]:
    """The collective meters (ОДПУ) of each building."""
    only = [f"m.scope = '{MeterScope.COLLECTIVE}'"]
    return await _grouped(actor, "building", buildings, only, archived=archived)


async def _grouped(
    actor: Actor, parent: str, ids: Sequence[UUID], only: list[str], *, archived: bool
) -> Mapping[UUID, list[Record]]:
    args = Args()
    conditions = [
        f"m.{parent}_id = ANY({args.add(list(ids))}::uuid[])",
        visible(actor, args),
        *only,
        *([] if archived else ["m.status <> 'ARCHIVED'"]),
    ]
    found: dict[UUID, list[Record]] = {}
    for row in await fetch(f"{_SELECT} WHERE {' AND '.join(conditions)} {_ORDER}", *args):
        found.setdefault(row[f"{parent}_id"], []).append(row)
    return found
