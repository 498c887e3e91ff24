"""The verdict on one reading, without a database: what is saved, refused, or left as it is."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.rules import Rights, Values
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading
from kvartal_meters.readings.rules.judgement import (
    Author,
    Judgement,
    SubmittedValues,
    judge_correction,
    judge_submission,
    refusals_today,
)
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays

RESIDENT, EMPLOYEE, SERVICE = AuthorKind.RESIDENT, AuthorKind.EMPLOYEE, AuthorKind.SERVICE
ANY = UUID(int=1)
TODAY = date(2026, 11, 20)
EVERYTHING = Rights(outside_period=True, correct_past=True)


def stored(month: str, *values: str, previous: str | None = None, **fields: Any) -> StoredReading:
    found = YearMonth.parse(month)
    return StoredReading(
        **{
            "id": UUID(int=found.year * 12 + found.month),
            "billing_month": found,
            "taken_on": found.first_day,
            "values": tuple(map(Decimal, values)),
            "previous": None if previous is None else (Decimal(previous),),
            "saved_by": RESIDENT,
            "version": 1,
            **fields,
        }
    )


def a_meter(*readings: StoredReading, **fields: Any) -> MeterFacts:
    return MeterFacts(
        **{
            "id": ANY,
            "organization_id": ANY,
            "building_id": ANY,
            "premise_id": ANY,
            "type": MeterType.COLD_WATER,
            "scope": MeterScope.INDIVIDUAL,
            "status": MeterStatus.ACTIVE,
            "timezone": "Europe/Moscow",
            "settings": SettingsValues(active=True, window=WindowDays(15, 25)),
            "int_digits": 5,
            "readings": tuple(readings),
            **fields,
        }
    )


OCTOBER = stored("2026-10", "100")
NOVEMBER = stored("2026-11", "105", previous="100")
DECEMBER = stored("2026-12", "110", previous="105")


def author(
    kind: AuthorKind = RESIDENT, today: date = TODAY, rights: Rights | None = None
) -> Author:
    return Author(kind=kind, today=today, rights=rights or Rights())


def values(*raw: str | Decimal, **fields: bool) -> SubmittedValues:
    return SubmittedValues(values=raw, **fields)


def submitted(meter: MeterFacts, given: SubmittedValues, by: Author, **chosen: Any) -> Judgement:
    return judge_submission(meter, given, by, **chosen)


def codes(errors: Sequence[DomainError]) -> list[str]:
    return [each.code for each in errors]


def numbers(found: Values | None) -> list[str] | None:
    return None if found is None else [str(each) for each in found]


def test_a_new_reading_is_counted_from_the_last() -> None:
    verdict = submitted(a_meter(OCTOBER), values("105,5"), author())

    assert verdict.errors == ()
    assert (str(verdict.billing_month), verdict.taken_on) == ("2026-11", TODAY)
    assert (numbers(verdict.values), numbers(verdict.previous)) == (["105.5"], ["100"])
    assert verdict.consumption is not None
    assert verdict.consumption.total == Decimal("5.5")
    assert (verdict.existing, verdict.following, verdict.needs_review) == (None, None, False)


@pytest.mark.parametrize(
    ("case", "meter", "given", "unchanged"),
    [
        ("equal", a_meter(NOVEMBER, OCTOBER), values("105.00"), True),
        ("a decimal", a_meter(NOVEMBER, OCTOBER), values(Decimal("105.0")), True),
        ("another value", a_meter(NOVEMBER, OCTOBER), values("106"), False),
        ("no number", a_meter(NOVEMBER, OCTOBER), values("x"), False),
        ("too many", a_meter(NOVEMBER, OCTOBER), values("105", "105"), False),
        ("none", a_meter(NOVEMBER, OCTOBER), values(), False),
        ("of another month", a_meter(OCTOBER), values("100"), False),
    ],
)
def test_only_equal_values_of_the_month_are_a_repetition(
    case: str, meter: MeterFacts, given: SubmittedValues, unchanged: bool
) -> None:
    assert submitted(meter, given, author()).unchanged is unchanged


@pytest.mark.parametrize(
    "meter",
    [
        a_meter(NOVEMBER, status=MeterStatus.ARCHIVED),
        a_meter(NOVEMBER, settings=SettingsValues()),
        a_meter(NOVEMBER._replace(saved_by=EMPLOYEE)),
    ],
)
def test_a_repetition_succeeds_whatever_has_changed_since(meter: MeterFacts) -> None:
    verdict = submitted(meter, values("105"), author())

    assert (verdict.unchanged, verdict.errors, verdict.existing) == (
        True,
        (),
        meter.readings[0],
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(RESIDENT, ["INVALID_VALUE"]), (EMPLOYEE, ["INVALID_VALUE"]), (SERVICE, [])],
)
def test_people_give_three_decimals_and_systems_four(kind: AuthorKind, expected: list[str]) -> None:
    verdict = submitted(a_meter(OCTOBER), values("105.1234"), author(kind))

    assert codes(verdict.errors) == expected


def test_a_system_repeats_four_decimals() -> None:
    meter = a_meter(stored("2026-11", "105.1234"))

    assert submitted(meter, values("105.1234"), author(SERVICE)).unchanged


@pytest.mark.parametrize(
    ("case", "by", "chosen", "month", "expected"),
    [
        ("today's", author(EMPLOYEE), {}, "2026-11", []),
        ("a day of the month", author(EMPLOYEE), {"taken_on": date(2026, 11, 1)}, "2026-11", []),
        (
            "a day of the last month",
            author(EMPLOYEE, rights=EVERYTHING),
            {"taken_on": date(2026, 10, 31)},
            "2026-10",
            [],
        ),
        (
            "the last month",
            author(EMPLOYEE, rights=EVERYTHING),
            {"billing_month": YearMonth(2026, 10)},
            "2026-10",
            [],
        ),
        (
            "the last month without the privilege",
            author(EMPLOYEE),
            {"billing_month": YearMonth(2026, 10)},
            "2026-10",
            ["PERIOD_CLOSED"],
        ),
        (
            "a month too early",
            author(EMPLOYEE, rights=EVERYTHING),
            {"billing_month": YearMonth(2026, 9)},
            "2026-09",
            ["BILLING_MONTH_INVALID"],
        ),
        (
            "a month to come, and no privilege",
            author(EMPLOYEE),
            {"billing_month": YearMonth(2026, 12)},
            "2026-12",
            ["BILLING_MONTH_INVALID", "PERIOD_CLOSED"],
        ),
        (
            "tomorrow",
            author(EMPLOYEE),
            {"taken_on": date(2026, 11, 21)},
            "2026-11",
            ["TAKEN_ON_INVALID"],
        ),
        (
            "a system's past",
            author(SERVICE, today=date(2026, 11, 30)),
            {"billing_month": YearMonth(2020, 1)},
            "2020-01",
            [],
        ),
    ],
)
def test_the_month_follows_from_the_day_or_is_chosen(
    case: str, by: Author, chosen: dict[str, Any], month: str, expected: list[str]
) -> None:
    verdict = submitted(a_meter(), values("5"), by, **chosen)

    assert (str(verdict.billing_month), codes(verdict.errors)) == (month, expected)


@pytest.mark.parametrize(
    ("shift", "window", "today", "month"),
    [
        (0, WindowDays(25, 5), date(2026, 12, 3), "2026-11"),
        (-1, WindowDays(1, 5), date(2026, 12, 3), "2026-11"),
        (-1, WindowDays(25, 5), date(2026, 12, 3), "2026-10"),
        (0, None, date(2026, 12, 3), "2026-12"),
    ],
)
def test_the_month_is_the_windows(
    shift: int, window: WindowDays | None, today: date, month: str
) -> None:
    meter = a_meter(settings=SettingsValues(active=True, window=window), shift=shift)

    verdict = submitted(meter, values("5"), author(today=today))

    assert (str(verdict.billing_month), verdict.errors) == (month, ())


def test_a_house_meter_counts_calendar_months() -> None:
    house = a_meter(
        OCTOBER, scope=MeterScope.COLLECTIVE, settings=SettingsValues(), ratio=Decimal(40)
    )

    verdict = submitted(house, values("101"), author(EMPLOYEE, today=date(2026, 11, 1)))

    assert verdict.errors == ()
    assert verdict.consumption is not None
    assert verdict.consumption.total == 40


def test_an_anomaly_is_refused_until_it_is_confirmed() -> None:
    meter = a_meter(OCTOBER)

    asked = submitted(meter, values("150"), author())
    confirmed = submitted(meter, values("150", confirmed=True), author())

    assert codes(asked.errors) == ["ANOMALY_CONFIRMATION_REQUIRED"]
    assert (confirmed.errors, confirmed.needs_review) == ((), True)


@pytest.mark.parametrize(
    ("kind", "expected"), [(RESIDENT, ["READING_BELOW_PREVIOUS"]), (EMPLOYEE, []), (SERVICE, [])]
)
def test_residents_declare_no_rollover(kind: AuthorKind, expected: list[str]) -> None:
    meter = a_meter(stored("2026-10", "99990"))

    verdict = submitted(meter, values("5", rollover=True), author(kind))

    assert codes(verdict.errors) == expected


def test_a_correction_keeps_its_day_and_saves_equal_values() -> None:
    verdict = judge_correction(a_meter(NOVEMBER, OCTOBER), values("105"), author(), NOVEMBER)

    assert (verdict.unchanged, verdict.errors) == (False, ())
    assert (verdict.taken_on, verdict.existing) == (date(2026, 11, 1), NOVEMBER)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (author(), ["PERIOD_CLOSED"]),
        (author(EMPLOYEE), ["PERIOD_CLOSED", "LATER_READING_EXISTS"]),
        (author(EMPLOYEE, rights=Rights(outside_period=True)), ["LATER_READING_EXISTS"]),
        (author(EMPLOYEE, rights=EVERYTHING), []),
        (author(SERVICE), []),
    ],
)
def test_who_may_correct_the_past(by: Author, expected: list[str]) -> None:
    verdict = judge_correction(a_meter(NOVEMBER, OCTOBER), values("101"), by, OCTOBER)

    assert codes(verdict.errors) == expected


def test_the_next_reading_is_counted_anew() -> None:
    meter = a_meter(DECEMBER, NOVEMBER, OCTOBER)

    verdict = judge_correction(meter, values("108"), author(EMPLOYEE, rights=EVERYTHING), NOVEMBER)

    assert verdict.following is not None
    following, consumption = verdict.following
    assert following is DECEMBER
    assert consumption is not None
    assert consumption.total == 2


def test_a_refused_value_counts_nothing_anew() -> None:
    meter = a_meter(DECEMBER, NOVEMBER, OCTOBER)

    verdict = judge_correction(meter, values("111"), author(EMPLOYEE, rights=EVERYTHING), NOVEMBER)

    assert (codes(verdict.errors), verdict.following) == (["READING_ABOVE_NEXT"], None)


@pytest.mark.parametrize(
    ("meter", "by", "expected"),
    [
        (a_meter(OCTOBER), author(), ("2026-11", [])),
        (a_meter(NOVEMBER), author(), ("2026-11", [])),
        (
            a_meter(NOVEMBER._replace(saved_by=SERVICE)),
            author(),
            ("2026-11", ["EDITED_BY_STAFF"]),
        ),
        (a_meter(DECEMBER), author(EMPLOYEE), ("2026-11", ["LATER_READING_EXISTS"])),
        (a_meter(), author(today=date(2026, 11, 30)), ("2026-11", ["PERIOD_CLOSED"])),
    ],
)
def test_what_may_be_done_today(
    meter: MeterFacts, by: Author, expected: tuple[str, list[str]]
) -> None:
    month, refusals = refusals_today(meter, by)

    assert (str(month), codes(refusals)) == expected


def test_the_gap_of_the_past_is_spread_over_its_months() -> None:
    meter = a_meter(
        stored("2026-10", "27", previous="0"),
        stored("2026-07", "0"),
        commissioned_on=date(2026, 5, 2),
    )

    neighbours = meter.neighbours(YearMonth(2026, 12))

    assert neighbours.months == 2
    assert [(str(each.billing_month), each.months) for each in neighbours.past] == [
        ("2026-10", 3),
        ("2026-07", 2),
    ]
    assert [each.consumption for each in neighbours.past] == [(Decimal(27),), None]


def test_neighbours_are_found_in_any_month() -> None:
    meter = a_meter(DECEMBER, NOVEMBER, OCTOBER, initial=(Decimal(90),))

    first = meter.neighbours(YearMonth(2026, 9))
    middle = meter.neighbours(YearMonth(2026, 11))
    last = meter.neighbours(YearMonth(2027, 1))

    assert [(numbers(each.previous), numbers(each.next)) for each in (first, middle, last)] == [
        (["90"], ["100"]),
        (["100"], ["110"]),
        (["110"], None),
    ]
