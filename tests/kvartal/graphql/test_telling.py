"""Inputs as the audit log tells them."""

import io
from datetime import date
from decimal import Decimal
from enum import Enum

import pytest
import strawberry
from strawberry import UNSET
from strawberry.types.maybe import Some

from kvartal.audit.api import PERSONAL, SECRET
from kvartal.audit.rules import Secrecy
from kvartal.files.uploads import UploadedFile
from kvartal.graphql.bulk import row_input
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.telling import secret_names, told


class Season(Enum):
    """When it is."""

    WINTER = "cold"


describe_enum(Season, "When it is.", WINTER="It snows.")


@row_input("A row of a bulk call.")
class RowInput:
    """A row."""

    full_name: str = strawberry.field(metadata=PERSONAL, description="Name.")
    flat: int = strawberry.field(description="Flat.")


@strawberry.input(description="What hangs on another.")
class InnerInput:
    """An inner one."""

    code: str = strawberry.field(metadata=SECRET, description="Code.")
    api_token: str | None = strawberry.field(default=None, description="Named for what it is.")
    token_id: strawberry.ID | None = strawberry.field(default=None, description="A token's id.")


@strawberry.input(description="All sorts of fields.")
class OuterInput:
    """An outer one."""

    phone: str = strawberry.field(metadata=PERSONAL, description="Telephone.")
    inner: InnerInput | None = strawberry.field(default=None, description="Inner.")
    inners: list[InnerInput] = strawberry.field(default_factory=list, description="Inners.")
    rows: list[RowInput] = strawberry.field(default_factory=list, description="Rows.")
    not_given: str | None = strawberry.field(default=UNSET, description="Not there.")
    renamed: int = strawberry.field(default=1, name="from", description="Of another name.")


@pytest.mark.parametrize(
    ("case", "value", "wire"),
    [
        ("nothing", None, None),
        ("truth", True, True),
        ("a number", 15, 15),
        ("a text", "ул. Мира", "ул. Мира"),
        ("a long text", "я" * 600, "я" * 500 + "…"),
        ("an enum", Season.WINTER, "WINTER"),
        ("a day", date(2026, 11, 20), "2026-11-20"),
        ("a decimal", Decimal("15.10"), "15.10"),
        ("a list", ["a", 1], ["a", 1]),
        ("as many as are told", list(range(20)), list(range(20))),
        ("many", list(range(21)), {"count": 21}),
        ("a mapping", {"a": Decimal(1)}, {"a": "1"}),
        ("something that may be null", Some("x"), "x"),
        ("a file", UploadedFile("п.pdf", 3, "ab", io.BytesIO()), {"size": 3, "sha256": "ab"}),
    ],
)
def test_a_value_in_json(case: str, value: object, wire: object) -> None:
    assert told(value) == wire


def test_fields_are_told_as_they_declare() -> None:
    inner = InnerInput(code="123456", api_token="abc", token_id=strawberry.ID("T1"))
    given = OuterInput(phone="+79001234567", inner=inner, inners=[inner])

    secret = {"code": "***", "apiToken": "***", "tokenId": "T1"}
    assert told(given) == {
        "phone": "***67",
        "inner": secret,
        "inners": [secret],
        "rows": [],
        "from": 1,
    }


def test_rows_that_stay_mappings_are_told_as_their_input_declares() -> None:
    given = OuterInput(phone="+79001234567", rows=[{"full_name": "Орлова Анна", "flat": 3}])  # type: ignore[list-item] # as row_input makes them

    assert told(given)["rows"] == [{"fullName": "***на", "flat": 3}]


def test_a_secret_input_is_secret_all_through() -> None:
    assert told({"a": ["b"]}, Secrecy.SECRET) == {"a": ["***"]}


def test_names_of_what_is_not_told() -> None:
    given = OuterInput(phone="+79001234567")

    assert secret_names(given) == {"phone": Secrecy.PERSONAL}
    assert secret_names(None) == {}
