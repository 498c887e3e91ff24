"""Which kinds of notices are chosen by which channels, and when no push rings."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from kvartal.errors import DomainError

__all__ = [
    "QUIET_FROM",
    "QUIET_UNTIL",
    "LocaleUnknown",
    "NotificationKindRepeated",
    "NotificationKindUnknown",
    "Policy",
    "QuietHoursInvalid",
    "check_kinds",
    "clock_time",
    "quiet_until",
    "read_hours",
]

QUIET_FROM = 22 * 60
"""Minutes after midnight from which no push rings, unless the organization has said otherwise."""

QUIET_UNTIL = 8 * 60
"""Minutes after midnight until which none rings."""

_DAY = 24 * 60
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(eq=False, kw_only=True)
class NotificationKindUnknown(DomainError):
    """There is no such kind of notices for those whom it is chosen for."""

    code: ClassVar[str] = "NOTIFICATION_KIND_UNKNOWN"
    kind: str


@dataclass(eq=False, kw_only=True)
class NotificationKindRepeated(DomainError):
    """A kind, or a channel of it, is chosen twice in one form."""

    code: ClassVar[str] = "NOTIFICATION_KIND_REPEATED"
    kind: str


@dataclass(eq=False, kw_only=True)
class LocaleUnknown(DomainError):
    """Nobody writes in that language here."""

    code: ClassVar[str] = "LOCALE_UNKNOWN"
    locales: str


class QuietHoursInvalid(DomainError):
    """A time is not written like 22:00."""

    code: ClassVar[str] = "QUIET_HOURS_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How an organization tells people; ``version`` 0 if it has set nothing."""

    quiet_from: int = QUIET_FROM
    quiet_until: int = QUIET_UNTIL
    last_day_to_all: bool = False
    version: int = 0


def read_hours(
    hours: tuple[str, str] | None,
) -> tuple[tuple[int, int] | None, list[QuietHoursInvalid]]:
    """Quiet hours like 22:00 and 08:00 in minutes after midnight, and what is wrong with them."""
    if hours is None:
        return None, []
    read = [_minutes(text) for text in hours]
    faults = [
        QuietHoursInvalid(path=("quiet_hours", name))
        for name, minutes in zip(("from", "until"), read, strict=True)
        if minutes is None
    ]
    start, end = read
    return (None if start is None or end is None else (start, end)), faults


def _minutes(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def clock_time(minutes: int) -> str:
    """The time so many minutes after midnight, like 22:00."""
    hours, rest = divmod(minutes, 60)
    return f"{hours:02}:{rest:02}"


def check_kinds(
    chosen: Sequence[tuple[str, object]], known: Collection[str], field: str
) -> list[DomainError]:
    """What is wrong with the kinds of a form: one that is not there, or that comes twice."""
    faults: list[DomainError] = []
    seen: set[tuple[str, object]] = set()
    for place, (kind, mark) in enumerate(chosen):
        path = (field, place, "kind")
        if kind not in known:
            faults.append(NotificationKindUnknown(path=path, kind=kind[:100]))
        elif (kind, mark) in seen:
            faults.append(NotificationKindRepeated(path=path, kind=kind))
        seen.add((kind, mark))
    return faults


def quiet_until(now: datetime, timezone: str, start: int, end: int) -> datetime | None:
    """When the quiet hours end that it is in; None if it may ring now.

    ``start`` and ``end``: minutes after midnight by the clock of ``timezone``; equal if there are
    no quiet hours, and over midnight if the start is the later one.
    """
    zone = ZoneInfo(timezone)
    moment = now.astimezone(UTC).replace(second=0, microsecond=0)
    while _is_quiet(minute := _minute(moment, zone), start, end):
        ends = moment + timedelta(minutes=(end - minute) % _DAY)
        moment = _changed(moment, ends, zone)
    return moment if moment > now else None


def _is_quiet(minute: int, start: int, end: int) -> bool:
    return (minute - start) % _DAY < (end - start) % _DAY


def _minute(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def _changed(since: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks are changed between the two; ``until`` if they are not."""
    offset = since.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == offset:
        return until
    while until - since > timedelta(minutes=1):
        middle = since + timedelta(minutes=(until - since) // timedelta(minutes=2))
        if middle.astimezone(zone).utcoffset() == offset:
            since = middle
        else:
            until = middle
    return until
