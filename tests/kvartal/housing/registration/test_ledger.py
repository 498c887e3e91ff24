"""The ledger: which object a row means, and what it may take from another."""

from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from kvartal.bulk import RowOutcome
from kvartal.housing.registration.ledger import Entry, Ledger, Verdict
from kvartal.housing.registration.rules import ACCOUNTS, PREMISES, buildings_kind
from kvartal.housing.rules import PremiseKind, sort_key

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
HOME, OTHER_HOME = UUID(int=11), UUID(int=12)


def account(key: UUID, number: str, external_id: str | None = None, **more: Any) -> Entry:
    values = {
        "number": number,
        "external_id": external_id,
        "unified_number": None,
        "premise_id": HOME,
    }
    return Entry.stored(key, values, **more)


def accounts(*entries: Entry) -> Ledger:
    numbers = count(100)
    return Ledger(ACCOUNTS, entries, lambda: UUID(int=next(numbers)))


def told(verdict: Verdict) -> tuple[str, int | None, list[str]]:
    return (
        verdict.outcome.value,
        verdict.id.int if verdict.id else None,
        [error.code for error in verdict.errors],
    )


@pytest.mark.parametrize(
    ("case", "row", "expected"),
    [
        ("new", {"number": "9", "premise_id": HOME}, ("CREATED", 100, [])),
        ("by number", {"number": "1"}, ("UNCHANGED", 1, [])),
        ("by external id", {"external_id": "b"}, ("UNCHANGED", 2, [])),
        ("gets a number", {"external_id": "b", "number": "9"}, ("UPDATED", 2, [])),
        ("gets an external id", {"number": "1", "external_id": "a"}, ("UPDATED", 1, [])),
        ("loses its external id", {"number": "2", "external_id": None}, ("UPDATED", 2, [])),
        ("moves", {"number": "1", "premise_id": OTHER_HOME}, ("UPDATED", 1, [])),
        (
            "number of one, external id of another",
            {"external_id": "b", "number": "1"},
            ("REJECTED", None, ["ACCOUNT_NUMBER_TAKEN"]),
        ),
        (
            "number of one that has another external id",
            {"external_id": "new", "number": "2"},
            ("REJECTED", None, ["ACCOUNT_NUMBER_TAKEN"]),
        ),
        (
            "external id of one in the archive",
            {"external_id": "c", "number": "9"},
            ("REJECTED", None, ["PLACE_ARCHIVED"]),
        ),
        (
            "number of one in the archive is free",
            {"number": "3", "premise_id": HOME},
            ("CREATED", 100, []),
        ),
        (
            "new without a number or a premise",
            {"external_id": "new"},
            ("REJECTED", None, ["NUMBER_REQUIRED", "PREMISE_UNKNOWN"]),
        ),
    ],
)
def test_a_row_means_the_object_of_its_external_id_else_of_its_number(
    case: str, row: Mapping[str, Any], expected: tuple[str, int | None, list[str]]
) -> None:
    ledger = accounts(account(A, "1"), account(B, "2", "b"), account(C, "3", "c", is_archived=True))

    assert told(ledger.apply(row)) == expected


def test_rows_about_one_object_are_applied_in_their_order() -> None:
    ledger = accounts()

    outcomes = [
        ledger.apply(row)
        for row in (
            {"number": "1", "premise_id": HOME, "external_id": "a"},
            {"external_id": "a", "unified_number": "x"},
            {"number": "1", "unified_number": "y"},
            {"number": "1", "unified_number": "y"},
        )
    ]

    assert [each.outcome for each in outcomes] == [
        RowOutcome.CREATED,
        RowOutcome.UPDATED,
        RowOutcome.UPDATED,
        RowOutcome.UNCHANGED,
    ]
    assert {each.id for each in outcomes} == {UUID(int=100)}
    [entry] = ledger.new
    assert entry.values["unified_number"] == "y"
    assert ledger.changed == []


def test_a_number_that_is_given_up_stays_taken_until_the_call_is_over() -> None:
    ledger = accounts(account(A, "1", "a"), account(B, "2", "b"))

    outcomes = [
        ledger.apply({"external_id": "a", "number": "3"}),
        ledger.apply({"external_id": "b", "number": "1"}),
        ledger.apply({"external_id": "a", "number": "1"}),
    ]

    assert [told(each) for each in outcomes] == [
        ("UPDATED", 1, []),
        ("REJECTED", None, ["ACCOUNT_NUMBER_TAKEN"]),
        ("UPDATED", 1, []),
    ]
    assert ledger.changed == []


def test_what_has_changed_is_told_by_column() -> None:
    ledger = accounts(account(A, "1"))
    ledger.apply({"number": "1", "unified_number": "x"})
    [entry] = ledger.changed

    assert entry.is_changed
    assert not entry.is_new
    assert entry.has_changed("unified_number")
    assert not entry.has_changed("number", "premise_id")
    assert not Entry(B, {"number": "2"}).has_changed("number")


def test_premises_are_told_apart_by_building_and_number_whatever_its_case() -> None:
    house, other = UUID(int=21), UUID(int=22)
    values = {
        "number": "12А",
        "sort_key": sort_key("12А"),
        "building_id": house,
        "kind": PremiseKind.RESIDENTIAL,
        "external_id": "p",
    }
    ledger = Ledger(PREMISES, [Entry.stored(A, values)], lambda: B)

    rows: list[dict[str, Any]] = [
        {"number": "12а", "sort_key": sort_key("12а"), "building_id": house},
        {"number": "12А", "sort_key": sort_key("12А"), "building_id": other},
        {"external_id": "p", "building_id": other},
        {"external_id": "new"},
    ]
    assert [told(ledger.apply(row)) for row in rows] == [
        ("UPDATED", 1, []),
        ("CREATED", 2, []),
        ("REJECTED", None, ["PREMISE_OF_ANOTHER_BUILDING"]),
        ("REJECTED", None, ["NUMBER_REQUIRED", "BUILDING_UNKNOWN"]),
    ]


def test_an_address_of_several_buildings_names_none() -> None:
    def building(key: UUID, external_id: str | None) -> Entry:
        values = {
            "address": "ул. Мира, 1",
            "sort_key": sort_key("ул. Мира, 1"),
            "external_id": external_id,
        }
        return Entry.stored(key, values)

    ledger = Ledger(
        buildings_kind("Europe/Samara"), [building(A, "a"), building(B, None)], lambda: C
    )
    twin = {"address": "УЛ. мира, 1", "sort_key": sort_key("УЛ. мира, 1")}

    assert told(ledger.apply(twin)) == ("REJECTED", None, ["ADDRESS_AMBIGUOUS"])
    assert told(ledger.apply({"external_id": "a"})) == ("UNCHANGED", 1, [])
    assert told(ledger.apply({"external_id": "new"})) == ("REJECTED", None, ["ADDRESS_REQUIRED"])
    assert told(ledger.apply({**twin, "external_id": "a"})) == ("UPDATED", 1, [])
    new = {"address": "ул. Мира, 2", "sort_key": sort_key("ул. Мира, 2")}
    assert told(ledger.apply(new)) == ("CREATED", 3, [])
    assert told(ledger.apply({**new, "external_id": "a"})) == (
        "REJECTED",
        None,
        ["ADDRESS_TAKEN"],
    )
    [entry] = ledger.new
    assert entry.values["timezone"] == "Europe/Samara"
