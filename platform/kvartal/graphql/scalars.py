"""The scalars of the API: dates, instants, exact decimals and months, each strict in what it reads.

Strawberry's own accept naive instants, NaN, exponents and foreign digits; these do not.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from graphql import (
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    StringValueNode,
    ValueNode,
    print_ast,
)
from strawberry.types.scalar import ScalarDefinition

from kvartal.errors import BadInput
from kvartal.files.uploads import UploadedFile
from kvartal.months import YearMonth

__all__ = ["SCALAR_MAP"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,12}([.,]\d{1,4})?", re.ASCII)  # numeric(16,4)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class MalformedScalar(BadInput):
    """A value is not written as its scalar is; people read of it in their language."""

    def __init__(self, scalar: str, expected: str, value: object) -> None:
        super().__init__(
            f"SCALAR_{scalar.upper()}", scalar=scalar, expected=expected, value=str(value)[:64]
        )

    def __str__(self) -> str:
        return "{scalar} is written as {expected}, not {value!r}.".format(**self.facts)


def _reader(
    scalar: str, expected: str, pattern: re.Pattern[str], parse: Callable[[str], object]
) -> Callable[[object], object]:
    """A parser of JSON strings that match the pattern and name an existing value."""

    def read(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise MalformedScalar(scalar, expected, value)
        try:
            return parse(value)
        except (ValueError, OverflowError):
            raise MalformedScalar(scalar, expected, value) from None

    return read


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _write_datetime(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a naive datetime cannot be sent")
    return value.isoformat()


_DECIMAL_FORM = "123.45"
_read_decimal_text = _reader(
    "Decimal", _DECIMAL_FORM, _DECIMAL, lambda text: Decimal(text.replace(",", "."))
)


def _read_decimal(value: object) -> object:
    # A whole number in JSON is exact; a fraction has already become a float and lost digits.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _read_decimal_text(value)


def _read_decimal_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> object:
    # A literal in the document is still text, so that even 12.3 is exact here.
    if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        return _read_decimal_text(node.value)
    raise MalformedScalar("Decimal", _DECIMAL_FORM, print_ast(node))


def _write_decimal(value: Decimal | int) -> str:
    if isinstance(value, float) or not Decimal(value).is_finite():
        raise ValueError(f"not an exact number: {value!r}")
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _read_upload(value: object) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise GraphQLError("Upload is null in the variables: the file is sent beside them.")
    return value


def _write_upload(value: object) -> str:
    raise ValueError(f"an upload is never sent: {value!r}")


SCALAR_MAP: Mapping[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A calendar day (ISO 8601), e.g. `2026-11-23`.",
        serialize=date.isoformat,
        parse_value=_reader("Date", "2026-11-23", _DATE, date.fromisoformat),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant (ISO 8601) with its offset from UTC, which is mandatory, "
        "e.g. `2026-11-23T09:30:00+03:00`.",
        serialize=_write_datetime,
        parse_value=_reader("DateTime", "2026-11-23T09:30:00+03:00", _DATETIME, _instant),
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, a string in JSON: at most 12 digits before and 4 "
        "after the point, e.g. `123.45`. On input a comma is understood too.",
        serialize=_write_decimal,
        parse_value=_read_decimal,
        parse_literal=_read_decimal_literal,
    ),
    YearMonth: strawberry.scalar(
        name="YearMonth",
        description="A calendar month, e.g. `2026-11`: the billing month (расчётный месяц).",
        serialize=str,
        parse_value=_reader("YearMonth", "2026-11", re.compile(r".{7}"), YearMonth.parse),
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="A UUID in its canonical form; only for identifiers given by other systems.",
        serialize=str,
        parse_value=_reader("UUID", "0193592e-9d2a-7c3f-8000-000000000001", _UUID, UUID),
    ),
    UploadedFile: strawberry.scalar(
        name="Upload",
        description="A file that is sent with the request, by the GraphQL multipart request"
        " specification; with the header `GraphQL-Require-Preflight`.",
        specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
        serialize=_write_upload,
        parse_value=_read_upload,
    ),
}
