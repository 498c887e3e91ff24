"""What may replace what, and how the last reading of a meter that leaves is judged."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading
from kvartal_meters.readings.rules.judgement import (
    Author,
    SubmittedValues,
    judge_closing,
    judge_correction,
)
from kvartal_meters.readings.rules.replacement import may_replace
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays

CLERK = Author(kind=AuthorKind.EMPLOYEE, today=date(2026, 11, 28))
COLD, HOT = MeterType.COLD_WATER, MeterType.HOT_WATER
ONE, TWO, THREE = (
    MeterType.ELECTRICITY_1T,
    MeterType.ELECTRICITY_2T,
    MeterType.ELECTRICITY_3T,
)


@pytest.mark.parametrize(
    ("case", "old", "new", "expected"),
    [
        ("the same", COLD, COLD, True),
        ("hot is not cold", COLD, HOT, False),
        ("another resource", COLD, MeterType.WASTEWATER, False),
        ("day and night besides", ONE, TWO, True),
        ("one tariff again", THREE, ONE, True),
        ("another unit", MeterType.HEATING, MeterType.HEAT_COST_ALLOCATOR, False),
    ],
)
def test_a_replacement_measures_the_same(
    case: str, old: MeterType, new: MeterType, expected: bool
) -> None:
    assert may_replace(old, new) is expected


def _reading(
    month: str, value: str, previous: str | None = None, ratio: str = "1"
) -> StoredReading:
    parsed = YearMonth.parse(month)
    return StoredReading(
        id=UUID(int=int(month.replace("-", ""))),
        billing_month=parsed,
        taken_on=parsed.first_day,
        values=(Decimal(value),),
        previous=None if previous is None else (Decimal(previous),),
        saved_by=AuthorKind.EMPLOYEE,
        version=1,
        ratio=Decimal(ratio),
    )


def _meter(*readings: StoredReading, ratio: str = "1", collective: bool = False) -> MeterFacts:
    return MeterFacts(
        id=UUID(int=1),
        organization_id=UUID(int=2),
        building_id=UUID(int=3),
        premise_id=None if collective else UUID(int=4),
        type=COLD,
        scope=MeterScope.COLLECTIVE if collective else MeterScope.INDIVIDUAL,
        status=MeterStatus.VERIFICATION,
        int_digits=5,
        ratio=Decimal(ratio),
        timezone="Europe/Moscow",
        settings=SettingsValues(active=True, window=WindowDays(15, 25)),
        readings=readings,
    )


def _submitted(value: str, **more: bool) -> SubmittedValues:
    return SubmittedValues(values=[value], **more)


@pytest.mark.parametrize(
    ("case", "value", "codes"),
    [
        ("neither window nor status matter", "105", []),
        ("equal is no consumption", "100", []),
        ("lower", "99.9", ["READING_BELOW_PREVIOUS"]),
        ("too large for the dial", "100000", ["DIGITS_EXCEEDED"]),
        ("no number", "сто", ["INVALID_VALUE"]),
        ("a jump", "900", ["ANOMALY_CONFIRMATION_REQUIRED"]),
    ],
)
def test_the_last_reading_follows_on_the_others(case: str, value: str, codes: list[str]) -> None:
    judged = judge_closing(_meter(_reading("2026-10", "100")), _submitted(value), CLERK)

    assert [each.code for each in judged.errors] == codes
    assert judged.billing_month == YearMonth(2026, 11)


def test_the_last_reading_may_replace_the_months_own() -> None:
    meter = _meter(_reading("2026-11", "104", "100"), _reading("2026-10", "100"))

    judged = judge_closing(meter, _submitted("105"), CLERK, taken_on=date(2026, 11, 27))

    assert judged.existing == meter.readings[0]
    assert (judged.unchanged, judged.taken_on) == (False, date(2026, 11, 27))
    assert judged.consumption is not None
    assert judged.consumption.total == 5


def test_the_months_own_reading_may_be_the_last_as_it_is() -> None:
    judged = judge_closing(_meter(_reading("2026-11", "104", "100")), _submitted("104"), CLERK)

    assert (judged.unchanged, judged.errors) == (True, ())


def test_nothing_follows_the_last_reading() -> None:
    meter = _meter(_reading("2026-12", "107", "100"), _reading("2026-10", "100"))

    judged = judge_closing(meter, _submitted("105"), CLERK, taken_on=date(2026, 12, 1))

    assert [each.code for each in judged.errors] == ["TAKEN_ON_INVALID", "LATER_READING_EXISTS"]


def test_a_corrected_reading_keeps_the_ratio_that_it_was_counted_with() -> None:
    october = _reading("2026-10", "100", "90", ratio="20")
    november = _reading("2026-11", "105", "100", ratio="20")
    december = _reading("2026-12", "110", "105", ratio="40")
    meter = _meter(december, november, october, ratio="40", collective=True)
    chief = Author(kind=AuthorKind.SERVICE, today=date(2026, 12, 20))

    judged = judge_correction(meter, _submitted("104", confirmed=True), chief, november)

    assert judged.errors == ()
    assert judged.consumption is not None
    assert judged.consumption.total == 80
    assert judged.following is not None
    following, consumption = judged.following
    assert following == december
    assert consumption is not None
    assert consumption.total == 240


def test_the_past_is_counted_with_the_ratios_of_its_time() -> None:
    meter = _meter(
        _reading("2026-10", "101", "100", ratio="30"),
        _reading("2026-09", "100", "99", ratio="20"),
        ratio="40",
        collective=True,
    )

    past = meter.neighbours(YearMonth(2026, 11)).past

    assert [each.consumption for each in past] == [(Decimal(30),), (Decimal(20),)]
    assert meter.limits().ratio == 40
