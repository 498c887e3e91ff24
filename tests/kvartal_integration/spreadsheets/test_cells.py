"""What people write into cells, and what is read."""

from datetime import date, datetime, time
from decimal import Decimal

import pandas as pd
import pytest

from kvartal_integration.spreadsheets.workbook.cells import (
    Parsed,
    months,
    names,
    numbers,
    taken_on,
)

NAMES = [
    ("a text", "7700415015", "7700415015"),
    ("a whole number", 7700415015.0, "7700415015"),
    ("a long number without an exponent", 1.2345678901e16, "12345678901000000"),
    ("leading zeros of a text", "0077", "0077"),
    ("spaces around and within", " \u00a0ХВС  15\u00a0", "ХВС 15"),
    ("a fraction", 15.5, "15.5"),
    ("what looks like a formula", "=1+1", "=1+1"),
    ("control characters", "А\x00Б\x1f", "А Б"),
    ("nothing", None, None),
    ("only spaces", " \u00a0 ", None),
]
NUMBERS = [
    ("a number", 112.25, "112.25"),
    ("a whole number", 112.0, "112"),
    ("a comma", "112,25", "112.25"),
    ("a dot", "112.25", "112.25"),
    ("spaces between thousands", "1 234 567,5", "1234567.5"),
    ("no-break spaces", "1\u00a0234\u202f567,5", "1234567.5"),
    ("leading zeros", "00076", "00076"),
    ("what arithmetic leaves behind", 0.1 + 0.2, "0.3"),
    ("a small number without an exponent", 0.00001, "0.00001"),
    ("a large number", 999999999999.0, "999999999999"),
    ("zero", 0.0, "0"),
    ("nothing", None, None),
    ("an empty text", "  ", None),
]
NO_NUMBERS = [
    ("letters", "сто"),
    ("a sign", "-5"),
    ("a negative number", -5.0),
    ("a plus", "+5"),
    ("an exponent", "1e3"),
    ("both signs", "1,234.5"),
    ("two dots", "1.234.5"),
    ("no digits before the comma", ",5"),
    ("a formula", "=1+1"),
    ("too large", 1e13),
    ("far too large", 1e300),
    ("a truth", True),
    ("a day", date(2026, 11, 20)),
    ("other digits", "١٢"),
    ("a unit", "5 м3"),
]
DAYS = [
    ("a date of Excel's", date(2026, 12, 10), "2026-12-10"),
    ("with midnight", datetime(2026, 12, 10), "2026-12-10"),  # noqa: DTZ001 -- as it is read
    ("10.12.2023 is the 10th of December", "10.12.2023", "2023-12-10"),
    ("single digits", "1.2.2026", "2026-02-01"),
    ("ISO", "2026-12-10", "2026-12-10"),
    ("ISO with midnight", "2026-12-10 00:00:00", "2026-12-10"),
    ("spaces", " 10.12.2026\u00a0", "2026-12-10"),
    ("the 29th of February", "29.02.2028", "2028-02-29"),
    ("nothing", None, None),
]
NO_DAYS = [
    ("no such day", "29.02.2027"),
    ("month first", "12.31.2026"),
    ("slashes", "10/12/2026"),
    ("two digits of a year", "10.12.26"),
    ("a number", 46366.0),
    ("words", "вчера"),
    ("an hour", datetime(2026, 12, 10, 9, 30)),  # noqa: DTZ001 -- as it is read
    ("a time", time(9, 30)),
    ("ISO with an hour", "2026-12-10 09:30"),
    ("a month", "12.2026"),
]
MONTHS = [
    ("month and year", "11.2026", "2026-11"),
    ("a single digit", "1.2026", "2026-01"),
    ("ISO", "2026-11", "2026-11"),
    ("a number", 11.2026, "2026-11"),
    ("a number that has lost its zero", 10.202, "2020-10"),
    ("a date of Excel's", date(2026, 11, 1), "2026-11"),
    ("a day", "20.11.2026", "2026-11"),
    ("nothing", None, None),
]
NO_MONTHS = [
    ("no such month", "13.2026"),
    ("no month", "0.2026"),
    ("words", "ноябрь 2026"),
    ("a year", "2026"),
    ("long ago", "11.0026"),
    ("a whole number", 11.0),
]


def read(column: "pd.Series[str]") -> list[str | None]:
    return [None if pd.isna(each) else each for each in column]


@pytest.mark.parametrize(("case", "cell", "expected"), NAMES)
def test_names_are_texts(case: str, cell: object, expected: str | None) -> None:
    assert read(names([cell])) == [expected], case


@pytest.mark.parametrize(("case", "cell", "expected"), NUMBERS)
def test_numbers_are_read(case: str, cell: object, expected: str | None) -> None:
    found = numbers([cell])

    assert (read(found.values), read(found.bad)) == ([expected], [None]), case


@pytest.mark.parametrize(("case", "cell"), NO_NUMBERS)
def test_what_is_no_number_is_told(case: str, cell: object) -> None:
    assert_bad(numbers([cell]), case)


@pytest.mark.parametrize(("case", "cell", "expected"), DAYS)
def test_days_are_read(case: str, cell: object, expected: str | None) -> None:
    found = taken_on([cell])

    assert (read(found.values), read(found.bad)) == ([expected], [None]), case


@pytest.mark.parametrize(("case", "cell"), NO_DAYS)
def test_what_is_no_day_is_told(case: str, cell: object) -> None:
    assert_bad(taken_on([cell]), case)


@pytest.mark.parametrize(("case", "cell", "expected"), MONTHS)
def test_months_are_read(case: str, cell: object, expected: str | None) -> None:
    found = months([cell])

    assert (read(found.values), read(found.bad)) == ([expected], [None]), case


@pytest.mark.parametrize(("case", "cell"), NO_MONTHS)
def test_what_is_no_month_is_told(case: str, cell: object) -> None:
    assert_bad(months([cell]), case)


def assert_bad(found: Parsed, case: str) -> None:
    assert read(found.values) == [None], case
    [told] = read(found.bad)
    assert told, case


def test_a_column_is_read_as_its_cells_are_one_by_one() -> None:
    """A column of mixed kinds, of none, and of nothing at all."""
    for read_column, cases in ((numbers, NUMBERS), (taken_on, DAYS), (months, MONTHS)):
        found = read_column([cell for _, cell, _ in cases])
        assert read(found.values) == [expected for _, _, expected in cases]
        assert read(read_column([None, None]).values) == [None, None]
        assert read(read_column([]).values) == []
    bad = numbers([1.0, "сто", None, "2"])
    assert (read(bad.values), read(bad.bad)) == (["1", None, None, "2"], [None, "сто", None, None])


def test_a_long_text_is_told_in_part() -> None:
    assert read(numbers(["х" * 500]).bad) == ["х" * 60]


def test_values_are_as_exact_as_excel_knows_them() -> None:
    cells = [Decimal(number) / 1000 for number in range(0, 999_999, 777)]

    found = read(numbers([float(each) for each in cells]).values)

    assert [Decimal(each or "-1") for each in found] == cells
