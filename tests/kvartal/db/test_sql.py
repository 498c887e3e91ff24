"""Pieces of hand-written SQL, by their text; what the database makes of them, by its answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from kvartal.db.connection import execute, fetch
from kvartal.db.sql import (
    Args,
    Keyset,
    RowShape,
    ToOne,
    instant,
    like,
    literal_limit,
    plain_array,
    refusing_duplicates,
    text,
)
from kvartal.errors import BadInput, DomainError
from kvartal.housing.models import Account
from kvartal.testing.factories import an_account

KEY = UUID("01900000-0000-7000-8000-000000000001")
TOWN = RowShape("town", ("id", "name"))
STREET = RowShape("street", ("id",), {"town": ToOne(TOWN)})
HOUSE = RowShape(
    "house",
    ("id", "number"),
    {"street": ToOne(STREET, null=True), "owner": ToOne(TOWN, shared=True)},
)


class NumberTaken(DomainError):
    """For the test."""

    code: ClassVar[str] = "NUMBER_TAKEN"


def test_parameters_are_numbered_as_they_are_added() -> None:
    args = Args()

    assert [args.add("a"), args.add(None), args.add("a")] == ["$1", "$2", "$3"]
    assert list(args) == ["a", None, "a"]


def test_an_array_does_not_tell_the_planner_how_long_it_is() -> None:
    args = Args()

    assert args.array({"x"}, "text") == "ARRAY(SELECT unnest($1::text[]))"
    assert list(args) == [["x"]]


@pytest.mark.usefixtures("db")
async def test_numbers_reach_the_database_as_they_are() -> None:
    numbers = [Decimal("12.3400"), None, Decimal(0), Decimal("1E+3"), Decimal("1E-7")]
    [row] = await fetch("SELECT $1::text::numeric[] AS numbers", plain_array(numbers))
    assert row["numbers"] == numbers
    [row] = await fetch("SELECT $1::text::numeric[] AS numbers", plain_array([]))
    assert row["numbers"] == []


def test_a_limit_is_written_out() -> None:
    assert literal_limit(51) == "51"


@pytest.mark.parametrize("size", [0, -1, 10_001, True, "51", 5.0])
def test_what_is_no_limit_is_never_written(size: object) -> None:
    with pytest.raises(ValueError, match="not a row limit"):
        literal_limit(size)  # type: ignore[arg-type] # the point of the test


async def test_a_pattern_finds_its_wildcards_as_they_are(db: None) -> None:
    typed = r"50%_of\it"

    [row] = await fetch(
        "SELECT $1 LIKE $2 AS itself, '50 percent of it' LIKE $2 AS other", typed, like(typed)
    )

    assert dict(row) == {"itself": True, "other": False}


def test_a_shape_names_its_columns_and_those_of_its_relations() -> None:
    assert STREET.columns("s") == "s.id AS id, s_town.id AS town_id, s_town.name AS town_name"
    assert STREET.columns("s", "street_") == (
        "s.id AS street_id, s_town.id AS street_town_id, s_town.name AS street_town_name"
    )


def test_relations_of_what_may_be_missing_are_joined_from_outside() -> None:
    assert STREET.source("s") == (
        "street s JOIN town s_town ON s_town.id = s.town_id"
        " AND s_town.organization_id = s.organization_id"
    )
    assert HOUSE.joins("h") == (
        "LEFT JOIN street h_street ON h_street.id = h.street_id"
        " AND h_street.organization_id = h.organization_id"
        " LEFT JOIN town h_street_town ON h_street_town.id = h_street.town_id"
        " AND h_street_town.organization_id = h_street.organization_id"
        " JOIN town h_owner ON h_owner.id = h.owner_id"
    )
    assert TOWN.source("t") == "town t"


ORDER = Keyset({"r.at": instant, "r.id": UUID}, descending=True)


def test_a_keyset_orders_both_ways() -> None:
    assert ORDER.order() == "r.at DESC, r.id DESC"
    assert ORDER.order(backward=True) == "r.at, r.id"
    assert ORDER.order(page="page") == "page.key_0 DESC, page.key_1 DESC"


def test_a_keyset_goes_on_after_a_key() -> None:
    args = Args()

    condition = ORDER.after(args, ["2026-11-24T09:00:00+00:00", str(KEY)])

    assert condition == "(r.at, r.id) < ($1, $2)"
    assert list(args) == [datetime(2026, 11, 24, 9, tzinfo=UTC), KEY]
    assert ORDER.after(Args(), None) == "TRUE"
    assert ORDER.after(Args(), ["2026-11-24T09:00:00+00:00", str(KEY)], backward=True) == (
        "(r.at, r.id) > ($1, $2)"
    )


def test_a_keyset_over_two_tables_gives_the_first_a_place_to_begin() -> None:
    order = Keyset({"b.sort_key": text, "p.id": UUID})

    assert order.after(Args(), ["а", str(KEY)]) == (
        "(b.sort_key >= $1 AND (b.sort_key, p.id) > ($1, $2))"
    )
    assert order.after(Args(), ["а", str(KEY)], backward=True) == (
        "(b.sort_key <= $1 AND (b.sort_key, p.id) < ($1, $2))"
    )


def test_the_key_of_a_row_leads_back_to_it() -> None:
    row = {"key_0": datetime(2026, 11, 24, 9, 0, 0, 123, tzinfo=UTC), "key_1": KEY}
    args = Args()

    ORDER.after(args, ORDER.key_of(row))

    assert ORDER.selected == "r.at AS key_0, r.id AS key_1"
    assert list(args) == list(row.values())


@pytest.mark.parametrize(
    ("case", "read", "value"),
    [
        ("no text", text, 1),
        ("nothing", text, None),
        ("NUL", text, "\0"),
        ("no id", UUID, "1"),
        ("no time", instant, "yesterday"),
        ("no offset", instant, "2026-11-24T09:00:00"),
    ],
)
def test_a_cursor_with_a_wrong_value_is_the_clients_mistake(
    case: str, read: Callable[[str], object], value: object
) -> None:
    with pytest.raises(BadInput) as refused:
        Keyset({"r.key": read}).after(Args(), [value])
    assert refused.value.message_code == "BAD_CURSOR"


def test_a_cursor_of_another_list_is_the_clients_mistake() -> None:
    with pytest.raises(BadInput):
        ORDER.after(Args(), [str(KEY)])


async def test_a_duplicate_is_refused_by_the_name_of_its_index(db: None) -> None:
    account = await an_account()

    with pytest.raises(NumberTaken), refusing_duplicates(kvartal_account_number=NumberTaken()):
        await Account.create(
            organization_id=account.organization_id,
            premise_id=account.premise_id,
            number=account.number,
        )


async def test_a_duplicate_in_raw_sql_is_refused_alike(db: None) -> None:
    account = await an_account()
    again = "INSERT INTO kvartal_account SELECT (a).* FROM (SELECT a FROM kvartal_account a) t"

    with pytest.raises(asyncpg.UniqueViolationError), refusing_duplicates():
        await execute(f"{again} WHERE (a).id = $1", account.id)


async def test_a_duplicate_that_nobody_foresaw_stays_an_error(db: None) -> None:
    account = await an_account()

    with pytest.raises(IntegrityError), refusing_duplicates(another_index=NumberTaken()):
        await Account.create(
            organization_id=account.organization_id,
            premise_id=account.premise_id,
            number=account.number,
        )


async def test_another_violation_stays_an_error(db: None) -> None:
    account = await an_account()

    with pytest.raises(IntegrityError), refusing_duplicates(kvartal_account_number=NumberTaken()):
        await Account.create(
            organization_id=account.organization_id, premise_id=account.id, number="1"
        )
