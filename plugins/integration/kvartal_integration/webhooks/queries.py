"""The statements of webhooks: what they are, what they are to be told, how far that has come."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.models import uuid7
from kvartal.db.sql import Args, literal_limit
from kvartal_integration.access import managed
from kvartal_integration.webhooks.rules import WebhookDeliveryStatus, WebhookEvent
from kvartal_integration.webhooks.sources import DELIVERY, NEWEST, WEBHOOK

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "claim_due",
    "delete_old_deliveries",
    "deliveries_by_ids",
    "deliveries_of",
    "insert_deliveries",
    "lock_organization",
    "lock_webhook",
    "note_attempt",
    "redeliver",
    "webhooks_by_ids",
    "webhooks_due",
    "webhooks_of",
    "webhooks_told",
]

# While an attempt runs nobody else makes it; if its worker dies, it is made again.
_ATTEMPT = timedelta(minutes=2)


async def webhooks_of(actor: Actor, organization_id: UUID) -> list[Record]:
    """The webhooks of an organization that the actor manages, the oldest first."""
    args = Args()
    own = managed(actor, args, "w.organization_id")
    return await fetch(
        f"SELECT {WEBHOOK.columns('w')} FROM {WEBHOOK.table} w"
        f" WHERE w.organization_id = {args.add(organization_id)} AND {own}"
        " ORDER BY w.id",
        *args,
    )


async def webhooks_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The webhooks with these ids that the actor manages."""
    args = Args()
    own = managed(actor, args, "w.organization_id")
    rows = await fetch(
        f"SELECT {WEBHOOK.columns('w')} FROM {WEBHOOK.table} w"
        f" WHERE w.id = ANY({args.array(ids)}) AND {own}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def lock_webhook(actor: Actor, webhook_id: UUID) -> Record | None:
    """A webhook that the actor manages, locked."""
    args = Args()
    own = managed(actor, args, "w.organization_id")
    return await fetch_one(
        f"SELECT {WEBHOOK.columns('w')} FROM {WEBHOOK.table} w"
        f" WHERE w.id = {args.add(webhook_id)} AND {own}"
        " FOR NO KEY UPDATE OF w",
        *args,
    )


async def lock_organization(organization_id: UUID) -> int:
    """How many webhooks an organization has; until the commit nobody else adds one."""
    await execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('kvartal.webhooks:' || $1::text, 0))",
        str(organization_id),
    )
    row = await fetch_one(
        f"SELECT count(*) AS found FROM {WEBHOOK.table} WHERE organization_id = $1",
        organization_id,
    )
    assert row is not None
    return int(row["found"])


async def webhooks_told(
    organization_id: UUID, events: Sequence[WebhookEvent]
) -> list[tuple[UUID, frozenset[str]]]:
    """The active webhooks that are told of any of these events, each with all that it is told."""
    rows = await fetch(
        f"SELECT w.id, ARRAY(SELECT jsonb_array_elements_text(w.events)) AS events"
        f" FROM {WEBHOOK.table} w WHERE w.organization_id = $1 AND w.is_active"
        " AND w.events ?| $2::text[]",
        organization_id,
        [each.value for each in events],
    )
    return [(row["id"], frozenset(row["events"])) for row in rows]


async def insert_deliveries(
    organization_id: UUID, told: Sequence[tuple[UUID, WebhookEvent, str]], *, now: datetime
) -> None:
    """Have webhooks told of events: each with its payload, in JSON."""
    await execute(
        f"INSERT INTO {DELIVERY.table} (id, organization_id, webhook_id, event, event_id, payload,"
        " status, attempts, due_at, created_at, updated_at)"
        f" SELECT n.id, $1, n.webhook_id, n.event, n.event_id, n.payload::jsonb,"
        f" '{WebhookDeliveryStatus.PENDING}', 0, $2, $2, $2"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[])"
        " AS n(id, webhook_id, event, event_id, payload)",
        organization_id,
        now,
        [uuid7() for _ in told],
        [webhook for webhook, _, _ in told],
        [event.value for _, event, _ in told],
        [uuid7() for _ in told],
        [payload for _, _, payload in told],
    )


async def webhooks_due(*, now: datetime) -> list[UUID]:
    """The active webhooks that are to be told of something by now."""
    rows = await fetch(
        f"SELECT DISTINCT x.webhook_id AS id FROM {DELIVERY.table} x"
        f" JOIN {WEBHOOK.table} w ON w.id = x.webhook_id AND w.is_active"
        f" WHERE x.status = '{WebhookDeliveryStatus.PENDING}' AND x.due_at <= $1",
        now,
    )
    return [row["id"] for row in rows]


async def claim_due(webhook_id: UUID, *, now: datetime) -> Record | None:
    """The delivery of a webhook that has waited longest, for one attempt; with its address."""
    return await fetch_one(
        f"UPDATE {DELIVERY.table} t SET attempts = t.attempts + 1, due_at = $3, updated_at = $2"
        f" FROM {WEBHOOK.table} w WHERE w.id = t.webhook_id AND w.is_active AND t.id ="
        f" (SELECT x.id FROM {DELIVERY.table} x WHERE x.webhook_id = $1"
        f" AND x.status = '{WebhookDeliveryStatus.PENDING}' AND x.due_at <= $2"
        " ORDER BY x.due_at, x.id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING t.id, t.event_id, t.event, t.payload::text AS payload, t.attempts,"
        " t.created_at, w.id AS webhook_id, w.url, w.secret_sealed",
        webhook_id,
        now,
        now + _ATTEMPT,
    )


async def note_attempt(
    delivery_id: UUID,
    *,
    now: datetime,
    answered: int | None,
    problem: str | None,
    due_at: datetime | None,
) -> None:
    """How an attempt went; with a ``problem``, whether there is to be another."""
    await execute(
        f"UPDATE {DELIVERY.table} SET updated_at = $2, answered_status = $3, problem = $4::text,"
        " due_at = $5, delivered_at = CASE WHEN $4::text IS NULL THEN $2::timestamptz END,"
        f" status = CASE WHEN $4::text IS NULL THEN '{WebhookDeliveryStatus.DELIVERED}'"
        f" WHEN $5::timestamptz IS NULL THEN '{WebhookDeliveryStatus.FAILED}'"
        f" ELSE '{WebhookDeliveryStatus.PENDING}' END WHERE id = $1",
        delivery_id,
        now,
        answered,
        problem,
        due_at,
    )


async def redeliver(delivery_id: UUID, *, now: datetime) -> None:
    """Have a webhook told once more, with seven days ahead; it knows the event by its id."""
    await execute(
        f"UPDATE {DELIVERY.table} SET status = '{WebhookDeliveryStatus.PENDING}', due_at = $2,"
        " attempts = 0, created_at = $2, updated_at = $2, delivered_at = NULL, problem = NULL,"
        " answered_status = NULL WHERE id = $1",
        delivery_id,
        now,
    )


async def deliveries_of(
    actor: Actor,
    webhooks: Sequence[UUID],
    page: "Page",
    status: WebhookDeliveryStatus | None,
) -> Mapping[UUID, list[Record]]:
    """The same page of the deliveries of each webhook, the newest first."""
    args = Args()
    conditions = [
        "x.webhook_id = parent.id",
        managed(actor, args, "x.organization_id"),
        NEWEST.after(args, page.key, backward=page.backward),
    ]
    if status is not None:
        conditions.append(f"x.status = {args.add(status.value)}")
    order = NEWEST.order(backward=page.backward)
    rows = await fetch(
        f"SELECT {DELIVERY.columns('x')}, {NEWEST.selected}"
        f" FROM unnest({args.array(webhooks)}) AS parent(id) CROSS JOIN LATERAL ("
        f"SELECT x.* FROM {DELIVERY.table} x WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order} LIMIT {literal_limit(page.limit)}) AS x ORDER BY {order}",
        *args,
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["webhook_id"], []).append(row)
    return found


async def deliveries_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The deliveries with these ids of webhooks that the actor manages."""
    args = Args()
    own = managed(actor, args, "x.organization_id")
    rows = await fetch(
        f"SELECT {DELIVERY.columns('x')} FROM {DELIVERY.table} x"
        f" WHERE x.id = ANY({args.array(ids)}) AND {own}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def delete_old_deliveries(*, before: datetime, limit: int) -> int:
    """Delete deliveries that are older; how many."""
    tag = await execute(
        f"DELETE FROM {DELIVERY.table} WHERE id = ANY(ARRAY"
        f"(SELECT id FROM {DELIVERY.table} WHERE created_at < $1 LIMIT $2))",
        before,
        limit,
    )
    return int(tag.removeprefix("DELETE "))
