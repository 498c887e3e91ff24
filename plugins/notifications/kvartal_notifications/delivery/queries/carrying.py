"""Taking what is due, beginning, noting what came of it."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal_notifications.delivery.rules import CLAIM, MAX_UNKNOWN, Fate, Problem
from kvartal_notifications.messages.rules import DeliveryStatus

__all__ = ["begin", "claim", "next_due", "settle", "suppress"]

_PENDING = f"'{DeliveryStatus.PENDING.value}'"
_FAILED = f"'{DeliveryStatus.FAILED.value}'"

# An attempt that began and was never noted counts as unknown; after two of them nobody tries on.
_CLAIM = f"""
WITH due AS (
    SELECT id, unknown_attempts + (started_at IS NOT NULL)::int AS unknown
    FROM notifications_delivery
    WHERE status = {_PENDING} AND due_at <= $1
    ORDER BY due_at LIMIT {CLAIM} FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE notifications_delivery d SET updated_at = $1, started_at = NULL,
        unknown_attempts = due.unknown,
        status = CASE WHEN due.unknown < {MAX_UNKNOWN} THEN d.status ELSE {_FAILED} END,
        due_at = CASE WHEN due.unknown < {MAX_UNKNOWN} THEN $2::timestamptz END,
        problem = CASE WHEN due.unknown = 0 THEN d.problem ELSE '{Problem.OUTCOME_UNKNOWN}' END
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.notification_id, d.channel, d.device_id, d.provider, d.status, d.attempts,
        d.due_at, d.created_at
)
SELECT c.id, c.notification_id, c.channel, c.device_id, c.provider, c.attempts, c.created_at,
    c.status, c.due_at, n.user_id, n.audience, n.kind, n.facts::text AS facts, n.subject_kind,
    n.subject_id, n.expires_at, u.email, coalesce(s.locale, 'ru') AS locale,
    s.quiet_from AS own_quiet_from, s.quiet_until AS own_quiet_until,
    p.quiet_from, p.quiet_until, coalesce(b.timezone, o.timezone) AS timezone,
    u.is_active AND (n.audience = 'RESIDENT' OR EXISTS (SELECT FROM kvartal_employee e
        WHERE e.user_id = n.user_id AND e.organization_id = n.organization_id
            AND e.archived_at IS NULL)) AS may_know,
    EXISTS (SELECT FROM notifications_opt_out x WHERE x.user_id = n.user_id
        AND x.kind = n.kind AND x.channel = c.channel) AS opted_out,
    c.channel = 'EMAIL' AND EXISTS (SELECT FROM notifications_suppressed_address a
        WHERE a.email = u.email) AS suppressed
FROM claimed c
JOIN notifications_notification n ON n.id = c.notification_id
JOIN kvartal_user u ON u.id = n.user_id
JOIN kvartal_organization o ON o.id = n.organization_id
LEFT JOIN kvartal_building b ON b.id = n.building_id
LEFT JOIN notifications_person_settings s ON s.user_id = n.user_id
LEFT JOIN notifications_policy p ON p.organization_id = n.organization_id
"""

# Only of what is still ours: who is too slow has lost it to another worker.
_SETTLE = f"""
UPDATE notifications_delivery d SET status = f.status, due_at = f.due_at, started_at = NULL,
    problem = f.problem, provider_message = f.provider_message, updated_at = $1,
    sent_at = CASE WHEN f.status = '{DeliveryStatus.SENT.value}' THEN $1::timestamptz END
FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
    AS f(id, status, due_at, problem, provider_message)
WHERE d.id = f.id AND d.status = {_PENDING} AND d.due_at = $7
"""


async def claim(*, now: datetime, until: datetime) -> list[Record]:
    """Take what has been due longest, with all that sending asks; nobody else has it ``until``.

    Those of which two attempts may have arrived are given up, and come with the status FAILED.
    """
    return await fetch(_CLAIM, now, until)


async def begin(
    ids: Sequence[UUID], *, lease: datetime, now: datetime, until: datetime
) -> set[UUID]:
    """Note that attempts begin, of what is still ours; from now on it is so ``until``."""
    rows = await fetch(
        "UPDATE notifications_delivery SET started_at = $1, due_at = $2, attempts = attempts + 1,"
        f" updated_at = $1 WHERE id = ANY($3::uuid[]) AND status = {_PENDING} AND due_at = $4"
        " RETURNING id",
        now,
        until,
        list(ids),
        lease,
    )
    return {row["id"] for row in rows}


async def settle(fates: Mapping[UUID, Fate], *, lease: datetime, now: datetime) -> None:
    """Note what becomes of deliveries that we had until ``lease``."""
    if not fates:
        return
    values = list(fates.values())
    await execute(
        _SETTLE,
        now,
        list(fates),
        [each.status.value for each in values],
        [each.due_at for each in values],
        [each.problem for each in values],
        [each.provider_message for each in values],
        lease,
    )


async def next_due() -> datetime | None:
    """When the next delivery falls due."""
    row = await fetch_one(
        f"SELECT min(due_at) AS at FROM notifications_delivery WHERE status = {_PENDING}"
    )
    assert row is not None
    at: datetime | None = row["at"]
    return at


async def suppress(addresses: Mapping[str, str], *, now: datetime) -> None:
    """Send nothing more to addresses that their servers refuse; each with the problem's code."""
    await execute(
        "INSERT INTO notifications_suppressed_address (id, email, problem, created_at, updated_at)"
        " SELECT kvartal_uuid7(), g.email, g.problem, $3, $3"
        " FROM unnest($1::text[], $2::text[]) AS g(email, problem)"
        " ON CONFLICT (email) DO NOTHING",
        list(addresses),
        list(addresses.values()),
        now,
    )
