"""A resident submits readings: what is saved, what is told, and what it costs."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.testing.auth_factories import token_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.events import ReadingAccepted, ReadingCorrected, ReadingsSubmitted
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import (
    Home,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

NOON = "2026-11-20T12:00+03:00"
SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings {
      billingMonth takenOn submittedAt authorKind channel channelTitle
      consumption unit needsReview version
      values { number register label value previous consumption }
      meter { identifier premise { number } account { number } building { address } }
    }
    errors { code message path }
  }
}
"""
BRIEF = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings { billingMonth consumption needsReview version values { value previous consumption } }
    errors { code path }
  }
}
"""


async def submit(
    gql: GraphQLClient,
    home: Home,
    *readings: dict[str, Any],
    at: str = NOON,
    query: str = BRIEF,
    actor: Actor | None = None,
    token: str | None = None,
) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(
            query,
            submission(home.premise, *readings),
            actor=None if token else actor or home.resident,
            token=token,
        )
    await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
    payload: dict[str, Any] = answer["data"]["submitReadings"]
    return payload


def saved(*rows: tuple[str, str | None, Sequence[tuple[str, str | None, str | None]]]) -> Any:
    """The brief answer: month, consumption, and of each register value, previous, consumption."""
    return {
        "readings": [
            {
                "billingMonth": month,
                "consumption": consumption,
                "needsReview": False,
                "version": 1,
                "values": [
                    {"value": value, "previous": previous, "consumption": consumed}
                    for value, previous, consumed in values
                ],
            }
            for month, consumption, values in rows
        ],
        "errors": [],
    }


async def test_a_reading_is_saved_and_told_of(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    payload = await submit(gql, home, values_of(home.meter, "105,25"), query=SUBMIT)

    assert payload == {
        "readings": [
            {
                "billingMonth": "2026-11",
                "takenOn": "2026-11-20",
                "submittedAt": "2026-11-20T09:00:00+00:00",
                "authorKind": "RESIDENT",
                "channel": "RESIDENT_APP",
                "channelTitle": "Приложение жителя",
                "consumption": "4.75",
                "unit": "CUBIC_METRE",
                "needsReview": False,
                "version": 1,
                "values": [
                    {
                        "number": 1,
                        "register": "SINGLE",
                        "label": "Показание",
                        "value": "105.25",
                        "previous": "100.5",
                        "consumption": "4.75",
                    }
                ],
                "meter": {
                    "identifier": "ХВС-15",
                    "premise": {"number": "15"},
                    "account": {"number": home.account.number},
                    "building": {"address": "г. Казань, ул. Лесная, 5"},
                },
            }
        ],
        "errors": [],
    }
    reading = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    assert events == [
        ReadingAccepted(
            reading_id=reading.id,
            meter_id=home.meter.id,
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=home.premise.id,
            billing_month=events.of(ReadingAccepted)[0].billing_month,
            author_kind=AuthorKind.RESIDENT,
        ),
        ReadingsSubmitted(
            submission_id=events.of(ReadingsSubmitted)[0].submission_id,
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=home.premise.id,
            reading_ids=(reading.id,),
            user_id=home.user.id,
        ),
    ]
    assert str(events.of(ReadingAccepted)[0].billing_month) == "2026-11"


async def test_the_meter_keeps_its_latest_reading(gql: GraphQLClient, home: Home) -> None:
    await submit(gql, home, values_of(home.meter, "105"))

    meter = await Meter.get(id=home.meter.id)
    reading = await Reading.get(meter_id=meter.id, billing_month="2026-11-01")
    assert meter.latest_reading_id == reading.id
    assert str(meter.latest_month) == "2026-11-01"
    assert meter.latest_submitted_at == datetime.fromisoformat(NOON)
    assert meter.version == home.meter.version


async def test_the_history_begins_with_the_first_values(gql: GraphQLClient, home: Home) -> None:
    await submit(gql, home, values_of(home.meter, "105"))

    [revision] = await ReadingRevision.filter(reading__meter_id=home.meter.id)
    assert (revision.old_t1, revision.new_t1) == (None, Decimal(105))
    assert revision.author_kind is AuthorKind.RESIDENT
    assert revision.channel == "RESIDENT_APP"
    assert revision.created_at == datetime.fromisoformat(NOON)


@pytest.mark.parametrize("again", ["105,25", "105.250", "00105.25"])
async def test_the_same_values_once_more_change_nothing(
    gql: GraphQLClient, home: Home, events: EmittedEvents, again: str
) -> None:
    first = await submit(gql, home, values_of(home.meter, "105.25"), query=SUBMIT)

    second = await submit(
        gql, home, values_of(home.meter, again), query=SUBMIT, at="2026-11-21T12:00+03:00"
    )

    assert second == first
    assert await ReadingRevision.filter(reading__meter_id=home.meter.id).count() == 1
    assert [type(each) for each in events] == [ReadingAccepted, ReadingsSubmitted]


async def test_other_values_in_the_same_month_are_a_correction(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    await submit(gql, home, values_of(home.meter, "105"))

    payload = await submit(gql, home, values_of(home.meter, "104"), at="2026-11-21T12:00+03:00")

    [reading] = payload["readings"]
    assert (reading["version"], reading["consumption"]) == (2, "3.5")
    assert await Reading.filter(meter_id=home.meter.id).count() == 2
    revisions = await ReadingRevision.filter(reading__meter_id=home.meter.id).order_by("created_at")
    assert [(each.old_t1, each.new_t1) for each in revisions] == [
        (None, Decimal(105)),
        (Decimal(105), Decimal(104)),
    ]
    assert [type(each) for each in events] == [
        ReadingAccepted,
        ReadingsSubmitted,
        ReadingCorrected,
        ReadingsSubmitted,
    ]


async def test_several_meters_are_saved_in_the_order_of_the_form(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_2T, initial=("10", "5"))
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=None)

    payload = await submit(gql, home, values_of(light, "110", "25"), values_of(home.meter, "100.5"))

    assert payload == saved(
        ("2026-11", "120", [("110", "10", "100"), ("25", "5", "20")]),
        ("2026-11", "0", [("100.5", "100.5", "0")]),
    )
    assert [each.meter_id for each in events.of(ReadingAccepted)] == [light.id, home.meter.id]


async def test_one_wrong_value_saves_nothing_at_all(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    hot = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, initial=("50",))
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_2T, initial=("10", "5"))
    await resource_settings(home.building, ResourceKind.ELECTRICITY)

    payload = await submit(
        gql,
        home,
        values_of(home.meter, "105"),
        values_of(hot, "49"),
        values_of(light, "9", "много"),
    )

    assert payload == {
        "readings": None,
        "errors": [
            {"code": "READING_BELOW_PREVIOUS", "path": ["readings", "1", "values", "0"]},
            {"code": "READING_BELOW_PREVIOUS", "path": ["readings", "2", "values", "0"]},
            {"code": "INVALID_VALUE", "path": ["readings", "2", "values", "1"]},
        ],
    }
    assert await Reading.filter(billing_month="2026-11-01").count() == 0
    assert await ReadingRevision.all().count() == 0
    assert events == []


@pytest.mark.parametrize(
    ("case", "initial", "value", "expected"),
    [
        ("the first reading is the base", (), "7", (None, [("7", None, None)])),
        ("initial values count", ("5",), "7", ("2", [("7", "5", "2")])),
    ],
)
async def test_a_meter_without_readings(
    gql: GraphQLClient,
    home: Home,
    case: str,
    initial: Sequence[str],
    value: str,
    expected: tuple[str | None, Any],
) -> None:
    fresh = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, initial=initial)

    payload = await submit(gql, home, values_of(fresh, value))

    assert payload == saved(("2026-11", *expected))


@pytest.mark.parametrize(
    ("at", "days", "month"),
    [
        ("2026-11-15T00:00+03:00", (15, 25), "2026-11"),
        ("2026-11-25T23:59+03:00", (15, 25), "2026-11"),
        ("2026-11-03T12:00+03:00", None, "2026-11"),
        ("2026-11-25T12:00+03:00", (25, 5), "2026-11"),
        ("2026-12-05T23:59+03:00", (25, 5), "2026-11"),
        ("2027-01-01T12:00+03:00", (25, 5), "2026-12"),
        ("2027-02-28T12:00+03:00", (31, 5), "2027-02"),
        ("2026-11-30T12:00+03:00", (31, 31), "2026-11"),
    ],
)
async def test_the_month_is_the_one_whose_window_is_open(
    gql: GraphQLClient, db: None, at: str, days: tuple[int, int] | None, month: str
) -> None:
    home = await a_home(days=days)

    payload = await submit(gql, home, values_of(home.meter, "7"), at=at)

    assert payload == saved((month, None, [("7", None, None)]))


@pytest.mark.parametrize(
    ("zone", "codes"),
    [("Asia/Yekaterinburg", []), ("Europe/Moscow", ["PERIOD_CLOSED"])],
)
async def test_the_day_is_the_buildings_own(
    gql: GraphQLClient, db: None, zone: str, codes: list[str]
) -> None:
    home = await a_home(timezone=zone)

    payload = await submit(gql, home, values_of(home.meter, "7"), at="2026-11-14T20:00+00:00")

    assert [each["code"] for each in payload["errors"]] == codes


async def test_an_expired_verification_is_accepted_where_the_building_says_so(
    gql: GraphQLClient, db: None
) -> None:
    home = await a_home(accepts_expired=True)
    home.meter.status = MeterStatus.VERIFICATION
    await home.meter.save()

    payload = await submit(gql, home, values_of(home.meter, "7"))

    assert payload["errors"] == []


async def test_meters_of_a_shared_flat_are_submitted_like_ones_own(
    gql: GraphQLClient, home: Home
) -> None:
    shared = await a_meter(premise=home.premise, scope=MeterScope.APARTMENT, initial=("1",))

    payload = await submit(gql, home, values_of(shared, "2"))

    assert payload == saved(("2026-11", "1", [("2", "1", "1")]))


async def test_the_past_may_hold_gaps_and_several_registers(gql: GraphQLClient, home: Home) -> None:
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_3T)
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    for month, values in (("2026-03", ("10", "20", "30")), ("2026-08", ("60", "70", "80"))):
        await a_reading(light, month, *values)

    payload = await submit(gql, home, values_of(light, "61", "72", "83"))

    assert payload == saved(
        ("2026-11", "6", [("61", "60", "1"), ("72", "70", "2"), ("83", "80", "3")])
    )


async def test_a_submission_costs_the_same_for_one_meter_and_for_ten(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    meters = [await a_meter(premise=home.premise, initial=("1",)) for _ in range(10)]
    token = await token_of(home.user)

    with queries.at_most(5) as one:
        await submit(gql, home, values_of(home.meter, "105"), token=token)
    with queries.exactly(len(one)):
        await submit(gql, home, *(values_of(each, "2") for each in meters), token=token)


async def test_a_repetition_writes_nothing(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    await submit(gql, home, values_of(home.meter, "105"))

    with queries.counted() as statements:
        await submit(gql, home, values_of(home.meter, "105"))

    assert [each.split()[0] for each in statements] == ["SELECT", "SELECT", "SELECT"]
