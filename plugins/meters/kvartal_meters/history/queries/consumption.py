"""What was consumed by month: of meters one by one, and summed up over premises and houses."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal_meters.catalog.rules import CATALOG, ResourceKind, types_of
from kvartal_meters.history.queries.expected import is_shared_out
from kvartal_meters.history.rules import MonthRange
from kvartal_meters.meters.queries import visible
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT

__all__ = ["HouseFilter", "of_houses", "of_meters", "of_premises"]

_VALUES = (
    "h.billing_month, h.consumption, h.transformation_ratio, h.t1, h.t2, h.t3,"
    " h.previous_t1, h.previous_t2, h.previous_t3"
)
_OF_METER = (
    f"SELECT {_VALUES} FROM meters_reading h"
    " WHERE h.organization_id = m.organization_id AND h.meter_id = m.id AND h.billing_month"
)
# The reading's own scope first: of a room's alone the meter is asked.
_COUNTED_ONCE = (
    f"(r.scope <> '{MeterScope.ROOM}' OR NOT EXISTS (SELECT 1 FROM meters_meter room"
    f" WHERE room.id = r.meter_id AND {is_shared_out('room', 'r.billing_month')}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseFilter:
    """Whose collective meters (ОДПУ) are summed up; all that is given must hold."""

    resource_kind: ResourceKind
    organization_id: UUID | None = None
    group_id: UUID | None = None
    quarter_id: UUID | None = None
    building_ids: tuple[UUID, ...] | None = None


async def of_meters(
    actor: Actor, meters: Sequence[UUID], months: MonthRange, *, with_replaced: bool
) -> list[Record]:
    """The readings of the months, and the one before and after them: by meter, then by month.

    ``with_replaced``: those of the meters that each took the place of too, the oldest meter first.
    """
    args = Args()
    first, last = args.add(months.first.first_day), args.add(months.last.first_day)
    older = (
        " UNION SELECT chain.root_id, newer.replaces_id"
        " FROM chain JOIN meters_meter newer ON newer.id = chain.id"
        " WHERE newer.replaces_id IS NOT NULL"
        if with_replaced
        else ""
    )
    return await fetch(
        "WITH RECURSIVE chain(root_id, id) AS ("
        f" SELECT asked.id, asked.id FROM unnest({args.add(list(meters))}::uuid[]) AS asked(id)"
        f"{older})"
        " SELECT chain.root_id, m.id AS meter_id, m.type, m.commissioned_on,"
        " m.int_digits AS meter_int_digits, r.*"
        " FROM chain JOIN meters_meter m ON m.id = chain.id CROSS JOIN LATERAL ("
        f"({_OF_METER} < {first} ORDER BY h.billing_month DESC LIMIT 1)"
        f" UNION ALL ({_OF_METER} BETWEEN {first} AND {last})"
        f" UNION ALL ({_OF_METER} > {last} ORDER BY h.billing_month LIMIT 1)) AS r"
        f" WHERE {visible(actor, args, permission=SUBMIT)}"
        " ORDER BY m.created_at, m.id, r.billing_month",
        *args,
    )


async def of_premises(
    actor: Actor, premises: Sequence[UUID], kind: ResourceKind, months: MonthRange
) -> list[Record]:
    """Sums of a resource by premise, month and unit, archived meters included.

    What rooms' meters only divide is in the sum once.
    """
    args = Args()
    seen = visible_to(
        actor,
        args,
        organization="p.organization_id",
        building="p.building_id",
        premise="p.id",
        permission=SUBMIT,
    )
    return await fetch(
        f"SELECT p.id AS premise_id, r.billing_month, {_type_of(kind)} AS type,"
        " sum(r.consumption) AS consumption, count(*) AS readings"
        " FROM kvartal_premise p JOIN meters_reading r"
        " ON r.premise_id = p.id AND r.organization_id = p.organization_id"
        f" WHERE p.id = ANY({args.add(list(premises))}::uuid[]) AND {seen}"
        f" AND {_within(args, kind, months)} AND {_COUNTED_ONCE} GROUP BY 1, 2, 3",
        *args,
    )


async def of_houses(actor: Actor, where: HouseFilter, months: MonthRange) -> list[Record]:
    """Sums of the collective meters (ОДПУ) that the actor sees, by month and unit."""
    args = Args()
    # Not as any reading is seen: a resident's own ones would have the planner look at all houses.
    seen = visible_to(
        actor,
        args,
        organization="r.organization_id",
        building="r.building_id",
        permission=SUBMIT,
    )
    conditions = [
        f"r.scope = '{MeterScope.COLLECTIVE}'",
        seen,
        _within(args, where.resource_kind, months),
        *_of_houses(args, where),
    ]
    return await fetch(
        f"SELECT r.billing_month, {_type_of(where.resource_kind)} AS type,"
        " sum(r.consumption) AS consumption, count(*) AS readings"
        f" FROM meters_reading r WHERE {' AND '.join(conditions)} GROUP BY 1, 2",
        *args,
    )


def _type_of(kind: ResourceKind) -> str:
    """A type that tells the unit of the reading ``r``; the meter is asked only if several may.

    Row by row: joined, it would have the planner gather all meters that there are.
    """
    types = types_of(kind)
    if len({CATALOG[each].unit for each in types}) == 1:
        return f"'{types[0]}'"
    return "(SELECT m.type FROM meters_meter m WHERE m.id = r.meter_id)"


def _within(args: Args, kind: ResourceKind, months: MonthRange) -> str:
    first, last = args.add(months.first.first_day), args.add(months.last.first_day)
    return (
        f"r.resource_kind = {args.add(kind.value)} AND r.billing_month BETWEEN {first} AND {last}"
    )


def _of_houses(args: Args, where: HouseFilter) -> list[str]:
    found = []
    if where.organization_id is not None:
        found.append(f"r.organization_id = {args.add(where.organization_id)}")
    if where.building_ids is not None:
        found.append(f"r.building_id = ANY({args.add(list(where.building_ids))}::uuid[])")
    if where.quarter_id is not None:
        found.append(
            "r.building_id = ANY(ARRAY(SELECT b.id FROM kvartal_building b"
            f" WHERE b.quarter_id = {args.add(where.quarter_id)}))"
        )
    if where.group_id is not None:
        found.append(
            "r.building_id = ANY(ARRAY(SELECT gm.building_id FROM kvartal_building_group_member gm"
            f" WHERE gm.group_id = {args.add(where.group_id)}))"
        )
    return found
