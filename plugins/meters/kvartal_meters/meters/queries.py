"""Questions about meters: rows by id and by where they hang."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, execute, fetch
from kvartal.db.sql import Args
from kvartal.plugin import Permission
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.sources import METER, meter_columns, meter_joins

__all__ = [
    "by_ids",
    "leave_moved_accounts",
    "of_buildings",
    "of_premises",
    "refresh_search",
    "visible",
]

_SELECT = f"SELECT {meter_columns('m')} FROM {METER.table} m {meter_joins('m')}"
# People look for a meter by what it measures and by its place in the list of the last month.
_ORDER = "ORDER BY m.resource_kind, m.type, m.identifier, m.id"


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


async def refresh_search(
    *,
    buildings: Sequence[UUID] = (),
    premises: Sequence[UUID] = (),
    accounts: Sequence[UUID] = (),
) -> None:
    """Make the searched text of the meters of these places anew, as ``search_text`` would."""
    await execute(
        r"""
        UPDATE meters_meter m SET search = fresh.search
        FROM (
            SELECT k.id, btrim(regexp_replace(translate(lower(concat_ws(' ', b.address, p.number,
                a.number, k.identifier, k.serial_number)), 'ё,', 'е '), '\s+', ' ', 'g')) AS search
            FROM meters_meter k
            JOIN kvartal_building b ON b.id = k.building_id
            LEFT JOIN kvartal_premise p ON p.id = k.premise_id
            LEFT JOIN kvartal_account a ON a.id = k.account_id
            WHERE k.building_id = ANY($1::uuid[]) OR k.premise_id = ANY($2::uuid[])
                OR k.account_id = ANY($3::uuid[])
        ) fresh
        WHERE m.id = fresh.id AND m.search <> fresh.search
        """,
        list(buildings),
        list(premises),
        list(accounts),
    )


async def leave_moved_accounts(accounts: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Take from these accounts the meters whose premise is not theirs; the meters' premises."""
    rows = await fetch(
        """
        UPDATE meters_meter m SET account_id = NULL, version = m.version + 1, updated_at = $2
        FROM kvartal_account a
        WHERE m.account_id = ANY($1::uuid[]) AND a.id = m.account_id
            AND a.premise_id IS DISTINCT FROM m.premise_id
        RETURNING m.premise_id
        """,
        list(accounts),
        now,
    )
    return [row["premise_id"] for row in rows if row["premise_id"] is not None]


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
