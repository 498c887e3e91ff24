"""The verdict on one submitted or corrected reading: all conditions in their order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.errors import LaterReadingExists
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules.access import (
    NO_RIGHTS,
    Rights,
    check_billing_month,
    check_taken_on,
    collective_billing_month,
    refusals_to_correct,
    refusals_to_submit,
)
from kvartal_meters.readings.rules.consumption import Consumption, Values, consumption_of
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading
from kvartal_meters.readings.rules.values import (
    PEOPLES_DECIMALS,
    SYSTEMS_DECIMALS,
    Outcome,
    ValueLimits,
    check_values,
    is_unchanged,
    parse_value,
)
from kvartal_meters.resource_settings.rules import owner_month

__all__ = [
    "Author",
    "Judgement",
    "SubmittedValues",
    "judge_closing",
    "judge_correction",
    "judge_month",
    "judge_submission",
    "refusals_today",
]


class Author(NamedTuple):
    """Who saves the reading, on which day of the building, with which privileges.

    ``by_file``: a person sends values that a system has written.
    """

    kind: AuthorKind
    today: date
    rights: Rights = NO_RIGHTS
    by_file: bool = False


class SubmittedValues(NamedTuple):
    """What was entered for one meter, in T1…T3 order.

    ``rollover``: lower registers passed zero (переход через ноль); ``confirmed``: an anomaly is
    right all the same.
    """

    values: Sequence[str | Decimal]
    confirmed: bool = False
    rollover: bool = False


class Judgement(NamedTuple):
    """What is to be done: nothing (``unchanged``), refuse (``errors``), else save ``values``."""

    billing_month: YearMonth
    taken_on: date
    existing: StoredReading | None = None
    unchanged: bool = False
    errors: tuple[DomainError, ...] = ()
    values: Values = ()
    previous: Values | None = None
    consumption: Consumption | None = None
    needs_review: bool = False
    following: tuple[StoredReading, Consumption | None] | None = None


def judge_submission(
    meter: MeterFacts,
    submitted: SubmittedValues,
    by: Author,
    *,
    taken_on: date | None = None,
    billing_month: YearMonth | None = None,
    placed: Judgement | None = None,
) -> Judgement:
    """Judge a reading that is new or replaces the month's own; residents choose neither day.

    ``placed``: what `judge_month` has said of it, if it was asked already.
    """
    if placed is None:
        placed = judge_month(meter, by, taken_on=taken_on, billing_month=billing_month)
    if placed.errors:
        return placed
    month, day = placed.billing_month, placed.taken_on
    current, natural = _month_of(meter, by.today), _month_of(meter, day)
    existing = meter.reading_of(month)
    # Who may never submit for it is told so even of what is there already.
    is_staffs = meter.is_collective and by.kind is AuthorKind.RESIDENT
    if existing and not is_staffs and _is_repeated(meter, submitted, by, existing):
        return Judgement(billing_month=month, taken_on=day, existing=existing, unchanged=True)
    misplaced = check_billing_month(
        by.kind, month, of_taken_on=natural, current=current, today=by.today
    )
    errors = (*([misplaced] if misplaced else []), *_refusals(meter, by, month, submitting=True))
    if errors:
        return Judgement(billing_month=month, taken_on=day, existing=existing, errors=errors)
    return _judge_values(meter, submitted, by, month, day, existing)


def judge_month(
    meter: MeterFacts,
    by: Author,
    *,
    taken_on: date | None = None,
    billing_month: YearMonth | None = None,
) -> Judgement:
    """The month of a reading, whatever it says, unless its day cannot be."""
    day = taken_on or by.today
    impossible = check_taken_on(day, today=by.today, commissioned_on=meter.commissioned_on)
    if impossible:
        # Which month it would be, and what else is wrong with it, hangs on the day.
        current = _month_of(meter, by.today)
        return Judgement(billing_month=current, taken_on=day, errors=(impossible,))
    return Judgement(billing_month=billing_month or _month_of(meter, day), taken_on=day)


def judge_correction(
    meter: MeterFacts, submitted: SubmittedValues, by: Author, existing: StoredReading
) -> Judgement:
    """Judge new values for a stored reading, taken when it was; equal ones are saved as well."""
    month, day = existing.billing_month, existing.taken_on
    if errors := _refusals(meter, by, month):
        return Judgement(billing_month=month, taken_on=day, existing=existing, errors=errors)
    return _judge_values(meter, submitted, by, month, day, existing)


def judge_closing(
    meter: MeterFacts, submitted: SubmittedValues, by: Author, *, taken_on: date | None = None
) -> Judgement:
    """Judge the last reading of a meter that is replaced: it is the current month's.

    Neither window nor status matter, but the values have to follow on the others all the same.
    """
    month, day = _month_of(meter, by.today), taken_on or by.today
    existing = meter.reading_of(month)
    if existing and _is_repeated(meter, submitted, by, existing):
        return Judgement(billing_month=month, taken_on=day, existing=existing, unchanged=True)
    impossible = check_taken_on(day, today=by.today, commissioned_on=meter.commissioned_on)
    errors = (*([impossible] if impossible else []), *_not_the_last(meter, month))
    if errors:
        return Judgement(billing_month=month, taken_on=day, existing=existing, errors=errors)
    return _judge_values(meter, submitted, by, month, day, existing)


def _not_the_last(meter: MeterFacts, month: YearMonth) -> tuple[DomainError, ...]:
    return (LaterReadingExists(),) if meter.after(month) else ()


def refusals_today(meter: MeterFacts, by: Author) -> tuple[YearMonth, tuple[DomainError, ...]]:
    """The month that a reading of today belongs to, and why the author may not save one for it."""
    month = _month_of(meter, by.today)
    return month, _refusals(meter, by, month, submitting=True)


def _refusals(
    meter: MeterFacts, by: Author, month: YearMonth, *, submitting: bool = False
) -> tuple[DomainError, ...]:
    """A month that has its reading is corrected, another one is submitted."""
    standing = meter.standing(by.today)
    has_later = by.kind is AuthorKind.EMPLOYEE and meter.after(month) is not None
    existing = meter.reading_of(month)
    if existing is None:
        return refusals_to_submit(
            by.kind, standing, billing_month=month, has_later=has_later, rights=by.rights
        )
    return refusals_to_correct(
        by.kind,
        standing,
        billing_month=month,
        last_saved_by=existing.saved_by,
        has_later=has_later,
        rights=by.rights,
        submitting=submitting,
    )


def _judge_values(
    meter: MeterFacts,
    submitted: SubmittedValues,
    by: Author,
    month: YearMonth,
    day: date,
    existing: StoredReading | None,
) -> Judgement:
    neighbours = meter.neighbours(month)
    outcome = check_values(
        submitted.values,
        by=by.kind,
        billing_month=month,
        limits=_limits(meter, by, existing),
        neighbours=neighbours,
        # Only staff may declare that a dial passed zero (domain rules, 6.4).
        rollover=submitted.rollover and by.kind is not AuthorKind.RESIDENT,
    )
    errors = outcome.errors or (() if submitted.confirmed else outcome.anomalies)
    return Judgement(
        billing_month=month,
        taken_on=day,
        existing=existing,
        errors=errors,
        values=outcome.values,
        previous=neighbours.previous,
        consumption=outcome.consumption,
        needs_review=bool(outcome.anomalies),
        following=_following(meter, month, outcome),
    )


def _following(
    meter: MeterFacts, month: YearMonth, outcome: Outcome
) -> tuple[StoredReading, Consumption | None] | None:
    """The next reading with its consumption counted anew from these values."""
    after = meter.after(month)
    if after is None or not outcome.values:
        return None
    return after, consumption_of(
        after.values, outcome.values, digits=meter.int_digits, ratio=after.ratio
    )


def _month_of(meter: MeterFacts, day: date) -> YearMonth:
    if meter.is_collective:
        return collective_billing_month(day, shift=meter.shift)
    return owner_month(meter.settings.window, day).shift(meter.shift)


def _limits(meter: MeterFacts, by: Author, existing: StoredReading | None = None) -> ValueLimits:
    """A reading that is there keeps its ratio: a new one applies to later readings alone."""
    system = by.by_file or by.kind is AuthorKind.SERVICE
    limits = meter.limits(decimals=SYSTEMS_DECIMALS if system else PEOPLES_DECIMALS)
    return replace(limits, ratio=existing.ratio) if existing else limits


def _is_repeated(
    meter: MeterFacts, submitted: SubmittedValues, by: Author, existing: StoredReading
) -> bool:
    decimals = _limits(meter, by).decimals
    parsed = [parse_value(each, decimals=decimals) for each in submitted.values]
    values = [each for each in parsed if isinstance(each, Decimal)]
    return len(values) == len(parsed) and is_unchanged(values, existing.values)
