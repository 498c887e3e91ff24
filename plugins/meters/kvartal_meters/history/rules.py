"""What is seen over time: months of a chart, consumption spread over gaps, a house's balance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from kvartal.errors import BadInput
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import Unit

__all__ = [
    "BalanceSide",
    "ConsumptionBasis",
    "DayRange",
    "HistoryPage",
    "MonthPoint",
    "MonthRange",
    "MonthReading",
    "MonthTotal",
    "MonthlyBalance",
    "balance_of",
    "days_between",
    "history_page",
    "monthly",
    "months_between",
    "months_up_to",
    "series_of",
]

# No meter's history goes back further; what does is a slip of the pen.
EARLIEST_MONTH = YearMonth(1990, 1)
MAX_MONTHS = 60
USUAL_MONTHS = 12
# Losses and the common areas of a house take some of what its own meters count, never so much.
SUSPICIOUS_PERCENT = 15

_STEP = Decimal("0.0001")
_TENTH = Decimal("0.1")


class ConsumptionBasis(StrEnum):
    """What a month's consumption rests on."""

    READING = "READING"
    SPREAD = "SPREAD"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class MonthRange:
    """The months of a chart, both ends included."""

    first: YearMonth
    last: YearMonth

    @property
    def months(self) -> list[YearMonth]:
        """Each of them, the earliest first."""
        return [self.first.shift(n) for n in range(self.first.until(self.last) + 1)]


@dataclass(frozen=True, slots=True)
class DayRange:
    """The days of a history, both ends included; an end that is not given is open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The newest months of a history, of those before a month if one is given."""

    size: int
    before: YearMonth | None = None
    days: DayRange = DayRange()


@dataclass(frozen=True, slots=True)
class MonthReading:
    """A reading as a chart sees it: its consumption is of ``months`` months, its own the last."""

    billing_month: YearMonth
    consumption: Decimal | None
    months: int = 1


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """A month of a meter's chart.

    ``consumption`` belongs to the month of the reading, ``spread`` to all the months it is of.
    """

    billing_month: YearMonth
    basis: ConsumptionBasis
    consumption: Decimal | None
    spread: Decimal | None


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """A month of several meters: the sum of what their readings of it tell."""

    billing_month: YearMonth
    consumption: Decimal | None = None
    readings: int = 0


@dataclass(frozen=True, slots=True)
class BalanceSide:
    """One side of a month's balance: what its meters counted, and how many of them were read.

    ``expected``: those that were read, and those that should have been.
    """

    consumption: Decimal | None = None
    read: int = 0
    expected: int = 0

    @property
    def coverage(self) -> Decimal | None:
        """How many of the expected meters were read, in percent; none if none is expected."""
        return _percent(Decimal(self.read), Decimal(self.expected)) if self.expected else None

    def plus(self, other: "BalanceSide") -> "BalanceSide":
        """Both together."""
        return BalanceSide(
            _sum(self.consumption, other.consumption),
            self.read + other.read,
            self.expected + other.expected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyBalance:
    """A month of a house: its own meters against those of its premises (небаланс).

    No ``difference`` where one side knows no consumption, no ``percent`` of nothing.
    """

    billing_month: YearMonth
    collective: BalanceSide
    individual: BalanceSide
    difference: Decimal | None
    percent: Decimal | None
    is_suspicious: bool


def months_between(first: YearMonth, last: YearMonth) -> MonthRange:
    """The months that are asked for, 60 at most."""
    if not EARLIEST_MONTH <= first <= last:
        raise BadInput("MONTHS_INVALID", first=first, last=last, earliest=EARLIEST_MONTH)
    size = first.until(last) + 1
    if size > MAX_MONTHS:
        raise BadInput("MONTHS_TOO_MANY", limit=MAX_MONTHS, value=size)
    return MonthRange(first, last)


def months_up_to(first: YearMonth | None, last: YearMonth | None, *, today: date) -> MonthRange:
    """The months that are asked for; by default the twelve that end with that of ``today``."""
    last = last or YearMonth.of(today)
    if first is None:
        first = max(EARLIEST_MONTH.shift(USUAL_MONTHS - 1), last).shift(1 - USUAL_MONTHS)
    return months_between(first, last)


def days_between(first: date | None, last: date | None) -> DayRange:
    """The days that are asked for."""
    if first is not None and last is not None and first > last:
        raise BadInput("DAYS_INVALID", first=first, last=last)
    return DayRange(first, last)


def history_page(first: int | None, before: YearMonth | None, days: DayRange) -> HistoryPage:
    """The months of a history that are asked for, 12 by default and 60 at most."""
    size = USUAL_MONTHS if first is None else first
    if not 0 <= size <= MAX_MONTHS:
        raise BadInput("PAGE_SIZE", limit=MAX_MONTHS, value=size)
    return HistoryPage(size, before, days)


def monthly(readings: Iterable[MonthReading], months: MonthRange) -> list[MonthPoint]:
    """A point for each month: of one meter, or of all that followed one another in its place."""
    counted: dict[YearMonth, Decimal | None] = {}
    spread: dict[YearMonth, Decimal | None] = {}
    for reading in readings:
        month = reading.billing_month
        counted[month] = _sum(counted.get(month), reading.consumption)
        for covered, share in _shares(reading, months):
            spread[covered] = _sum(spread.get(covered), share)
    return [
        MonthPoint(month, _basis(month, counted, spread), counted.get(month), spread.get(month))
        for month in months.months
    ]


def series_of(
    totals: Iterable[tuple[Unit, MonthTotal]], months: MonthRange
) -> dict[Unit, list[MonthTotal]]:
    """The sums of each unit that something was read in: units are never added up.

    A month without readings has no consumption; that is not the same as none consumed.
    """
    found: dict[Unit, dict[YearMonth, MonthTotal]] = {}
    for unit, total in totals:
        known = found.setdefault(unit, {})
        before = known.get(total.billing_month, MonthTotal(total.billing_month))
        known[total.billing_month] = MonthTotal(
            total.billing_month,
            _sum(before.consumption, total.consumption),
            before.readings + total.readings,
        )
    return {
        unit: [found[unit].get(month, MonthTotal(month)) for month in months.months]
        for unit in Unit
        if unit in found
    }


def balance_of(
    month: YearMonth, collective: BalanceSide, individual: BalanceSide
) -> MonthlyBalance:
    """What the house's meters counted beyond those of the premises, and whether that is odd.

    It is if the premises used more than came into the house, or much less.
    """
    of_house, of_premises = collective.consumption, individual.consumption
    difference = percent = None
    is_suspicious = False
    if of_house is not None and of_premises is not None:
        difference = of_house - of_premises
        percent = _percent(difference, of_house) if of_house else None
        is_suspicious = difference < 0 or 100 * difference > SUSPICIOUS_PERCENT * of_house
    return MonthlyBalance(
        billing_month=month,
        collective=collective,
        individual=individual,
        difference=difference,
        percent=percent,
        is_suspicious=is_suspicious,
    )


def _basis(
    month: YearMonth,
    counted: dict[YearMonth, Decimal | None],
    spread: dict[YearMonth, Decimal | None],
) -> ConsumptionBasis:
    if month in counted:
        return ConsumptionBasis.READING
    return ConsumptionBasis.SPREAD if month in spread else ConsumptionBasis.NONE


def _shares(reading: MonthReading, months: MonthRange) -> Iterable[tuple[YearMonth, Decimal]]:
    """Even shares of a reading's consumption, to the fourth decimal; together they are all."""
    if reading.consumption is None:
        return
    start = reading.billing_month.shift(-reading.months)
    first = max(months.first, start.shift(1))
    last = min(months.last, reading.billing_month)
    for n in range(first.until(last) + 1):
        month = first.shift(n)
        place = start.until(month)
        upto, before = (_part(reading, place), _part(reading, place - 1))
        yield month, upto - before


def _part(reading: MonthReading, months: int) -> Decimal:
    assert reading.consumption is not None
    return (reading.consumption * months / reading.months).quantize(_STEP, ROUND_HALF_UP)


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (100 * part / whole).quantize(_TENTH, ROUND_HALF_UP)


def _sum(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right
