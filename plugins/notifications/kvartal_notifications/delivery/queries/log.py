"""The log of deliveries, which staff read."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.sql import Args, literal_limit
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.delivery.sources import COLUMNS, NEWEST, SOURCE
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.permissions import DELIVERY_MANAGE

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "DeliveryFilter",
    "count_deliveries",
    "deliveries_by_ids",
    "deliveries_page",
    "try_again",
]

_SELECT = f"SELECT {COLUMNS}, {NEWEST.selected} FROM {SOURCE}"
_COUNT_LIMIT = 1001  # the connection tells no more
_ENDED = f"'{{{DeliveryStatus.FAILED.value},{DeliveryStatus.SKIPPED.value}}}'::text[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries of an organization are asked for; all that is given must hold."""

    organization_id: UUID
    statuses: tuple[DeliveryStatus, ...] = ()
    channels: tuple[NotificationChannel, ...] = ()
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


async def deliveries_page(actor: Actor, where: DeliveryFilter, page: "Page") -> list[Record]:
    """A page of the log, newest first."""
    args = Args()
    conditions = [
        *_conditions(actor, args, where),
        NEWEST.after(args, page.key, backward=page.backward),
    ]
    return await fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {NEWEST.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def count_deliveries(actor: Actor, where: DeliveryFilter) -> int:
    """How many deliveries the list has, as far as it is counted."""
    args = Args()
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT FROM {SOURCE}"
        f" WHERE {' AND '.join(_conditions(actor, args, where))}"
        f" LIMIT {literal_limit(_COUNT_LIMIT)}) limited",
        *args,
    )
    assert row is not None
    return int(row["found"])


async def deliveries_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The deliveries with these ids that the actor may see."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE d.id = ANY({args.array(ids)}) AND {_visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def try_again(delivery_id: UUID, *, now: datetime) -> None:
    """Have a delivery that has ended tried once more; its address is believed in again."""
    await execute(
        "WITH lifted AS (DELETE FROM notifications_suppressed_address WHERE email = ("
        "SELECT u.email FROM notifications_delivery d"
        " JOIN notifications_notification n ON n.id = d.notification_id"
        " JOIN kvartal_user u ON u.id = n.user_id WHERE d.id = $1 AND d.channel = 'EMAIL'))"
        f" UPDATE notifications_delivery SET status = '{DeliveryStatus.PENDING.value}',"
        " due_at = $2, started_at = NULL, attempts = 0, unknown_attempts = 0, problem = NULL,"
        # Of two who ask at once, or of one who asks after it was sent, none has it sent twice.
        f" updated_at = $2 WHERE id = $1 AND status = ANY({_ENDED})",
        delivery_id,
        now,
    )


def _visible(actor: Actor, args: Args) -> str:
    """Staff see what was told about buildings that they work with, or about the whole."""
    return visible_to_staff(
        actor,
        args,
        organization="n.organization_id",
        building="n.building_id",
        permission=DELIVERY_MANAGE,
    )


def _conditions(actor: Actor, args: Args, where: DeliveryFilter) -> list[str]:
    conditions = [
        f"d.organization_id = {args.add(where.organization_id)}",
        _visible(actor, args),
    ]
    chosen = (
        ("d.status", where.statuses),
        ("d.channel", where.channels),
        ("n.kind", where.kinds),
    )
    for column, values in chosen:
        if values:
            conditions.append(f"{column} = ANY({args.add([str(each) for each in values])}::text[])")
    if where.since is not None:
        conditions.append(f"d.created_at >= {args.add(where.since)}")
    if where.until is not None:
        conditions.append(f"d.created_at < {args.add(where.until)}")
    return conditions
