"""Deleting a reading: the latest alone, by who has the right, and its month is free again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db.transaction import UnitOfWork, on_commit
from kvartal.graphql.node import encode_id
from kvartal.months import YearMonth
from kvartal.testing.auth_factories import (
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.events import ReadingAccepted, ReadingDeleted
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import ALL, DELETE, SUBMIT
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_collective_meter, a_reading, submission, values_of

NOON = "2026-11-20T12:00+03:00"
DELETE_READING = """
mutation ($input: DeleteReadingInput!) {
  deleteReading(input: $input) {
    meter { identifier readings(first: 1) { nodes { billingMonth } } }
    errors { code message path version }
  }
}
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { billingMonth version consumption } errors { code } }
}
"""


async def delete(gql: GraphQLClient, actor: Actor, reading: Reading, **more: Any) -> dict[str, Any]:
    return await gql(
        DELETE_READING,
        {"input": {"readingId": encode_id("Reading", reading.id), **more}},
        actor=actor,
    )


async def staff(home: Home, *permissions: str, **more: Any) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=permissions, **more))


@pytest.fixture
async def november(home: Home) -> Reading:
    """The latest reading: 105 after 100.5."""
    return await a_reading(home.meter, "2026-11", "105", taken_on=date(2026, 11, 16))


@pytest.fixture
async def eraser(home: Home) -> Actor:
    """An employee who may delete readings."""
    return await staff(home, SUBMIT.code, DELETE.code)


@pytest.fixture
async def touched(db: None) -> AsyncIterator[list[str]]:
    """The live topics that committed units of work have touched."""
    seen: list[str] = []

    async def note(work: UnitOfWork) -> None:
        seen.extend(work.touched)

    async with on_commit(note):
        yield seen


async def test_the_reading_before_is_the_latest_again(
    gql: GraphQLClient,
    home: Home,
    november: Reading,
    eraser: Actor,
    events: EmittedEvents,
    touched: list[str],
) -> None:
    answer = await delete(gql, eraser, november)

    assert answer["data"]["deleteReading"] == {
        "meter": {"identifier": "ХВС-15", "readings": {"nodes": [{"billingMonth": "2026-10"}]}},
        "errors": [],
    }
    october = await Reading.get(meter_id=home.meter.id)
    meter = await Meter.get(id=home.meter.id)
    assert (meter.latest_reading_id, meter.latest_month, meter.latest_submitted_at) == (
        october.id,
        date(2026, 10, 1),
        october.submitted_at,
    )
    assert events == [
        ReadingDeleted(
            reading_id=november.id,
            meter_id=home.meter.id,
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=home.premise.id,
            billing_month=YearMonth(2026, 11),
            user_id=eraser.user_id,
        )
    ]
    assert touched == [f"premise:{home.premise.id}"]


async def test_the_only_reading_leaves_a_meter_without(
    gql: GraphQLClient, home: Home, eraser: Actor
) -> None:
    october = await Reading.get(meter_id=home.meter.id)

    answer = await delete(gql, eraser, october)

    assert answer["data"]["deleteReading"]["meter"]["readings"]["nodes"] == []
    meter = await Meter.get(id=home.meter.id)
    assert (meter.latest_reading_id, meter.latest_month, meter.latest_submitted_at) == (
        None,
        None,
        None,
    )


async def test_what_was_deleted_stays_in_the_audit_log(
    gql: GraphQLClient, home: Home, november: Reading, eraser: Actor
) -> None:
    await ReadingRevision.create(
        organization_id=home.organization.id,
        reading=november,
        author_kind=november.author_kind,
        channel=november.channel,
        new_t1=november.t1,
    )

    await delete(gql, eraser, november)

    assert await ReadingRevision.all().count() == 0
    entry = await AuditEntry.get(action="deleteReading")
    assert entry.user_id == eraser.user_id
    assert entry.organization_id == home.organization.id
    assert entry.input == {"readingId": encode_id("Reading", november.id), "expectedVersion": None}
    assert entry.changes == {
        "billing_month": ["2026-11", None],
        "taken_on": ["2026-11-16", None],
        "saved_by": ["RESIDENT", None],
        "values": [["105"], None],
    }


async def test_the_month_may_be_submitted_anew(
    gql: GraphQLClient, home: Home, november: Reading, eraser: Actor, events: EmittedEvents
) -> None:
    form = submission(home.premise, values_of(home.meter, "105"))
    await delete(gql, eraser, november)

    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(SUBMIT_READINGS, form, actor=home.resident)

    # Equal values once more, and yet no repetition: the reading was gone.
    assert answer["data"]["submitReadings"] == {
        "readings": [{"billingMonth": "2026-11", "version": 1, "consumption": "4.5"}],
        "errors": [],
    }
    assert len(events.of(ReadingAccepted)) == 1
    again = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    assert again.id != november.id


async def test_a_month_of_no_consumption_counts_as_any_other(
    gql: GraphQLClient, home: Home, eraser: Actor
) -> None:
    """Equal values of two months are two readings, and the second goes alone."""
    november = await a_reading(home.meter, "2026-11", "100.5")

    await delete(gql, eraser, november)

    [october] = await Reading.filter(meter_id=home.meter.id)
    assert (october.billing_month, october.t1) == (date(2026, 10, 1), Decimal("100.5"))


@pytest.mark.parametrize("status", list(MeterStatus))
async def test_neither_window_nor_status_protect_what_is_wrong(
    gql: GraphQLClient, home: Home, november: Reading, eraser: Actor, status: MeterStatus
) -> None:
    home.settings.active = False
    await home.settings.save()
    archived_at = clock.now() if status is MeterStatus.ARCHIVED else None
    await Meter.filter(id=home.meter.id).update(status=status, archived_at=archived_at)

    with clock.frozen(datetime.fromisoformat("2027-03-02T12:00+03:00")):
        answer = await delete(gql, eraser, november)

    assert answer["data"]["deleteReading"]["errors"] == []


async def test_a_house_meters_reading_goes_like_any_other(
    gql: GraphQLClient, home: Home, eraser: Actor, touched: list[str]
) -> None:
    house = await a_collective_meter(building=home.building)
    reading = await a_reading(house, "2026-11", "7")

    answer = await delete(gql, eraser, reading)

    assert answer["data"]["deleteReading"]["errors"] == []
    assert await Reading.filter(meter_id=house.id).count() == 0
    assert touched == []


async def test_only_the_latest_reading_goes(
    gql: GraphQLClient, home: Home, november: Reading, eraser: Actor, events: EmittedEvents
) -> None:
    october = await Reading.get(meter_id=home.meter.id, billing_month="2026-10-01")

    answer = await delete(gql, eraser, october)

    assert answer["data"]["deleteReading"] == {
        "meter": None,
        "errors": [
            {
                "code": "LATER_READING_EXISTS",
                "message": "За более поздний период уже есть показание",
                "path": ["readingId"],
                "version": None,
            }
        ],
    }
    assert (await Reading.all().count(), events) == (2, [])


async def test_a_stale_list_deletes_nothing(
    gql: GraphQLClient, november: Reading, eraser: Actor, events: EmittedEvents
) -> None:
    refused = await delete(gql, eraser, november, expectedVersion=2)
    assert (await Reading.all().count(), events) == (2, [])
    accepted = await delete(gql, eraser, november, expectedVersion=1)

    [error] = refused["data"]["deleteReading"]["errors"]
    assert (error["code"], error["path"], error["version"]) == (
        "VERSION_CONFLICT",
        ["expectedVersion"],
        1,
    )
    assert accepted["data"]["deleteReading"]["errors"] == []


async def test_a_reading_goes_once(gql: GraphQLClient, november: Reading, eraser: Actor) -> None:
    await delete(gql, eraser, november)
    again = await delete(gql, eraser, november)
    never = await gql(
        DELETE_READING, {"input": {"readingId": encode_id("Reading", uuid4())}}, actor=eraser
    )

    for answer in (again, never):
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def nobody(home: Home) -> Actor:
    return ANONYMOUS


async def the_resident(home: Home) -> Actor:
    return home.resident


async def staff_who_submit(home: Home) -> Actor:
    rights = [each.code for each in ALL if each is not DELETE]
    return await staff(home, *rights)


async def staff_who_delete_elsewhere(home: Home) -> Actor:
    employee = await an_employee(home.organization, permissions=[SUBMIT.code])
    await an_employee(
        await an_organization(), user=await employee.user, permissions=[SUBMIT.code, DELETE.code]
    )
    return await actor_of(employee)


async def staff_elsewhere(home: Home) -> Actor:
    return await actor_of(
        await an_employee(await an_organization(), permissions=[SUBMIT.code, DELETE.code])
    )


async def staff_of_another_house(home: Home) -> Actor:
    other = await a_building(organization=home.organization)
    return await staff(home, SUBMIT.code, DELETE.code, buildings=[other])


async def staff_who_see_no_readings(home: Home) -> Actor:
    return await staff(home, DELETE.code)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (nobody, "UNAUTHENTICATED"),
        (the_resident, "FORBIDDEN"),
        (staff_who_submit, "FORBIDDEN"),
        (staff_who_delete_elsewhere, "FORBIDDEN"),
        (staff_elsewhere, "NOT_FOUND"),
        (staff_of_another_house, "NOT_FOUND"),
        (staff_who_see_no_readings, "FORBIDDEN"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
async def test_others_delete_nothing(
    gql: GraphQLClient,
    home: Home,
    november: Reading,
    events: EmittedEvents,
    who: Callable[[Home], Awaitable[Actor]],
    code: str,
) -> None:
    answer = await delete(gql, await who(home), november)

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert (await Reading.all().count(), events) == (2, [])


async def test_a_system_with_the_right_deletes(
    gql: GraphQLClient, home: Home, november: Reading, events: EmittedEvents
) -> None:
    token = await a_service_token(home.organization, permissions=[SUBMIT.code, DELETE.code])

    answer = await delete(gql, await actor_of(token), november)

    assert answer["data"]["deleteReading"]["errors"] == []
    assert events.of(ReadingDeleted)[0].user_id is None


async def test_a_deletion_takes_six_statements(
    gql: GraphQLClient, november: Reading, eraser: Actor, queries: QueryCounter
) -> None:
    with queries.exactly(6):
        await delete(gql, eraser, november)
