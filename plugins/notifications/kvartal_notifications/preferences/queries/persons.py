"""What persons have chosen for themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kvartal.db.connection import execute, fetch_one
from kvartal_notifications.channels.rules import NotificationChannel

__all__ = ["Choice", "Person", "hold_person", "person", "write_choices", "write_person"]

Choice = tuple[str, NotificationChannel]
"""A kind by a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person's own settings; ``quiet``: from and until, None if the organization's hold."""

    locale: str = "ru"
    quiet: tuple[int, int] | None = None
    opted_out: frozenset[Choice] = frozenset()


async def person(user_id: UUID) -> Person:
    """What the person has chosen, or the defaults."""
    row = await fetch_one(
        "SELECT s.locale, s.quiet_from, s.quiet_until, (SELECT jsonb_agg(jsonb_build_array("
        "x.kind, x.channel)) FROM notifications_opt_out x WHERE x.user_id = $1) AS opted_out"
        " FROM (SELECT 1) one LEFT JOIN notifications_person_settings s ON s.user_id = $1",
        user_id,
    )
    assert row is not None
    quiet = None
    if row["quiet_from"] is not None:
        quiet = (row["quiet_from"], row["quiet_until"])
    return Person(
        locale=row["locale"] or "ru",
        quiet=quiet,
        opted_out=frozenset(
            (kind, NotificationChannel(channel))
            for kind, channel in orjson.loads(row["opted_out"] or "[]")
        ),
    )


async def hold_person(user_id: UUID) -> None:
    """Let no other change of the person's choices run until this one has committed."""
    await execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"notifications.person:{user_id}",
    )


async def write_person(
    user_id: UUID, *, locale: str, quiet: tuple[int, int] | None, now: datetime
) -> None:
    """Write a person's language and quiet hours over those that were there."""
    start, end = quiet or (None, None)
    await execute(
        "INSERT INTO notifications_person_settings (id, user_id, locale, quiet_from, quiet_until,"
        " created_at, updated_at) VALUES (kvartal_uuid7(), $1, $2, $3, $4, $5, $5)"
        " ON CONFLICT (user_id) DO UPDATE SET locale = excluded.locale,"
        " quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,"
        " updated_at = excluded.updated_at",
        user_id,
        locale,
        start,
        end,
        now,
    )


async def write_choices(
    user_id: UUID, *, on: Sequence[Choice], off: Sequence[Choice], now: datetime
) -> None:
    """Have kinds told again by channels, and others no more."""
    await execute(
        "DELETE FROM notifications_opt_out x USING unnest($2::text[], $3::text[])"
        " AS t(kind, channel) WHERE x.user_id = $1 AND x.kind = t.kind AND x.channel = t.channel",
        user_id,
        [kind for kind, _ in on],
        [channel.value for _, channel in on],
    )
    await execute(
        "INSERT INTO notifications_opt_out (id, user_id, kind, channel, created_at, updated_at)"
        " SELECT kvartal_uuid7(), $1, t.kind, t.channel, $4, $4"
        " FROM unnest($2::text[], $3::text[]) AS t(kind, channel)"
        " ON CONFLICT (user_id, kind, channel) DO NOTHING",
        user_id,
        [kind for kind, _ in off],
        [channel.value for _, channel in off],
        now,
    )
