"""What the workers do about deliveries: carry them, and forget them in time."""

from datetime import timedelta

import structlog

from kvartal import clock
from kvartal.events import on
from kvartal.retention.sweeping import swept
from kvartal.settings import settings_of
from kvartal.tasks import actor, cron, enqueue
from kvartal_notifications.delivery import queries
from kvartal_notifications.delivery.service import deliver
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.settings import NotificationsSettings

__all__ = ["HANDLERS", "deliver_due", "deliver_now", "sweep_notifications"]

log = structlog.get_logger("kvartal_notifications.delivery")

# The schedule starts the next run: one falls into the other.
RUN = timedelta(seconds=55)
SUPPRESSED_DAYS = 180
RUN_DAYS = 60


@cron("* * * * *")
@actor("notifications.deliver_due", time_limit_seconds=1800, max_attempts=3)
async def deliver_due() -> None:
    """Carry what falls due in this minute."""
    await deliver(clock.now() + RUN)


@actor("notifications.deliver_now", time_limit_seconds=1800, max_attempts=3)
async def deliver_now() -> None:
    """Carry what is due, and wait for nothing; what is left after a minute, the schedule carries.

    Else a day's reminders, which fall due one after another for hours, would run it out of time in
    the middle of a batch.
    """
    await deliver(clock.now() + RUN, waits=False)


async def carry_at_once(heard: DeliveriesDue) -> None:
    """Carry notices as soon as they are written; what falls due later, the schedule carries."""
    if heard.at <= clock.now():
        await enqueue(deliver_now)


HANDLERS = (on(DeliveriesDue, carry_at_once),)


@cron("40 1 * * *")
@actor("notifications.sweep_notifications", time_limit_seconds=3600)
async def sweep_notifications() -> None:
    """Delete notices with their deliveries, ended reminders and refused addresses of long ago."""
    now = clock.now()
    kept = timedelta(days=settings_of(NotificationsSettings).notification_days)
    notices = await swept(
        "notifications", lambda n: queries.delete_old_notices(before=now - kept, limit=n)
    )
    runs = await swept(
        "reminder_runs",
        lambda n: queries.delete_old_runs(before=now - timedelta(days=RUN_DAYS), limit=n),
    )
    addresses = await swept(
        "suppressed_addresses",
        lambda n: queries.lift_suppressed(before=now - timedelta(days=SUPPRESSED_DAYS), limit=n),
    )
    log.info(
        "notifications.swept", notices=notices, reminder_runs=runs, suppressed_addresses=addresses
    )
