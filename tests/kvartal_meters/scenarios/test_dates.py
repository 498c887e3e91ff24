"""A date is a day of the calendar, written one way, and nothing else is taken for one."""

from datetime import date
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import NOON, REGISTER, Register, Submit, key, told

from kvartal.auth.actor import Actor
from kvartal.testing.client import GraphQLClient
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, values_of

FIELDS = ("commissionedOn", "verifiedOn", "nextVerificationOn", "installedOn", "sealedOn")
MALFORMED = [
    "",
    " ",
    "2026",
    "2026-11",
    "2026-13-01",
    "2026-00-10",
    "2026-11-31",
    "2026-02-29",
    "2026-11-00",
    "2026-1-2",
    "26-11-20",
    "20-11-2026",
    "20.11.2026",
    "10.12.2023",
    "11/20/2026",
    "2026/11/20",
    "2026.11.20",
    "20261120",
    "2026-W47-5",
    "2026-324",
    "2026-11-20T00:00",
    "2026-11-20T00:00:00Z",
    "2026-11-20 00:00:00",
    "2026-11-20+03:00",
    " 2026-11-20",
    "2026-11-20 ",
    "x2026-11-20",
    "+2026-11-20",
    "٢٠٢٦-١١-٢٠",
    "0000-01-01",
    "10000-01-01",
    "вчера",
    0,
    20261120,
    1790000000,
    True,
    ["2026-11-20"],
]


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


def house(home: Home, **fields: Any) -> dict[str, Any]:
    place = {"buildingId": key("Building", home.building), "scope": "COLLECTIVE", "type": "GAS"}
    return {"identifier": "ОДПУ-1", **place, **fields}


@pytest.mark.parametrize("written", MALFORMED, ids=repr)
async def test_what_is_no_date_is_refused_in_every_field(
    gql: GraphQLClient, home: Home, system: Actor, written: object
) -> None:
    organization = {"organizationId": key("Organization", home.organization)}
    reading = {"meterId": key("Meter", home.meter), "values": ["105"], "takenOn": written}
    calls = [("meters", house(home, **{name: written})) for name in FIELDS]

    for kind, row in [*calls, ("readings", reading)]:
        answer = await gql(REGISTER[kind], {"input": {**organization, kind: [row]}}, actor=system)
        assert answer.get("data") is None
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]

    assert await Meter.all().count() == 1
    assert await Reading.all().count() == 1


@pytest.mark.parametrize(
    ("written", "month"),
    [("2026-11-20", "2026-11"), ("2026-11-01", "2026-11"), ("2026-10-31", "2026-10")],
)
async def test_a_day_of_reading_is_kept_as_it_is_written(
    submit: Submit, home: Home, chief: Actor, written: str, month: str
) -> None:
    """Never the first of the month, never the day before by another time zone."""
    await Reading.filter(meter_id=home.meter.id).delete()

    payload = await submit(values_of(home.meter, "105"), actor=chief, takenOn=written)

    assert payload["errors"] == []
    [reading] = payload["readings"]
    assert (reading["takenOn"], reading["billingMonth"]) == (written, month)
    assert (await Reading.get(meter_id=home.meter.id)).taken_on == date.fromisoformat(written)


@pytest.mark.parametrize("absent", [{}, dict.fromkeys(FIELDS)], ids=["absent", "null"])
async def test_dates_that_are_absent_stay_and_null_clears_them(
    register: Register, home: Home, absent: dict[str, None]
) -> None:
    given = {
        "commissionedOn": "2024-02-29",
        "verifiedOn": "2025-01-01",
        "nextVerificationOn": "2030-12-31",
        "installedOn": "2024-01-31",
        "sealedOn": "2026-11-20",
    }
    first = await register("meters", house(home, **given))

    second = await register("meters", house(home, brand="Бетар", **absent))

    meter = await Meter.get(identifier="ОДПУ-1")
    details = await CollectiveDetails.get(meter_id=meter.id)
    stored = (
        meter.commissioned_on,
        meter.verified_on,
        meter.next_verification_on,
        details.installed_on,
        details.sealed_on,
    )
    assert told([*first, *second]) == [("CREATED",), ("UPDATED",)]
    assert stored == (
        (None,) * 5 if absent else tuple(date.fromisoformat(each) for each in given.values())
    )
