"""What a meter's card may say, without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvartal.errors import DomainError
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.meters.rules import MeterCondition, MeterScope, MeterStatus
from kvartal_meters.meters.rules.card import (
    COLLECTIVE_FIELDS,
    Card,
    ReadSoFar,
    card_faults,
    change_faults,
    status_change,
)

TODAY = date(2026, 11, 24)
FLAT = Card(scope=MeterScope.INDIVIDUAL, type=MeterType.COLD_WATER, details={})
HOUSE = replace(FLAT, scope=MeterScope.COLLECTIVE)
UNREAD = ReadSoFar(any=False, highest=None, rolled=False)
READ = ReadSoFar(any=True, highest=Decimal("123.4"), rolled=False)
ROLLED = ReadSoFar(any=True, highest=Decimal("99999"), rolled=True)


def told(faults: list[DomainError]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(each.code, each.path) for each in faults]


def faults_of(card: Card, fields: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    own = {name: value for name, value in fields.items() if name not in COLLECTIVE_FIELDS}
    details = {name: value for name, value in fields.items() if name in COLLECTIVE_FIELDS}
    return told(card_faults(replace(card, details=details, **own), fields, today=TODAY))


@pytest.mark.parametrize(
    ("case", "fields", "code", "path"),
    [
        ("tomorrow", {"commissioned_on": date(2026, 11, 25)}, "DATE_IN_FUTURE", "commissioned_on"),
        ("verified", {"verified_on": date(2027, 1, 1)}, "DATE_IN_FUTURE", "verified_on"),
        (
            "next before last",
            {"verified_on": date(2026, 2, 2), "next_verification_on": date(2026, 2, 1)},
            "VERIFICATION_ORDER_INVALID",
            "next_verification_on",
        ),
        ("no interval", {"verification_interval": 0}, "INTERVAL_INVALID", "verification_interval"),
        ("too long", {"verification_interval": 31}, "INTERVAL_INVALID", "verification_interval"),
        ("no digits", {"int_digits": 0}, "DIGITS_INVALID", "int_digits"),
        ("too many digits", {"int_digits": 13}, "DIGITS_INVALID", "int_digits"),
        ("no ratio", {"transformation_ratio": Decimal(0)}, "RATIO_INVALID", "transformation_ratio"),
        ("below", {"transformation_ratio": Decimal(-1)}, "RATIO_INVALID", "transformation_ratio"),
        (
            "too large",
            {"transformation_ratio": Decimal(10) ** 8},
            "RATIO_INVALID",
            "transformation_ratio",
        ),
        (
            "too fine",
            {"transformation_ratio": Decimal("1.00001")},
            "RATIO_INVALID",
            "transformation_ratio",
        ),
        (
            "one too many",
            {"initial_values": (Decimal(1), Decimal(2))},
            "REGISTERS_MISMATCH",
            "initial_values",
        ),
    ],
)
@pytest.mark.parametrize("card", [FLAT, HOUSE], ids=["flat", "house"])
def test_a_card_that_cannot_be(
    card: Card, case: str, fields: dict[str, Any], code: str, path: str
) -> None:
    assert faults_of(card, fields) == [(code, (path,))]


@pytest.mark.parametrize(
    "fields",
    [
        {"commissioned_on": TODAY, "verified_on": TODAY, "next_verification_on": TODAY},
        {"verification_interval": 1, "int_digits": 1},
        {"verification_interval": 30, "int_digits": 12},
        {"transformation_ratio": Decimal("1.0000")},
        {"initial_values": (Decimal("999999999999.9999"),)},
        {"initial_values": ()},
        dict.fromkeys(COLLECTIVE_FIELDS),
        {"condition": MeterCondition.WORKING, "antimagnetic_seal": False},
    ],
)
@pytest.mark.parametrize("card", [FLAT, HOUSE], ids=["flat", "house"])
def test_a_card_at_its_bounds(card: Card, fields: dict[str, Any]) -> None:
    assert faults_of(card, fields) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transformation_ratio", Decimal("0.5")),
        ("installation_place", "Подвал"),
        ("installed_on", TODAY),
        ("sealed_on", TODAY),
        ("condition", MeterCondition.FAULTY),
        ("antimagnetic_seal", True),
        ("temperature_sensor", True),
        ("pressure_sensor", True),
        ("remote_reading", True),
    ],
)
def test_only_a_house_meter_has(name: str, value: object) -> None:
    assert faults_of(FLAT, {name: value}) == [("COLLECTIVE_ONLY", (name,))]
    assert faults_of(HOUSE, {name: value}) == []


@pytest.mark.parametrize("name", ["installed_on", "sealed_on"])
def test_a_house_meter_was_installed_and_sealed_today_at_the_latest(name: str) -> None:
    assert faults_of(HOUSE, {name: date(2026, 11, 25)}) == [("DATE_IN_FUTURE", (name,))]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-0.0001", "INVALID_VALUE"),
        ("1000000000000", "INVALID_VALUE"),
        ("0.00001", "INVALID_VALUE"),
        ("100000", "DIGITS_EXCEEDED"),
    ],
)
def test_an_initial_value_is_one_that_the_dial_shows(value: str, code: str) -> None:
    card = replace(FLAT, type=MeterType.ELECTRICITY_2T, int_digits=5)
    fields = {"initial_values": (Decimal("99999.9999"), Decimal(value))}

    assert faults_of(card, fields) == [(code, ("initial_values", 1))]


def test_what_is_not_given_is_at_fault_nowhere_but_where_it_meets_what_is() -> None:
    late = replace(
        HOUSE,
        commissioned_on=date(2030, 1, 1),
        transformation_ratio=Decimal(-1),
        next_verification_on=date(2026, 1, 1),
        initial_values=(Decimal(123),),
        type=MeterType.COLD_WATER,
        details={"sealed_on": date(2030, 1, 1)},
    )

    assert told(card_faults(late, {"brand"}, today=TODAY)) == []
    assert (
        told(card_faults(replace(late, type=MeterType.ELECTRICITY_2T), {"brand"}, today=TODAY))
        == []
    )
    assert faults_of(late, {"verified_on": date(2026, 1, 2)}) == [
        ("VERIFICATION_ORDER_INVALID", ("verified_on",))
    ]
    assert faults_of(late, {"int_digits": 2}) == [("DIGITS_EXCEEDED", ("int_digits",))]
    assert faults_of(late, {"type": MeterType.ELECTRICITY_3T}) == [
        ("REGISTERS_MISMATCH", ("type",))
    ]


@pytest.mark.parametrize(
    ("case", "before", "after", "read", "code"),
    [
        ("an individual one", FLAT, MeterType.HOT_WATER, UNREAD, "TYPE_FIXED"),
        ("a house's without readings", HOUSE, MeterType.GAS, UNREAD, None),
        ("the same registers", HOUSE, MeterType.HOT_WATER, READ, None),
        ("another resource, same unit", HOUSE, MeterType.WASTEWATER, READ, "TYPE_FIXED"),
        (
            "another unit",
            replace(HOUSE, type=MeterType.HEATING),
            MeterType.HEAT_COST_ALLOCATOR,
            READ,
            "TYPE_FIXED",
        ),
        (
            "more registers",
            replace(HOUSE, type=MeterType.ELECTRICITY_1T),
            MeterType.ELECTRICITY_2T,
            READ,
            "TYPE_FIXED",
        ),
        ("none", FLAT, MeterType.COLD_WATER, READ, None),
    ],
)
def test_another_type(
    case: str, before: Card, after: MeterType, read: ReadSoFar, code: str | None
) -> None:
    found = change_faults(before, replace(before, type=after), read)

    assert told(found) == ([(code, ("type",))] if code else [])


def test_the_sentence_says_what_keeps_the_type() -> None:
    [own] = change_faults(FLAT, replace(FLAT, type=MeterType.HOT_WATER), READ)
    [house] = change_faults(HOUSE, replace(HOUSE, type=MeterType.GAS), READ)

    assert (own.message_code, house.message_code) == ("TYPE_FIXED", "TYPE_FIXED.READINGS")


def test_initial_values_stay_once_there_are_readings() -> None:
    before = replace(FLAT, initial_values=(Decimal("1.5000"),))
    other = replace(before, initial_values=(Decimal(2),))

    assert told(change_faults(before, other, READ)) == [
        ("INITIAL_VALUES_FIXED", ("initial_values",))
    ]
    assert change_faults(before, replace(before, initial_values=(Decimal("1.5"),)), READ) == []
    assert change_faults(before, other, UNREAD) == []


@pytest.mark.parametrize(
    ("case", "before", "after", "read", "refused"),
    [
        ("fits", None, 3, READ, False),
        ("too few", 5, 2, READ, True),
        ("unknown again", 5, None, READ, False),
        ("rolled over on this dial", 5, 6, ROLLED, True),
        ("rolled over, dial unknown", 5, None, ROLLED, True),
        ("rolled over, as it was", 5, 5, ROLLED, False),
        ("no readings", 5, 1, UNREAD, False),
        ("not a number of digits", 5, 13, READ, False),
    ],
)
def test_the_dial_is_one_that_the_readings_were_on(
    case: str, before: int | None, after: int | None, read: ReadSoFar, refused: bool
) -> None:
    found = change_faults(replace(FLAT, int_digits=before), replace(FLAT, int_digits=after), read)

    assert told(found) == ([("DIGITS_CONTRADICT_READINGS", ("int_digits",))] if refused else [])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (MeterStatus.ACTIVE, MeterStatus.VERIFICATION, (False, False)),
        (MeterStatus.ACTIVE, MeterStatus.ARCHIVED, (True, False)),
        (MeterStatus.ARCHIVED, MeterStatus.VERIFICATION, (False, True)),
        (MeterStatus.ARCHIVED, MeterStatus.ARCHIVED, (False, False)),
    ],
)
def test_into_the_archive_and_back(
    before: MeterStatus, after: MeterStatus, expected: tuple[bool, bool]
) -> None:
    assert status_change(before, after) == expected


types = st.sampled_from(MeterType)


@settings(deadline=None)
@given(
    before=types,
    after=types,
    values=st.lists(st.decimals(0, 999, places=4), max_size=3),
    read=st.booleans(),
)
def test_no_change_of_type_leaves_values_without_registers(
    before: MeterType, after: MeterType, values: list[Decimal], read: bool
) -> None:
    """Whatever is let through has as many initial values as registers, or none."""
    card = replace(HOUSE, type=before, initial_values=tuple(values))
    if card_faults(card, {"initial_values"}, today=TODAY):
        return
    changed = replace(card, type=after)
    faults = [
        *card_faults(changed, {"type"}, today=TODAY),
        *change_faults(card, changed, READ if read else UNREAD),
    ]

    if not faults:
        assert len(changed.initial_values) in (0, len(CATALOG[after].registers))
        assert not read or CATALOG[before].unit is CATALOG[after].unit
