"""The lists of readings: by id, by meter, and the CRM's list with its filters and search."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args, Keyset, like, literal_limit
from kvartal.graphql.paging import Page
from kvartal.housing.api import search_words
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.readings.sources import (
    BY_MONTH,
    BY_SUBMISSION,
    reading_columns,
    reading_tables,
)

__all__ = ["COUNT_LIMIT", "ReadingFilter", "by_ids", "count", "of_meters", "page_of_readings"]

COUNT_LIMIT = 1001

_COLUMNS = reading_columns("r", meter="m")
_TABLES = reading_tables("r", meter="m")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFilter:
    """Which readings a list shows; days are the organization's, both ends included."""

    scope: MeterScope | None = None
    latest_only: bool = False
    search: str | None = None
    organization_id: UUID | None = None
    group_id: UUID | None = None
    quarter_id: UUID | None = None
    building_id: UUID | None = None
    premise_id: UUID | None = None
    resource_kind: ResourceKind | None = None
    meter_type: MeterType | None = None
    channel: SubmissionChannel | None = None
    needs_review: bool | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    updated_after: datetime | None = None


async def by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The readings with these ids that the actor may see."""
    args = Args()
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM {_TABLES}"
        f" WHERE r.id = ANY({args.add(list(ids))}::uuid[]) AND {_visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def of_meters(
    actor: Actor, meters: Sequence[UUID], page: Page
) -> Mapping[UUID, list[Record]]:
    """The same page of each meter's readings, newest month first."""
    args = Args()
    order = BY_MONTH
    ids = args.add(list(meters))
    rows = await fetch(
        f"SELECT page.* FROM unnest({ids}::uuid[]) AS parent(id) CROSS JOIN LATERAL ("
        f" SELECT {_COLUMNS}, {order.selected} FROM {_TABLES}"
        f" WHERE r.meter_id = parent.id AND {_visible(actor, args)}"
        f" AND {order.after(args, page.key, backward=page.backward)}"
        f" ORDER BY {order.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}"
        f") AS page ORDER BY {order.order(backward=page.backward, page='page')}",
        *args,
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["meter_id"], []).append(row)
    return found


async def page_of_readings(
    actor: Actor, where: ReadingFilter, page: Page, order: Keyset = BY_SUBMISSION
) -> list[Record]:
    """A page of the list in one statement."""
    args = Args()
    conditions = [*_conditions(actor, args, where)]
    conditions.append(order.after(args, page.key, backward=page.backward))
    return await fetch(
        f"SELECT {_COLUMNS}, {order.selected} FROM {_TABLES}"
        f" WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def count(actor: Actor, where: ReadingFilter) -> int:
    """How many rows the list has; exact up to a thousand, then 1001."""
    args = Args()
    conditions = " AND ".join(_conditions(actor, args, where))
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM {_TABLES}"
        f" WHERE {conditions} LIMIT {literal_limit(COUNT_LIMIT)}) limited",
        *args,
    )
    return int(row["found"]) if row else 0


def _visible(actor: Actor, args: Args) -> str:
    condition = visible_to(
        actor,
        args,
        organization="r.organization_id",
        building="r.building_id",
        premise="r.premise_id",
        permission=SUBMIT,
    )
    if not actor.is_resident:
        return condition
    # What the house consumes is shown to all who live in it.
    house = visible_to(
        actor,
        args,
        organization="r.organization_id",
        building="r.building_id",
        permission=SUBMIT,
    )
    return f"({condition} OR (r.scope = '{MeterScope.COLLECTIVE}' AND {house}))"


def _conditions(actor: Actor, args: Args, where: ReadingFilter) -> list[str]:
    found = [_visible(actor, args)]
    if where.latest_only:
        found.append("m.latest_reading_id = r.id")
    for column, value in _equalities(where):
        if value is not None:
            found.append(f"{column} = {args.add(value)}")
    if where.group_id is not None:
        found.append(
            "EXISTS (SELECT 1 FROM kvartal_building_group_member gm"
            f" WHERE gm.building_id = r.building_id AND gm.group_id = {args.add(where.group_id)})"
        )
    if words := search_words(where.search or ""):
        patterns = args.add([f"%{like(word)}%" for word in words])
        found.append(f"m.search LIKE ALL({patterns}::text[])")
    return [*found, *_dates(args, where)]


def _equalities(where: ReadingFilter) -> list[tuple[str, object]]:
    """Closed sets are compared as their values: asyncpg knows no enums of ours."""
    return [
        ("r.organization_id", where.organization_id),
        ("m_building.quarter_id", where.quarter_id),
        ("r.building_id", where.building_id),
        ("r.premise_id", where.premise_id),
        ("r.scope", where.scope and where.scope.value),
        ("r.resource_kind", where.resource_kind and where.resource_kind.value),
        ("m.type", where.meter_type and where.meter_type.value),
        ("r.channel", where.channel and where.channel.value),
        ("r.needs_review", where.needs_review),
    ]


def _dates(args: Args, where: ReadingFilter) -> list[str]:
    found = []
    # A day of the list's filter is a day of the organization (api conventions, Time).
    zone = "(SELECT timezone FROM kvartal_organization WHERE id = r.organization_id)"
    if where.submitted_from is not None:
        start = args.add(datetime.combine(where.submitted_from, time()))
        found.append(f"r.submitted_at >= {start}::timestamp AT TIME ZONE {zone}")
    if where.submitted_to is not None:
        end = args.add(datetime.combine(where.submitted_to + timedelta(days=1), time()))
        found.append(f"r.submitted_at < {end}::timestamp AT TIME ZONE {zone}")
    if where.updated_after is not None:
        found.append(f"r.updated_at > {args.add(where.updated_after)}")
    return found
