"""Rows whose fields are read when they are asked for."""

from dataclasses import replace
from enum import StrEnum

import pytest
import strawberry

from kvartal.graphql.rows import Columns, RowTypeError, one_of, read_lazily, row_over


class Colour(StrEnum):
    RED = "RED"


asked: list[str] = []


def _greeting(row: "Thing", columns: Columns) -> str:
    asked.append("greeting")
    return f"{row.name} ({columns.locale})"


@read_lazily("name", greeting=_greeting, colour=one_of(Colour, "colour"))
@strawberry.type
class Thing:
    """A type whose objects come from records."""

    name: str
    greeting: str
    colour: Colour | None

    @strawberry.field
    def shout(self) -> str:
        return self.name.upper()


RECORD = {"thing_name": "чайник", "thing_colour": "RED", "name": "другой", "colour": None}


def test_a_field_is_read_from_its_own_columns() -> None:
    whole = row_over(Thing, Columns(RECORD, locale="en"))
    part = row_over(Thing, Columns(RECORD, "thing_"))

    assert (whole.name, whole.greeting, whole.colour) == ("другой", "другой (en)", None)
    assert (part.name, part.greeting, part.colour) == ("чайник", "чайник (ru)", Colour.RED)


def test_a_field_is_made_when_it_is_asked_for_and_once() -> None:
    asked.clear()
    row = row_over(Thing, Columns(RECORD))

    assert asked == []
    assert row.greeting is row.greeting
    assert asked == ["greeting"]


def test_what_is_known_is_not_read() -> None:
    asked.clear()

    assert row_over(Thing, Columns(RECORD), greeting="привет").greeting == "привет"
    assert asked == []


def test_an_object_that_is_made_at_once_is_one_too() -> None:
    made = Thing(name="чайник", greeting="привет", colour=None)
    row = row_over(Thing, Columns(RECORD, "thing_"), greeting="привет")

    assert (made.name, made.greeting, made.colour) == ("чайник", "привет", None)
    assert replace(row, colour=None) == made


def test_a_value_that_is_none_of_the_set_is_an_error() -> None:
    row = row_over(Thing, Columns({"colour": "GREEN"}))

    with pytest.raises(KeyError, match="GREEN"):
        _ = row.colour


def test_the_class_itself_has_no_values() -> None:
    for name in ("name", "greeting"):
        assert not hasattr(Thing, name)


def test_each_field_must_say_how_it_is_read() -> None:
    with pytest.raises(RowTypeError, match="Thing: colour, nonsense"):
        read_lazily("name", "nonsense", greeting=_greeting)(Thing)
