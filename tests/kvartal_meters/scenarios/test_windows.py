"""Each day around a window is tried with a real reading: short months, February, a month's end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import Submit, key

from kvartal import clock
from kvartal.testing.client import GraphQLClient
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, values_of

SEEN = """
query ($premise: ID!, $meter: ID!) {
  premise(id: $premise) {
    homeWidgets { ... on MeterWidget { state submitBy opensOn daysUntilOpen } }
  }
  meter(id: $meter) { submission { allowed billingMonth opensOn closesOn } }
}
"""
Open = Sequence[tuple[str, str, str]]
"""First and last open day, and the month that their readings are of."""

WINDOWS: list[tuple[str, tuple[int, int] | None, str, str, Open]] = [
    (
        "every day of a month of thirty",
        (15, 25),
        "2026-11-01",
        "2026-11-30",
        [("2026-11-15", "2026-11-25", "2026-11")],
    ),
    (
        "over the end of a month",
        (25, 5),
        "2026-11-20",
        "2026-12-10",
        [("2026-11-25", "2026-12-05", "2026-11")],
    ),
    (
        "over the end of a year",
        (25, 5),
        "2026-12-20",
        "2027-01-10",
        [("2026-12-25", "2027-01-05", "2026-12")],
    ),
    (
        "to the 31st in a month of thirty",
        (25, 31),
        "2026-11-20",
        "2026-12-02",
        [("2026-11-25", "2026-11-30", "2026-11")],
    ),
    (
        "to the 31st in February",
        (25, 31),
        "2027-02-20",
        "2027-03-03",
        [("2027-02-25", "2027-02-28", "2027-02")],
    ),
    (
        "to the 31st in a leap year",
        (25, 31),
        "2028-02-20",
        "2028-03-03",
        [("2028-02-25", "2028-02-29", "2028-02")],
    ),
    (
        "from the 30th in February",
        (30, 31),
        "2027-02-25",
        "2027-03-02",
        [("2027-02-28", "2027-02-28", "2027-02")],
    ),
    (
        "from the 31st over the end of February",
        (31, 5),
        "2027-02-25",
        "2027-03-08",
        [("2027-02-28", "2027-03-05", "2027-02")],
    ),
    (
        "windows that touch in February",
        (31, 30),
        "2027-02-25",
        "2027-04-02",
        [
            ("2027-02-25", "2027-02-28", "2027-01"),
            ("2027-03-01", "2027-03-30", "2027-02"),
            ("2027-03-31", "2027-04-02", "2027-03"),
        ],
    ),
    (
        "one day",
        (31, 31),
        "2026-11-28",
        "2026-12-02",
        [("2026-11-30", "2026-11-30", "2026-11")],
    ),
    (
        "no window",
        None,
        "2026-11-28",
        "2026-12-03",
        [("2026-11-28", "2026-11-30", "2026-11"), ("2026-12-01", "2026-12-03", "2026-12")],
    ),
]


def days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


async def with_window(home: Home, window: tuple[int, int] | None) -> None:
    start, end = window or (None, None)
    await home.settings.update_from_dict({"start_day": start, "end_day": end}).save()


async def seen(gql: GraphQLClient, home: Home, at: str) -> tuple[Any, Any]:
    ids = {"premise": key("Premise", home.premise), "meter": key("Meter", home.meter)}
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(SEEN, ids, actor=home.resident)
    [widget] = answer["data"]["premise"]["homeWidgets"]
    return widget, answer["data"]["meter"]["submission"]


@pytest.mark.parametrize(
    ("case", "window", "first", "last", "open_days"), WINDOWS, ids=[each[0] for each in WINDOWS]
)
async def test_a_window_takes_readings_on_its_days_and_on_no_other(
    gql: GraphQLClient,
    submit: Submit,
    home: Home,
    case: str,
    window: tuple[int, int] | None,
    first: str,
    last: str,
    open_days: Open,
) -> None:
    await with_window(home, window)
    expected: Mapping[date, str] = {
        day: month for begin, end, month in open_days for day in days(begin, end)
    }

    taken: dict[date, str] = {}
    for number, day in enumerate(days(first, last)):
        at = f"{day}T12:00+03:00"
        _, submission = await seen(gql, home, at)
        payload = await submit(values_of(home.meter, f"{101 + number / 100:.2f}"), at=at)
        assert submission["allowed"] is (payload["errors"] == []), day
        if payload["errors"]:
            [refusal] = payload["errors"]
            assert (refusal["code"], refusal["opensOn"] > str(day)) == ("PERIOD_CLOSED", True), day
        else:
            [reading] = payload["readings"]
            assert (reading["billingMonth"], reading["takenOn"]) == (
                submission["billingMonth"],
                str(day),
            )
            taken[day] = reading["billingMonth"]

    assert taken == expected
    stored = await Reading.filter(meter_id=home.meter.id, billing_month__gte="2026-11-01")
    assert {f"{each.billing_month:%Y-%m}" for each in stored} == set(expected.values())


@pytest.mark.parametrize(
    ("window", "day", "end"),
    [
        ((25, 31), "2026-11-30", "2026-11-30"),
        ((25, 31), "2027-02-28", "2027-02-28"),
        ((25, 30), "2028-02-29", "2028-02-29"),
        ((29, 31), "2027-02-28", "2027-02-28"),
        ((25, 5), "2026-12-05", "2026-12-05"),
    ],
)
async def test_the_last_day_of_a_short_month_is_the_last_day_of_the_window(
    gql: GraphQLClient, home: Home, window: tuple[int, int], day: str, end: str
) -> None:
    await with_window(home, window)

    widget, submission = await seen(gql, home, f"{day}T23:59+03:00")
    after, _ = await seen(gql, home, f"{date.fromisoformat(day) + timedelta(days=1)}T00:00+03:00")

    assert (widget["state"], widget["submitBy"]) == ("SUBMIT", end)
    assert (submission["allowed"], submission["closesOn"]) == (True, end)
    assert after["state"] == "OPENS_LATER"


async def test_who_has_submitted_before_the_months_end_is_not_asked_again_after_it(
    gql: GraphQLClient, submit: Submit, home: Home
) -> None:
    await with_window(home, (25, 5))
    before, _ = await seen(gql, home, "2026-11-28T09:00+03:00")

    payload = await submit(values_of(home.meter, "105"), at="2026-11-28T12:00+03:00")

    states = {
        day: (await seen(gql, home, f"{day}T12:00+03:00"))[0]["state"]
        for day in ("2026-11-28", "2026-11-30", "2026-12-01", "2026-12-05", "2026-12-06")
    }
    assert before["state"] == "SUBMIT"
    assert payload["errors"] == []
    assert states == {
        "2026-11-28": "SUBMITTED",
        "2026-11-30": "SUBMITTED",
        "2026-12-01": "SUBMITTED",
        "2026-12-05": "SUBMITTED",
        "2026-12-06": "OPENS_LATER",
    }
    later, submission = await seen(gql, home, "2026-12-06T12:00+03:00")
    assert (later["opensOn"], later["daysUntilOpen"]) == ("2026-12-25", 19)
    assert submission["billingMonth"] == "2026-12"


@pytest.mark.parametrize(
    ("zone", "at", "allowed"),
    [
        ("Asia/Vladivostok", "2026-11-14T15:00+01:00", True),  # midnight of the 15th there
        ("Asia/Vladivostok", "2026-11-25T15:00+01:00", False),
        ("Europe/Kaliningrad", "2026-11-14T23:59+02:00", False),
        ("Europe/Kaliningrad", "2026-11-26T00:30+03:00", True),  # still the 25th there
    ],
)
async def test_the_window_is_that_of_the_buildings_own_clock(
    submit: Submit, home: Home, zone: str, at: str, allowed: bool
) -> None:
    home.building.timezone = zone
    await home.building.save()

    payload = await submit(values_of(home.meter, "105"), at=at)

    assert (payload["errors"] == []) is allowed
