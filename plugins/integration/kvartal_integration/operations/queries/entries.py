"""What operations have to say of single rows."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args, literal_limit
from kvartal_integration.operations.rules import EntrySeverity
from kvartal_integration.operations.sources import ENTRY, ENTRY_ORDER, OPERATION, visible

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = ["count_entries", "entries_by_ids", "entries_of", "kept_entries"]

_SELECT = f"SELECT {ENTRY.columns('e')}, {ENTRY_ORDER.selected} FROM {ENTRY.source('e')}"
_COUNT_LIMIT = 1001  # the connection tells no more


async def entries_of(
    operations: Sequence[UUID], severity: EntrySeverity | None, page: "Page"
) -> dict[UUID, list[Record]]:
    """The same page of the entries of each operation; who asks has seen the operations."""
    args = Args()
    ids = args.array(operations)
    conditions = [
        *_conditions(args, severity),
        ENTRY_ORDER.after(args, page.key, backward=page.backward),
    ]
    rows = await fetch(
        f"SELECT p.* FROM unnest({ids}) AS o(id) CROSS JOIN LATERAL ("
        f"{_SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {ENTRY_ORDER.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}"
        f") p ORDER BY p.operation_id, {ENTRY_ORDER.order(backward=page.backward, page='p')}",
        *args,
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["operation_id"], []).append(row)
    return found


async def entries_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The entries with these ids of the operations that the actor sees."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} JOIN {OPERATION.table} o ON o.id = e.operation_id"
        " AND o.organization_id = e.organization_id"
        f" WHERE e.id = ANY({args.array(ids)}) AND {visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def count_entries(
    operations: Sequence[UUID], severity: EntrySeverity | None
) -> dict[UUID, int]:
    """How many entries are kept of each operation, as far as they are counted."""
    args = Args()
    ids = args.array(operations)
    rows = await fetch(
        f"SELECT o.id, (SELECT count(*) FROM (SELECT 1 FROM {ENTRY.source('e')}"
        f" WHERE {' AND '.join(_conditions(args, severity))}"
        f" LIMIT {literal_limit(_COUNT_LIMIT)}) limited) AS found"
        f" FROM unnest({ids}) AS o(id)",
        *args,
    )
    return {row["id"]: row["found"] for row in rows}


async def kept_entries(operation_id: UUID) -> list[Record]:
    """All entries that are kept of an operation, as it has come upon them."""
    return await fetch(
        f"{_SELECT} WHERE e.operation_id = $1 ORDER BY {ENTRY_ORDER.order()}", operation_id
    )


def _conditions(args: Args, severity: EntrySeverity | None) -> list[str]:
    conditions = ["e.operation_id = o.id"]
    if severity is not None:
        conditions.append(f"e.severity = {args.add(severity)}")
    return conditions
