"""What a meter's card may say: dates, intervals, digits, initial values, and what readings fix."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kvartal.errors import DomainError
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.errors import DigitsExceeded, InvalidValue, RegistersMismatch
from kvartal_meters.meters.rules.kinds import MeterCondition, MeterScope, MeterStatus
from kvartal_meters.meters.rules.refusals import (
    CollectiveOnly,
    DateInFuture,
    DigitsContradictReadings,
    DigitsInvalid,
    InitialValuesFixed,
    IntervalInvalid,
    RatioInvalid,
    TypeFixed,
    VerificationOrderInvalid,
)

__all__ = [
    "COLLECTIVE_FIELDS",
    "Card",
    "ReadSoFar",
    "card_faults",
    "change_faults",
    "status_change",
]

DECIMALS = 4
VALUE_BOUND = Decimal(10) ** 12  # numeric(16,4) holds no more
RATIO_BOUND = Decimal(10) ** 8  # numeric(12,4)
MAX_INTERVAL = 30
MAX_DIGITS = 12

COLLECTIVE_FIELDS = (
    "installation_place",
    "installed_on",
    "sealed_on",
    "condition",
    "antimagnetic_seal",
    "temperature_sensor",
    "pressure_sensor",
    "remote_reading",
)
# What another meter may be sent all the same: a form that leaves them as they are says this.
_MEANS_NOTHING = (None, False, MeterCondition.WORKING)
_PAST = ("commissioned_on", "verified_on", "installed_on", "sealed_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A meter's card, as it is or will be; ``details``: what only a house meter has."""

    scope: MeterScope
    type: MeterType
    commissioned_on: date | None = None
    verification_interval: int | None = None
    verified_on: date | None = None
    next_verification_on: date | None = None
    int_digits: int | None = None
    transformation_ratio: Decimal = Decimal(1)
    initial_values: tuple[Decimal, ...] = ()
    details: Mapping[str, object]

    @property
    def is_collective(self) -> bool:
        """Whether it is a house meter (ОДПУ)."""
        return self.scope is MeterScope.COLLECTIVE


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """What a meter's readings fix: that there are ``any``, the ``highest`` value, a rollover."""

    any: bool
    highest: Decimal | None
    rolled: bool


def card_faults(card: Card, given: Collection[str], *, today: date) -> list[DomainError]:
    """What is wrong with the fields that are ``given``, in the building's ``today``."""
    return [
        *_future(card, given, today),
        *_order(card, given),
        *_numbers(card, given),
        *_initial_values(card, given),
        *_foreign(card, given),
    ]


def change_faults(before: Card, after: Card, read: ReadSoFar) -> list[DomainError]:
    """What may not change of a card, because of what the meter is or has been read to."""
    found: list[DomainError] = []
    if before.type is not after.type:
        if not after.is_collective:
            found.append(TypeFixed(path=("type",)))
        elif read.any and not _alike(before.type, after.type):
            found.append(TypeFixed(has_readings=True, path=("type",)))
    if read.any and before.initial_values != after.initial_values:
        found.append(InitialValuesFixed(path=("initial_values",)))
    if before.int_digits != after.int_digits and _contradicts(after.int_digits, read):
        found.append(DigitsContradictReadings(path=("int_digits",)))
    return found


def status_change(before: MeterStatus, after: MeterStatus) -> tuple[bool, bool]:
    """Whether a meter goes into the archive with a new status, and whether it comes back."""
    was, will_be = before is MeterStatus.ARCHIVED, after is MeterStatus.ARCHIVED
    return will_be and not was, was and not will_be


def _future(card: Card, given: Collection[str], today: date) -> Iterator[DomainError]:
    for name in _PAST:
        day = card.details.get(name) if name in COLLECTIVE_FIELDS else getattr(card, name)
        if name in given and isinstance(day, date) and day > today:
            yield DateInFuture(today=today, path=(name,))


def _order(card: Card, given: Collection[str]) -> Iterator[DomainError]:
    last, coming = card.verified_on, card.next_verification_on
    if last is not None and coming is not None and last > coming:
        place = "next_verification_on" if "next_verification_on" in given else "verified_on"
        yield VerificationOrderInvalid(path=(place,))


def _numbers(card: Card, given: Collection[str]) -> Iterator[DomainError]:
    interval, digits = card.verification_interval, card.int_digits
    if interval is not None and not 1 <= interval <= MAX_INTERVAL:
        yield IntervalInvalid(path=("verification_interval",))
    if digits is not None and not 1 <= digits <= MAX_DIGITS:
        yield DigitsInvalid(path=("int_digits",))
    if "transformation_ratio" in given:
        ratio = card.transformation_ratio
        if not 0 < ratio < RATIO_BOUND or _decimals(ratio) > DECIMALS:
            yield RatioInvalid(path=("transformation_ratio",))
        elif ratio != 1 and not card.is_collective:
            yield CollectiveOnly(path=("transformation_ratio",))


def _initial_values(card: Card, given: Collection[str]) -> Iterator[DomainError]:
    if not {"initial_values", "type", "int_digits"}.intersection(given):
        return
    values, registers = card.initial_values, len(CATALOG[card.type].registers)
    if values and len(values) != registers:
        place = "initial_values" if "initial_values" in given else "type"
        yield RegistersMismatch(expected=registers, given=len(values), path=(place,))
        return
    for number, value in enumerate(values):
        if not 0 <= value < VALUE_BOUND or _decimals(value) > DECIMALS:
            yield InvalidValue(decimals=DECIMALS, path=("initial_values", number))
        elif _exceeds(value, card.int_digits):
            path = ("initial_values", number) if "initial_values" in given else ("int_digits",)
            yield DigitsExceeded(digits=card.int_digits or 0, path=path)


def _foreign(card: Card, given: Collection[str]) -> Iterator[DomainError]:
    if card.is_collective:
        return
    for name in COLLECTIVE_FIELDS:
        if name in given and card.details.get(name) not in _MEANS_NOTHING:
            yield CollectiveOnly(path=(name,))


def _alike(one: MeterType, other: MeterType) -> bool:
    """Whether readings of one type are as good as readings of the other."""
    first, second = CATALOG[one], CATALOG[other]
    return (first.kind, first.unit, len(first.registers)) == (
        second.kind,
        second.unit,
        len(second.registers),
    )


def _contradicts(digits: int | None, read: ReadSoFar) -> bool:
    return read.rolled or (read.highest is not None and _exceeds(read.highest, digits))


def _exceeds(value: Decimal, digits: int | None) -> bool:
    return digits is not None and 1 <= digits <= MAX_DIGITS and value >= Decimal(10) ** digits


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # no other number than a finite one is read
    return -exponent
