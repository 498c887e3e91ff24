from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal_meters.errors import InvalidValue
from kvartal_meters.readings.rules import (
    Consumption,
    consumption_of,
    is_unchanged,
    parse_value,
    plain,
    previous_values,
    rolled_over,
    truncate,
)


def D(*values: str) -> tuple[Decimal, ...]:  # noqa: N802 -- a literal, as Decimal is
    return tuple(map(Decimal, values))


@pytest.mark.parametrize(
    ("case", "raw", "value"),
    [
        ("dot", "219.002", "219.002"),
        ("comma", "219,002", "219.002"),
        ("leading zeros", "00076", "76"),
        ("only zeros", "000", "0"),
        ("surrounding spaces", " 12\u00a0", "12"),
        ("trailing zeros are no decimals", "1.50000", "1.5"),
        ("zero fraction", "18,000", "18"),
        ("largest", "999999999999.999", "999999999999.999"),
        ("decimal", Decimal("12.250"), "12.25"),
        ("decimal zero with places", Decimal("0E-10"), "0"),
    ],
)
def test_a_value_is_read(case: str, raw: str | Decimal, value: str) -> None:
    assert parse_value(raw) == Decimal(value)


@pytest.mark.parametrize(
    ("case", "raw"),
    [
        ("empty", ""),
        ("spaces", "  "),
        ("negative", "-1"),
        ("plus", "+1"),
        ("negative zero", "-0"),
        ("exponent", "1e3"),
        ("NaN", "NaN"),
        ("infinity", "Infinity"),
        ("letters", "12а"),
        ("foreign digits", "١٢"),
        ("superscript", "1²"),
        ("two signs", "1.234,5"),
        ("grouping", "1 234"),
        ("no whole part", ".5"),
        ("no fraction", "5,"),
        ("underscore", "1_000"),
        ("inner line break", "1\n2"),
        ("four decimals", "1.0001"),
        ("too large", "1000000000000"),
        ("too long", "0" * 65),
        ("negative decimal", Decimal(-1)),
        ("negative zero decimal", Decimal("-0")),
        ("NaN decimal", Decimal("NaN")),
        ("signalling NaN", Decimal("sNaN")),
        ("infinite decimal", Decimal("Infinity")),
        ("decimal exponent", Decimal("1E+3")),
        ("huge exponent", Decimal("1E+999999")),
        ("tiny exponent", Decimal("1E-999999")),
        ("hidden decimals", Decimal("1." + "0" * 40 + "1")),
        ("too large decimal", Decimal(10) ** 12),
    ],
)
def test_what_is_no_value_is_refused(case: str, raw: str | Decimal) -> None:
    refusal = parse_value(raw)

    assert isinstance(refusal, InvalidValue)
    assert refusal.decimals == 3


def test_other_systems_may_give_four_decimals() -> None:
    assert parse_value("1.0001", decimals=4) == Decimal("1.0001")
    assert isinstance(parse_value("1.00001", decimals=4), InvalidValue)


@given(st.decimals(0, Decimal("999999999999.9999"), places=4))
def test_a_value_survives_being_written_and_read(value: Decimal) -> None:
    assert parse_value(plain(value), decimals=4) == value
    assert parse_value(plain(value).replace(".", ","), decimals=4) == value
    assert parse_value(value, decimals=4) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [("24.7500", "24.75"), ("100.0000", "100"), ("100", "100"), ("0.0000", "0"), ("1E+2", "100")],
)
def test_a_value_is_written_without_trailing_zeros(value: str, written: str) -> None:
    assert plain(Decimal(value)) == written


def test_an_import_cuts_the_fraction_off() -> None:
    assert truncate(D("18.999", "7", "0.5")) == D("18", "7", "0")


def test_a_ratio_multiplies_consumption_and_keeps_four_decimals() -> None:
    found = consumption_of(D("10.5", "3"), D("8", "2.9999"), ratio=Decimal("1.3333"))

    assert found == Consumption(D("3.3332", "0.0001"), Decimal("3.3333"))


@pytest.mark.parametrize(
    ("values", "previous", "rolled"),
    [
        (D("5", "7"), D("99990", "7"), (True, False)),
        (D("5", "7"), None, (False, False)),
    ],
)
def test_a_stored_rollover_is_seen_by_the_lower_value(
    values: tuple[Decimal, ...], previous: tuple[Decimal, ...] | None, rolled: tuple[bool, ...]
) -> None:
    assert rolled_over(values, previous) == rolled


@pytest.mark.parametrize(
    ("case", "latest", "initial", "expected"),
    [
        ("the latest earlier reading", D("5"), D("1"), D("5")),
        ("the initial values", None, D("1"), D("1")),
        ("nothing", None, None, None),
    ],
)
def test_what_a_reading_is_compared_with(
    case: str,
    latest: tuple[Decimal, ...] | None,
    initial: tuple[Decimal, ...] | None,
    expected: tuple[Decimal, ...] | None,
) -> None:
    assert previous_values(latest, initial) == expected


def test_equal_values_change_nothing() -> None:
    assert is_unchanged(D("18", "7.5"), D("18.0000", "7.5000"))
    assert not is_unchanged(D("18", "7.5"), D("18", "7.51"))
