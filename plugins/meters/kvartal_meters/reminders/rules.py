"""Whom the calendar gives a reason to remind: of a window's first or last day, of verification."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.rules import SOON_DAYS
from kvartal_meters.resource_settings.rules import WindowDays, owner_month, window_of

__all__ = [
    "EXPIRED_DAYS",
    "ClosingResources",
    "EdgeWindow",
    "MeterToVerify",
    "PremiseToVerify",
    "WindowEdge",
    "WindowPremise",
    "due_between",
    "windows_at",
]

# Who has left a verification be for a year has been told of it. Without an end the first day of an
# installation would tell of whatever has expired since meters were invented, and each day after it
# would go through all of that again.
EXPIRED_DAYS = 365

_ALL_DAYS = tuple(WindowDays(start, end) for start in range(1, 32) for end in range(1, 32))


class WindowEdge(StrEnum):
    """Which day of a window people are told of; a window of one day has a first one alone."""

    FIRST = "FIRST"
    LAST = "LAST"


@dataclass(frozen=True, slots=True)
class EdgeWindow:
    """A window with its edge on some day; ``owner``: its month before the organization's shift."""

    days: WindowDays
    closes_on: date
    owner: YearMonth


@dataclass(frozen=True, slots=True)
class ClosingResources:
    """The resources of a premise whose windows, all of them at the edge, close on one day.

    ``unsent``: those of them with an accepting meter that has no reading of the window's month.
    """

    closes_on: date
    kinds: tuple[ResourceKind, ...]
    unsent: tuple[ResourceKind, ...]


@dataclass(frozen=True, slots=True)
class WindowPremise:
    """A premise with an accepting meter of a resource whose window opens or closes on a day.

    ``windows``: in the order of their last days.
    """

    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    windows: tuple[ClosingResources, ...]

    @property
    def has_unsent(self) -> bool:
        """There is still something to send."""
        return any(window.unsent for window in self.windows)


@dataclass(frozen=True, slots=True)
class MeterToVerify:
    """A meter whose verification is due soon, or has expired: then ``days_left`` is negative."""

    meter_id: UUID
    resource_kind: ResourceKind
    identifier: str
    serial_number: str | None
    due_on: date
    days_left: int


@dataclass(frozen=True, slots=True)
class PremiseToVerify:
    """A premise with its meters that are to be verified, the first due first."""

    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    meters: tuple[MeterToVerify, ...]


@lru_cache(maxsize=64)
def windows_at(day: date, edge: WindowEdge) -> tuple[EdgeWindow, ...]:
    """The windows, of all that settings can name, that open or close on ``day``.

    One that is always open does neither.
    """
    found = []
    for days in _ALL_DAYS:
        period = window_of(days, owner_month(days, day))
        opens = period.opens_on == day
        if opens if edge is WindowEdge.FIRST else period.closes_on == day and not opens:
            found.append(EdgeWindow(days, period.closes_on, period.billing_month))
    return tuple(found)


def due_between(day: date) -> tuple[date, date]:
    """The first and the last due date that people are reminded of on ``day``."""
    return day - timedelta(days=EXPIRED_DAYS), day + timedelta(days=SOON_DAYS - 1)
