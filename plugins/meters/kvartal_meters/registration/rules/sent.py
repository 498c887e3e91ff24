"""Rows of readings as they are sent, and what they may be about."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from kvartal.months import YearMonth
from kvartal_meters.readings.rules import SubmissionChannel

__all__ = ["ReadingsMode", "SentReading", "channel_of", "months_of"]

_DAY = timedelta(days=1)

# What other systems may say of a reading's way; all else has come over the API.
_FOREIGN = frozenset({SubmissionChannel.BILLING, SubmissionChannel.AUTO})


class ReadingsMode(StrEnum):
    """What a bulk call does about months that have a reading already (режим показаний)."""

    APPEND = "APPEND"
    OVERWRITE = "OVERWRITE"


class SentReading(NamedTuple):
    """A row as it was sent; ``place`` is its number in the call."""

    place: int
    values: Sequence[str]
    taken_on: date | None = None
    billing_month: YearMonth | None = None
    rollover: bool = False
    channel: SubmissionChannel = SubmissionChannel.API


def months_of(rows: Sequence[SentReading], now: datetime) -> tuple[YearMonth, YearMonth]:
    """The first and the last month that rows may be about.

    A day belongs to its own month or, by a window or a shift, to one of the two before it; today
    is another day in other time zones.
    """
    first, last = [], []
    for row in rows:
        if row.billing_month is not None:
            first.append(row.billing_month)
            last.append(row.billing_month)
        else:
            earliest = row.taken_on or (now - _DAY).date()
            month = YearMonth.of(earliest)
            first.append(month if month.year == 1 else month.shift(-2))
            last.append(YearMonth.of(row.taken_on or (now + _DAY).date()))
    return min(first), max(last)


def channel_of(named: SubmissionChannel | None) -> SubmissionChannel:
    """The channel that is kept of a row of a bulk call."""
    return named if named in _FOREIGN else SubmissionChannel.API
