"""Consumption far above what the meter usually shows: people are asked whether it is right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG, MeterType, Unit
from kvartal_meters.errors import AnomalyConfirmationRequired
from kvartal_meters.policy.rules import DEFAULT_FACTOR
from kvartal_meters.readings.rules.consumption import Values

__all__ = [
    "AnomalyLimits",
    "PastReading",
    "anomalies_of",
    "anomaly_limits",
    "confirmation_thresholds",
    "months_gap",
]

KNOWN_MONTHS = 3
LOOKBACK_MONTHS = 12


@dataclass(frozen=True, slots=True)
class AnomalyLimits:
    """A month is anomalous above ``factor`` averages, if above its floor too.

    ``floors`` are a month's norm per register; a collective meter has none.
    """

    floors: Values | None
    factor: Decimal = DEFAULT_FACTOR


@dataclass(frozen=True, slots=True)
class PastReading:
    """An earlier reading as the average sees it: its consumption, spread over its months.

    A meter's ``past`` is its earlier readings, the newest first.
    """

    billing_month: YearMonth
    consumption: Values | None
    months: int = 1


def anomaly_limits(
    meter_type: MeterType, *, collective: bool, factor: Decimal = DEFAULT_FACTOR
) -> AnomalyLimits:
    """The limits of a meter; the ``factor`` is what its organization sets for the resource."""
    return AnomalyLimits(None if collective else CATALOG[meter_type].monthly_norms, factor)


def months_gap(
    billing_month: YearMonth, previous: YearMonth | None, commissioned_on: date | None
) -> int:
    """How many months a reading's consumption is of.

    They count from the previous reading; for the first one from commissioning, else it is one.
    """
    since = previous
    if since is None and commissioned_on is not None:
        since = YearMonth.of(commissioned_on)
    return 1 if since is None else max(1, since.until(billing_month))


def anomalies_of(
    consumption: Values,
    *,
    billing_month: YearMonth,
    months: int,
    past: Iterable[PastReading],
    limits: AnomalyLimits,
    unit: Unit,
) -> tuple[AnomalyConfirmationRequired, ...]:
    """The registers whose monthly consumption asks for a confirmation."""
    if limits.floors is not None and all(
        each <= floor * months for each, floor in zip(consumption, limits.floors, strict=True)
    ):
        return ()
    monthly = [Fraction(each) / months for each in consumption]
    known = _known_months(past, billing_month)
    return tuple(
        AnomalyConfirmationRequired(
            path=("values", register),
            consumption=_decimal(each, "0.001"),
            average=None if average is None else _decimal(average, "0.001"),
            unit=unit,
        )
        for register, each in enumerate(monthly)
        for average in (_average(known, register),)
        for limit in (_monthly_limit(average, register, limits),)
        if limit is not None and each > limit
    )


def confirmation_thresholds(
    registers: int,
    *,
    billing_month: YearMonth,
    months: int,
    past: Iterable[PastReading],
    limits: AnomalyLimits,
) -> tuple[Decimal | None, ...]:
    """Per register, the consumption of the reading above which a confirmation will be asked."""
    known = _known_months(past, billing_month)
    monthly = (
        _monthly_limit(_average(known, register), register, limits) for register in range(registers)
    )
    return tuple(
        None if limit is None else _decimal(limit * months, "0.0001", ROUND_FLOOR)
        for limit in monthly
    )


def _known_months(past: Iterable[PastReading], before: YearMonth) -> list[tuple[Fraction, ...]]:
    """The last three months of known consumption, looking a year back; more is not asked for."""
    earliest = before.shift(-LOOKBACK_MONTHS)
    known: list[tuple[Fraction, ...]] = []
    for reading in past:
        if reading.consumption is None or reading.billing_month >= before:
            continue
        within = min(reading.months, earliest.until(reading.billing_month) + 1)
        share = tuple(Fraction(each) / reading.months for each in reading.consumption)
        known.extend([share] * within)
        if len(known) >= KNOWN_MONTHS:
            break
    return known[:KNOWN_MONTHS]


def _average(known: Sequence[tuple[Fraction, ...]], register: int) -> Fraction | None:
    if len(known) < KNOWN_MONTHS:
        return None
    return sum((month[register] for month in known), Fraction()) / KNOWN_MONTHS


def _monthly_limit(
    average: Fraction | None, register: int, limits: AnomalyLimits
) -> Fraction | None:
    floor = None if limits.floors is None else Fraction(limits.floors[register])
    factor = Fraction(limits.factor)
    if average is None:
        return None if floor is None else factor * floor
    return max(factor * average, floor or Fraction())


def _decimal(value: Fraction, step: str, rounding: str = ROUND_HALF_UP) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(step), rounding)
