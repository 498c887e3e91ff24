"""The end of notices and of what was kept about them."""
# ruff: noqa: S608 -- made of constants; values are parameters

from datetime import datetime

from kvartal.retention.sweeping import delete

__all__ = ["delete_old_notices", "delete_old_runs", "lift_suppressed"]


async def delete_old_notices(*, before: datetime, limit: int) -> int:
    """Delete notices that are older, with their deliveries; how many."""
    return await delete(
        "DELETE FROM notifications_notification WHERE id = ANY(ARRAY("
        "SELECT id FROM notifications_notification WHERE created_at < $1"
        f" ORDER BY created_at LIMIT {int(limit)}))",
        before,
    )


async def delete_old_runs(*, before: datetime, limit: int) -> int:
    """Delete what is known of reminders that ended longer ago; how many."""
    return await delete(
        "DELETE FROM notifications_reminder_run WHERE id = ANY(ARRAY("
        f"SELECT id FROM notifications_reminder_run WHERE created_at < $1 LIMIT {int(limit)}))",
        before,
    )


async def lift_suppressed(*, before: datetime, limit: int) -> int:
    """Forget refusals that are older: the addresses are tried again; how many."""
    return await delete(
        "DELETE FROM notifications_suppressed_address WHERE id = ANY(ARRAY("
        "SELECT id FROM notifications_suppressed_address WHERE created_at < $1"
        f" LIMIT {int(limit)}))",
        before,
    )
