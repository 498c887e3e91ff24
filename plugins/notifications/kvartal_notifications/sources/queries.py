"""The statements behind what people are told of: names as they are now, and reminders' progress."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal_notifications.sources.rules import Chunk, LocalDay, ReminderKind

__all__ = [
    "begin_runs",
    "finish_run",
    "held_run",
    "move_run",
    "organization_name",
    "places",
    "reminded_on_the_last_day",
    "service_title",
    "time_zones",
    "unfinished_runs",
]


async def places(
    organizations: Iterable[UUID], premise_ids: Sequence[UUID]
) -> Mapping[UUID, Record]:
    """Where premises are, as people write it: address, premise, premise_kind."""
    rows = await fetch(
        "SELECT p.id, b.address, p.number AS premise, p.kind AS premise_kind"
        " FROM kvartal_premise p JOIN kvartal_building b ON b.id = p.building_id"
        " AND b.organization_id = p.organization_id"
        " WHERE p.organization_id = ANY($1::uuid[]) AND p.id = ANY($2::uuid[])",
        list({*organizations}),
        list(premise_ids),
    )
    return {row["id"]: row for row in rows}


async def organization_name(organization_id: UUID) -> str | None:
    """An organization's name; None if it is gone."""
    row = await fetch_one("SELECT name FROM kvartal_organization WHERE id = $1", organization_id)
    return None if row is None else row["name"]


async def service_title(organization_id: UUID, service_id: UUID) -> str | None:
    """A service's title; None if it is gone."""
    row = await fetch_one(
        "SELECT title FROM kvartal_service WHERE organization_id = $1 AND id = $2",
        organization_id,
        service_id,
    )
    return None if row is None else row["title"]


async def reminded_on_the_last_day(organizations: Iterable[UUID]) -> set[UUID]:
    """Those of the organizations that remind everybody on a window's last day (D16)."""
    rows = await fetch(
        "SELECT organization_id FROM notifications_policy"
        " WHERE last_day_to_all AND organization_id = ANY($1::uuid[])",
        list({*organizations}),
    )
    return {row["organization_id"] for row in rows}


async def time_zones() -> list[str]:
    """The time zones of the buildings in use."""
    rows = await fetch(
        "SELECT DISTINCT timezone FROM kvartal_building WHERE archived_at IS NULL ORDER BY timezone"
    )
    return [row["timezone"] for row in rows]


async def begin_runs(days: Sequence[LocalDay], *, now: datetime) -> None:
    """Have a row for the reminders of each kind on each of the days; those that there are stay."""
    await execute(
        "INSERT INTO notifications_reminder_run"
        " (id, created_at, updated_at, kind, timezone, day, told)"
        " SELECT kvartal_uuid7(), $1, $1, k.kind, d.timezone, d.day, 0"
        " FROM unnest($2::text[], $3::date[]) AS d(timezone, day)"
        " CROSS JOIN unnest($4::text[]) AS k(kind)"
        " ORDER BY k.kind, d.timezone, d.day ON CONFLICT (kind, timezone, day) DO NOTHING",
        now,
        [each.timezone for each in days],
        [each.day for each in days],
        [kind.value for kind in ReminderKind],
    )


async def unfinished_runs(days: Sequence[LocalDay]) -> list[Record]:
    """The reminders of the days that are not all written."""
    return await fetch(
        "SELECT r.id, r.kind, r.timezone, r.day FROM notifications_reminder_run r"
        " JOIN unnest($1::text[], $2::date[]) AS d(timezone, day)"
        " ON d.timezone = r.timezone AND d.day = r.day"
        " WHERE r.finished_at IS NULL ORDER BY r.timezone, r.day, r.kind",
        [each.timezone for each in days],
        [each.day for each in days],
    )


async def held_run(run_id: UUID) -> Record | None:
    """The reminders of a day, locked; None if they are all written or another worker is at them."""
    return await fetch_one(
        "SELECT id, kind, timezone, day, after_id, told FROM notifications_reminder_run"
        " WHERE id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED",
        run_id,
    )


async def move_run(run_id: UUID, chunk: Chunk, *, now: datetime) -> None:
    """Note how far reminders have come."""
    await execute(
        "UPDATE notifications_reminder_run SET after_id = coalesce($2, after_id),"
        " told = told + $3, finished_at = CASE WHEN $4 THEN $5::timestamptz END, updated_at = $5"
        " WHERE id = $1",
        run_id,
        chunk.after_id,
        chunk.deliveries,
        chunk.is_last,
        now,
    )


async def finish_run(run_id: UUID, *, now: datetime) -> Record | None:
    """Leave the rest of a day's reminders be; None if nothing was left, or a worker is at them."""
    return await fetch_one(
        "UPDATE notifications_reminder_run SET finished_at = $2, updated_at = $2 WHERE id = ("
        "SELECT id FROM notifications_reminder_run WHERE id = $1 AND finished_at IS NULL"
        " FOR UPDATE SKIP LOCKED) RETURNING told",
        run_id,
        now,
    )
