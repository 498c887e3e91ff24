"""The consumption between two readings, across a rollover of the dial (переход через ноль) too."""

from collections.abc import Sequence
from decimal import Context, Decimal
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "Consumption",
    "Values",
    "capacity",
    "consumption_of",
    "is_plausible_rollover",
    "rolled_over",
]

Values = tuple[Decimal, ...]
"""The values of a reading, one per register, in T1…T3 order."""

_ONE = Decimal(1)
_STEP = Decimal("0.0001")
_EXACT = Context(prec=60)


class Consumption(NamedTuple):
    """What was consumed since the previous reading, per register and in all."""

    registers: Values
    total: Decimal


def consumption_of(
    values: Sequence[Decimal],
    previous: Sequence[Decimal] | None,
    *,
    digits: int | None = None,
    ratio: Decimal = _ONE,
) -> Consumption | None:
    """The consumption from ``previous`` to ``values``; none if there is nothing to count from.

    A lower value has passed zero: readings never fall otherwise. ``ratio`` is the transformation
    ratio of a collective meter.
    """
    if previous is None:
        return None
    registers = [
        _scaled(value - before + (capacity(digits) if digits and value < before else 0), ratio)
        for value, before in zip(values, previous, strict=True)
    ]
    return Consumption(tuple(registers), sum(registers, Decimal()))


def is_plausible_rollover(previous: Decimal, value: Decimal, digits: int | None) -> bool:
    """Whether the dial may have passed zero: from its last tenth into its first."""
    if digits is None:
        return False
    tenth = capacity(digits - 1)
    return previous >= 9 * tenth and value <= tenth


def rolled_over(values: Sequence[Decimal], previous: Sequence[Decimal] | None) -> tuple[bool, ...]:
    """Which registers of a stored reading passed zero."""
    if previous is None:
        return (False,) * len(values)
    return tuple([value < before for value, before in zip(values, previous, strict=True)])


@lru_cache
def capacity(digits: int) -> Decimal:
    """The first value that a dial of so many integer digits cannot show."""
    return Decimal(10) ** digits


def _scaled(difference: Decimal, ratio: Decimal) -> Decimal:
    if ratio == _ONE:
        return difference
    return _EXACT.quantize(_EXACT.multiply(difference, ratio), _STEP)
