"""What a person's inbox holds."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.sql import Args, literal_limit
from kvartal_notifications.messages.rules import AT_ONCE, InboxState
from kvartal_notifications.messages.sources import NEWEST, NOTIFICATION, visible

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "count_notices",
    "mark_ids_read",
    "mark_until_read",
    "moment_of",
    "notices_by_ids",
    "notices_page",
    "untold",
]

_COUNT_LIMIT = 1001  # the connection tells no more

_SELECT = f"SELECT {NOTIFICATION.columns('n')}, {NEWEST.selected} FROM {NOTIFICATION.source('n')}"


async def notices_page(actor: Actor, page: "Page", *, unread_only: bool) -> list[Record]:
    """A page of the actor's inbox, the newest first."""
    args = Args()
    conditions = [visible(actor, args), NEWEST.after(args, page.key, backward=page.backward)]
    if unread_only:
        conditions.append("n.read_at IS NULL")
    return await fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {NEWEST.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def count_notices(actor: Actor, *, unread_only: bool) -> int:
    """How many notices the inbox holds, as far as they are counted."""
    args = Args()
    unread = " AND n.read_at IS NULL" if unread_only else ""
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT FROM {NOTIFICATION.source('n')}"
        f" WHERE {visible(actor, args)}{unread} LIMIT {literal_limit(_COUNT_LIMIT)}) counted",
        *args,
    )
    assert row is not None
    return int(row["found"])


async def notices_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The notices with these ids in the actor's inbox."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE n.id = ANY({args.add(list(ids))}::uuid[]) AND {visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def moment_of(actor: Actor, notice_id: UUID) -> datetime | None:
    """When a notice of the inbox was written; none if it is not (any more) there."""
    found = await notices_by_ids(actor, [notice_id])
    return found[notice_id]["created_at"] if found else None


async def untold(actor: Actor, state: InboxState) -> list[Record]:
    """What has come since the horizon and is not told yet, the newest first."""
    args = Args()
    return await fetch(
        f"{_SELECT} WHERE {visible(actor, args)} AND n.created_at >= {args.add(state.horizon)}"
        f" AND NOT n.id = ANY({args.add(list(state.told))}::uuid[])"
        f" ORDER BY {NEWEST.order()} LIMIT {literal_limit(AT_ONCE + 1)}",
        *args,
    )


async def mark_ids_read(actor: Actor, ids: Sequence[UUID], *, now: datetime) -> int:
    """Mark these notices of the inbox as read; how many were not."""
    args = Args()
    chosen = f"n.id = ANY({args.add(list(ids))}::uuid[])"
    return await _mark(actor, args, chosen, now)


async def mark_until_read(actor: Actor, until: datetime, *, now: datetime) -> int:
    """Mark the notices of the inbox as read that came no later; how many were not."""
    args = Args()
    return await _mark(actor, args, f"n.created_at <= {args.add(until)}", now)


async def _mark(actor: Actor, args: Args, chosen: str, now: datetime) -> int:
    at = args.add(now)
    # Two browsers that mark the same wait for one another in one order.
    tag = await execute(
        f"UPDATE {NOTIFICATION.table} t SET read_at = {at}, updated_at = {at}"
        f" FROM (SELECT n.id FROM {NOTIFICATION.table} n WHERE {visible(actor, args)} AND {chosen}"
        " AND n.read_at IS NULL ORDER BY n.id FOR NO KEY UPDATE) unread WHERE t.id = unread.id",
        *args,
    )
    return int(tag.removeprefix("UPDATE "))
