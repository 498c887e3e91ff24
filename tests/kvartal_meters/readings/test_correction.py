"""Correcting a reading: who may change which one, and what changes with it."""

import asyncio
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.events import ReadingCorrected
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterStatus
from kvartal_meters.permissions import CORRECT_PAST, SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_meter, a_reading

NOON = "2026-11-20T12:00+03:00"
CLOSED = "2026-11-27T12:00+03:00"
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) {
    reading {
      billingMonth takenOn submittedAt authorKind channel consumption needsReview version
      values { value previous }
    }
    errors { code message path previous next opensOn version average }
  }
}
"""


async def correct(
    gql: GraphQLClient,
    actor: Actor,
    reading: Reading,
    *values: str,
    at: str = NOON,
    **more: object,
) -> dict[str, Any]:
    changed = {"readingId": encode_id("Reading", reading.id), "values": list(values), **more}
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(CORRECT, {"input": changed}, actor=actor)
    await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
    payload: dict[str, Any] = answer["data"]["correctReading"]
    return payload


def codes(payload: dict[str, Any]) -> list[str]:
    return [each["code"] for each in payload["errors"]]


async def staff(home: Home, *permissions: str) -> Actor:
    return await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code, *permissions])
    )


@pytest.fixture
async def november(home: Home) -> Reading:
    """The reading of the present month, by a resident: 105 after 100.5."""
    return await a_reading(
        home.meter,
        "2026-11",
        "105",
        taken_on=date(2026, 11, 16),
        submitted_at=datetime.fromisoformat("2026-11-16T10:00+03:00"),
    )


@pytest.fixture
async def october(home: Home, november: Reading) -> Reading:
    """The reading before that one."""
    return await Reading.get(meter_id=home.meter.id, billing_month="2026-10-01")


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who may correct readings while their window is open."""
    return await staff(home)


@pytest.fixture
async def chief(home: Home) -> Actor:
    """An employee with every privilege."""
    return await staff(home, SUBMIT_OUTSIDE_PERIOD.code, CORRECT_PAST.code)


async def test_a_resident_corrects_what_a_resident_has_saved(
    gql: GraphQLClient, home: Home, november: Reading, events: EmittedEvents
) -> None:
    payload = await correct(gql, home.resident, november, "104,5")

    assert payload == {
        "reading": {
            "billingMonth": "2026-11",
            "takenOn": "2026-11-16",
            "submittedAt": "2026-11-20T09:00:00+00:00",
            "authorKind": "RESIDENT",
            "channel": "RESIDENT_APP",
            "consumption": "4",
            "needsReview": False,
            "version": 2,
            "values": [{"value": "104.5", "previous": "100.5"}],
        },
        "errors": [],
    }
    [corrected] = events
    assert isinstance(corrected, ReadingCorrected)
    assert (corrected.reading_id, corrected.author_kind) == (november.id, AuthorKind.RESIDENT)
    [revision] = await ReadingRevision.filter(reading_id=november.id)
    assert (revision.old_t1, revision.new_t1) == (Decimal(105), Decimal("104.5"))
    meter = await Meter.get(id=home.meter.id)
    assert meter.latest_submitted_at == datetime.fromisoformat(NOON)


async def test_an_employee_corrects_what_anybody_has_saved(
    gql: GraphQLClient, november: Reading, clerk: Actor
) -> None:
    payload = await correct(gql, clerk, november, "104.5")

    assert (payload["reading"]["authorKind"], payload["reading"]["channel"]) == ("EMPLOYEE", "CRM")


@pytest.mark.parametrize("by", [AuthorKind.EMPLOYEE, AuthorKind.SERVICE])
async def test_what_others_have_saved_is_closed_to_residents(
    gql: GraphQLClient, home: Home, november: Reading, events: EmittedEvents, by: AuthorKind
) -> None:
    november.author_kind = by
    await november.save()

    payload = await correct(gql, home.resident, november, "104.5")

    assert payload == {
        "reading": None,
        "errors": [
            {
                "code": "EDITED_BY_STAFF",
                "message": "Показание изменил сотрудник, теперь исправить его может только"
                " управляющая организация",
                "path": [],
                "previous": None,
                "next": None,
                "opensOn": None,
                "version": None,
                "average": None,
            }
        ],
    }
    assert events == []
    assert (await Reading.get(id=november.id)).t1 == 105


async def test_after_an_employees_correction_a_resident_may_not(
    gql: GraphQLClient, home: Home, november: Reading, clerk: Actor
) -> None:
    await correct(gql, clerk, november, "104.5")

    assert codes(await correct(gql, home.resident, november, "104")) == ["EDITED_BY_STAFF"]


async def test_equal_values_are_saved_again(
    gql: GraphQLClient, home: Home, november: Reading, events: EmittedEvents
) -> None:
    payload = await correct(gql, home.resident, november, "105.0")

    assert payload["reading"]["version"] == 2
    assert payload["reading"]["submittedAt"] == "2026-11-20T09:00:00+00:00"
    assert len(events.of(ReadingCorrected)) == 1


@pytest.mark.parametrize(
    ("who", "which", "at", "expected"),
    [
        ("resident", "november", CLOSED, [("PERIOD_CLOSED", None)]),
        ("clerk", "november", CLOSED, [("PERIOD_CLOSED", None)]),
        ("chief", "november", CLOSED, []),
        ("resident", "november", "2026-11-10T12:00+03:00", [("PERIOD_CLOSED", "2026-11-15")]),
        ("resident", "october", NOON, [("PERIOD_CLOSED", None)]),
        ("clerk", "october", NOON, [("PERIOD_CLOSED", None), ("LATER_READING_EXISTS", None)]),
        ("chief", "october", NOON, []),
    ],
)
async def test_the_window_is_that_of_the_readings_own_month(
    gql: GraphQLClient,
    home: Home,
    request: pytest.FixtureRequest,
    october: Reading,
    november: Reading,
    clerk: Actor,
    chief: Actor,
    who: str,
    which: str,
    at: str,
    expected: list[tuple[str, str | None]],
) -> None:
    actor = {"resident": home.resident, "clerk": clerk, "chief": chief}[who]
    reading = {"october": october, "november": november}[which]

    payload = await correct(gql, actor, reading, "101", at=at)

    assert [(each["code"], each["opensOn"]) for each in payload["errors"]] == expected


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ([SUBMIT_OUTSIDE_PERIOD.code], ["LATER_READING_EXISTS"]),
        ([CORRECT_PAST.code], ["PERIOD_CLOSED"]),
        ([SUBMIT_OUTSIDE_PERIOD.code, CORRECT_PAST.code], []),
    ],
)
async def test_an_older_month_takes_both_privileges(
    gql: GraphQLClient, home: Home, october: Reading, rights: list[str], expected: list[str]
) -> None:
    actor = await staff(home, *rights)

    assert codes(await correct(gql, actor, october, "101")) == expected


async def test_an_older_correction_counts_the_next_month_anew(
    gql: GraphQLClient, october: Reading, november: Reading, chief: Actor, events: EmittedEvents
) -> None:
    payload = await correct(gql, chief, october, "103")

    assert payload["errors"] == []
    following = await Reading.get(id=november.id)
    assert (following.previous_t1, following.consumption) == (Decimal(103), Decimal(2))
    assert (following.t1, following.version) == (Decimal(105), 2)
    assert following.submitted_at == november.submitted_at
    assert await ReadingRevision.filter(reading_id=november.id).count() == 0
    assert [each.reading_id for each in events.of(ReadingCorrected)] == [october.id]
    meter = await Meter.get(id=october.meter_id)
    assert (meter.latest_reading_id, str(meter.latest_month)) == (november.id, "2026-11-01")


async def test_an_older_month_stays_below_the_next(
    gql: GraphQLClient, october: Reading, chief: Actor
) -> None:
    above = await correct(gql, chief, october, "105.001")
    equal = await correct(gql, chief, october, "105")

    assert [(e["code"], e["path"], e["next"], e["message"]) for e in above["errors"]] == [
        (
            "READING_ABOVE_NEXT",
            ["values", "0"],
            "105",
            "Показание не может быть больше следующего (105)",
        )
    ]
    assert equal["errors"] == []


async def test_a_middle_month_lies_between_its_neighbours(
    gql: GraphQLClient, home: Home, october: Reading, november: Reading, chief: Actor
) -> None:
    december = await a_reading(home.meter, "2026-12", "110")

    below = await correct(gql, chief, november, "100")
    fitting = await correct(gql, chief, november, "109")

    assert [(each["code"], each["previous"]) for each in below["errors"]] == [
        ("READING_BELOW_PREVIOUS", "100.5")
    ]
    assert fitting["reading"]["consumption"] == "8.5"
    assert (await Reading.get(id=december.id)).consumption == 1
    assert (await Reading.get(id=october.id)).version == 1


async def test_a_rollover_of_the_next_month_stays_one(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    meter = await a_meter(premise=home.premise, int_digits=5, initial=("99000",))
    before = await a_reading(meter, "2026-10", "99980")
    after = await a_reading(meter, "2026-11", "12")

    refused = await correct(gql, chief, before, "89000", rollover=True)
    accepted = await correct(gql, chief, before, "99990", confirmAnomaly=True)

    assert codes(refused) == ["ROLLOVER_NOT_PLAUSIBLE"]
    assert accepted["errors"] == []
    assert (await Reading.get(id=after.id)).consumption == 22


async def test_an_anomaly_is_asked_about_and_cleared_by_a_usual_value(
    gql: GraphQLClient, home: Home, november: Reading
) -> None:
    asked = await correct(gql, home.resident, november, "200")
    confirmed = await correct(gql, home.resident, november, "200", confirmAnomaly=True)
    usual = await correct(gql, home.resident, november, "105")

    assert codes(asked) == ["ANOMALY_CONFIRMATION_REQUIRED"]
    assert confirmed["reading"]["needsReview"] is True
    assert usual["reading"]["needsReview"] is False


async def test_a_stale_form_is_refused(
    gql: GraphQLClient, home: Home, november: Reading, events: EmittedEvents
) -> None:
    first = await correct(gql, home.resident, november, "104", expectedVersion=1)
    second = await correct(gql, home.resident, november, "103", expectedVersion=1)

    assert first["errors"] == []
    assert [(each["code"], each["version"], each["path"]) for each in second["errors"]] == [
        ("VERSION_CONFLICT", 2, ["expectedVersion"])
    ]
    assert (await Reading.get(id=november.id)).t1 == 104
    assert len(events) == 1


async def test_an_archived_meters_reading_stays_as_it_is(
    gql: GraphQLClient, home: Home, november: Reading, chief: Actor
) -> None:
    home.meter.status, home.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await home.meter.save()

    assert codes(await correct(gql, chief, november, "104")) == ["METER_ARCHIVED"]


async def test_a_system_corrects_at_any_time(
    gql: GraphQLClient, home: Home, october: Reading
) -> None:
    system = await actor_of(await a_service_token(home.organization, permissions=[SUBMIT.code]))

    payload = await correct(gql, system, october, "101.1234", at=CLOSED)

    assert payload["reading"]["values"] == [{"value": "101.1234", "previous": None}]


async def test_a_reading_that_is_not_there_is_not_found(gql: GraphQLClient, home: Home) -> None:
    answer = await gql(
        CORRECT,
        {"input": {"readingId": encode_id("Reading", uuid4()), "values": ["1"]}},
        actor=home.resident,
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_a_correction_takes_five_statements_with_the_month_that_follows(
    gql: GraphQLClient, october: Reading, chief: Actor, queries: QueryCounter
) -> None:
    with queries.exactly(5):
        await correct(gql, chief, october, "101")
