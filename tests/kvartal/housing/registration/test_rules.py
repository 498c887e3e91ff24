"""What a row says of a place, and how it refers to another one."""

from typing import Any
from uuid import UUID

import pytest

from kvartal.housing.registration.ledger import Entry, Values
from kvartal.housing.registration.references import (
    BuildingUnknown,
    PremiseUnknown,
    References,
)
from kvartal.housing.registration.residents import Residents
from kvartal.housing.registration.rows import judged, keys_of, read, text_of, texts_of
from kvartal.housing.registration.rules import (
    account_values,
    address_key,
    building_values,
    number_key,
    premise_values,
    resident_values,
)
from kvartal.housing.rules import InputFaults, PremiseKind, sort_key

HOUSE, HOME, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
AT = {"id": "building_id", "external_id": "building_external_id", "natural": "building_address"}


def faults_of(values_of: Any, *args: Any, **more: Any) -> tuple[Values, list[Any]]:
    faults = InputFaults()
    values = values_of(args[0], faults, *args[1:], **more)
    return values, [(error.code, error.path) for error in faults.errors]


@pytest.mark.parametrize(
    ("row", "values", "faults"),
    [
        ({}, {}, []),
        (
            {"address": " ул.  Мира, 1 ", "external_id": " b "},
            {"address": "ул. Мира, 1", "sort_key": sort_key("ул. Мира, 1"), "external_id": "b"},
            [],
        ),
        (
            {"timezone": None, "fias_guid": None, "quarter_id": None, "group_ids": []},
            {"fias_guid": None, "quarter_id": None, "groups": frozenset()},
            [],
        ),
        (
            {"quarter_id": HOUSE, "group_ids": [HOME]},
            {"quarter_id": HOUSE, "groups": frozenset({HOME})},
            [],
        ),
        (
            {
                "address": " ",
                "timezone": "Луна",
                "quarter_id": OTHER,
                "group_ids": [HOME, OTHER],
                "external_id": "x" * 101,
            },
            None,
            [
                ("ADDRESS_REQUIRED", ("address",)),
                ("TIMEZONE_UNKNOWN", ("timezone",)),
                ("QUARTER_UNKNOWN", ("quarter_id",)),
                ("GROUP_UNKNOWN", ("group_ids",)),
                ("TEXT_TOO_LONG", ("external_id",)),
            ],
        ),
    ],
)
def test_a_row_about_a_building(
    row: dict[str, Any], values: dict[str, Any] | None, faults: list[Any]
) -> None:
    found, told = faults_of(building_values, row, quarters={HOUSE}, groups={HOME})

    assert told == faults
    assert values is None or found == values


@pytest.mark.parametrize(
    ("row", "building", "values", "faults"),
    [
        ({}, None, {}, []),
        (
            {"number": " 12  А ", "kind": PremiseKind.NON_RESIDENTIAL, "external_id": None},
            HOUSE,
            {
                "number": "12 А",
                "sort_key": sort_key("12 А"),
                "kind": PremiseKind.NON_RESIDENTIAL,
                "external_id": None,
                "building_id": HOUSE,
            },
            [],
        ),
        ({"kind": None}, None, {}, []),
        (
            {"number": None},
            BuildingUnknown(path=("building_id",)),
            None,
            [("NUMBER_REQUIRED", ("number",)), ("BUILDING_UNKNOWN", ("building_id",))],
        ),
    ],
)
def test_a_row_about_a_premise(
    row: dict[str, Any], building: Any, values: dict[str, Any] | None, faults: list[Any]
) -> None:
    found, told = faults_of(premise_values, row, building)

    assert told == faults
    assert values is None or found == values


def test_a_row_about_an_account() -> None:
    row = {"number": " 1 ", "unified_number": " ", "external_id": "a"}
    values = {"number": "1", "unified_number": None, "external_id": "a", "premise_id": HOME}
    long = {"number": "9" * 51, "unified_number": "9" * 51}

    assert faults_of(account_values, row, HOME) == (values, [])
    assert faults_of(account_values, {}, None) == ({}, [])
    assert faults_of(account_values, long, PremiseUnknown(path=("premise_id",)))[1] == [
        ("TEXT_TOO_LONG", ("number",)),
        ("TEXT_TOO_LONG", ("unified_number",)),
        ("PREMISE_UNKNOWN", ("premise_id",)),
    ]


def test_a_row_about_a_resident() -> None:
    row = {"full_name": " Орлова  Вера ", "phone": "8 999 000-00-00"}
    values = {"full_name": "Орлова Вера", "phone": "+79990000000", "premise_id": HOME}

    assert faults_of(resident_values, row, HOME) == (values, [])
    assert faults_of(resident_values, {}, HOME) == ({"phone": None, "premise_id": HOME}, [])
    assert faults_of(resident_values, {"full_name": " ", "phone": "нет"}, None)[1] == [
        ("NAME_REQUIRED", ("full_name",)),
        ("INVALID_PHONE", ("phone",)),
        ("PREMISE_UNKNOWN", ()),
    ]


@pytest.mark.parametrize(
    ("id", "external_id", "natural", "expected"),
    [
        (None, None, None, None),
        (HOUSE, "other", "нет", HOUSE),
        (None, "h", "нет", HOUSE),
        (None, None, "ул. мира, 1", HOUSE),
        (OTHER, None, None, ("BUILDING_UNKNOWN", ("building_id",))),
        (None, "нет", None, ("BUILDING_UNKNOWN", ("building_external_id",))),
        (None, None, "нет", ("BUILDING_UNKNOWN", ("building_address",))),
        (None, None, "двойной", ("ADDRESS_AMBIGUOUS", ("building_address",))),
        (None, "old", None, ("PLACE_ARCHIVED", ("building_external_id",))),
        (None, None, "старый", ("BUILDING_UNKNOWN", ("building_address",))),
    ],
)
def test_a_place_is_referred_to_by_id_by_external_id_or_by_name(
    id: UUID | None, external_id: str | None, natural: str | None, expected: Any
) -> None:
    known = References(BuildingUnknown)
    known.add(HOUSE, "h", "ул. мира, 1", is_archived=False)
    known.add(UUID(int=5), None, "двойной", is_archived=False)
    known.add(UUID(int=6), None, "двойной", is_archived=False)
    known.add(UUID(int=7), "old", "старый", is_archived=True)

    found = known.find(id, external_id, natural, at=AT)

    told = found if found is None or isinstance(found, UUID) else (found.code, found.path)
    assert told == expected


def resident(key: UUID, name: str, phone: str | None = None) -> Entry:
    return Entry.stored(key, {"full_name": name, "phone": phone})


def test_residents_are_known_by_telephone_else_by_name_in_their_premise() -> None:
    vera, anna, twin = (UUID(int=n) for n in (21, 22, 23))
    residents = Residents(
        {
            vera: resident(vera, "Орлова Вера", "+79990000000"),
            anna: resident(anna, "Сидорова Анна"),
            twin: resident(twin, "Сидорова Анна", "+79991111111"),
        },
        [(vera, HOME), (anna, HOME), (twin, OTHER)],
        lambda: UUID(int=100),
    )
    rows: list[dict[str, Any]] = [
        {"phone": "+79990000000", "premise_id": HOME},
        {"phone": "+79990000000", "premise_id": OTHER, "full_name": "Орлова В."},
        {"phone": None, "premise_id": HOME, "full_name": "СИДОРОВА анна"},
        {"phone": "+79992222222", "premise_id": HOME, "full_name": "СИДОРОВА анна"},
        {"phone": "+79993333333", "premise_id": OTHER, "full_name": "Сидорова Анна"},
        {"phone": "+79993333333", "premise_id": OTHER},
        {"phone": None, "premise_id": OTHER},
    ]

    verdicts = judged([(row, []) for row in rows], residents.apply)

    told = [(each.outcome.value, each.id.int if each.id else None) for each in verdicts]
    assert told == [
        ("UNCHANGED", 21),
        ("UPDATED", 21),
        ("UPDATED", 22),
        ("UPDATED", 22),
        ("CREATED", 100),
        ("UNCHANGED", 100),
        ("REJECTED", None),
    ]
    assert [(each.code, each.path) for each in verdicts[-1].errors] == [
        ("NAME_REQUIRED", ("rows", 6, "full_name"))
    ]
    assert residents.new_homes == [(vera, OTHER), (UUID(int=100), OTHER)]
    assert residents.entries[anna].values["phone"] == "+79992222222"


def test_rows_are_read_as_people_meant_them() -> None:
    rows: list[Values] = [{"a": " x  y ", "k": HOME}, {"a": None}, {"a": " "}, {"b": "z"}]

    assert [text_of(row, "a") for row in rows] == ["x y", None, None, None]
    assert texts_of(rows, "a") == {"x y"}
    assert keys_of(rows, "k") == {HOME}
    assert address_key(" УЛ.  Мира ") == "ул. мира"
    assert number_key(" 12  А ") == "12 а"


def test_a_fault_of_one_row_is_no_others() -> None:
    def values_of(row: Values, faults: InputFaults) -> Values:
        if not row:
            faults.errors.append(PremiseUnknown(path=("x",)))
        return row

    residents = Residents({}, [], lambda: UUID(int=100))
    found: list[Values] = [{}, {"phone": None, "premise_id": HOME, "full_name": "Орлова"}]

    verdicts = judged(read(found, values_of), residents.apply)

    assert [each.outcome.value for each in verdicts] == ["REJECTED", "CREATED"]
    assert [error.path for error in verdicts[0].errors] == [("rows", 0, "x")]
