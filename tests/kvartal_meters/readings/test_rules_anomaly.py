from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal import text
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType, Unit
from kvartal_meters.errors import AnomalyConfirmationRequired
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules import (
    AnomalyLimits,
    Neighbours,
    PastReading,
    ValueLimits,
    anomaly_limits,
    check_values,
    confirmation_thresholds,
    months_gap,
)

NOVEMBER = YearMonth(2026, 11)
COLD_WATER = anomaly_limits(MeterType.COLD_WATER, collective=False)
HOUSE = anomaly_limits(MeterType.COLD_WATER, collective=True)
SAID = text.Catalogues()
SAID.load(["kvartal_meters"])


def _past(*consumed: str) -> list[PastReading]:
    """Monthly consumptions up to October, the oldest first."""
    months = [YearMonth(2026, 10).shift(-n) for n in range(len(consumed))]
    return [
        PastReading(month, (Decimal(each),))
        for month, each in zip(months, reversed(consumed), strict=True)
    ]


def _anomalies(
    consumption: str,
    past: Sequence[PastReading],
    *,
    months: int = 1,
    limits: AnomalyLimits = COLD_WATER,
    previous: tuple[Decimal, ...] | None = (Decimal(100),),
) -> tuple[AnomalyConfirmationRequired, ...]:
    outcome = check_values(
        [Decimal(100) + Decimal(consumption)],
        by=AuthorKind.RESIDENT,
        billing_month=NOVEMBER,
        limits=ValueLimits(registers=1, unit=Unit.CUBIC_METRE, anomaly=limits),
        neighbours=Neighbours(previous=previous, months=months, past=past),
    )
    assert outcome.errors == ()
    return outcome.anomalies


@pytest.mark.parametrize(
    ("case", "history", "months", "consumption", "warns"),
    [
        ("three averages", ["4", "5", "4.5"], 1, "13.5", False),
        ("above three averages", ["4", "5", "4.5"], 1, "13.6", True),
        ("small average, at the floor", ["1", "1", "1"], 1, "6", False),
        ("small average, above the floor", ["1", "1", "1"], 1, "6.1", True),
        ("nothing used", ["0", "0", "0"], 1, "6.1", True),
        ("nothing used, at the floor", ["0", "0", "0"], 1, "6", False),
        ("three months at once", ["4", "5", "4.5"], 3, "27", False),
        ("three months, too much", ["4", "5", "4.5"], 3, "40.6", True),
        ("one known month, three floors", ["4"], 1, "18", False),
        ("one known month, above", ["4"], 1, "18.1", True),
        ("two known months, above", ["4", "4"], 1, "18.1", True),
        ("nothing known, above", [], 1, "18.1", True),
        ("only the last three count", ["100", "4", "5", "4.5"], 1, "13.6", True),
    ],
)
def test_an_unusual_month_asks_for_confirmation(
    case: str, history: list[str], months: int, consumption: str, warns: bool
) -> None:
    assert bool(_anomalies(consumption, _past(*history), months=months)) is warns


@pytest.mark.parametrize(
    ("case", "past", "consumption", "warns"),
    [
        (
            "a gap is spread: 3, 3, 3",
            [PastReading(YearMonth(2026, 10), (Decimal(9),), months=3)],
            "9.1",
            True,
        ),
        (
            "a third of ten is exact",
            [PastReading(YearMonth(2026, 10), (Decimal(10),), months=3)],
            "10",
            False,
        ),
        (
            "a gap fills up the three months: 5, 100, 100",
            [
                PastReading(YearMonth(2026, 10), (Decimal(5),)),
                PastReading(YearMonth(2026, 9), (Decimal(500),), months=5),
            ],
            "205",
            False,
        ),
        (
            "older than a year is unknown",
            [
                PastReading(YearMonth(2026, 10), (Decimal(100),)),
                PastReading(YearMonth(2025, 11), (Decimal(100),)),
                PastReading(YearMonth(2025, 10), (Decimal(100),)),
            ],
            "18.1",
            True,
        ),
        (
            "a gap that reaches over the year counts inside it",
            [PastReading(YearMonth(2026, 1), (Decimal(60),), months=6)],
            "30",
            False,
        ),
        (
            "a base reading has no consumption",
            [
                PastReading(YearMonth(2026, 10), (Decimal(5),)),
                PastReading(YearMonth(2026, 9), (Decimal(5),)),
                PastReading(YearMonth(2026, 8), None),
            ],
            "18",
            False,
        ),
        (
            "the month itself and later ones do not count",
            [
                PastReading(YearMonth(2026, 11), (Decimal(500),)),
                PastReading(YearMonth(2026, 12), (Decimal(500),)),
                *_past("4", "5", "4.5"),
            ],
            "13.6",
            True,
        ),
    ],
)
def test_the_average_is_of_the_last_three_known_months(
    case: str, past: list[PastReading], consumption: str, warns: bool
) -> None:
    assert bool(_anomalies(consumption, past)) is warns


def test_the_warning_tells_consumption_and_average_of_a_month() -> None:
    (warning,) = _anomalies("60", _past("4", "5", "4"), months=3)

    assert warning.facts() == {
        "consumption": Decimal("20.000"),
        "average": Decimal("4.333"),
        "unit": Unit.CUBIC_METRE,
    }
    assert warning.path == ("values", 0)
    assert SAID.say(warning.message_code, "ru", **warning.facts()) == (
        "Расход 20 м³ значительно превышает средний за три месяца (4,333 м³). Показание верное?"
    )


def test_without_three_known_months_no_average_is_told() -> None:
    (warning,) = _anomalies("18.1", _past("4"))

    assert warning.average is None
    assert SAID.say(warning.message_code, "ru", **warning.facts()) == (
        "Расход 18,1 м³ за месяц необычно велик. Показание верное?"
    )


def test_the_first_reading_of_a_meter_without_initial_values_is_never_unusual() -> None:
    assert _anomalies("9000", [], previous=None) == ()


@pytest.mark.parametrize(
    ("case", "history", "consumption", "warns"),
    [
        ("no floor", ["1", "1", "1"], "3.1", True),
        ("three averages", ["1", "1", "1"], "3", False),
        ("fewer than three months are known", ["1", "1"], "9000", False),
    ],
)
def test_a_house_meter_has_no_floor(
    case: str, history: list[str], consumption: str, warns: bool
) -> None:
    assert bool(_anomalies(consumption, _past(*history), limits=HOUSE)) is warns


def test_the_factor_is_a_parameter() -> None:
    limits = AnomalyLimits(floors=(Decimal(1),), factor=Decimal("1.5"))

    assert _anomalies("6.1", _past("4", "4", "4"), limits=limits) != ()
    assert _anomalies("6", _past("4", "4", "4"), limits=limits) == ()


@pytest.mark.parametrize(
    ("case", "previous", "commissioned_on", "months"),
    [
        ("last month", YearMonth(2026, 10), date(2020, 1, 1), 1),
        ("a gap", YearMonth(2026, 8), None, 3),
        ("first: since commissioning", None, date(2026, 6, 30), 5),
        ("commissioned this month", None, date(2026, 11, 1), 1),
        ("commissioned later", None, date(2027, 1, 1), 1),
        ("unknown", None, None, 1),
    ],
)
def test_consumption_is_of_the_months_since_the_previous_reading(
    case: str, previous: YearMonth | None, commissioned_on: date | None, months: int
) -> None:
    assert months_gap(NOVEMBER, previous, commissioned_on) == months


@pytest.mark.parametrize(
    ("case", "history", "months", "limits", "threshold"),
    [
        ("three averages", ["4", "5", "4.5"], 1, COLD_WATER, "13.5"),
        ("of a gap", ["4", "5", "4.5"], 3, COLD_WATER, "40.5"),
        ("the floor", ["1", "1", "1"], 1, COLD_WATER, "6"),
        ("three floors", ["1"], 1, COLD_WATER, "18"),
        ("rounded down", ["4", "4", "4.0001"], 1, AnomalyLimits(None, Decimal("1.5")), "6"),
        ("house", ["4"], 1, HOUSE, None),
    ],
)
def test_the_threshold_is_told_beforehand(
    case: str, history: list[str], months: int, limits: AnomalyLimits, threshold: str | None
) -> None:
    found = confirmation_thresholds(
        1, billing_month=NOVEMBER, months=months, past=_past(*history), limits=limits
    )

    assert found == (None if threshold is None else Decimal(threshold),)


@given(
    st.lists(st.decimals(0, 50, places=3), max_size=6),
    st.integers(1, 4),
    st.decimals(0, 500, places=3),
)
def test_the_threshold_is_where_the_warning_begins(
    history: list[Decimal], months: int, consumption: Decimal
) -> None:
    past = _past(*map(str, history))

    (threshold,) = confirmation_thresholds(
        1, billing_month=NOVEMBER, months=months, past=past, limits=COLD_WATER
    )

    assert threshold is not None
    assert bool(_anomalies(str(consumption), past, months=months)) is (consumption > threshold)


def _times(factor: str, *, collective: bool = False) -> AnomalyLimits:
    return anomaly_limits(MeterType.COLD_WATER, collective=collective, factor=Decimal(factor))


@pytest.mark.parametrize(
    ("case", "factor", "history", "months", "most"),
    [
        ("the average times the factor", "2", ["4", "5", "4.5"], 1, "9"),
        ("a fraction of it", "1.5", ["4", "5", "4.5"], 1, "6.75"),
        ("a lavish one", "10", ["4", "5", "4.5"], 1, "45"),
        ("the floor stays as it is", "2", ["1", "1", "1"], 1, "6"),
        ("a small average times much is above the floor", "10", ["1", "1", "1"], 1, "10"),
        ("three months at once", "2", ["4", "5", "4.5"], 3, "27"),
        ("too few known months: floors times the factor", "2", ["4"], 1, "12"),
        ("nothing known", "1.5", [], 1, "9"),
    ],
)
def test_the_organization_says_how_many_averages_are_too_many(
    case: str, factor: str, history: list[str], months: int, most: str
) -> None:
    limits, past = _times(factor), _past(*history)
    above = str(Decimal(most) + Decimal("0.1") * months)

    assert not _anomalies(most, past, months=months, limits=limits)
    assert _anomalies(above, past, months=months, limits=limits)
    assert confirmation_thresholds(
        1, billing_month=NOVEMBER, months=months, past=past, limits=limits
    ) == (Decimal(most),)


def test_a_house_meter_has_the_factor_too_and_no_floor() -> None:
    past = _past("4", "5", "4.5")

    assert not _anomalies("9", past, limits=_times("2", collective=True))
    assert _anomalies("9.1", past, limits=_times("2", collective=True))
    assert not _anomalies("999", past[:2], limits=_times("2", collective=True))
