"""Budgets of attempts in PostgreSQL: each is the instant until which it is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kvartal.auth.limits.rules import Budget
from kvartal.db.connection import execute, fetch, fetch_one

__all__ = ["Spent", "delete_full_budgets", "return_to", "spend_from"]


@dataclass(frozen=True, slots=True)
class Spent:
    """Whether an attempt was granted; else when the fullest of its budgets has room again."""

    is_granted: bool
    free_at: datetime | None


async def spend_from(keys: Sequence[str], budgets: Sequence[Budget], *, now: datetime) -> Spent:
    """Take one attempt from all the budgets, or from none if one of them is spent.

    Two who come at the same instant may both find room for one: the row's own condition, which
    locks it, lets one of them through.
    """
    row = await fetch_one(
        """
        WITH wanted AS (
            SELECT key, every, room FROM unnest($1::text[], $2::interval[], $3::interval[])
            AS w(key, every, room)
        ), standing AS (
            SELECT w.key, greatest(b.spent_until, $4) + w.every AS until, w.room
            FROM wanted w LEFT JOIN kvartal_attempt_budget b ON b.key = w.key
        ), spent AS (
            INSERT INTO kvartal_attempt_budget AS b (id, key, spent_until, created_at, updated_at)
            SELECT kvartal_uuid7(), key, until, $4, $4 FROM standing
            WHERE NOT EXISTS (SELECT FROM standing s WHERE s.until > $4 + s.room)
            ORDER BY key
            ON CONFLICT (key) DO UPDATE SET updated_at = $4,
                spent_until = greatest(b.spent_until, $4)
                    + (SELECT w.every FROM wanted w WHERE w.key = b.key)
            WHERE greatest(b.spent_until, $4) + (SELECT w.every - w.room FROM wanted w
                WHERE w.key = b.key) <= $4
            RETURNING b.key
        )
        SELECT (SELECT count(*) FROM spent) = (SELECT count(*) FROM wanted) AS is_granted,
            (SELECT max(until - room) FROM standing) AS free_at
        """,
        list(keys),
        [each.every for each in budgets],
        [each.every * each.times for each in budgets],
        now,
    )
    assert row is not None
    return Spent(row["is_granted"], row["free_at"])


async def return_to(
    keys: Sequence[str], budgets: Sequence[Budget], *, emptied: Sequence[str], now: datetime
) -> None:
    """Give an attempt back, for it was right; the ``emptied`` forget the earlier ones as well."""
    # Locked in the order of the keys, as spending does, or the two would wait for each other.
    locked = await fetch(
        "SELECT key FROM kvartal_attempt_budget WHERE key = ANY($1::text[])"
        " ORDER BY key FOR UPDATE",
        [*keys, *emptied],
    )
    await execute(
        """
        UPDATE kvartal_attempt_budget b SET updated_at = $4,
            spent_until = CASE WHEN w.every IS NULL THEN $4 ELSE b.spent_until - w.every END
        FROM unnest($1::text[], $2::interval[]) AS w(key, every)
        WHERE b.key = w.key AND b.key = ANY($3::text[])
        """,
        [*keys, *emptied],
        [*(each.every for each in budgets), *(None for _ in emptied)],
        [row["key"] for row in locked],
        now,
    )


async def delete_full_budgets(*, now: datetime, limit: int) -> int:
    """Delete budgets that are full again, as if they had never been touched; how many."""
    tag = await execute(
        "DELETE FROM kvartal_attempt_budget WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_attempt_budget WHERE spent_until <= $1"
        " LIMIT $2 FOR UPDATE SKIP LOCKED))",
        now,
        limit,
    )
    return int(tag.removeprefix("DELETE "))
