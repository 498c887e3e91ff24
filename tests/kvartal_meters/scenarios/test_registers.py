"""Every combination of registers that are missing or too many is told exactly, on every way."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import NOON, Register, Submit, faults, key, told

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.testing.client import GraphQLClient
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

SUBMIT_COLLECTIVE = """
mutation ($input: SubmitCollectiveReadingsInput!) {
  submitCollectiveReadings(input: $input) { readings { id } errors { code path expected given } }
}
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { id } errors { code path expected given } }
}
"""
READ = ("10", "20", "30")
MISSING = [
    missing for count in (1, 2, 3) for missing in combinations(range(3), count)
]  # each of the seven


@pytest.fixture
async def light(home: Home) -> Meter:
    """A meter of three tariffs."""
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    return await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_3T, identifier="ЭЛ-3")


def without(missing: Sequence[int]) -> list[str]:
    return ["" if register in missing else value for register, value in enumerate(READ)]


async def staff_call(gql: GraphQLClient, document: str, variables: Any, actor: Actor) -> Any:
    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(document, variables, actor=actor)
    [payload] = answer["data"].values()
    return payload


@pytest.mark.parametrize("missing", MISSING)
async def test_a_form_names_exactly_the_registers_that_are_missing(
    submit: Submit, home: Home, light: Meter, missing: Sequence[int]
) -> None:
    payload = await submit(values_of(home.meter, "105"), values_of(light, *without(missing)))

    assert faults(payload) == [
        ("INVALID_VALUE", ["readings", "1", "values", str(register)]) for register in missing
    ]
    assert payload["readings"] is None
    assert await Reading.filter(billing_month="2026-11-01").count() == 0


@pytest.mark.parametrize("missing", MISSING)
async def test_a_form_of_a_house_names_them_too(
    gql: GraphQLClient, home: Home, chief: Actor, missing: Sequence[int]
) -> None:
    house = await a_collective_meter(building=home.building, type=MeterType.ELECTRICITY_3T)

    payload = await staff_call(
        gql,
        SUBMIT_COLLECTIVE,
        submission(home.building, values_of(house, *without(missing))),
        chief,
    )

    assert faults(payload) == [
        ("INVALID_VALUE", ["readings", "0", "values", str(register)]) for register in missing
    ]
    assert not await Reading.filter(meter_id=house.id).exists()


@pytest.mark.parametrize("missing", MISSING)
async def test_a_correction_names_them_too(
    gql: GraphQLClient, chief: Actor, light: Meter, missing: Sequence[int]
) -> None:
    reading = await a_reading(light, "2026-11", "1", "2", "3")
    change = {"readingId": key("Reading", reading), "values": without(missing)}

    payload = await staff_call(gql, CORRECT, {"input": change}, chief)

    assert faults(payload) == [("INVALID_VALUE", ["values", str(register)]) for register in missing]
    assert (await Reading.get(id=reading.id)).version == 1


@pytest.mark.parametrize("missing", MISSING)
async def test_a_bulk_call_names_them_in_their_row(
    register: Register, home: Home, light: Meter, missing: Sequence[int]
) -> None:
    rows = await register(
        "readings",
        {"meterId": key("Meter", light), "values": without(missing)},
        {"meterId": key("Meter", home.meter), "values": ["105"]},
    )

    assert told(rows) == [
        ("REJECTED", *(("INVALID_VALUE", "values", str(each)) for each in missing)),
        ("CREATED",),
    ]


@pytest.mark.parametrize(
    ("kind", "expected", "sent"),
    [
        (kind, expected, sent)
        for kind, expected in (
            (MeterType.ELECTRICITY_1T, 1),
            (MeterType.ELECTRICITY_2T, 2),
            (MeterType.ELECTRICITY_3T, 3),
        )
        for sent in (
            *(READ[:count] for count in range(4) if count != expected),
            (*READ, "40"),
            # Empty or not: a register that the meter has not is one too many.
            *((("10", *("" for _ in range(extra)))) for extra in (3, 4)),
        )
    ],
)
async def test_registers_too_few_or_too_many_are_counted(
    submit: Submit,
    register: Register,
    light: Meter,
    home: Home,
    kind: MeterType,
    expected: int,
    sent: Sequence[str],
) -> None:
    meter = await a_meter(premise=home.premise, type=kind)

    payload = await submit(values_of(meter, *sent))
    rows = await register("readings", {"meterId": key("Meter", meter), "values": list(sent)})

    assert payload["errors"] == [
        {
            "code": "REGISTERS_MISMATCH",
            "path": ["readings", "0", "values"],
            "expected": expected,
            "given": len(sent),
            "opensOn": None,
        }
    ]
    assert told(rows) == [("REJECTED", ("REGISTERS_MISMATCH", "values"))]
    assert not await Reading.filter(meter_id=meter.id).exists()


@pytest.mark.parametrize(
    "value", ["-0.001", "сто", "Infinity", "NaN", "1e3", "0x10", "１٠", "1..2"]
)
async def test_what_is_no_number_fails_its_own_register_alone(
    submit: Submit, light: Meter, value: str
) -> None:
    payload = await submit(values_of(light, "10", value, "30"))

    assert faults(payload) == [("INVALID_VALUE", ["readings", "0", "values", "1"])]


async def test_fractions_zeros_and_commas_are_read_register_by_register(
    submit: Submit, light: Meter
) -> None:
    payload = await submit(values_of(light, "00010,5", "20.250", "0"))

    assert payload["errors"] == []
    [reading] = payload["readings"]
    assert reading["values"] == [
        {"number": 1, "value": "10.5"},
        {"number": 2, "value": "20.25"},
        {"number": 3, "value": "0"},
    ]
