"""Where a list of readings grows from: the few places or meters whose newest are all it can show.

Each root has its readings in the order of the list; a scope of many roots is walked as a whole.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import fetch
from kvartal.db.sql import Args, literal_limit
from kvartal_meters.meters.queries import visible
from kvartal_meters.meters.queries.searching import few_meters
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries.filtering import ReadingFilter, equal, of_place, words_of

__all__ = ["Roots", "roots_of"]

FEW_BUILDINGS = 100

_MINE = (
    "FROM kvartal_resident me JOIN kvartal_residency home"
    " ON home.resident_id = me.id AND home.organization_id = me.organization_id"
    " JOIN kvartal_premise flat ON flat.id = home.premise_id WHERE me.user_id = "
)


@dataclass(frozen=True, slots=True)
class Roots:
    """What the readings of a list are found by: a column's values, or the resident's own places.

    No ``ids`` means that there is nothing to be found.
    """

    column: str = ""
    ids: Sequence[UUID] = ()
    resident: UUID | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the list has no rows, for certain."""
        return self.resident is None and not self.ids

    def branches(self, args: Args) -> list[tuple[str, str]]:
        """The selects of roots, each with the condition that ties a reading ``r`` to one."""
        if self.resident is None:
            parent = f"SELECT unnest({args.array(self.ids)}) AS id"
            return [(parent, f"r.{self.column} = parent.id")]
        user = args.add(self.resident)
        return [
            (f"SELECT DISTINCT flat.id {_MINE}{user}", "r.premise_id = parent.id"),
            (
                f"SELECT DISTINCT flat.organization_id, flat.building_id AS id {_MINE}{user}",
                "r.organization_id = parent.organization_id AND r.building_id = parent.id"
                f" AND r.scope = '{MeterScope.COLLECTIVE}'",
            ),
        ]


async def roots_of(actor: Actor, where: ReadingFilter) -> Roots | None:
    """The roots of a list; none if it is to be walked in its order, as a whole."""
    if where.words:
        meters = await _meters(actor, where)
        return None if meters is None else Roots("meter_id", meters)
    if where.building_id or where.premise_id:
        return None
    if actor.is_resident:
        return Roots(resident=actor.user_id)
    if where.quarter_id or where.group_id or not _is_whole(actor):
        buildings = await _buildings(actor, where)
        return Roots("building_id", buildings) if len(buildings) <= FEW_BUILDINGS else None
    # lint-skip: tenant-filter -- it chooses where to begin, visible_to chooses the rows
    organizations = [each.organization_id for each in actor.memberships]
    if len(organizations) > 1 and where.organization_id is None:
        return Roots("organization_id", organizations)
    return None


def _is_whole(actor: Actor) -> bool:
    # lint-skip: tenant-filter -- as above
    return all(each.all_buildings for each in actor.memberships if SUBMIT.code in each.permissions)


async def _meters(actor: Actor, where: ReadingFilter) -> list[UUID] | None:
    """The meters that a search finds, if they are few."""
    args = Args()
    conditions = [
        visible(actor, args, permission=SUBMIT),
        *of_place(args, where, "m"),
        *words_of(args, where),
    ]
    return await few_meters(args, conditions)


async def _buildings(actor: Actor, where: ReadingFilter) -> list[UUID]:
    """The buildings of the quarter and the group that the actor works with; one more than few."""
    args = Args()
    conditions = [
        visible_to(
            actor, args, organization="b.organization_id", building="b.id", permission=SUBMIT
        ),
        *equal(
            args,
            [("b.organization_id", where.organization_id), ("b.quarter_id", where.quarter_id)],
        ),
    ]
    if where.group_id is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM kvartal_building_group_member gm"
            f" WHERE gm.building_id = b.id AND gm.group_id = {args.add(where.group_id)})"
        )
    rows = await fetch(
        f"SELECT b.id FROM kvartal_building b WHERE {' AND '.join(conditions)}"
        f" LIMIT {literal_limit(FEW_BUILDINGS + 1)}",
        *args,
    )
    return [row["id"] for row in rows]
