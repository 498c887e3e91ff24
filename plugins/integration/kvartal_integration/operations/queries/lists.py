"""The log of operations, and single ones of it."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args, literal_limit
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.operations.sources import OPERATION, OPERATION_ORDER, visible

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "OperationFilter",
    "count_operations",
    "operation_of",
    "operations_by_ids",
    "operations_page",
]

_IS_PREVIEW = "coalesce((o.request ->> 'preview')::bool, false) AS preview"
_SELECT = (
    f"SELECT {OPERATION.columns('o')}, {_IS_PREVIEW}, {OPERATION_ORDER.selected}"
    f" FROM {OPERATION.source('o')}"
)
_COUNT_LIMIT = 1001  # the connection tells no more


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFilter:
    """Which operations of an organization are asked for; the days are of its time zone."""

    organization_id: UUID
    kinds: tuple[OperationKind, ...] = ()
    statuses: tuple[OperationStatus, ...] = ()
    since: date | None = None
    until: date | None = None


async def operations_page(actor: Actor, where: OperationFilter, page: "Page") -> list[Record]:
    """A page of the log, newest first."""
    args = Args()
    conditions = [
        *_conditions(actor, args, where),
        OPERATION_ORDER.after(args, page.key, backward=page.backward),
    ]
    return await fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {OPERATION_ORDER.order(backward=page.backward)}"
        f" LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def count_operations(actor: Actor, where: OperationFilter) -> int:
    """How many operations the list has, as far as it is counted."""
    args = Args()
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM {OPERATION.source('o')}"
        f" WHERE {' AND '.join(_conditions(actor, args, where))}"
        f" LIMIT {literal_limit(_COUNT_LIMIT)}) limited",
        *args,
    )
    assert row is not None
    return int(row["found"])


async def operations_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The operations with these ids that the actor sees."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE o.id = ANY({args.array(ids)}) AND {visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def operation_of(operation_id: UUID) -> Record:
    """An operation that is known to be there, whoever may see it."""
    [row] = await fetch(f"{_SELECT} WHERE o.id = $1", operation_id)
    return row


def _conditions(actor: Actor, args: Args, where: OperationFilter) -> list[str]:
    organization = args.add(where.organization_id)
    conditions = [f"o.organization_id = {organization}", visible(actor, args)]
    if where.kinds:
        conditions.append(f"o.kind = ANY({args.add(list(where.kinds))}::text[])")
    if where.statuses:
        conditions.append(f"o.status = ANY({args.add(list(where.statuses))}::text[])")
    if where.since is not None:
        conditions.append(f"o.created_at >= {_midnight(args, where.since, organization)}")
    if where.until is not None:
        day = f"{args.add(where.until)}::date + 1"
        conditions.append(f"o.created_at < {_starts(day, organization)}")
    return conditions


def _midnight(args: Args, day: date, organization: str) -> str:
    return _starts(f"{args.add(day)}::date", organization)


def _starts(day: str, organization: str) -> str:
    """The instant at which a day begins where the organization is."""
    return (
        f"(({day})::timestamp AT TIME ZONE"
        f" (SELECT z.timezone FROM kvartal_organization z WHERE z.id = {organization}))"
    )
