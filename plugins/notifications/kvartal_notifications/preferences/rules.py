"""When no push rings."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["QUIET_FROM", "QUIET_UNTIL", "quiet_until"]

QUIET_FROM = 22 * 60
"""Minutes after midnight from which no push rings, unless the organization has said otherwise."""

QUIET_UNTIL = 8 * 60
"""Minutes after midnight until which none rings."""


def quiet_until(now: datetime, timezone: str, start: int, end: int) -> datetime | None:
    """When the quiet hours end that it is in; None if it may ring now.

    ``start`` and ``end``: minutes after midnight by the clock of ``timezone``; equal if there are
    no quiet hours, and over midnight if the start is the later one.
    """
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    begins_today = minute >= start
    over_midnight = start > end
    is_quiet = begins_today or minute < end if over_midnight else begins_today and minute < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=over_midnight and begins_today)
    ends = datetime.combine(day, time(*divmod(end, 60)), zone)
    if ends.astimezone(UTC) <= now:
        # The hour is the second of two: clocks were put back in it.
        ends = ends.replace(fold=1)
    return ends.astimezone(UTC)
