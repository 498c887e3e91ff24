"""What the values of a reading may be: numbers that fit the dial and never fall."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import Unit
from kvartal_meters.errors import (
    AnomalyConfirmationRequired,
    DigitsExceeded,
    FractionNotAllowed,
    InvalidValue,
    ReadingAboveNext,
    ReadingBelowPrevious,
    RegistersMismatch,
    RolloverHint,
    RolloverNotPlausible,
)
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules.anomaly import AnomalyLimits, PastReading, anomalies_of
from kvartal_meters.readings.rules.consumption import (
    Consumption,
    Values,
    capacity,
    consumption_of,
    is_plausible_rollover,
    rolled_over,
)

__all__ = [
    "Neighbours",
    "Outcome",
    "ValueLimits",
    "Values",
    "check_values",
    "is_unchanged",
    "parse_value",
    "plain",
    "previous_values",
    "truncate",
]

PEOPLES_DECIMALS = 3
SYSTEMS_DECIMALS = 4
BOUND = Decimal(10) ** 12  # numeric(16,4) holds no more
_NUMBER = re.compile(r"0*([0-9]{1,12})(?:[.,]([0-9]+))?")
_LONGEST = 64

_HINTS = {AuthorKind.RESIDENT: RolloverHint.ASK_STAFF, AuthorKind.EMPLOYEE: RolloverHint.TICK}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueLimits:
    """What the meter and its building's settings ask of values.

    ``decimals``: people give three, other systems four.
    """

    registers: int
    unit: Unit
    anomaly: AnomalyLimits
    digits: int | None = None
    ratio: Decimal = Decimal(1)
    fraction: bool = True
    decimals: int = PEOPLES_DECIMALS


class Neighbours(NamedTuple):
    """The readings around a billing month, which its values have to fit between.

    ``previous_month``: none if ``previous`` are the initial values. ``next_rolled``: the registers
    on which the next reading passed zero. ``past``: the readings
    before the month, for the average; ``months``: how many months the consumption will be of.
    """

    previous: Values | None = None
    previous_month: YearMonth | None = None
    next: Values | None = None
    next_rolled: tuple[bool, ...] = ()
    months: int = 1
    past: Iterable[PastReading] = ()


class Outcome(NamedTuple):
    """The verdict on a reading: with errors nothing else counts.

    ``anomalies`` are refusals until a person confirms; imports save the reading for review.
    """

    values: Values = ()
    consumption: Consumption | None = None
    rolled: tuple[bool, ...] = ()
    errors: tuple[DomainError, ...] = ()
    anomalies: tuple[AnomalyConfirmationRequired, ...] = ()


def check_values(
    raw: Sequence[str | Decimal],
    *,
    by: AuthorKind,
    billing_month: YearMonth,
    limits: ValueLimits,
    neighbours: Neighbours,
    rollover: bool = False,
) -> Outcome:
    """Judge the values of one reading; ``rollover`` says that its lower registers passed zero."""
    if len(raw) != limits.registers:
        mismatch = RegistersMismatch(path=("values",), expected=limits.registers, given=len(raw))
        return Outcome(errors=(mismatch,))
    parsed = [parse_value(each, decimals=limits.decimals) for each in raw]
    found = [
        each
        if isinstance(each, InvalidValue)
        else _dial_error(each, limits)
        or _below_error(each, register, limits, neighbours, by if not rollover else None)
        or _above_error(each, register, limits, neighbours)
        for register, each in enumerate(parsed)
    ]
    errors = [e.at("values", register) for register, e in enumerate(found) if e is not None]
    if errors:
        return Outcome(errors=tuple(errors))
    values = tuple([each for each in parsed if isinstance(each, Decimal)])
    return _judged(values, billing_month, limits, neighbours)


def _judged(
    values: Values, billing_month: YearMonth, limits: ValueLimits, neighbours: Neighbours
) -> Outcome:
    consumption = consumption_of(
        values, neighbours.previous, digits=limits.digits, ratio=limits.ratio
    )
    if consumption is not None and consumption.total >= BOUND:
        return Outcome(errors=(InvalidValue(path=("values",), decimals=limits.decimals),))
    return Outcome(
        values=values,
        consumption=consumption,
        rolled=rolled_over(values, neighbours.previous),
        anomalies=()
        if consumption is None
        else anomalies_of(
            consumption.registers,
            billing_month=billing_month,
            months=neighbours.months,
            past=neighbours.past,
            limits=limits.anomaly,
            unit=limits.unit,
        ),
    )


def _dial_error(value: Decimal, limits: ValueLimits) -> DomainError | None:
    if not limits.fraction and value % 1:
        return FractionNotAllowed()
    if limits.digits is not None and value >= capacity(limits.digits):
        return DigitsExceeded(digits=limits.digits)
    return None


def _below_error(
    value: Decimal,
    register: int,
    limits: ValueLimits,
    neighbours: Neighbours,
    refuses: AuthorKind | None,
) -> DomainError | None:
    """``refuses``: who gets the refusal of a lower value; none if it is declared a rollover."""
    if neighbours.previous is None or value >= neighbours.previous[register]:
        return None
    previous = neighbours.previous[register]
    plausible = is_plausible_rollover(previous, value, limits.digits)
    if refuses is not None:
        return ReadingBelowPrevious(
            previous=previous,
            previous_month=neighbours.previous_month,
            hint=_HINTS.get(refuses) if plausible else None,
        )
    return None if plausible else RolloverNotPlausible()


def _above_error(
    value: Decimal, register: int, limits: ValueLimits, neighbours: Neighbours
) -> DomainError | None:
    if neighbours.next is None:
        return None
    following = neighbours.next[register]
    if neighbours.next_rolled and neighbours.next_rolled[register]:
        # A rollover stays one: else the next month's consumption would turn into a jump.
        plausible = is_plausible_rollover(value, following, limits.digits)
        return None if plausible else RolloverNotPlausible()
    return ReadingAboveNext(next=following) if value > following else None


def parse_value(raw: str | Decimal, *, decimals: int = PEOPLES_DECIMALS) -> Decimal | InvalidValue:
    """Read a meter's value: comma or dot, leading zeros ignored; no sign and no exponent."""
    text = _written_out(raw) if isinstance(raw, Decimal) else raw.strip()
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return InvalidValue(decimals=decimals)
    whole, fraction = match.group(1), (match.group(2) or "").rstrip("0")
    if len(fraction) > decimals:
        return InvalidValue(decimals=decimals)
    return Decimal(f"{whole}.{fraction}" if fraction else whole)


def _written_out(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -_LONGEST <= exponent <= 0:
        return f"{value:f}"
    return ""


def truncate(values: Sequence[Decimal]) -> Values:
    """The whole parts: what an import saves where fractions are not taken."""
    return tuple(value.to_integral_value(ROUND_FLOOR) for value in values)


def previous_values(latest_before: Values | None, initial: Values | None) -> Values | None:
    """What a reading is compared with: the latest earlier one, else the meter's initial values."""
    return initial if latest_before is None else latest_before


def is_unchanged(values: Sequence[Decimal], stored: Sequence[Decimal]) -> bool:
    """Submitting what is stored already succeeds and changes nothing."""
    return tuple(values) == tuple(stored)


def plain(value: Decimal) -> str:
    """A value without trailing zeros and exponent, with a dot: for machines and for the log."""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
