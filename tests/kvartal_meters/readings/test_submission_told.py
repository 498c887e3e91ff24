"""What tells of a submission as a whole: once a request, and of residents alone."""

from datetime import datetime

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.errors import Refused
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.factories import a_premise
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.events import ReadingAccepted, ReadingCorrected, ReadingsSubmitted
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER, SUBMIT
from kvartal_meters.readings import service
from kvartal_meters.readings.rules.judgement import SubmittedValues
from kvartal_meters.registration.rules.matching import MeterReference
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading
from kvartal_meters.registration.service import register_readings
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

NOON = datetime.fromisoformat("2026-11-20T12:00+03:00")


async def submit(home: Home, *values: tuple[Meter, str], actor: Actor | None = None) -> None:
    with clock.frozen(NOON):
        await service.submit(
            actor or home.resident,
            premise_id=home.premise.id,
            entries=[
                service.Entry(meter.id, SubmittedValues(values=[value])) for meter, value in values
            ],
        )


async def clerk_of(home: Home) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))


async def test_a_request_is_told_once_with_what_it_has_saved(
    home: Home, events: EmittedEvents
) -> None:
    hot, other = [
        await a_meter(premise=home.premise, type=MeterType.HOT_WATER, identifier=name)
        for name in ("ГВС-1", "ГВС-2")
    ]
    await submit(home, (hot, "7"))
    await submit(home, (other, "3"))
    events.clear()

    await submit(home, (other, "4"), (hot, "7"), (home.meter, "105"))

    [told] = events.of(ReadingsSubmitted)
    assert told == ReadingsSubmitted(
        submission_id=told.submission_id,
        organization_id=home.organization.id,
        building_id=home.building.id,
        premise_id=home.premise.id,
        reading_ids=(
            events.of(ReadingCorrected)[0].reading_id,
            events.of(ReadingAccepted)[0].reading_id,
        ),
        user_id=home.user.id,
    )


async def test_each_request_is_a_submission_of_its_own(home: Home, events: EmittedEvents) -> None:
    await submit(home, (home.meter, "105"))
    await submit(home, (home.meter, "106"))

    first, second = events.of(ReadingsSubmitted)
    assert first.submission_id != second.submission_id
    assert first.reading_ids == second.reading_ids


async def test_the_same_values_once_more_are_no_submission(
    home: Home, events: EmittedEvents
) -> None:
    await submit(home, (home.meter, "105"))
    events.clear()

    await submit(home, (home.meter, "105"))

    assert events == []


async def test_what_is_refused_is_no_submission(home: Home, events: EmittedEvents) -> None:
    with pytest.raises(Refused):
        await submit(home, (home.meter, "1"))

    assert events == []


async def test_an_employees_submission_is_not_told_so(home: Home, events: EmittedEvents) -> None:
    clerk = await clerk_of(home)
    cellar = await a_collective_meter(building=home.building)

    await submit(home, (home.meter, "105"), actor=clerk)
    with clock.frozen(NOON):
        await service.submit_collective(
            clerk,
            building_id=home.building.id,
            entries=[service.Entry(cellar.id, SubmittedValues(values=["9"]))],
        )

    assert len(events.of(ReadingAccepted)) == 2
    assert events.of(ReadingsSubmitted) == []


async def test_a_correction_by_the_pencil_is_not_told_so(home: Home, events: EmittedEvents) -> None:
    reading = await a_reading(home.meter, "2026-11", "105")

    with clock.frozen(NOON):
        await service.correct(
            home.resident, reading_id=reading.id, submitted=SubmittedValues(values=["106"])
        )

    assert len(events.of(ReadingCorrected)) == 1
    assert events.of(ReadingsSubmitted) == []


async def test_what_another_system_registers_is_not_told_so(
    home: Home, events: EmittedEvents
) -> None:
    token = await a_service_token(
        home.organization, permissions={METER_REGISTER.code, READING_REGISTER.code}
    )
    other = await a_premise(building=home.building, number="16")
    meter = await a_meter(premise=other)

    with clock.frozen(NOON):
        await register_readings(
            await actor_of(token),
            home.organization.id,
            [
                (MeterReference(id=each.id), SentReading(place=place, values=["105"]))
                for place, each in enumerate((home.meter, meter))
            ],
            ReadingsMode.APPEND,
        )

    assert [type(each).__name__ for each in events] == ["ReadingsRegistered"]
