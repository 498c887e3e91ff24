"""Late and past readings: which month they are of, what follows from them, and who may."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.events import ReadingAccepted, ReadingCorrected
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import CORRECT_PAST, SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    submission,
    values_of,
)

NOON = "2026-11-20T12:00+03:00"
CLOSED = "2026-11-27T12:00+03:00"
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings { billingMonth takenOn consumption version }
    errors { code previous next opensOn }
  }
}
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { consumption version } errors { code next } }
}
"""


async def submit(
    gql: GraphQLClient, home: Home, actor: Actor, *readings: Any, at: str = NOON, **more: Any
) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(
            SUBMIT_READINGS, submission(home.premise, *readings, **more), actor=actor
        )
    payload: dict[str, Any] = answer["data"]["submitReadings"]
    return payload


async def correct(
    gql: GraphQLClient, actor: Actor, reading: Reading, value: str, **more: Any
) -> dict[str, Any]:
    given = {"readingId": encode_id("Reading", reading.id), "values": [value], **more}
    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(CORRECT, {"input": given}, actor=actor)
    payload: dict[str, Any] = answer["data"]["correctReading"]
    return payload


def codes(payload: dict[str, Any]) -> list[str]:
    return [each["code"] for each in payload["errors"]]


async def staff(home: Home, *permissions: str) -> Actor:
    return await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code, *permissions])
    )


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who may submit while a window is open."""
    return await staff(home)


@pytest.fixture
async def chief(home: Home) -> Actor:
    """An employee with every privilege."""
    return await staff(home, SUBMIT_OUTSIDE_PERIOD.code, CORRECT_PAST.code)


async def test_openness_is_judged_by_today_and_not_by_the_day_of_reading(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    """Read in time and brought too late is too late; read too early and brought in time is not."""
    late = await submit(
        gql, home, clerk, values_of(home.meter, "105"), at=CLOSED, takenOn="2026-11-20"
    )
    early = await submit(gql, home, clerk, values_of(home.meter, "105"), takenOn="2026-11-02")

    assert [(each["code"], each["opensOn"]) for each in late["errors"]] == [
        ("PERIOD_CLOSED", "2026-12-15")
    ]
    assert early["readings"] == [
        {"billingMonth": "2026-11", "takenOn": "2026-11-02", "consumption": "4.5", "version": 1}
    ]


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ([], ["PERIOD_CLOSED", "LATER_READING_EXISTS"]),
        ([SUBMIT_OUTSIDE_PERIOD.code], ["LATER_READING_EXISTS"]),
        ([CORRECT_PAST.code], ["PERIOD_CLOSED"]),
        ([SUBMIT_OUTSIDE_PERIOD.code, CORRECT_PAST.code], []),
    ],
)
async def test_submitting_over_a_past_month_is_a_correction_of_it(
    gql: GraphQLClient,
    home: Home,
    events: EmittedEvents,
    rights: list[str],
    expected: list[str],
) -> None:
    november = await a_reading(home.meter, "2026-11", "105")
    actor = await staff(home, *rights)

    payload = await submit(gql, home, actor, values_of(home.meter, "103"), billingMonth="2026-10")

    assert codes(payload) == expected
    october = await Reading.get(meter_id=home.meter.id, billing_month="2026-10-01")
    following = await Reading.get(id=november.id)
    if expected:
        assert (october.t1, following.consumption, events) == (
            Decimal("100.5"),
            Decimal("4.5"),
            [],
        )
    else:
        assert (october.t1, following.consumption) == (Decimal(103), Decimal(2))
        told = [(each.reading_id, each.following_id) for each in events.of(ReadingCorrected)]
        assert told == [(october.id, november.id)]


async def test_equal_values_of_a_past_month_ask_for_no_right(
    gql: GraphQLClient, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    await a_reading(home.meter, "2026-11", "105")

    payload = await submit(gql, home, clerk, values_of(home.meter, "100.5"), billingMonth="2026-10")

    assert payload["errors"] == []
    assert payload["readings"][0]["version"] == 1
    assert (events, await ReadingRevision.all().count()) == ([], 0)


async def test_a_month_of_no_consumption_is_a_reading_like_any_other(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    payload = await submit(gql, home, home.resident, values_of(home.meter, "100.5"))

    assert payload["readings"] == [
        {"billingMonth": "2026-11", "takenOn": "2026-11-20", "consumption": "0", "version": 1}
    ]
    assert await Reading.filter(meter_id=home.meter.id).count() == 2
    assert len(events.of(ReadingAccepted)) == 1


async def test_skipped_months_belong_to_the_reading_that_ends_them(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    """27 m³ would be three times too much for a month, and are usual for three of them."""
    meter = await a_meter(premise=home.premise, initial=["0"])
    for month, value in (("2026-06", "4"), ("2026-07", "9"), ("2026-08", "13.5")):
        await a_reading(meter, month, value)

    payload = await submit(gql, home, clerk, values_of(meter, "40.5"))

    assert payload["errors"] == []
    assert payload["readings"][0]["consumption"] == "27"


async def test_changed_window_days_act_at_once_and_readings_keep_their_month(
    gql: GraphQLClient, home: Home
) -> None:
    await submit(gql, home, home.resident, values_of(home.meter, "105"))
    home.settings.start_day, home.settings.end_day = 25, 5
    await home.settings.save()

    closed = await submit(gql, home, home.resident, values_of(home.meter, "106"), at=CLOSED)
    assert closed["errors"] == []
    in_december = await submit(
        gql, home, home.resident, values_of(home.meter, "107"), at="2026-12-05T12:00+03:00"
    )
    too_late = await submit(
        gql, home, home.resident, values_of(home.meter, "108"), at="2026-12-06T12:00+03:00"
    )

    assert [each["readings"][0]["billingMonth"] for each in (closed, in_december)] == [
        "2026-11",
        "2026-11",
    ]
    assert codes(too_late) == ["PERIOD_CLOSED"]
    assert await Reading.filter(meter_id=home.meter.id).count() == 2


async def test_the_day_of_an_organization_that_counts_back_names_the_month_before(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    home.organization.billing_month_shift = -1
    await home.organization.save()
    fresh = await a_meter(premise=home.premise)

    payload = await submit(gql, home, chief, values_of(fresh, "5"), takenOn="2026-10-31")

    assert payload["readings"][0]["billingMonth"] == "2026-09"


async def test_what_is_corrected_becomes_no_jump_after_a_rollover(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    """The next month has passed zero: the value before has to stay near the dial's end."""
    meter = await a_meter(premise=home.premise, int_digits=5, initial=["89000"])
    before = await a_reading(meter, "2026-10", "95000")
    after = await a_reading(meter, "2026-11", "12")

    low = await correct(gql, chief, before, "89999", confirmAnomaly=True)
    high = await correct(gql, chief, before, "90000", confirmAnomaly=True)

    assert (codes(low), codes(high)) == (["ROLLOVER_NOT_PLAUSIBLE"], [])
    following = await Reading.get(id=after.id)
    assert (following.previous_t1, following.consumption) == (Decimal(90000), Decimal(10012))


async def test_the_months_earlier_value_is_no_previous_one(gql: GraphQLClient, home: Home) -> None:
    """Corrected downwards within the month: it is compared with the month before alone."""
    await submit(gql, home, home.resident, values_of(home.meter, "105"))

    payload = await submit(gql, home, home.resident, values_of(home.meter, "101"))

    assert payload["readings"][0]["consumption"] == "0.5"


async def test_a_new_ratio_applies_to_later_readings_alone(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    house = await a_collective_meter(building=home.building, transformation_ratio=Decimal(20))
    await a_reading(house, "2026-08", "10")
    september = await a_reading(house, "2026-09", "11")
    october = await a_reading(house, "2026-10", "12")
    await Meter.filter(id=house.id).update(transformation_ratio=Decimal(40))

    payload = await correct(gql, chief, september, "11.5")
    read = await gql(
        "mutation ($input: SubmitCollectiveReadingsInput!) {"
        " submitCollectiveReadings(input: $input) {"
        " readings { consumption values { consumption } } errors { code } } }",
        submission(home.building, values_of(house, "13"), takenOn="2026-11-20"),
        actor=chief,
    )

    assert payload["reading"]["consumption"] == "30"
    assert (await Reading.get(id=october.id)).consumption == 10
    assert read["data"]["submitCollectiveReadings"]["readings"] == [
        {"consumption": "40", "values": [{"consumption": "40"}]}
    ]
    stored = await Reading.filter(meter_id=house.id).order_by("billing_month")
    assert [each.transformation_ratio for each in stored] == [20, 20, 20, 40]


async def test_a_stored_reading_is_shown_with_its_own_ratio(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    house = await a_collective_meter(building=home.building, transformation_ratio=Decimal(20))
    await a_reading(house, "2026-09", "10")
    await a_reading(house, "2026-10", "12")
    await Meter.filter(id=house.id).update(transformation_ratio=Decimal(40))

    answer = await gql(
        "query ($id: ID!) { meter(id: $id) { readings(first: 1) {"
        " nodes { consumption values { consumption } } } } }",
        {"id": encode_id("Meter", house.id)},
        actor=chief,
    )

    assert answer["data"]["meter"]["readings"]["nodes"] == [
        {"consumption": "40", "values": [{"consumption": "40"}]}
    ]


async def test_each_save_leaves_its_author_and_its_change(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await submit(gql, home, home.resident, values_of(home.meter, "105"))
    first = await Reading.get(billing_month=date(2026, 11, 1), submitted_by_id=home.user.id)
    await submit(gql, home, clerk, values_of(home.meter, "106"), takenOn="2026-11-19")
    second = await Reading.get(billing_month=date(2026, 11, 1), submitted_by_id=clerk.user_id)

    assert [(each.author_kind, each.channel, each.taken_on) for each in (first, second)] == [
        ("RESIDENT", "RESIDENT_APP", date(2026, 11, 20)),
        ("EMPLOYEE", "CRM", date(2026, 11, 19)),
    ]
    changes = await ReadingRevision.filter(reading_id=first.id).values_list(
        "changed_by_id", "old_t1", "new_t1"
    )
    assert set(changes) == {
        (home.user.id, None, Decimal(105)),
        (clerk.user_id, Decimal(105), Decimal(106)),
    }
