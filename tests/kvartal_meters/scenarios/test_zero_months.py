"""What looks like a duplicate and is none: equal values of another month, meter or life."""

from decimal import Decimal
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import NOON, Register, Submit, faults, key, told

from kvartal.auth.actor import Actor
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.events import ReadingAccepted, ReadingCorrected
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.readings.rules import plain
from kvartal_meters.testing import Home, a_meter, values_of

DECEMBER = "2026-12-20T12:00+03:00"
WIDGET = """
query ($id: ID!) {
  premise(id: $id) { homeWidgets { ... on MeterWidget { state submitted total } } }
}
"""
CHART = """
query ($id: ID!) {
  meter(id: $id) { monthlyConsumption(from: "2026-10", to: "2026-12") { consumption basis } }
}
"""
DELETE = """
mutation ($input: DeleteReadingInput!) {
  deleteReading(input: $input) { meter { id } errors { code } }
}
"""


async def months(home: Home) -> list[tuple[str, str, str]]:
    readings = await Reading.filter(meter_id=home.meter.id).order_by("billing_month")
    return [
        (f"{each.billing_month:%m}", plain(each.t1), plain(each.consumption or Decimal(0)))
        for each in readings
    ]


@pytest.mark.parametrize("value", ["100.5", "100,5", "0100.500"])
async def test_a_month_of_no_consumption_is_stored_and_done_with(
    gql: GraphQLClient,
    submit: Submit,
    home: Home,
    events: EmittedEvents,
    frozen_clock: Any,
    value: str,
) -> None:
    november = await submit(values_of(home.meter, value))
    december = await submit(values_of(home.meter, value), at=DECEMBER)

    with frozen_clock(DECEMBER):
        ids = {"id": key("Premise", home.premise)}
        widget = await gql(WIDGET, ids, actor=home.resident)
        chart = await gql(CHART, {"id": key("Meter", home.meter)}, actor=home.resident)
    shown = [
        (each["billingMonth"], each["consumption"], each["version"])
        for payload in (november, december)
        for each in payload["readings"]
    ]
    assert shown == [("2026-11", "0", 1), ("2026-12", "0", 1)]
    assert [month for month, *_ in await months(home)] == ["10", "11", "12"]
    assert len(events.of(ReadingAccepted)) == 2
    assert widget["data"]["premise"]["homeWidgets"] == [
        {"state": "SUBMITTED", "submitted": 1, "total": 1}
    ]
    assert (
        chart["data"]["meter"]["monthlyConsumption"][1:]
        == [{"consumption": "0", "basis": "READING"}] * 2
    )


async def test_a_bulk_call_stores_it_too_and_says_so(register: Register, home: Home) -> None:
    row = {"meterId": key("Meter", home.meter), "values": ["100.5"]}

    november = await register("readings", row)
    again = await register("readings", row)
    december = await register("readings", row, at=DECEMBER)

    assert told([*november, *again, *december]) == [("CREATED",), ("UNCHANGED",), ("CREATED",)]
    assert november[0]["id"] == again[0]["id"] != december[0]["id"]
    assert [(month, used) for month, _, used in await months(home)][1:] == [
        ("11", "0"),
        ("12", "0"),
    ]


async def test_equal_values_of_several_meters_are_several_readings(
    submit: Submit, register: Register, home: Home
) -> None:
    first, second = [await a_meter(premise=home.premise) for _ in range(2)]
    third, fourth = [await a_meter(premise=home.premise) for _ in range(2)]

    payload = await submit(values_of(first, "7"), values_of(second, "7"))
    rows = await register(
        "readings", *({"meterId": key("Meter", each), "values": ["7"]} for each in (third, fourth))
    )

    assert len({each["id"] for each in payload["readings"]}) == 2
    assert told(rows) == [("CREATED",), ("CREATED",)]
    assert await Reading.filter(t1=7).count() == 4


async def test_other_values_of_the_month_are_a_correction_and_equal_ones_nothing(
    submit: Submit, home: Home, events: EmittedEvents
) -> None:
    sent = [await submit(values_of(home.meter, value)) for value in ("105", "105.000", "106")]

    versions = [each["version"] for payload in sent for each in payload["readings"]]
    assert versions == [1, 1, 2]
    assert len({each["id"] for payload in sent for each in payload["readings"]}) == 1
    assert (len(events.of(ReadingAccepted)), len(events.of(ReadingCorrected))) == (1, 1)
    assert await ReadingRevision.all().count() == 2


async def test_values_that_differ_on_one_register_alone_are_no_repetition(
    register: Register, home: Home
) -> None:
    light = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, identifier="ГВС")
    meter = {"meterId": key("Meter", light)}

    rows = await register(
        "readings",
        {**meter, "values": ["7"]},
        {**meter, "values": ["7.0001"]},
        {**meter, "values": ["7.0001"]},
    )

    assert told(rows)[-1] == ("CREATED",)
    assert len({row["id"] for row in rows}) == 1
    assert f"{(await Reading.get(meter_id=light.id)).t1:f}" == "7.0001"


async def test_what_was_deleted_is_registered_anew(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor, frozen_clock: Any
) -> None:
    row = {"meterId": key("Meter", home.meter), "values": ["105"]}
    [first] = await register("readings", row)
    with frozen_clock(NOON):
        deleted = await gql(DELETE, {"input": {"readingId": first["id"]}}, actor=chief)

    [second] = await register("readings", row)

    assert deleted["data"]["deleteReading"]["errors"] == []
    assert second["outcome"] == "CREATED"
    assert second["id"] != first["id"]
    assert [month for month, *_ in await months(home)] == ["10", "11"]


async def test_what_staff_deleted_a_resident_submits_anew(
    gql: GraphQLClient, submit: Submit, home: Home, chief: Actor, frozen_clock: Any
) -> None:
    [wrong] = (await submit(values_of(home.meter, "118"), actor=chief))["readings"]
    locked = await submit(values_of(home.meter, "105"))
    with frozen_clock(NOON):
        await gql(DELETE, {"input": {"readingId": wrong["id"]}}, actor=chief)

    payload = await submit(values_of(home.meter, "105"))

    assert faults(locked) == [("EDITED_BY_STAFF", ["readings", "0"])]
    assert [each["version"] for each in payload["readings"]] == [1]
    assert (await months(home))[-1] == ("11", "105", "4.5")
