"""Window, archive and verification are judged by the server, whatever the client claims."""

from datetime import datetime
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import (
    NOON,
    SUBMIT,
    Register,
    Submit,
    faults,
    key,
    told,
)

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.auth.rules import SessionChannel
from kvartal.housing.models import Resident
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT as MAY_SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_reading,
    submission,
    values_of,
)

CLOSED = "2026-11-27T12:00+03:00"
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { id } errors { code path } }
}
"""
SUBMIT_COLLECTIVE = """
mutation ($input: SubmitCollectiveReadingsInput!) {
  submitCollectiveReadings(input: $input) { readings { id } errors { code path } }
}
"""


async def november(home: Home) -> int:
    return await Reading.filter(meter_id=home.meter.id, billing_month__gte="2026-11-01").count()


async def refusal_of(gql: GraphQLClient, variables: Any, actor: Actor, at: str) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(SUBMIT, variables, actor=actor)
    assert answer.get("data") is None
    [refusal] = answer["errors"]
    extensions: dict[str, Any] = refusal["extensions"]
    return extensions


@pytest.mark.parametrize("at", [NOON, CLOSED])
@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ({"takenOn": "2026-11-20"}, "STAFF_CHOOSES_DAY"),
        ({"billingMonth": "2026-10"}, "STAFF_CHOOSES_DAY"),
        ({"billingMonth": "2026-11"}, "STAFF_CHOOSES_DAY"),
        ({"residentId": "own"}, "STAFF_CHOOSES_RESIDENT"),
    ],
)
async def test_a_resident_chooses_neither_day_nor_month_nor_person(
    gql: GraphQLClient, home: Home, at: str, claim: dict[str, str], reason: str
) -> None:
    if "residentId" in claim:
        claim = {"residentId": key("Resident", await Resident.get(user_id=home.user.id))}

    refusal = await refusal_of(
        gql, submission(home.premise, values_of(home.meter, "105"), **claim), home.resident, at
    )

    assert (refusal["code"], refusal["reason"]) == ("BAD_INPUT", reason)
    assert await november(home) == 0


@pytest.mark.parametrize("claim", ["channel", "source", "authorKind", "submittedAt", "needsReview"])
@pytest.mark.parametrize("who", ["resident", "chief"])
async def test_nobody_can_name_their_channel_or_the_instant(
    gql: GraphQLClient, home: Home, chief: Actor, claim: str, who: str
) -> None:
    actor = home.resident if who == "resident" else chief

    refusal = await refusal_of(
        gql, submission(home.premise, values_of(home.meter, "105"), **{claim: "CRM"}), actor, CLOSED
    )

    assert refusal["code"] == "BAD_INPUT"
    assert await november(home) == 0


@pytest.mark.parametrize(
    ("channel", "stored"),
    [
        (SessionChannel.CRM, SubmissionChannel.CRM),
        (SessionChannel.EMPLOYEE_APP, SubmissionChannel.EMPLOYEE_APP),
    ],
)
async def test_an_employees_channel_is_that_of_the_sign_in(
    submit: Submit, home: Home, channel: SessionChannel, stored: SubmissionChannel
) -> None:
    employee = await an_employee(home.organization, permissions=[MAY_SUBMIT.code])
    actor = await actor_of(employee, channel)

    payload = await submit(values_of(home.meter, "105"), actor=actor)

    assert payload["readings"][0]["channel"] == stored.value


@pytest.mark.parametrize("claimed", [each.value for each in SubmissionChannel])
async def test_a_system_passes_for_no_person(register: Register, home: Home, claimed: str) -> None:
    """Whatever channel its row claims: the reading is a system's, and closed to residents."""
    [row] = await register(
        "readings", {"meterId": key("Meter", home.meter), "values": ["105"], "channel": claimed}
    )

    reading = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    own = {"BILLING": SubmissionChannel.BILLING, "AUTO": SubmissionChannel.AUTO}
    assert row["outcome"] == "CREATED"
    assert reading.channel is own.get(claimed, SubmissionChannel.API)
    assert reading.author_kind.value == "SERVICE"


async def test_a_closed_window_is_closed_to_any_day_of_reading(submit: Submit, home: Home) -> None:
    clerk = await actor_of(await an_employee(home.organization, permissions=[MAY_SUBMIT.code]))

    found = [
        faults(await submit(values_of(home.meter, "105"), actor=clerk, at=CLOSED, **claim))
        for claim in (
            {},
            {"takenOn": "2026-11-20"},
            {"takenOn": "2026-11-20", "billingMonth": "2026-11"},
            {"billingMonth": "2026-11"},
        )
    ]

    assert found == [[("PERIOD_CLOSED", ["readings", "0"])]] * 4
    assert await november(home) == 0


@pytest.mark.parametrize(
    ("zone", "at", "taken_on", "accepted"),
    [
        ("Europe/Moscow", NOON, "2026-11-20", True),
        ("Europe/Moscow", NOON, "2026-11-21", False),
        ("Europe/Moscow", NOON, "2027-11-20", False),
        # Tomorrow in Moscow is today in Vladivostok, and in Kaliningrad not yet.
        ("Asia/Vladivostok", "2026-11-20T18:00+03:00", "2026-11-21", True),
        ("Europe/Kaliningrad", "2026-11-21T00:30+03:00", "2026-11-21", False),
        ("Europe/Kaliningrad", "2026-11-21T00:30+03:00", "2026-11-20", True),
    ],
)
async def test_no_reading_is_of_tomorrow(
    submit: Submit, home: Home, chief: Actor, zone: str, at: str, taken_on: str, accepted: bool
) -> None:
    home.building.timezone = zone
    await home.building.save()

    payload = await submit(values_of(home.meter, "105"), actor=chief, at=at, takenOn=taken_on)

    assert faults(payload) == ([] if accepted else [("TAKEN_ON_INVALID", ["takenOn"])])
    assert await november(home) == int(accepted)


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_confirmation_opens_nothing(submit: Submit, home: Home, confirmed: bool) -> None:
    form = values_of(home.meter, "105", confirmAnomaly=confirmed, rollover=confirmed)

    payload = await submit(form, at=CLOSED)

    assert faults(payload) == [("PERIOD_CLOSED", ["readings", "0"])]


async def test_a_resident_declares_no_rollover(submit: Submit, home: Home) -> None:
    await Reading.filter(meter_id=home.meter.id).update(t1=99990)

    payload = await submit(values_of(home.meter, "5", rollover=True, confirmAnomaly=True))

    assert faults(payload) == [("READING_BELOW_PREVIOUS", ["readings", "0", "values", "0"])]


async def submitting(actor: Actor, gql: GraphQLClient, home: Home) -> list[Any]:
    variables = submission(home.premise, values_of(home.meter, "106", confirmAnomaly=True))
    answer = await gql(SUBMIT, variables, actor=actor)
    return faults(answer["data"]["submitReadings"])


async def correcting(actor: Actor, gql: GraphQLClient, reading: Reading) -> list[Any]:
    change = {"readingId": key("Reading", reading), "values": ["106"], "confirmAnomaly": True}
    answer = await gql(CORRECT, {"input": change}, actor=actor)
    return faults(answer["data"]["correctReading"])


@pytest.mark.parametrize("who", ["resident", "chief", "system"])
async def test_an_archived_meter_takes_nothing_from_anybody(
    gql: GraphQLClient, home: Home, chief: Actor, system: Actor, who: str
) -> None:
    actor = {"resident": home.resident, "chief": chief, "system": system}[who]
    reading = await a_reading(home.meter, "2026-11", "105")
    home.meter.status, home.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await home.meter.save()

    with clock.frozen(datetime.fromisoformat(NOON)):
        submitted = await submitting(actor, gql, home)
        corrected = await correcting(actor, gql, reading)

    assert submitted == [("METER_ARCHIVED", ["readings", "0"])]
    assert corrected == [("METER_ARCHIVED", [])]
    assert (await Reading.get(id=reading.id)).version == 1


@pytest.mark.parametrize(
    ("case", "settings", "status", "code"),
    [
        ("the resource is off", {"active": False}, MeterStatus.ACTIVE, "RESOURCE_DISABLED"),
        ("on verification", {}, MeterStatus.VERIFICATION, "VERIFICATION_EXPIRED"),
        ("closed", {"start_day": 1, "end_day": 2}, MeterStatus.ACTIVE, "PERIOD_CLOSED"),
        ("all is well", {}, MeterStatus.ACTIVE, None),
        ("accepted", {"accepts_expired": True}, MeterStatus.VERIFICATION, None),
    ],
)
async def test_a_correction_meets_what_a_submission_meets(
    gql: GraphQLClient,
    home: Home,
    case: str,
    settings: dict[str, Any],
    status: MeterStatus,
    code: str | None,
) -> None:
    reading = await a_reading(home.meter, "2026-11", "105")
    await home.settings.update_from_dict(settings).save()
    await Meter.filter(id=home.meter.id).update(status=status)

    with clock.frozen(datetime.fromisoformat(NOON)):
        corrected = await correcting(home.resident, gql, reading)
        submitted = await submitting(home.resident, gql, home)

    assert [each for each, _ in corrected] == ([code] if code else [])
    assert [each for each, _ in submitted] == [each for each, _ in corrected]
    assert (await Reading.get(id=reading.id)).t1 == (105 if code else 106)


async def test_an_archived_meter_takes_nothing_in_bulk_but_what_it_has(
    register: Register, home: Home
) -> None:
    await a_reading(home.meter, "2026-11", "105")
    home.meter.status, home.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await home.meter.save()
    meter = {"meterId": key("Meter", home.meter)}

    rows = await register(
        "readings",
        {**meter, "values": ["105"]},
        {**meter, "values": ["99"], "billingMonth": "2026-09"},
    )
    more = await register("readings", {**meter, "values": ["106"]}, mode="OVERWRITE")

    assert told(rows) == [("UNCHANGED",), ("REJECTED", ("METER_ARCHIVED",))]
    assert told(more) == [("REJECTED", ("METER_ARCHIVED",))]


async def test_an_archived_house_meter_takes_nothing(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    house = await a_collective_meter(building=home.building, status=MeterStatus.ARCHIVED)

    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(
            SUBMIT_COLLECTIVE, submission(home.building, values_of(house, "5")), actor=chief
        )

    payload = answer["data"]["submitCollectiveReadings"]
    assert faults(payload) == [("METER_ARCHIVED", ["readings", "0"])]


@pytest.mark.parametrize("accepts_expired", [False, True])
@pytest.mark.parametrize("who", ["resident", "chief", "system"])
async def test_a_meter_on_verification_hangs_on_the_setting_alone(
    submit: Submit, home: Home, chief: Actor, system: Actor, who: str, accepts_expired: bool
) -> None:
    actor = {"resident": home.resident, "chief": chief, "system": system}[who]
    home.meter.status = MeterStatus.VERIFICATION
    await home.meter.save()
    home.settings.accepts_expired = accepts_expired
    await home.settings.save()

    payload = await submit(values_of(home.meter, "105"), actor=actor)

    expected = [] if accepts_expired else [("VERIFICATION_EXPIRED", ["readings", "0"])]
    assert faults(payload) == expected


@pytest.mark.parametrize("due", ["2020-01-01", "2026-11-19", "2026-11-20", "2030-01-01", None])
async def test_dates_of_verification_alone_refuse_nothing(
    submit: Submit, home: Home, due: str | None
) -> None:
    """The night changes the status; until then a date only warns."""
    await Meter.filter(id=home.meter.id).update(next_verification_on=due)

    payload = await submit(values_of(home.meter, "105"))

    assert payload["errors"] == []
