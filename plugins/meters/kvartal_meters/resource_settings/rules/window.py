"""When readings are collected: the window of a billing month, and what a day means to it.

A month's window is named by two days of the month. If the first is greater, it ends in the next
month, and the days up to that end still belong to the month before. Days beyond a month's end mean
its last day; where two windows then meet on one day, the earlier month keeps it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.errors import WindowDayInvalid, WindowDaysIncomplete

__all__ = [
    "CollectionPeriod",
    "SettingsValues",
    "WindowDays",
    "WindowState",
    "owner_month",
    "state_on",
    "validate_days",
    "window_of",
]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WindowDays:
    """The first and the last day of the window, 1 to 31; ``None`` instead means always open."""

    start: int
    end: int

    @property
    def wraps(self) -> bool:
        """The window ends in the month after the one it collects for."""
        return self.start > self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsValues:
    """How a building takes readings of one resource; the defaults are a new building's.

    ``service_id``: the verification (поверка) that its residents are offered.
    """

    active: bool = False
    window: WindowDays | None = WindowDays(15, 25)
    fraction: bool = True
    accept_expired: bool = False
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CollectionPeriod:
    """The days on which the readings of a billing month are collected, both ends included."""

    billing_month: YearMonth
    opens_on: date
    closes_on: date

    def includes(self, day: date) -> bool:
        """Whether readings are collected on that day."""
        return self.opens_on <= day <= self.closes_on


@dataclass(frozen=True, slots=True)
class WindowState:
    """What a day means: whose month it is, whether its window is open, what comes next.

    ``upcoming`` is the period that is open or opens next; ``changes_on`` the next day on which the
    window opens or closes or another month begins.
    """

    day: date
    period: CollectionPeriod
    upcoming: CollectionPeriod
    changes_on: date

    @property
    def is_open(self) -> bool:
        """Readings are collected on this day."""
        return self.period.includes(self.day)

    @property
    def billing_month(self) -> YearMonth:
        """The billing month that a reading of this day belongs to."""
        return self.period.billing_month

    @property
    def next_opens_on(self) -> date:
        """The first open day from this one on: the day itself while open."""
        return max(self.day, self.upcoming.opens_on)

    @property
    def days_until_open(self) -> int:
        """The N of «через N дней»; 0 while open."""
        return (self.next_opens_on - self.day).days


def owner_month(days: WindowDays | None, day: date) -> YearMonth:
    """The month whose readings that day belongs to, before the organization's shift."""
    month = YearMonth.of(day)
    if days is not None and days.wraps and day.day <= days.end:
        return month.shift(-1)
    return month


def window_of(
    days: WindowDays | None, billing_month: YearMonth, *, shift: int = 0
) -> CollectionPeriod:
    """The window that collects for ``billing_month``.

    ``shift`` is the organization's ``billing_month_shift``: with −1 the days of December collect
    for November.
    """
    owner = billing_month.shift(-shift)
    if days is None:
        return CollectionPeriod(billing_month, owner.first_day, owner.last_day)
    opens_on = _clamp(owner, days.start)
    if not days.wraps:
        return CollectionPeriod(billing_month, opens_on, _clamp(owner, days.end))
    # In February the end and the start of 31–30 are one day: the earlier month has it.
    opens_on = max(opens_on, _clamp(owner, days.end) + _DAY)
    return CollectionPeriod(billing_month, opens_on, _clamp(owner.shift(1), days.end))


@lru_cache(maxsize=1024)
def state_on(days: WindowDays | None, day: date, *, shift: int = 0) -> WindowState:
    """What ``day`` (of the building's time zone) means to the window."""
    billing_month = owner_month(days, day).shift(shift)
    period = window_of(days, billing_month, shift=shift)
    if day < period.opens_on:
        return WindowState(day, period, period, changes_on=period.opens_on)
    if day <= period.closes_on:
        return WindowState(day, period, period, changes_on=period.closes_on + _DAY)
    # Past the end, which only a window inside one month leaves behind: wait for the next month.
    upcoming = window_of(days, billing_month.shift(1), shift=shift)
    return WindowState(day, period, upcoming, changes_on=YearMonth.of(day).last_day + _DAY)


def validate_days(start: int | None, end: int | None) -> tuple[DomainError, ...]:
    """What is wrong with a window's two days as somebody entered them."""
    errors: list[DomainError] = []
    for name, day in (("start_day", start), ("end_day", end)):
        if day is not None and not 1 <= day <= 31:
            errors.append(WindowDayInvalid(path=(name,)))
    if (start is None) != (end is None):
        errors.append(WindowDaysIncomplete(path=("start_day" if start is None else "end_day",)))
    return tuple(errors)


def _clamp(month: YearMonth, day: int) -> date:
    return date(month.year, month.month, min(day, month.days))
