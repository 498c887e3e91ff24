"""Questions about services and orders."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.models import uuid7
from kvartal.db.sql import Args, literal_limit
from kvartal.graphql.paging import COUNT_LIMIT
from kvartal.housing.sources import PREMISES
from kvartal.permissions import SERVICE_ORDER
from kvartal.services.rules import ServiceOrderStatus
from kvartal.services.sources import ORDERS, SERVICES

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "OrderFilter",
    "count_orders",
    "home_of_order",
    "insert_order",
    "live_services",
    "lives_in",
    "open_order_of",
    "orders_page",
    "placed_order",
    "services_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders are asked for."""

    organization_id: UUID | None = None
    building_id: UUID | None = None
    premise_id: UUID | None = None
    service_id: UUID | None = None
    statuses: tuple[ServiceOrderStatus, ...] = ()


async def services_of(
    actor: Actor, *, organization_id: UUID | None, premise_id: UUID | None, archived: bool
) -> list[Record]:
    """The services that the actor sees, by title: of an organization, or of a premise's."""
    args = Args()
    conditions = [SERVICES.visible(actor, args, None)]
    if not archived:
        conditions.append(SERVICES.live)
    if organization_id is not None:
        conditions.append(f"s.organization_id = {args.add(organization_id)}")
    if premise_id is not None:
        conditions.append(
            "s.organization_id IN (SELECT p.organization_id FROM kvartal_premise p"
            f" WHERE p.id = {args.add(premise_id)} AND {PREMISES.visible(actor, args, None)})"
        )
    return await fetch(
        f"SELECT {SERVICES.select} FROM {SERVICES.tables} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {SERVICES.order.order()}",
        *args,
    )


async def live_services(organization_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those of the services that are the organization's and not in the archive."""
    rows = await fetch(
        "SELECT id FROM kvartal_service WHERE organization_id = $1 AND id = ANY($2::uuid[])"
        " AND archived_at IS NULL",
        organization_id,
        list(ids),
    )
    return {row["id"] for row in rows}


async def orders_page(actor: Actor, where: OrderFilter, page: "Page") -> list[Record]:
    """A page of orders, newest first."""
    args = Args()
    conditions = [
        *_conditions(actor, args, where),
        ORDERS.order.after(args, page.key, backward=page.backward),
    ]
    return await fetch(
        f"SELECT {ORDERS.select} FROM {ORDERS.tables} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {ORDERS.order.order(backward=page.backward)}"
        f" LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def count_orders(actor: Actor, where: OrderFilter) -> int:
    """How many orders the list has, up to ``COUNT_LIMIT``."""
    args = Args()
    conditions = " AND ".join(_conditions(actor, args, where))
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM kvartal_service_order so"
        f" WHERE {conditions} LIMIT {literal_limit(COUNT_LIMIT)}) limited",
        *args,
    )
    assert row is not None
    return int(row["found"])


async def home_of_order(actor: Actor, premise_id: UUID) -> Record | None:
    """The premise that an actor may order for, and the resident that they are there."""
    args = Args()
    seen = PREMISES.visible(actor, args, SERVICE_ORDER)
    return await fetch_one(
        f"""
        SELECT p.organization_id, p.building_id, p.archived_at, (
            SELECT r.id FROM kvartal_residency h JOIN kvartal_resident r ON r.id = h.resident_id
            WHERE h.premise_id = p.id AND r.user_id = {args.add(actor.user_id)}::uuid LIMIT 1
        ) AS resident_id
        FROM kvartal_premise p WHERE p.id = {args.add(premise_id)} AND {seen}
        """,
        *args,
    )


async def lives_in(resident_id: UUID, premise_id: UUID) -> bool:
    """Whether a resident lives in a premise."""
    row = await fetch_one(
        "SELECT 1 FROM kvartal_residency WHERE resident_id = $1 AND premise_id = $2",
        resident_id,
        premise_id,
    )
    return row is not None


async def insert_order(
    facts: Mapping[str, object], comment: str | None, *, now: datetime
) -> UUID | None:
    """A new order with these columns; none if the object has an open one of the service."""
    names = ", ".join(facts)
    places = ", ".join(f"${number}" for number in range(4, len(facts) + 4))
    row = await fetch_one(
        "INSERT INTO kvartal_service_order"
        f" (id, comment, created_at, updated_at, status, version, {names})"
        f" VALUES ($1, $2, $3, $3, 'NEW', 1, {places})"
        " ON CONFLICT (organization_id, service_id, source_kind, source_id)"
        " WHERE source_id IS NOT NULL AND status IN ('NEW', 'IN_PROGRESS') DO NOTHING"
        " RETURNING id",
        uuid7(),
        comment,
        now,
        *facts.values(),
    )
    return row["id"] if row else None


async def open_order_of(facts: Mapping[str, object]) -> UUID:
    """The open order of a service for an object, which is there."""
    [row] = await fetch(
        "SELECT id FROM kvartal_service_order WHERE service_id = $1 AND source_kind = $2"
        " AND source_id = $3 AND status IN ('NEW', 'IN_PROGRESS')",
        facts["service_id"],
        facts["source_kind"],
        facts["source_id"],
    )
    found: UUID = row["id"]
    return found


async def placed_order(order_id: UUID) -> Record:
    """An order for whoever has just placed it: staff may order without seeing others' orders."""
    [row] = await fetch(f"SELECT {ORDERS.select} FROM {ORDERS.tables} WHERE so.id = $1", order_id)
    return row


def _conditions(actor: Actor, args: Args, where: OrderFilter) -> list[str]:
    conditions = [ORDERS.visible(actor, args, None)]
    for column in ("organization_id", "building_id", "premise_id", "service_id"):
        value = getattr(where, column)
        if value is not None:
            conditions.append(f"so.{column} = {args.add(value)}")
    if where.statuses:
        statuses = [each.value for each in where.statuses]
        conditions.append(f"so.status = ANY({args.add(statuses)}::text[])")
    return conditions
