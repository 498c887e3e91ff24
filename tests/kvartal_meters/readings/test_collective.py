"""House meters (ОДПУ): the staff's, without a window, one reading a calendar month."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.events import ReadingAccepted
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import CORRECT_PAST, SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    submission,
    values_of,
)

NOON = "2026-11-05T12:00+03:00"
SUBMIT_COLLECTIVE = """
mutation ($input: SubmitCollectiveReadingsInput!) {
  submitCollectiveReadings(input: $input) {
    readings {
      billingMonth takenOn channel consumption version
      values { value previous consumption }
      meter { scope transformationRatio installationPlace premise { number } }
    }
    errors { code message path average }
  }
}
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { version consumption } errors { code path } }
}
"""


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who may submit readings, without any privilege."""
    return await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))


@pytest.fixture
async def house(home: Home) -> Meter:
    """The house's heat meter behind transformers 1:40, at 10 in October."""
    meter = await a_collective_meter(
        building=home.building, type=MeterType.HEATING, transformation_ratio=40
    )
    await a_reading(meter, "2026-10", "10")
    return meter


async def submit(
    gql: GraphQLClient,
    home: Home,
    actor: Actor,
    *readings: dict[str, Any],
    at: str = NOON,
    **more: str,
) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer: dict[str, Any] = await gql(
            SUBMIT_COLLECTIVE, submission(home.building, *readings, **more), actor=actor
        )
    await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    return [each["code"] for each in answer["data"]["submitCollectiveReadings"]["errors"]]


def months(answer: dict[str, Any]) -> list[str]:
    return [each["billingMonth"] for each in answer["data"]["submitCollectiveReadings"]["readings"]]


async def test_consumption_is_multiplied_by_the_ratio(
    gql: GraphQLClient, home: Home, clerk: Actor, house: Meter, events: EmittedEvents
) -> None:
    answer = await submit(gql, home, clerk, values_of(house, "12.5"))

    assert answer["data"]["submitCollectiveReadings"] == {
        "readings": [
            {
                "billingMonth": "2026-11",
                "takenOn": "2026-11-05",
                "channel": "CRM",
                "consumption": "100",
                "version": 1,
                "values": [{"value": "12.5", "previous": "10", "consumption": "100"}],
                "meter": {
                    "scope": "COLLECTIVE",
                    "transformationRatio": "40",
                    "installationPlace": "Подвал",
                    "premise": None,
                },
            }
        ],
        "errors": [],
    }
    [accepted] = events.of(ReadingAccepted)
    assert (accepted.building_id, accepted.premise_id) == (home.building.id, None)


async def test_neither_window_nor_settings_nor_verification_matter(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    await home.settings.update_from_dict({"active": False, "fractions_allowed": False}).save()
    water = await a_collective_meter(building=home.building, status=MeterStatus.VERIFICATION)

    answer = await submit(gql, home, clerk, values_of(water, "1.5"))

    assert codes(answer) == []


async def test_a_month_has_one_reading_whatever_its_day(
    gql: GraphQLClient, home: Home, clerk: Actor, house: Meter
) -> None:
    await submit(gql, home, clerk, values_of(house, "12"))
    again = await submit(gql, home, clerk, values_of(house, "13"), at="2026-11-30T23:59+03:00")
    next_month = await submit(gql, home, clerk, values_of(house, "14"), at="2026-12-01T00:00+03:00")

    assert (months(again), months(next_month)) == (["2026-11"], ["2026-12"])
    assert await Reading.filter(meter_id=house.id).count() == 3
    november = await Reading.get(meter_id=house.id, billing_month="2026-11-01")
    assert (november.t1, november.version) == (13, 2)


async def test_the_month_is_that_of_the_day_of_reading(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    fresh = await a_collective_meter(building=home.building)

    answer = await submit(gql, home, clerk, values_of(fresh, "12"), takenOn="2026-09-30")

    assert months(answer) == ["2026-09"]


async def test_an_organization_may_count_a_month_back(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    home.organization.billing_month_shift = -1
    await home.organization.save()
    fresh = await a_collective_meter(building=home.building)

    answer = await submit(gql, home, clerk, values_of(fresh, "12"))

    assert months(answer) == ["2026-10"]


async def test_no_month_is_put_before_a_later_one(
    gql: GraphQLClient, home: Home, clerk: Actor, house: Meter
) -> None:
    await a_reading(house, "2026-11", "12")

    new = await submit(gql, home, clerk, values_of(house, "9"), takenOn="2026-09-30")
    old = await submit(gql, home, clerk, values_of(house, "9"), takenOn="2026-10-30")

    assert (codes(new), codes(old)) == (["LATER_READING_EXISTS"], ["LATER_READING_EXISTS"])


async def test_an_older_month_may_be_corrected_by_right(
    gql: GraphQLClient, home: Home, house: Meter
) -> None:
    later = await a_reading(house, "2026-11", "12")
    october = await Reading.get(meter_id=house.id, billing_month="2026-10-01")
    actor = await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code, CORRECT_PAST.code])
    )

    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(
            CORRECT,
            {"input": {"readingId": encode_id("Reading", october.id), "values": ["11"]}},
            actor=actor,
        )

    assert answer["data"]["correctReading"]["errors"] == []
    assert (await Reading.get(id=later.id)).consumption == 40


async def test_a_house_needs_three_known_months_to_be_unusual(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    meter = await a_collective_meter(building=home.building, initial=("0",))
    for month, value in (("2026-08", "10"), ("2026-09", "20")):
        await a_reading(meter, month, value)
    await a_reading(meter, "2026-10", "1000")
    few = await a_collective_meter(building=home.building, initial=("0",))

    usual = await submit(gql, home, clerk, values_of(meter, "2000"))
    unusual = await submit(gql, home, clerk, values_of(meter, "2000.001"))
    unknown = await submit(gql, home, clerk, values_of(few, "99999"))

    assert (codes(usual), codes(unusual), codes(unknown)) == (
        [],
        ["ANOMALY_CONFIRMATION_REQUIRED"],
        [],
    )


async def test_an_archived_house_meter_takes_nothing(
    gql: GraphQLClient, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    old = await a_collective_meter(building=home.building, status=MeterStatus.ARCHIVED)

    answer = await submit(gql, home, clerk, values_of(old, "1"))

    assert codes(answer) == ["METER_ARCHIVED"]
    assert events == []


async def test_residents_are_told_that_it_is_the_staffs(
    gql: GraphQLClient, home: Home, house: Meter, events: EmittedEvents
) -> None:
    october = await Reading.get(meter_id=house.id, billing_month="2026-10-01")

    submitted = await submit(gql, home, home.resident, values_of(house, "12"))
    corrected = await gql(
        CORRECT,
        {"input": {"readingId": encode_id("Reading", october.id), "values": ["11"]}},
        actor=home.resident,
    )

    assert submitted["data"]["submitCollectiveReadings"] == {
        "readings": None,
        "errors": [
            {
                "code": "STAFF_ONLY",
                "message": "Показания общедомового счетчика передает управляющая организация",
                "path": ["readings", "0"],
                "average": None,
            }
        ],
    }
    assert corrected["data"]["correctReading"]["errors"] == [{"code": "STAFF_ONLY", "path": []}]
    assert events == []


async def test_residents_are_told_so_too_when_the_month_has_a_reading(
    gql: GraphQLClient, home: Home, house: Meter, events: EmittedEvents
) -> None:
    await a_reading(house, "2026-11", "11")

    submitted = await submit(gql, home, home.resident, values_of(house, "12"))
    repeated = await submit(gql, home, home.resident, values_of(house, "11"))

    assert codes(submitted) == ["STAFF_ONLY"]
    assert codes(repeated) == ["STAFF_ONLY"]
    assert events == []


@pytest.mark.parametrize("case", ["of another building", "of a flat"])
async def test_a_meter_of_another_place_is_not_found(
    gql: GraphQLClient, home: Home, clerk: Actor, case: str
) -> None:
    elsewhere = await a_building(organization=home.organization)
    meter = (
        await a_meter(premise=home.premise)
        if case == "of a flat"
        else await a_collective_meter(building=elsewhere)
    )

    answer = await submit(gql, home, clerk, values_of(meter, "1"))

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_a_house_meter_is_not_found_in_a_flat(
    gql: GraphQLClient, home: Home, clerk: Actor, house: Meter
) -> None:
    answer = await gql(
        "mutation ($input: SubmitReadingsInput!)"
        " { submitReadings(input: $input) { errors { code } } }",
        submission(home.premise, values_of(house, "12")),
        actor=clerk,
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_a_house_costs_four_statements(
    gql: GraphQLClient, home: Home, clerk: Actor, house: Meter, queries: QueryCounter
) -> None:
    others = [await a_collective_meter(building=home.building) for _ in range(9)]

    with queries.exactly(4):
        await submit(gql, home, clerk, values_of(house, "12"))
    with queries.exactly(4):
        await submit(gql, home, clerk, *(values_of(each, "1") for each in others))
