"""The scalars read strictly and write canonically."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import strawberry
from graphql import graphql_sync
from strawberry.schema.config import StrawberryConfig

from kvartal import text
from kvartal.graphql.errors import wire_error
from kvartal.graphql.scalars import SCALAR_MAP
from kvartal.months import YearMonth

MOSCOW = timezone(timedelta(hours=3))
read: list[object] = []


@strawberry.input
class Span:
    days: list[date]


@strawberry.type
class Query:
    @strawberry.field
    def within(self, span: Span) -> int:
        return len(span.days)

    @strawberry.field
    def day(self, value: date) -> date:
        read.append(value)
        return value

    @strawberry.field
    def instant(self, value: datetime) -> datetime:
        read.append(value)
        return value

    @strawberry.field
    def number(self, value: Decimal) -> Decimal:
        read.append(value)
        return value

    @strawberry.field
    def month(self, value: YearMonth) -> YearMonth:
        read.append(value)
        return value

    @strawberry.field
    def outside(self, value: UUID) -> UUID:
        read.append(value)
        return value


schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALAR_MAP))
SCALARS = {
    "day": "Date",
    "instant": "DateTime",
    "number": "Decimal",
    "month": "YearMonth",
    "outside": "UUID",
}


def _by_variable(field: str, value: object) -> Any:
    read.clear()
    query = f"query ($value: {SCALARS[field]}!) {{ {field}(value: $value) }}"
    return graphql_sync(schema._schema, query, variable_values={"value": value})


def _by_literal(field: str, literal: str) -> Any:
    read.clear()
    return graphql_sync(schema._schema, f"{{ {field}(value: {literal}) }}")


@pytest.mark.parametrize(
    ("field", "sent", "understood", "answered"),
    [
        ("day", "2026-11-23", date(2026, 11, 23), "2026-11-23"),
        (
            "instant",
            "2026-11-23T09:30:00+03:00",
            datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
            "2026-11-23T06:30:00+00:00",
        ),
        (
            "instant",
            "2026-11-23T09:30Z",
            datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
            "2026-11-23T09:30:00+00:00",
        ),
        ("number", "123.4500", Decimal("123.45"), "123.45"),
        ("number", "123,45", Decimal("123.45"), "123.45"),
        ("number", "-0", Decimal(0), "0"),
        ("number", 100, Decimal(100), "100"),
        ("number", "999999999999.9999", Decimal("999999999999.9999"), "999999999999.9999"),
        ("month", "2026-11", YearMonth(2026, 11), "2026-11"),
        (
            "outside",
            "0193592E-9D2A-7C3F-8000-000000000001",
            UUID("0193592e-9d2a-7c3f-8000-000000000001"),
            "0193592e-9d2a-7c3f-8000-000000000001",
        ),
    ],
)
def test_a_value_is_read_and_written(
    field: str, sent: object, understood: object, answered: str
) -> None:
    result = _by_variable(field, sent)

    assert result.errors is None
    assert result.data == {field: answered}
    assert read == [understood]


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("day", "2026-02-30"),
        ("day", "20261123"),
        ("day", "2026-W01-1"),
        ("day", "2026-11-23T00:00:00Z"),
        ("day", "٢٠٢٦-11-23"),
        ("day", 20261123),
        ("instant", "2026-11-23T09:30:00"),
        ("instant", "2026-11-23"),
        ("instant", "2026-11-23T25:00:00Z"),
        ("instant", "0001-01-01T00:00:00+14:00"),
        ("instant", 1_795_000_000),
        ("number", "NaN"),
        ("number", "Infinity"),
        ("number", "1e5"),
        ("number", "1_000"),
        ("number", "١٢"),
        ("number", "1234567890123"),
        ("number", "1.23456"),
        ("number", "1.2.3"),
        ("number", "1,234.5"),
        ("number", " 1"),
        ("number", ""),
        ("number", 1.5),
        ("number", True),
        ("number", 10**12),
        ("month", "2026-13"),
        ("month", "2026-1"),
        ("month", "2026-11-01"),
        ("month", 202611),
        ("outside", "0193592e9d2a7c3f8000000000000001"),
        ("outside", "{0193592e-9d2a-7c3f-8000-000000000001}"),
        ("outside", "not-a-uuid"),
    ],
)
def test_anything_else_is_refused(field: str, sent: object) -> None:
    result = _by_variable(field, sent)

    assert result.data is None
    assert len(result.errors) == 1
    assert f"{SCALARS[field]} is written as" in result.errors[0].message
    assert read == []


@pytest.mark.parametrize("literal", ['"12.30"', "12.30", '"12,3"'])
def test_a_decimal_literal_is_exact(literal: str) -> None:
    result = _by_literal("number", literal)

    assert result.data == {"number": "12.3"}
    assert read == [Decimal("12.3")]


@pytest.mark.parametrize("literal", ["1e3", "true", "[1]", "ENUM", '"NaN"'])
def test_a_bad_decimal_literal_is_refused(literal: str) -> None:
    result = _by_literal("number", literal)

    assert result.data is None
    assert result.errors


def _told(result: Any, locale: str) -> dict[str, Any]:
    return wire_error(result.errors[0], locale=locale, request_id="r1")


def test_a_refusal_quotes_no_more_than_a_little_of_the_value() -> None:
    told = _told(_by_variable("day", "x" * 10_000), "en")

    assert told["message"] == f"A date is written as 2026-11-23, not “{'x' * 64}”"
    assert told["extensions"]["value"] == "x" * 64


@pytest.mark.parametrize(
    ("field", "sent", "russian", "english"),
    [
        ("day", "24.11.2026", "Дата записывается так: 2026-11-23", "A date is written as"),
        ("instant", "2026-11-23", "Дата и время записываются со смещением", "its offset from UTC"),
        ("number", "1e5", "Число записывается строкой, например «123.45»", "A number is written"),
        ("month", "11.2026", "Месяц записывается так: 2026-11", "A month is written as 2026-11"),
        ("outside", "x", "UUID записывается с дефисами", "A UUID is written with hyphens"),
    ],
)
def test_people_are_told_in_their_language(
    field: str, sent: str, russian: str, english: str
) -> None:
    text.load(())
    for result in (_by_variable(field, sent), _by_literal(field, f'"{sent}"')):
        in_russian, in_english = _told(result, "ru"), _told(result, "en")

        assert russian in in_russian["message"]
        assert sent in in_russian["message"]
        assert english in in_english["message"]
        assert sent in in_english["message"]
        assert in_russian["extensions"]["code"] == "BAD_INPUT"
        assert in_russian["extensions"]["reason"] == f"SCALAR_{SCALARS[field].upper()}"
        assert in_russian["extensions"]["scalar"] == SCALARS[field]


def test_a_refusal_tells_which_part_of_a_variable_is_at_fault() -> None:
    query = "query ($sent: Span!) { within(span: $sent) }"
    nested = graphql_sync(
        schema._schema, query, variable_values={"sent": {"days": ["2026-11-23", "gestern"]}}
    )

    assert _told(nested, "en")["extensions"]["variable"] == "sent.days[1]"
    assert _told(_by_variable("day", "x"), "en")["extensions"]["variable"] == "value"
    assert "variable" not in _told(_by_literal("day", '"x"'), "en")["extensions"]


@pytest.mark.parametrize(
    ("scalar", "value", "written"),
    [
        (datetime, datetime(2026, 11, 23, 9, tzinfo=MOSCOW), "2026-11-23T09:00:00+03:00"),
        (Decimal, Decimal("1E+3"), "1000"),
        (Decimal, Decimal("0.0000"), "0"),
        (Decimal, Decimal("-0.0"), "0"),
        (Decimal, Decimal("123456789012345678901234567890.1"), "123456789012345678901234567890.1"),
        (Decimal, 7, "7"),
    ],
)
def test_a_value_is_written(scalar: type, value: object, written: str) -> None:
    serialize = SCALAR_MAP[scalar].serialize
    assert serialize is not None

    assert serialize(value) == written


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        (datetime, datetime(2026, 11, 23, 9)),  # noqa: DTZ001 -- naive on purpose
        (Decimal, Decimal("NaN")),
        (Decimal, Decimal("Infinity")),
        (Decimal, 1.5),
    ],
)
def test_what_is_not_exact_is_never_sent(scalar: type, value: object) -> None:
    serialize = SCALAR_MAP[scalar].serialize
    assert serialize is not None

    with pytest.raises(ValueError, match=r"cannot be sent|not an exact number"):
        serialize(value)


def test_every_scalar_is_described() -> None:
    names = {definition.name for definition in SCALAR_MAP.values()}
    assert names == {*SCALARS.values(), "Upload"}
    assert all(definition.description for definition in SCALAR_MAP.values())
