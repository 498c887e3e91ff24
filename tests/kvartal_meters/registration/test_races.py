"""Bulk calls that meet others: they wait in one order, and nothing is saved twice."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from datetime import datetime
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.bulk import RowOutcome
from kvartal.db.transaction import unit_of_work
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.readings.rules.judgement import SubmittedValues
from kvartal_meters.readings.service import Entry, submit
from kvartal_meters.registration.rules.matching import MeterReference
from kvartal_meters.registration.rules.places import PlaceReference
from kvartal_meters.registration.rules.readings import JudgedReading
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading
from kvartal_meters.registration.service import register_meters, register_readings
from kvartal_meters.registration.service.meters import MeterRowInput
from kvartal_meters.testing import Home, a_home, a_meter

OwnDatabase = Callable[[], AbstractAsyncContextManager[Any]]

pytestmark = pytest.mark.committed


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(datetime.fromisoformat("2026-11-20T12:00+03:00")):
        yield


async def integrator_of(home: Home) -> Actor:
    permissions = {METER_REGISTER.code, READING_REGISTER.code}
    return await actor_of(await a_service_token(home.organization, permissions=permissions))


def outcomes(verdicts: Any) -> list[RowOutcome]:
    return [each.outcome for each in verdicts]


async def test_two_equal_calls_at_once_leave_one_reading_each(committed: OwnDatabase) -> None:
    async with committed():
        home = await a_home()
        meters = [await a_meter(premise=home.premise) for _ in range(30)]
        actor = await integrator_of(home)
        rows = [
            (MeterReference(id=meter.id), SentReading(place=n, values=["5"]))
            for n, meter in enumerate(meters)
        ]
        backwards = [
            (MeterReference(id=meter.id), SentReading(place=n, values=["5"]))
            for n, meter in enumerate(reversed(meters))
        ]

        async with asyncio.timeout(30):
            answers = await asyncio.gather(
                *(
                    register_readings(actor, home.organization.id, each, ReadingsMode.APPEND)
                    for each in (rows, backwards, rows, backwards)
                )
            )

        assert sorted(outcomes(answer).count(RowOutcome.CREATED) for answer in answers) == [
            0,
            0,
            0,
            30,
        ]
        assert all(
            isinstance(each, JudgedReading) and not each.errors
            for answer in answers
            for each in answer
        )
        assert await Reading.all().count() == 30
        assert await ReadingRevision.all().count() == 30


async def test_a_bulk_call_and_people_do_not_wait_for_each_other_for_ever(
    committed: OwnDatabase,
) -> None:
    async with committed():
        home = await a_home()
        meters = [home.meter, *[await a_meter(premise=home.premise) for _ in range(5)]]
        actor = await integrator_of(home)

        async def people(n: int) -> None:
            entries = [
                Entry(meter.id, SubmittedValues(values=[str(n)], confirmed=True))
                for meter in (meters if n % 2 else reversed(meters))
            ]
            await submit(home.resident, premise_id=home.premise.id, entries=entries)

        async def machine(n: int) -> None:
            rows = [
                (MeterReference(identifier=meter.identifier), SentReading(place=p, values=[str(n)]))
                for p, meter in enumerate(meters if n % 2 else meters[::-1])
            ]
            await register_readings(actor, home.organization.id, rows, ReadingsMode.OVERWRITE)

        async with asyncio.timeout(30):
            done = await asyncio.gather(
                *(people(n) for n in range(1, 6)),
                *(machine(n) for n in range(1, 6)),
                return_exceptions=True,
            )

        # A resident may not change what another system has saved; nobody deadlocks.
        assert {type(each).__name__ for each in done if each is not None} <= {"Refused"}
        assert await Reading.all().count() == len(meters)


async def test_two_equal_calls_at_once_make_each_meter_once(committed: OwnDatabase) -> None:
    async with committed():
        home = await a_home()
        actor = await integrator_of(home)
        place = PlaceReference(premise_id=home.premise.id)
        rows = [
            MeterRowInput(
                place=place,
                fields={"identifier": f"М{n}", "type": MeterType.COLD_WATER},
            )
            for n in range(30)
        ]

        answers = await asyncio.gather(
            *(register_meters(actor, home.organization.id, rows) for _ in range(3))
        )

        created = [outcomes(each).count(RowOutcome.CREATED) for each in answers]
        assert sorted(created) == [0, 0, 30]
        assert await Meter.filter(identifier__startswith="М").count() == 30


async def test_an_identifier_taken_by_hand_meanwhile_is_judged_anew(
    committed: OwnDatabase,
) -> None:
    async with committed():
        home = await a_home()
        actor = await integrator_of(home)
        rows = [
            MeterRowInput(
                place=PlaceReference(premise_id=home.premise.id),
                fields={"identifier": name, "type": MeterType.COLD_WATER},
            )
            for name in ("А", "Б")
        ]
        outside = copy_context()

        async with unit_of_work():
            taken = await a_meter(premise=home.premise, identifier="А")
            call = asyncio.get_running_loop().create_task(
                register_meters(actor, home.organization.id, rows), context=outside
            )
            await asyncio.sleep(0.5)
            assert not call.done()
        verdicts = await call

        assert outcomes(verdicts) == [RowOutcome.UNCHANGED, RowOutcome.CREATED]
        assert verdicts[0].id == taken.id
