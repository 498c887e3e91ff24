"""Which reminders there are, and when they are due."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

__all__ = [
    "CHUNK",
    "REMIND_AT",
    "REMIND_UNTIL",
    "Chunk",
    "LocalDay",
    "ReminderKind",
    "Stage",
    "ends_at",
    "is_news",
    "later",
    "stage_of",
]

# By the clock of the building (domain rules, 6.9).
REMIND_AT = time(10)
REMIND_UNTIL = time(20)

CHUNK = 2000
"""So many premises are gone through in one transaction."""


class ReminderKind(StrEnum):
    """What people are reminded of by the day."""

    WINDOW_FIRST = "WINDOW_FIRST"
    WINDOW_LAST = "WINDOW_LAST"
    VERIFICATION = "VERIFICATION"


class Stage(StrEnum):
    """Where a day stands: its reminders wait, are due, or it is too late for them."""

    EARLY = "EARLY"
    DUE = "DUE"
    LATE = "LATE"


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day of a time zone."""

    timezone: str
    day: date


@dataclass(frozen=True, slots=True)
class Chunk:
    """What came of some premises: the last of them, whether there are more, what was written."""

    after_id: UUID | None
    is_last: bool
    notices: int = 0
    deliveries: int = 0


def stage_of(local: datetime) -> Stage:
    """How the reminders of a day stand at a moment by the clock of the building."""
    moment = local.time()
    if moment < REMIND_AT:
        return Stage.EARLY
    return Stage.DUE if moment < REMIND_UNTIL else Stage.LATE


def ends_at(day: date, zone: ZoneInfo) -> datetime:
    """When a day is over in a time zone."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def later(moment: datetime, deliveries: int, *, per_second: int) -> datetime:
    """When the next delivery falls due, if so many stand before it."""
    return moment + timedelta(seconds=deliveries / per_second)


def is_news(begun_on: date, day: date, *, kept_days: int) -> bool:
    """Whether people are still told on ``day`` of what they could first be told on ``begun_on``.

    A notice is forgotten after ``kept_days``: told again after that, it would come twice.
    """
    return (day - begun_on).days < kept_days
