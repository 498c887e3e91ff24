from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal import text
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType, Unit
from kvartal_meters.errors import DigitsExceeded, ReadingAboveNext
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules import (
    AnomalyLimits,
    Consumption,
    Neighbours,
    Outcome,
    ValueLimits,
    anomaly_limits,
    check_values,
    is_plausible_rollover,
)

NOVEMBER = YearMonth(2026, 11)
NO_FLOOR = AnomalyLimits(floors=None)
SAID = text.Catalogues()
SAID.load(["kvartal_meters"])

in_the_meter = st.decimals(0, Decimal("99999.999"), places=3)


def D(*values: str) -> tuple[Decimal, ...]:  # noqa: N802 -- a literal, as Decimal is
    return tuple(map(Decimal, values))


def _limits(
    *, registers: int = 1, digits: int | None = None, fraction: bool = True, decimals: int = 3
) -> ValueLimits:
    return ValueLimits(
        registers=registers,
        unit=Unit.CUBIC_METRE,
        anomaly=NO_FLOOR,
        digits=digits,
        fraction=fraction,
        decimals=decimals,
    )


def _check(
    *raw: str | Decimal,
    previous: tuple[Decimal, ...] | None = None,
    next: tuple[Decimal, ...] | None = None,
    next_rolled: tuple[bool, ...] = (),
    limits: ValueLimits | None = None,
    by: AuthorKind = AuthorKind.EMPLOYEE,
    rollover: bool = False,
) -> Outcome:
    return check_values(
        raw,
        by=by,
        billing_month=NOVEMBER,
        limits=limits or _limits(registers=len(raw)),
        neighbours=Neighbours(previous=previous, next=next, next_rolled=next_rolled),
        rollover=rollover,
    )


def _refusals(outcome: Outcome) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(error.code, error.path) for error in outcome.errors]


@pytest.mark.parametrize(
    ("case", "raw", "fraction", "refusals"),
    [
        ("whole", "18", False, []),
        ("zero fraction", "18.000", False, []),
        ("fraction", "18.5", False, [("FRACTION_NOT_ALLOWED", ("values", 0))]),
        ("fraction is allowed", "18.5", True, []),
    ],
)
def test_whole_numbers_where_the_building_wants_them(
    case: str, raw: str, fraction: bool, refusals: list[tuple[str, tuple[str | int, ...]]]
) -> None:
    assert _refusals(_check(raw, limits=_limits(fraction=fraction))) == refusals


@pytest.mark.parametrize("given", [0, 1, 3])
def test_a_reading_has_all_registers_of_its_type(given: int) -> None:
    outcome = _check(*["1"] * given, limits=_limits(registers=2))

    assert _refusals(outcome) == [("REGISTERS_MISMATCH", ("values",))]
    assert outcome.errors[0].facts() == {"expected": 2, "given": given}


@pytest.mark.parametrize(
    ("raw", "digits", "codes"),
    [
        ("99999.999", 5, []),
        ("100000", 5, ["DIGITS_EXCEEDED"]),
        ("100000", None, []),
        ("9", 1, []),
        ("10", 1, ["DIGITS_EXCEEDED"]),
    ],
)
def test_a_value_fits_the_dial(raw: str, digits: int | None, codes: list[str]) -> None:
    outcome = _check(raw, limits=_limits(digits=digits))

    assert [error.code for error in outcome.errors] == codes
    if codes:
        assert isinstance(outcome.errors[0], DigitsExceeded)
        assert outcome.errors[0].digits == digits


@pytest.mark.parametrize(
    ("case", "raw", "previous", "consumption"),
    [
        ("grows", ["219.002"], ["214.5"], Consumption(D("4.502"), Decimal("4.502"))),
        ("equal is zero", ["214.5"], ["214.50"], Consumption(D("0"), Decimal(0))),
        ("two registers", ["10", "7"], ["8", "4"], Consumption(D("2", "3"), Decimal(5))),
        ("first reading is the base", ["214.5"], None, None),
    ],
)
def test_consumption_is_counted_from_the_previous_month(
    case: str, raw: list[str], previous: list[str] | None, consumption: Consumption | None
) -> None:
    outcome = _check(*raw, previous=None if previous is None else D(*previous))

    assert outcome.errors == ()
    assert outcome.values == D(*raw)
    assert outcome.consumption == consumption
    assert outcome.rolled == (False,) * len(raw)


def test_each_register_gets_its_own_refusal() -> None:
    outcome = _check("5", "-1", "12", previous=D("6", "0", "11"))

    assert _refusals(outcome) == [
        ("READING_BELOW_PREVIOUS", ("values", 0)),
        ("INVALID_VALUE", ("values", 1)),
    ]
    assert outcome.values == ()
    assert outcome.consumption is None


@pytest.mark.parametrize(
    ("case", "by", "digits", "previous", "sentence"),
    [
        (
            "no dial passed zero",
            AuthorKind.RESIDENT,
            5,
            "214.5",
            "Показание не может быть меньше предыдущего (214,5)",
        ),
        (
            "resident, perhaps zero",
            AuthorKind.RESIDENT,
            5,
            "99987.5",
            "Показание меньше предыдущего. Если счетчик обнулился, обратитесь в УО",
        ),
        (
            "employee, perhaps zero",
            AuthorKind.EMPLOYEE,
            5,
            "99987.5",
            "Показание меньше предыдущего (99987,5). "
            "Если счетчик обнулился, отметьте «Переход через ноль»",
        ),
        (
            "another system, perhaps zero",
            AuthorKind.SERVICE,
            5,
            "99987.5",
            "Показание не может быть меньше предыдущего (99987,5)",
        ),
        (
            "digits unknown",
            AuthorKind.RESIDENT,
            None,
            "99987.5",
            "Показание не может быть меньше предыдущего (99987,5)",
        ),
    ],
)
def test_a_lower_value_is_refused_with_advice(
    case: str, by: AuthorKind, digits: int | None, previous: str, sentence: str
) -> None:
    outcome = _check("12.25", previous=D(previous), limits=_limits(digits=digits), by=by)

    (refusal,) = outcome.errors
    assert (refusal.code, refusal.path) == ("READING_BELOW_PREVIOUS", ("values", 0))
    assert refusal.facts() == {"previous": Decimal(previous)}
    assert SAID.say(refusal.message_code, "ru", **refusal.facts()) == sentence


@pytest.mark.parametrize(
    ("case", "previous", "raw", "digits", "consumption"),
    [
        ("99987.5 to 12.25", "99987.5", "12.25", 5, "24.75"),
        ("214 to 213", "214", "213", 5, None),
        ("95000 to 11000", "95000", "11000", 5, None),
        ("from exactly nine tenths", "90000", "10000", 5, "20000"),
        ("from less", "89999.999", "0", 5, None),
        ("to more than a tenth", "99999", "10000.001", 5, None),
        ("digits unknown", "99987.5", "12.25", None, None),
    ],
)
def test_a_declared_rollover_has_to_be_plausible(
    case: str, previous: str, raw: str, digits: int | None, consumption: str | None
) -> None:
    outcome = _check(raw, previous=D(previous), limits=_limits(digits=digits), rollover=True)

    if consumption is None:
        assert _refusals(outcome) == [("ROLLOVER_NOT_PLAUSIBLE", ("values", 0))]
    else:
        assert outcome.errors == ()
        assert outcome.rolled == (True,)
        assert outcome.consumption == Consumption(D(consumption), Decimal(consumption))


def test_a_rollover_is_judged_register_by_register() -> None:
    outcome = _check(
        "5",
        "120",
        previous=D("99990", "100"),
        limits=_limits(registers=2, digits=5),
        rollover=True,
    )

    assert outcome.rolled == (True, False)
    assert outcome.consumption == Consumption(D("15", "20"), Decimal(35))


@given(in_the_meter, in_the_meter)
def test_consumption_is_never_negative_and_adds_up_on_the_dial(
    previous: Decimal, value: Decimal
) -> None:
    outcome = _check(value, previous=(previous,), limits=_limits(digits=5), rollover=True)

    if outcome.errors:
        assert value < previous
        assert not is_plausible_rollover(previous, value, 5)
    else:
        assert outcome.consumption is not None
        assert 0 <= outcome.consumption.total < 100_000
        assert (previous + outcome.consumption.total) % 100_000 == value


@pytest.mark.parametrize(
    ("case", "raw", "next", "next_rolled", "codes"),
    [
        ("below the next", "219", "220", False, []),
        ("equal to the next", "220", "220", False, []),
        ("above the next", "221", "220", False, ["READING_ABOVE_NEXT"]),
        ("the next one passed zero", "99995", "12", True, []),
        ("and would not any more", "89999", "12", True, ["ROLLOVER_NOT_PLAUSIBLE"]),
        ("nor by a small value", "5", "12", True, ["ROLLOVER_NOT_PLAUSIBLE"]),
    ],
)
def test_a_value_fits_below_the_next_reading(
    case: str, raw: str, next: str, next_rolled: bool, codes: list[str]
) -> None:
    outcome = _check(raw, next=D(next), next_rolled=(next_rolled,), limits=_limits(digits=5))

    assert [error.code for error in outcome.errors] == codes


def test_the_next_value_is_told() -> None:
    (refusal,) = _check("221", previous=D("214"), next=D("220")).errors

    assert isinstance(refusal, ReadingAboveNext)
    assert refusal.next == Decimal(220)
    assert refusal.path == ("values", 0)


def test_a_consumption_too_large_to_store_is_refused() -> None:
    limits = ValueLimits(registers=1, unit=Unit.CUBIC_METRE, anomaly=NO_FLOOR, ratio=Decimal(10**9))

    outcome = _check("1000", previous=D("0"), limits=limits)

    assert _refusals(outcome) == [("INVALID_VALUE", ("values",))]


def test_a_meter_of_the_catalogue_is_judged_whole() -> None:
    limits = ValueLimits(
        registers=3,
        unit=Unit.KILOWATT_HOUR,
        anomaly=anomaly_limits(MeterType.ELECTRICITY_3T, collective=False),
        digits=6,
    )

    outcome = _check("1700.5", "1300", "1000", previous=D("1000", "1000", "1000"), limits=limits)

    assert outcome.errors == ()
    assert [error.path for error in outcome.anomalies] == [("values", 0)]
