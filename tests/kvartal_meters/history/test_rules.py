"""Months of a chart, consumption spread over gaps, sums by unit, the balance of a house."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal.errors import BadInput
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import Unit
from kvartal_meters.history.rules import (
    BalanceSide,
    DayRange,
    HistoryPage,
    MonthPoint,
    MonthRange,
    MonthReading,
    MonthTotal,
    balance_of,
    days_between,
    history_page,
    monthly,
    months_between,
    months_up_to,
    series_of,
)

TODAY = date(2026, 11, 24)


def month(text: str) -> YearMonth:
    return YearMonth.parse(text)


def month_or_none(text: str | None) -> YearMonth | None:
    return None if text is None else month(text)


def between(first: str, last: str) -> MonthRange:
    return MonthRange(month(first), month(last))


def read(when: str, consumption: str | None, months: int = 1) -> MonthReading:
    return MonthReading(month(when), None if consumption is None else Decimal(consumption), months)


def shown(points: list[MonthPoint]) -> list[str]:
    """A point a line: month, basis, consumption, spread."""
    return [
        f"{each.billing_month} {each.basis} {each.consumption} {each.spread}" for each in points
    ]


@pytest.mark.parametrize(
    ("case", "first", "last", "expected"),
    [
        ("nothing is asked", None, None, ("2025-12", "2026-11")),
        ("up to a month", None, "2026-03", ("2025-04", "2026-03")),
        ("since a month", "2026-10", None, ("2026-10", "2026-11")),
        ("both", "2024-01", "2024-02", ("2024-01", "2024-02")),
        ("one month", "2024-01", "2024-01", ("2024-01", "2024-01")),
        ("five years", "2022-01", "2026-12", ("2022-01", "2026-12")),
        ("what is to come", "9999-01", "9999-12", ("9999-01", "9999-12")),
        ("the end of time", None, "9999-12", ("9999-01", "9999-12")),
        ("the beginning", "1990-01", "1990-02", ("1990-01", "1990-02")),
        ("the beginning, first left out", None, "1990-03", ("1990-01", "1990-03")),
    ],
)
def test_the_months_that_are_asked_for(
    case: str, first: str | None, last: str | None, expected: tuple[str, str]
) -> None:
    found = months_up_to(month_or_none(first), month_or_none(last), today=TODAY)

    assert (str(found.first), str(found.last)) == expected, case


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-12", "2026-11", "MONTHS_INVALID"),
        ("2026-12", None, "MONTHS_INVALID"),
        ("1989-12", "1990-02", "MONTHS_INVALID"),
        ("0001-01", "0001-01", "MONTHS_INVALID"),
        (None, "0001-01", "MONTHS_INVALID"),
        (None, "1989-12", "MONTHS_INVALID"),
        ("2021-12", "2026-12", "MONTHS_TOO_MANY"),
        ("1990-01", "9999-12", "MONTHS_TOO_MANY"),
    ],
)
def test_months_that_cannot_be_shown_are_bad_input(
    first: str | None, last: str | None, code: str
) -> None:
    with pytest.raises(BadInput) as caught:
        months_up_to(month_or_none(first), month_or_none(last), today=TODAY)

    assert caught.value.message_code == code


def test_too_many_months_are_counted() -> None:
    with pytest.raises(BadInput) as caught:
        months_between(month("2021-01"), month("2026-01"))

    assert caught.value.facts == {"limit": 60, "value": 61}


def test_days_may_be_open_but_not_reversed() -> None:
    assert days_between(None, None) == DayRange()
    assert days_between(TODAY, None) == DayRange(TODAY, None)
    assert days_between(TODAY, TODAY) == DayRange(TODAY, TODAY)

    with pytest.raises(BadInput) as caught:
        days_between(TODAY, date(2026, 11, 23))
    assert caught.value.message_code == "DAYS_INVALID"


@pytest.mark.parametrize(("first", "size"), [(None, 12), (0, 0), (1, 1), (60, 60)])
def test_a_page_of_a_history_has_twelve_months_or_as_many_as_asked(
    first: int | None, size: int
) -> None:
    before = month("2026-11")

    assert history_page(first, before, DayRange(TODAY)) == HistoryPage(
        size, before, DayRange(TODAY)
    )


@pytest.mark.parametrize("first", [-1, 61])
def test_a_page_of_a_history_has_sixty_months_at_most(first: int) -> None:
    with pytest.raises(BadInput) as caught:
        history_page(first, None, DayRange())

    assert (caught.value.message_code, caught.value.facts) == (
        "PAGE_SIZE",
        {"limit": 60, "value": first},
    )


def test_a_range_has_all_its_months() -> None:
    assert [str(each) for each in between("2025-11", "2026-02").months] == [
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    ]


def test_consumption_belongs_to_the_month_of_the_reading_and_is_spread_over_the_gap() -> None:
    readings = [
        read("2026-01", None, 1),
        read("2026-02", "4.5"),
        read("2026-05", "27", 3),
    ]

    assert shown(monthly(readings, between("2025-12", "2026-06"))) == [
        "2025-12 NONE None None",
        "2026-01 READING None None",
        "2026-02 READING 4.5 4.5000",
        "2026-03 SPREAD None 9.0000",
        "2026-04 SPREAD None 9.0000",
        "2026-05 READING 27 9.0000",
        "2026-06 NONE None None",
    ]


@pytest.mark.parametrize(
    ("case", "months", "expected"),
    [
        ("its beginning is cut off", ("2026-04", "2026-05"), ["3.3334", "3.3333"]),
        ("its end is cut off", ("2026-02", "2026-03"), [None, "3.3333"]),
        ("its middle alone", ("2026-04", "2026-04"), ["3.3334"]),
        ("it lies before", ("2026-06", "2026-06"), [None]),
        ("it lies after", ("2026-01", "2026-02"), [None, None]),
    ],
)
def test_a_gap_may_reach_beyond_the_chart(
    case: str, months: tuple[str, str], expected: list[str | None]
) -> None:
    points = monthly([read("2026-05", "10", 3)], between(*months))

    assert [each.spread and str(each.spread) for each in points] == expected, case


@given(
    total=st.decimals("0", "999999999999", places=4, allow_nan=False),
    gap=st.integers(1, 60),
)
def test_shares_are_all_of_it_and_nearly_even(total: Decimal, gap: int) -> None:
    last = YearMonth(2026, 11)
    points = monthly(
        [MonthReading(last, total, gap)], MonthRange(last.shift(-gap - 1), last.shift(1))
    )

    spread = [each.spread for each in points if each.spread is not None]
    assert len(spread) == gap
    assert sum(spread) == total
    assert max(spread) - min(spread) <= Decimal("0.0001")
    assert min(spread) >= 0


def test_meters_that_followed_one_another_are_summed_in_the_month_of_both() -> None:
    replaced = [read("2026-01", "3"), read("2026-02", "2")]
    new = [read("2026-02", "1.5"), read("2026-03", "4")]

    assert shown(monthly([*replaced, *new], between("2026-01", "2026-03"))) == [
        "2026-01 READING 3 3.0000",
        "2026-02 READING 3.5 3.5000",
        "2026-03 READING 4 4.0000",
    ]


def test_a_first_reading_without_a_base_adds_nothing_to_another_meters() -> None:
    points = monthly([read("2026-02", "2"), read("2026-02", None)], between("2026-02", "2026-02"))

    assert shown(points) == ["2026-02 READING 2 2.0000"]


def test_units_are_never_added_up() -> None:
    months = between("2026-01", "2026-02")

    found = series_of(
        [
            (Unit.ALLOCATOR_UNIT, MonthTotal(month("2026-01"), Decimal(300), 2)),
            (Unit.GIGACALORIE, MonthTotal(month("2026-01"), Decimal("1.5"), 1)),
            (Unit.GIGACALORIE, MonthTotal(month("2026-01"), Decimal("0.5"), 3)),
            (Unit.GIGACALORIE, MonthTotal(month("2026-02"), None, 1)),
        ],
        months,
    )

    assert found == {
        Unit.GIGACALORIE: [
            MonthTotal(month("2026-01"), Decimal("2.0"), 4),
            MonthTotal(month("2026-02"), None, 1),
        ],
        Unit.ALLOCATOR_UNIT: [
            MonthTotal(month("2026-01"), Decimal(300), 2),
            MonthTotal(month("2026-02"), None, 0),
        ],
    }


def test_nothing_read_has_no_series() -> None:
    assert series_of([], between("2026-01", "2026-02")) == {}


@pytest.mark.parametrize(
    ("read", "expected", "coverage"),
    [(0, 0, None), (0, 3, "0.0"), (1, 3, "33.3"), (2, 3, "66.7"), (3, 3, "100.0")],
)
def test_coverage_is_of_the_expected_meters(read: int, expected: int, coverage: str | None) -> None:
    side = BalanceSide(None, read, expected)

    assert (None if side.coverage is None else str(side.coverage)) == coverage


@pytest.mark.parametrize(
    ("case", "collective", "individual", "difference", "percent", "suspicious"),
    [
        ("as it should be", "100", "95", "5", "5.0", False),
        ("equal", "100", "100", "0", "0.0", False),
        ("just fifteen percent", "100", "85", "15", "15.0", False),
        ("a hair more than fifteen", "100", "84.9999", "15.0001", "15.0", True),
        ("premises used more", "100", "100.0001", "-0.0001", "0.0", True),
        ("premises used all of nothing", "0", "0", "0", None, False),
        ("premises used some of nothing", "0", "1", "-1", None, True),
        ("nobody used anything", "10", "0", "10", "100.0", True),
        ("no house meter", None, "10", None, None, False),
        ("no premises' meter", "10", None, None, None, False),
        ("none at all", None, None, None, None, False),
    ],
)
def test_a_balance_is_suspicious_if_negative_or_above_fifteen_percent(
    case: str,
    collective: str | None,
    individual: str | None,
    difference: str | None,
    percent: str | None,
    suspicious: bool,
) -> None:
    def side(value: str | None) -> BalanceSide:
        return BalanceSide(None if value is None else Decimal(value), 1, 1)

    found = balance_of(month("2026-11"), side(collective), side(individual))

    assert found.difference == (None if difference is None else Decimal(difference)), case
    assert found.percent == (None if percent is None else Decimal(percent)), case
    assert found.is_suspicious is suspicious, case


def test_sides_of_several_types_are_added() -> None:
    cold, hot = BalanceSide(Decimal("5"), 2, 3), BalanceSide(None, 0, 4)

    assert cold.plus(hot) == BalanceSide(Decimal("5"), 2, 7)
    assert cold.plus(cold) == BalanceSide(Decimal("10"), 4, 6)
