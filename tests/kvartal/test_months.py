from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal.months import YearMonth

months = st.builds(YearMonth, st.integers(1900, 2200), st.integers(1, 12))


def test_a_month_is_written_and_read_the_same() -> None:
    assert str(YearMonth(2026, 3)) == "2026-03"
    assert YearMonth.parse("2026-03") == YearMonth(2026, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-3",
        "2026-13",
        "2026-00",
        "0000-01",
        "2026/03",
        "2026-03-01",
        "-026-03",
        "2026- 3",
        "+026-03",
        "٢٠٢٦-٠٣",
        "2026-0³",
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        YearMonth.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (0, 1), (10000, 1)])
def test_a_month_outside_the_calendar_is_refused(year: int, month: int) -> None:
    with pytest.raises(ValueError, match="no such month"):
        YearMonth(year, month)


def test_the_month_of_a_day() -> None:
    assert YearMonth.of(date(2026, 11, 30)) == YearMonth(2026, 11)


@pytest.mark.parametrize(
    ("month", "days"),
    [
        (YearMonth(2026, 2), 28),
        (YearMonth(2028, 2), 29),
        (YearMonth(2100, 2), 28),
        (YearMonth(2026, 11), 30),
        (YearMonth(2026, 12), 31),
    ],
)
def test_a_month_knows_its_days(month: YearMonth, days: int) -> None:
    assert month.days == days
    assert month.first_day == date(month.year, month.month, 1)
    assert month.last_day == date(month.year, month.month, days)


@pytest.mark.parametrize(
    ("case", "by", "expected"),
    [
        ("stays", 0, YearMonth(2026, 11)),
        ("into the next year", 2, YearMonth(2027, 1)),
        ("to December", 1, YearMonth(2026, 12)),
        ("back", -10, YearMonth(2026, 1)),
        ("back over the year", -11, YearMonth(2025, 12)),
        ("years", 25, YearMonth(2028, 12)),
    ],
)
def test_months_are_counted_over_years(case: str, by: int, expected: YearMonth) -> None:
    assert YearMonth(2026, 11).shift(by) == expected


@given(months, st.integers(-1000, 1000))
def test_a_shift_is_undone_and_measured(month: YearMonth, by: int) -> None:
    moved = month.shift(by)

    assert moved.shift(-by) == month
    assert month.until(moved) == by
    assert (moved > month) == (by > 0)
