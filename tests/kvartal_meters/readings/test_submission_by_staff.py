"""Employees and other systems submit readings: days, months, privileges, rollovers."""

import asyncio
from datetime import date, datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.auth.rules import SessionChannel
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import CORRECT_PAST, SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_meter, a_reading, submission, values_of

NOON = "2026-11-20T12:00+03:00"
CLOSED = "2026-11-27T12:00+03:00"
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings { billingMonth takenOn authorKind channel consumption values { value previous } }
    errors { code message path opensOn takenOn billingMonth }
  }
}
"""


async def submit(
    gql: GraphQLClient,
    home: Home,
    actor: Actor,
    *readings: dict[str, Any],
    at: str = NOON,
    **more: str,
) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(
            SUBMIT_READINGS, submission(home.premise, *readings, **more), actor=actor
        )
    await asyncio.sleep(0)
    payload: dict[str, Any] = answer["data"]["submitReadings"]
    return payload


async def staff(home: Home, *permissions: str) -> Actor:
    return await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code, *permissions])
    )


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who may submit readings while the window is open."""
    return await staff(home)


@pytest.fixture
async def chief(home: Home) -> Actor:
    """An employee who may submit readings at any time."""
    return await staff(home, SUBMIT_OUTSIDE_PERIOD.code)


def codes(payload: dict[str, Any]) -> list[str]:
    return [each["code"] for each in payload["errors"]]


async def test_an_employee_submits_in_the_open_window(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    payload = await submit(gql, home, clerk, values_of(home.meter, "105"), takenOn="2026-11-03")

    assert payload == {
        "readings": [
            {
                "billingMonth": "2026-11",
                "takenOn": "2026-11-03",
                "authorKind": "EMPLOYEE",
                "channel": "CRM",
                "consumption": "4.5",
                "values": [{"value": "105", "previous": "100.5"}],
            }
        ],
        "errors": [],
    }
    reading = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    assert (reading.author_kind, reading.taken_on) == (AuthorKind.EMPLOYEE, date(2026, 11, 3))


async def test_the_channel_is_that_of_the_session(gql: GraphQLClient, home: Home) -> None:
    employee = await an_employee(home.organization, permissions=[SUBMIT.code])
    actor = await actor_of(employee, SessionChannel.EMPLOYEE_APP)

    payload = await submit(gql, home, actor, values_of(home.meter, "105"))

    assert payload["readings"][0]["channel"] == "EMPLOYEE_APP"


async def test_a_closed_period_takes_the_privilege(
    gql: GraphQLClient, home: Home, clerk: Actor, chief: Actor, events: EmittedEvents
) -> None:
    refused = await submit(gql, home, clerk, values_of(home.meter, "105"), at=CLOSED)
    assert events == []
    accepted = await submit(gql, home, chief, values_of(home.meter, "105"), at=CLOSED)

    assert [(each["code"], each["opensOn"]) for each in refused["errors"]] == [
        ("PERIOD_CLOSED", "2026-12-15")
    ]
    assert accepted["readings"][0]["billingMonth"] == "2026-11"
    assert len(events) == 1


async def test_the_privilege_of_another_organization_does_not_help(
    gql: GraphQLClient, home: Home
) -> None:
    employee = await an_employee(home.organization, permissions=[SUBMIT.code])
    await an_employee(
        await an_organization(name="УК «Восход»"),
        user=await employee.user,
        permissions=[SUBMIT.code, SUBMIT_OUTSIDE_PERIOD.code, CORRECT_PAST.code],
    )

    payload = await submit(
        gql, home, await actor_of(employee), values_of(home.meter, "105"), at=CLOSED
    )

    assert codes(payload) == ["PERIOD_CLOSED"]


async def test_the_last_month_may_be_submitted_late(
    gql: GraphQLClient, home: Home, clerk: Actor, chief: Actor
) -> None:
    fresh = await a_meter(premise=home.premise, initial=("1",))
    month = {"billingMonth": "2026-10"}

    refused = await submit(gql, home, clerk, values_of(fresh, "5"), **month)
    accepted = await submit(gql, home, chief, values_of(fresh, "5"), **month)

    assert refused["errors"] == [
        {
            "code": "PERIOD_CLOSED",
            "message": "Период сбора показаний закрыт",
            "path": ["readings", "0"],
            "opensOn": None,
            "takenOn": None,
            "billingMonth": None,
        }
    ]
    [reading] = accepted["readings"]
    assert (reading["billingMonth"], reading["takenOn"]) == ("2026-10", "2026-11-20")
    assert str((await Meter.get(id=fresh.id)).latest_month) == "2026-10-01"


async def test_the_day_of_reading_names_the_month(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    fresh = await a_meter(premise=home.premise, initial=("1",))

    payload = await submit(gql, home, chief, values_of(fresh, "5"), takenOn="2026-08-31")

    [reading] = payload["readings"]
    assert (reading["billingMonth"], reading["takenOn"]) == ("2026-08", "2026-08-31")


async def test_a_month_before_a_reading_takes_no_new_one(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    await a_reading(home.meter, "2026-11", "105")
    late = await a_meter(premise=home.premise, initial=("1",))
    await a_reading(late, "2026-11", "9")

    payload = await submit(gql, home, chief, values_of(late, "5"), billingMonth="2026-10")

    assert codes(payload) == ["LATER_READING_EXISTS"]


@pytest.mark.parametrize("day", ["2026-11-21", "2020-01-09", "0001-01-01", "9999-12-31"])
async def test_an_impossible_day_is_told_once_for_all_meters(
    gql: GraphQLClient, home: Home, chief: Actor, day: str
) -> None:
    for meter in (home.meter, second := await a_meter(premise=home.premise)):
        meter.commissioned_on = date(2020, 1, 10)
        await meter.save()

    payload = await submit(
        gql, home, chief, values_of(home.meter, "105"), values_of(second, "1"), takenOn=day
    )

    assert [(each["code"], each["path"], each["takenOn"]) for each in payload["errors"]] == [
        ("TAKEN_ON_INVALID", ["takenOn"], day)
    ]


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31"])
async def test_no_reading_is_older_than_meters_are(
    gql: GraphQLClient, home: Home, chief: Actor, day: str
) -> None:
    undated = await a_meter(premise=home.premise)

    payload = await submit(gql, home, chief, values_of(undated, "5"), takenOn=day)

    assert codes(payload) == ["TAKEN_ON_INVALID"]


@pytest.mark.parametrize("month", ["2026-12", "2026-09", "0001-01", "9999-12"])
async def test_a_month_out_of_reach_is_refused(
    gql: GraphQLClient, home: Home, chief: Actor, month: str
) -> None:
    fresh = await a_meter(premise=home.premise)

    payload = await submit(gql, home, chief, values_of(fresh, "5"), billingMonth=month)

    assert [(each["code"], each["path"], each["billingMonth"]) for each in payload["errors"]] == [
        ("BILLING_MONTH_INVALID", ["billingMonth"], month)
    ]


async def test_a_rollover_is_asked_for_and_counted(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    rolling = await a_meter(premise=home.premise, int_digits=5)
    await a_reading(rolling, "2026-10", "99987.5")

    asked = await submit(gql, home, clerk, values_of(rolling, "12.25"))
    ticked = await submit(
        gql, home, clerk, values_of(rolling, "12.25", rollover=True, confirmAnomaly=True)
    )

    assert [(each["code"], each["message"]) for each in asked["errors"]] == [
        (
            "READING_BELOW_PREVIOUS",
            "Показание меньше предыдущего (99987,5). Если счетчик обнулился,"
            " отметьте «Переход через ноль»",
        )
    ]
    assert ticked["readings"][0]["consumption"] == "24.75"


@pytest.mark.parametrize(("previous", "value"), [("214", "213"), ("95000", "11000")])
async def test_not_every_lower_value_is_a_rollover(
    gql: GraphQLClient, home: Home, clerk: Actor, previous: str, value: str
) -> None:
    rolling = await a_meter(premise=home.premise, int_digits=5)
    await a_reading(rolling, "2026-10", previous)

    payload = await submit(gql, home, clerk, values_of(rolling, value, rollover=True))

    assert codes(payload) == ["ROLLOVER_NOT_PLAUSIBLE"]


async def test_a_system_may_send_the_past_and_between_readings(
    gql: GraphQLClient, home: Home
) -> None:
    system = await actor_of(await a_service_token(home.organization, permissions=[SUBMIT.code]))
    meter = await a_meter(premise=home.premise, initial=("0",))
    for year in (2023, 2024, 2025):
        for month in range(1, 13):
            if (year, month) != (2023, 6):
                value = str((year - 2023) * 12 + month)
                await a_reading(meter, f"{year}-{month:02}", value)

    payload = await submit(
        gql, home, system, values_of(meter, "5.1234"), at=CLOSED, billingMonth="2023-06"
    )

    assert payload == {
        "readings": [
            {
                "billingMonth": "2023-06",
                "takenOn": "2026-11-27",
                "authorKind": "SERVICE",
                "channel": "API",
                "consumption": "0.1234",
                "values": [{"value": "5.1234", "previous": "5"}],
            }
        ],
        "errors": [],
    }
    following = await Reading.get(meter_id=meter.id, billing_month="2023-07-01")
    assert (str(following.previous_t1), str(following.consumption)) == ("5.1234", "1.8766")
    assert following.version == 2
    assert str((await Meter.get(id=meter.id)).latest_month) == "2025-12-01"


async def test_a_system_fills_gaps_of_several_meters_at_once(
    gql: GraphQLClient, home: Home
) -> None:
    system = await actor_of(await a_service_token(home.organization, permissions=[SUBMIT.code]))
    second = await a_meter(premise=home.premise, initial=("0",))
    for meter in (home.meter, second):
        await a_reading(meter, "2026-12", "110")

    payload = await submit(
        gql,
        home,
        system,
        values_of(home.meter, "105"),
        values_of(second, "100") | {"confirmAnomaly": True},
    )

    assert payload["errors"] == []
    following = await Reading.filter(billing_month="2026-12-01").order_by("consumption")
    assert [(each.meter_id, each.previous_t1, each.consumption) for each in following] == [
        (home.meter.id, 105, 5),
        (second.id, 100, 10),
    ]


async def test_what_a_system_sent_ahead_limits_the_present_month(
    gql: GraphQLClient, home: Home
) -> None:
    await home.settings.update_from_dict({"start_day": 25, "end_day": 5}).save()
    await a_reading(home.meter, "2026-12", "110", by=AuthorKind.SERVICE)

    above = await submit(
        gql, home, home.resident, values_of(home.meter, "111"), at="2026-12-03T12:00+03:00"
    )
    fitting = await submit(
        gql, home, home.resident, values_of(home.meter, "109"), at="2026-12-03T12:00+03:00"
    )

    assert codes(above) == ["READING_ABOVE_NEXT"]
    assert fitting["readings"][0]["billingMonth"] == "2026-11"
    assert (await Reading.get(billing_month="2026-12-01")).consumption == 1
