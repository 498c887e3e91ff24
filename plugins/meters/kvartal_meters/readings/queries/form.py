"""What the form «Внести показания» offers to staff: the buildings that take readings now."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args, like, literal_limit
from kvartal.graphql.paging import COUNT_LIMIT
from kvartal.housing.api import BUILDINGS
from kvartal_meters.permissions import SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.resource_settings.queries.windows import window_is_open

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = ["FormFilter", "buildings_page", "count_buildings"]

_OPEN = (
    "EXISTS (SELECT 1 FROM meters_resource_settings s CROSS JOIN LATERAL"
    " (SELECT ({now}::timestamptz AT TIME ZONE b.timezone)::date AS day) today"
    " WHERE s.organization_id = b.organization_id AND s.building_id = b.id AND s.active"
    f" AND {window_is_open('s', 'today.day')})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFilter:
    """Which buildings are asked for, and when; ``words`` must all be found in the address."""

    now: datetime
    words: Sequence[str] = ()
    organization_id: UUID | None = None


async def buildings_page(actor: Actor, where: FormFilter, page: "Page") -> list[Record]:
    """A page of the buildings that take readings from the actor now, by address.

    Without the privilege those without an open window are left out (domain rules, 6.7).
    """
    args = Args()
    order = BUILDINGS.order
    beyond = order.after(args, page.key, backward=page.backward)
    return await fetch(
        f"SELECT {BUILDINGS.select} FROM {BUILDINGS.tables}"
        f" WHERE {_conditions(actor, args, where)} AND {beyond}"
        f" ORDER BY {order.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def count_buildings(actor: Actor, where: FormFilter) -> int:
    """How many they are; exact up to a thousand, then 1001."""
    args = Args()
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM {BUILDINGS.tables}"
        f" WHERE {_conditions(actor, args, where)} LIMIT {literal_limit(COUNT_LIMIT)}) limited",
        *args,
    )
    return int(row["found"]) if row else 0


def _conditions(actor: Actor, args: Args, where: FormFilter) -> str:
    privileged = BUILDINGS.visible(actor, args, SUBMIT_OUTSIDE_PERIOD)
    conditions = [
        BUILDINGS.visible(actor, args, SUBMIT),
        BUILDINGS.live,
        f"({privileged} OR {_OPEN.format(now=args.add(where.now))})",
    ]
    if where.organization_id:
        conditions.append(f"b.organization_id = {args.add(where.organization_id)}")
    conditions += [
        f"translate(lower(b.address), 'ё', 'е') LIKE {args.add(f'%{like(word)}%')}"
        for word in where.words
    ]
    return " AND ".join(conditions)
