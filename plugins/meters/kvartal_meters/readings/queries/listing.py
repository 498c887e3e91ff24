"""The lists of readings: by id, by meter, and the CRM's list with its filters and search."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.settled import settled_until
from kvartal.db.sql import Args, Keyset, literal_limit
from kvartal.graphql.paging import COUNT_LIMIT, Page
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal_meters.meters.queries import visible
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.sources import METER, METER_OWN, meter_joins
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries.filtering import (
    ReadingFilter,
    conditions_of,
    of_meter,
    of_reading,
)
from kvartal_meters.readings.queries.roots import Roots, roots_of
from kvartal_meters.readings.sources import (
    BY_SUBMISSION,
    BY_UPDATE,
    READING,
    reading_columns,
    reading_joins,
)

__all__ = [
    "Parent",
    "Selection",
    "by_ids",
    "count",
    "of_parents",
    "page_of_readings",
    "selection",
]

Parent = Literal["meter", "premise", "resident"]

_COLUMNS = reading_columns("r", meter="m")
_JOINS = reading_joins("r", meter="m")


@dataclass(frozen=True, slots=True)
class Selection:
    """The readings of a list: the filter, and the roots that it grows from, if they are few."""

    where: ReadingFilter
    roots: Roots | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it has no rows, for certain."""
        return self.roots is not None and self.roots.is_empty


async def selection(actor: Actor, where: ReadingFilter) -> Selection:
    """The filter with its roots found; the page and the count share them."""
    return Selection(where, await roots_of(actor, where))


async def by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The readings with these ids that the actor may see."""
    args = Args()
    seen = _seen_on_cards(actor, args)
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM {READING.table} r {_JOINS}"
        f" WHERE r.id = ANY({args.array(ids)}) AND {seen}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def of_parents(
    actor: Actor, parent: Parent, ids: Sequence[UUID], page: Page, order: Keyset
) -> Mapping[UUID, list[Record]]:
    """The same page of the readings of each meter, premise or resident."""
    args = Args()
    seen = (
        _seen_on_cards(actor, args)
        if parent == "meter"
        else visible(actor, args, alias="r", permission=SUBMIT)
    )
    own = _newest(args, page, order, [f"r.{parent}_id = parent.id", seen])
    rows = await fetch(
        f"SELECT {_COLUMNS}, r.{parent}_id AS parent_id, {order.selected} FROM ("
        f"SELECT r.* FROM unnest({args.array(ids)}) AS parent(id)"
        f" CROSS JOIN LATERAL ({own}) AS r) AS r {_JOINS}"
        f" ORDER BY {order.order(backward=page.backward)}",
        *args,
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["parent_id"], []).append(row)
    return found


async def page_of_readings(
    actor: Actor, chosen: Selection, page: Page, order: Keyset = BY_SUBMISSION
) -> list[Record]:
    """A page of the list in one statement: first its readings are picked, then they are filled.

    In the order of changes it ends where a reading that is being saved may yet come in between.
    """
    if chosen.is_empty:
        return []
    if order is BY_UPDATE:
        until = await settled_until()
        chosen = replace(chosen, where=replace(chosen.where, updated_before=until))
    args = Args()
    asked = of_meter(args, chosen.where) if chosen.roots is None else []
    source = (
        _walked(actor, args, chosen, page, order, asked)
        if asked
        else f"({_picked(actor, args, chosen, page, order)}) AS r {_JOINS}"
    )
    return await fetch(
        f"SELECT {_COLUMNS}, {order.selected} FROM {source}"
        f" ORDER BY {order.order(backward=page.backward)}",
        *args,
    )


async def count(actor: Actor, chosen: Selection) -> int:
    """How many rows the list has; exact up to a thousand, then 1001."""
    if chosen.is_empty:
        return 0
    args = Args()
    conditions = " AND ".join(_conditions(actor, args, chosen))
    sources = [(f"{READING.table} r", conditions)]
    if chosen.roots is not None:
        sources = [
            (f"({parents}) AS parent, {READING.table} r", f"{tied} AND {conditions}")
            for parents, tied in chosen.roots.branches(args)
        ]
    found = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE {where}" for table, where in sources)
    row = await fetch_one(
        "SELECT count(*) AS found FROM"
        f" (SELECT 1 FROM ({found}) AS every LIMIT {literal_limit(COUNT_LIMIT)}) AS limited",
        *args,
    )
    return int(row["found"]) if row else 0


def _seen_on_cards(actor: Actor, args: Args) -> str:
    """Who keeps the cards of meters sees there what they show, without the right to readings."""
    seen = visible(actor, args, alias="r", permission=SUBMIT)
    flats = visible(actor, args, alias="r", permission=PREMISE_EDIT)
    houses = visible(actor, args, alias="r", permission=BUILDING_EDIT)
    is_house = f"r.scope = '{MeterScope.COLLECTIVE}'"
    return f"({seen} OR (NOT {is_house} AND {flats}) OR ({is_house} AND {houses}))"


def _picked(actor: Actor, args: Args, chosen: Selection, page: Page, order: Keyset) -> str:
    """The readings of a page; of several roots, the newest of the newest of each."""
    conditions = _conditions(actor, args, chosen)
    if chosen.roots is None:
        return _newest(args, page, order, conditions)
    branches = " UNION ALL ".join(
        f"SELECT root.* FROM ({parents}) AS parent CROSS JOIN LATERAL"
        f" ({_newest(args, page, order, [tied, *conditions])}) AS root"
        for parents, tied in chosen.roots.branches(args)
    )
    return (
        f"SELECT r.* FROM ({branches}) AS r ORDER BY {order.order(backward=page.backward)}"
        f" LIMIT {literal_limit(page.limit)}"
    )


def _walked(
    actor: Actor, args: Args, chosen: Selection, page: Page, order: Keyset, asked: Sequence[str]
) -> str:
    """The same where each meter on the way is asked something: it is looked up once.

    OFFSET keeps the planner from gathering meters first, before it takes the newest readings.
    """
    found = ", ".join(f"m.{name} AS found_{name}" for name in METER_OWN)
    again = ", ".join(f"r.found_{name} AS {name}" for name in METER_OWN)
    conditions = [visible(actor, args, alias="r", permission=SUBMIT)]
    conditions += of_reading(args, chosen.where)
    meters = (
        f"SELECT {found} FROM {METER.table} m"
        f" WHERE m.id = r.meter_id AND {' AND '.join(asked)} OFFSET 0"
    )
    walked = _newest(args, page, order, conditions, meters=meters)
    return f"({walked}) AS r CROSS JOIN LATERAL (SELECT {again}) AS m {meter_joins('m')}"


def _newest(
    args: Args, page: Page, order: Keyset, conditions: Sequence[str], *, meters: str = ""
) -> str:
    beyond = order.after(args, page.key, backward=page.backward)
    columns, joined = (
        ("r.*, m.*", f" CROSS JOIN LATERAL ({meters}) AS m") if meters else ("r.*", "")
    )
    return (
        f"SELECT {columns} FROM {READING.table} r{joined}"
        f" WHERE {' AND '.join([*conditions, beyond])}"
        f" ORDER BY {order.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}"
    )


def _conditions(actor: Actor, args: Args, chosen: Selection) -> list[str]:
    searched = chosen.roots is not None and bool(chosen.where.words)
    return [
        visible(actor, args, alias="r", permission=SUBMIT),
        *conditions_of(args, chosen.where, searched=searched),
    ]
