"""``Meter.submission``: what the form is told before anything is entered."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterStatus
from kvartal_meters.permissions import SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

NOON = "2026-11-20T12:00+03:00"
CLOSED = "2026-11-27T12:00+03:00"
SUBMISSION = """
query ($id: ID!) {
  meter(id: $id) {
    submission {
      allowed
      reasons { code message opensOn }
      opensOn closesOn billingMonth hasReading fractionsAllowed confirmationThresholds
    }
  }
}
"""
OF_PREMISE = "query ($id: ID!) { premise(id: $id) { meters { submission { allowed } } } }"
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { errors { code message opensOn } }
}
"""


async def info(gql: GraphQLClient, actor: Actor, meter: Meter, at: str = NOON) -> Any:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(SUBMISSION, {"id": encode_id("Meter", meter.id)}, actor=actor)
    return answer["data"]["meter"]["submission"]


async def test_an_open_window_says_until_when(gql: GraphQLClient, home: Home) -> None:
    assert await info(gql, home.resident, home.meter) == {
        "allowed": True,
        "reasons": [],
        "opensOn": "2026-11-15",
        "closesOn": "2026-11-25",
        "billingMonth": "2026-11",
        "hasReading": False,
        "fractionsAllowed": True,
        "confirmationThresholds": ["18"],
    }


async def test_a_closed_window_says_when_it_opens(gql: GraphQLClient, home: Home) -> None:
    assert await info(gql, home.resident, home.meter, CLOSED) == {
        "allowed": False,
        "reasons": [
            {
                "code": "PERIOD_CLOSED",
                "message": "Период сбора показаний закрыт. Он откроется 15 декабря",
                "opensOn": "2026-12-15",
            }
        ],
        "opensOn": "2026-12-15",
        "closesOn": "2026-12-25",
        "billingMonth": "2026-11",
        "hasReading": False,
        "fractionsAllowed": True,
        "confirmationThresholds": ["18"],
    }


async def test_a_window_over_the_end_of_a_month_belongs_to_the_earlier_one(
    gql: GraphQLClient, home: Home
) -> None:
    await home.settings.update_from_dict({"start_day": 25, "end_day": 5}).save()

    found = await info(gql, home.resident, home.meter, "2026-12-03T12:00+03:00")

    assert (found["billingMonth"], found["opensOn"], found["closesOn"]) == (
        "2026-11",
        "2026-11-25",
        "2026-12-05",
    )


async def test_an_always_open_window_is_the_month(gql: GraphQLClient, home: Home) -> None:
    await home.settings.update_from_dict({"start_day": None, "end_day": None}).save()

    found = await info(gql, home.resident, home.meter, "2026-11-01T00:00+03:00")

    assert (found["allowed"], found["opensOn"], found["closesOn"]) == (
        True,
        "2026-11-01",
        "2026-11-30",
    )


async def test_every_reason_is_given(gql: GraphQLClient, home: Home) -> None:
    await home.settings.update_from_dict({"active": False, "fractions_allowed": False}).save()
    home.meter.status = MeterStatus.VERIFICATION
    await home.meter.save()
    await a_reading(home.meter, "2026-11", "105", by=AuthorKind.EMPLOYEE)

    found = await info(gql, home.resident, home.meter, CLOSED)

    assert [each["code"] for each in found["reasons"]] == [
        "RESOURCE_DISABLED",
        "VERIFICATION_EXPIRED",
        "PERIOD_CLOSED",
        "EDITED_BY_STAFF",
    ]
    assert (found["allowed"], found["hasReading"], found["fractionsAllowed"]) == (
        False,
        True,
        False,
    )


async def test_the_form_is_told_what_the_mutation_would_answer(
    gql: GraphQLClient, home: Home
) -> None:
    home.meter.status, home.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await home.meter.save()

    told = await info(gql, home.resident, home.meter, CLOSED)
    with clock.frozen(datetime.fromisoformat(CLOSED)):
        answer = await gql(
            SUBMIT_READINGS,
            submission(home.premise, values_of(home.meter, "105")),
            actor=home.resident,
        )

    assert [each["code"] for each in told["reasons"]] == ["METER_ARCHIVED", "PERIOD_CLOSED"]
    assert told["reasons"] == answer["data"]["submitReadings"]["errors"]


@pytest.mark.parametrize(
    ("rights", "allowed"),
    [([SUBMIT.code], False), ([SUBMIT.code, SUBMIT_OUTSIDE_PERIOD.code], True)],
)
async def test_an_employees_privileges_count(
    gql: GraphQLClient, home: Home, rights: list[str], allowed: bool
) -> None:
    await a_reading(home.meter, "2026-11", "105")
    employee = await actor_of(await an_employee(home.organization, permissions=rights))

    found = await info(gql, employee, home.meter, CLOSED)

    assert (found["allowed"], found["hasReading"]) == (allowed, True)


async def test_without_the_right_nothing_is_told(gql: GraphQLClient, home: Home) -> None:
    outsider = await actor_of(await an_employee(home.organization))
    system = await actor_of(await a_service_token(home.organization, permissions=[SUBMIT.code]))

    assert await info(gql, outsider, home.meter) is None
    assert (await info(gql, system, home.meter, CLOSED))["allowed"] is True


async def test_a_house_meter_has_no_window(gql: GraphQLClient, home: Home) -> None:
    house = await a_collective_meter(building=home.building, initial=("0",))
    clerk = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))

    to_staff = await info(gql, clerk, house, CLOSED)
    to_resident = await info(gql, home.resident, house, CLOSED)

    assert to_staff == {
        "allowed": True,
        "reasons": [],
        "opensOn": None,
        "closesOn": None,
        "billingMonth": "2026-11",
        "hasReading": False,
        "fractionsAllowed": True,
        "confirmationThresholds": [None],
    }
    assert [each["code"] for each in to_resident["reasons"]] == ["STAFF_ONLY"]


@pytest.mark.parametrize(
    ("case", "initial", "history", "expected"),
    [
        ("nothing to compare with", (), (), [None, None]),
        ("three norms", ("0", "0"), (), ["600", "300"]),
        (
            "three averages",
            ("0", "0"),
            (
                ("2026-08", "300", "10"),
                ("2026-09", "600", "20"),
                ("2026-10", "900", "30"),
            ),
            ["900", "100"],
        ),
        (
            "the months of a gap",
            ("0", "0"),
            (("2026-08", "300", "150"),),
            ["1800", "900"],
        ),
    ],
)
async def test_thresholds_tell_what_will_have_to_be_confirmed(
    gql: GraphQLClient,
    home: Home,
    case: str,
    initial: tuple[str, ...],
    history: tuple[tuple[str, str, str], ...],
    expected: list[str | None],
) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_2T, initial=initial)
    for month, day, night in history:
        await a_reading(light, month, day, night)

    assert (await info(gql, home.resident, light))["confirmationThresholds"] == expected


async def test_many_meters_are_judged_by_one_statement(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    async def ask() -> Any:
        answer = await gql(
            OF_PREMISE, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident
        )
        await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
        return answer["data"]["premise"]["meters"]

    await a_meter(premise=home.premise)
    with queries.exactly(3):
        assert len(await ask()) == 2
    for _ in range(18):
        await a_meter(premise=home.premise)
    with queries.exactly(3):
        assert len(await ask()) == 20
