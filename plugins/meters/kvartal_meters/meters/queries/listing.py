"""The lists of meters: the CRM's with its filters and search, and a building's own."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.settled import settled_until
from kvartal.db.sql import Args, Keyset, literal_limit
from kvartal.graphql.paging import COUNT_LIMIT, Page
from kvartal_meters.meters.queries.filtering import MeterFilter, conditions_of
from kvartal_meters.meters.queries.rows import visible
from kvartal_meters.meters.queries.searching import few_meters, found_by
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.sources import (
    BY_AGE,
    BY_RESOURCE,
    BY_UPDATE,
    METER,
    meter_columns,
    meter_joins,
)

__all__ = [
    "OfBuilding",
    "Selection",
    "count",
    "counts_of_buildings",
    "page_of_meters",
    "pages_of_buildings",
    "selection",
]

_FILLED = f"SELECT {meter_columns('m')}"
_JOINS = meter_joins("m")


@dataclass(frozen=True, slots=True)
class Selection:
    """The meters of a list: the filter, and those that its search has found, if they are few."""

    where: MeterFilter
    found: Sequence[UUID] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it has no rows, for certain."""
        return self.found is not None and not self.found


@dataclass(frozen=True, slots=True)
class OfBuilding:
    """Which of a building's meters are listed."""

    scope: MeterScope | None
    archived: bool

    def conditions(self, actor: Actor, args: Args) -> list[str]:
        """As conditions on the meter ``m`` of the building ``parent``."""
        where = MeterFilter(scope=self.scope, archived=self.archived)
        return ["m.building_id = parent.id", visible(actor, args), *conditions_of(args, where)]


async def selection(actor: Actor, where: MeterFilter) -> Selection:
    """The filter with its search done; the page and the count share what was found."""
    if not where.words:
        return Selection(where)
    args = Args()
    conditions = [*_conditions(actor, args, where), *found_by(args, where.words)]
    return Selection(where, await few_meters(args, conditions))


async def page_of_meters(
    actor: Actor, chosen: Selection, page: Page, order: Keyset = BY_AGE
) -> list[Record]:
    """A page of the list in one statement: first its meters are picked, then they are filled.

    In the order of changes it ends where a meter that is being saved may yet come in between.
    """
    if chosen.is_empty:
        return []
    if order is BY_UPDATE:
        until = await settled_until()
        chosen = replace(chosen, where=replace(chosen.where, updated_before=until))
    args = Args()
    picked = _page(args, page, order, _selected(actor, args, chosen))
    return await fetch(
        f"{_FILLED}, {order.selected} FROM ({picked}) AS m {_JOINS}"
        f" ORDER BY {order.order(backward=page.backward)}",
        *args,
    )


async def count(actor: Actor, chosen: Selection) -> int:
    """How many rows the list has; exact up to a thousand, then 1001."""
    if chosen.is_empty:
        return 0
    args = Args()
    row = await fetch_one(
        f"SELECT count(*) AS found FROM ({_counted(_selected(actor, args, chosen))}) AS limited",
        *args,
    )
    assert row is not None
    return int(row["found"])


async def pages_of_buildings(
    actor: Actor, buildings: Sequence[UUID], listed: OfBuilding, page: Page
) -> Mapping[UUID, list[Record]]:
    """The same page of each building's meters, by resource."""
    args = Args()
    parents = args.array(buildings)
    picked = _page(args, page, BY_RESOURCE, listed.conditions(actor, args))
    rows = await fetch(
        f"{_FILLED}, {BY_RESOURCE.selected} FROM ("
        f"SELECT m.* FROM unnest({parents}) AS parent(id)"
        f" CROSS JOIN LATERAL ({picked}) AS m) AS m {_JOINS}"
        f" ORDER BY {BY_RESOURCE.order(backward=page.backward)}",
        *args,
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["building_id"], []).append(row)
    return found


async def counts_of_buildings(
    actor: Actor, buildings: Sequence[UUID], listed: OfBuilding
) -> Mapping[UUID, int]:
    """How many meters each building lists, up to ``COUNT_LIMIT``."""
    args = Args()
    parents = args.array(buildings)
    rows = await fetch(
        "SELECT parent.id, (SELECT count(*) FROM"
        f" ({_counted(listed.conditions(actor, args))}) limited) AS found"
        f" FROM unnest({parents}) AS parent(id)",
        *args,
    )
    return {row["id"]: row["found"] for row in rows}


def _selected(actor: Actor, args: Args, chosen: Selection) -> list[str]:
    conditions = _conditions(actor, args, chosen.where)
    if chosen.found is not None:
        return [*conditions, f"m.id = ANY({args.array(chosen.found)})"]
    return [*conditions, *found_by(args, chosen.where.words)]


def _conditions(actor: Actor, args: Args, where: MeterFilter) -> list[str]:
    seen = visible_to_staff(actor, args, organization="m.organization_id", building="m.building_id")
    return [seen, *conditions_of(args, where)]


def _page(args: Args, page: Page, order: Keyset, conditions: Sequence[str]) -> str:
    beyond = order.after(args, page.key, backward=page.backward)
    return (
        f"SELECT m.* FROM {METER.table} m WHERE {' AND '.join([*conditions, beyond])}"
        f" ORDER BY {order.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}"
    )


def _counted(conditions: Sequence[str]) -> str:
    return (
        f"SELECT 1 FROM {METER.table} m WHERE {' AND '.join(conditions)}"
        f" LIMIT {literal_limit(COUNT_LIMIT)}"
    )
