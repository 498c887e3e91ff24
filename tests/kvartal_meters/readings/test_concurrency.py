"""Many at once: one reading a month, and a history that explains every answer."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from kvartal import clock
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.testing.host import Committed
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_home, a_meter, a_reading, submission, values_of

NOON = "2026-11-20T12:00+03:00"
SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { version values { value } } errors { code } }
}
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { version values { value } } errors { code version } }
}
"""
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]

pytestmark = pytest.mark.committed


async def submitted(own: Committed, home: Home, *readings: dict[str, Any]) -> dict[str, Any]:
    answer = await own.client(SUBMIT, submission(home.premise, *readings), actor=home.resident)
    payload: dict[str, Any] = answer["data"]["submitReadings"]
    assert payload["errors"] == []
    return payload


async def history_of(meter: Meter) -> list[tuple[Decimal | None, Decimal]]:
    revisions = await ReadingRevision.filter(reading__meter_id=meter.id).order_by("id")
    return [(each.old_t1, each.new_t1) for each in revisions]


async def test_fifty_submissions_leave_one_reading(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            answers = await asyncio.gather(
                *(submitted(own, home, values_of(home.meter, str(n % 10))) for n in range(50))
            )

        [reading] = await Reading.filter(meter_id=home.meter.id)
        history = await history_of(home.meter)
        meter = await Meter.get(id=home.meter.id)

    explained = {(1 + n, new) for n, (_, new) in enumerate(history)}
    told = {
        (each["version"], Decimal(each["values"][0]["value"]))
        for answer in answers
        for each in answer["readings"]
    }
    # Whoever saved is told what they saved, or what somebody else has saved over it meanwhile.
    assert told <= explained
    assert [old for old, _ in history] == [None, *(new for _, new in history[:-1])]
    assert all(old != new for old, new in history)
    assert (reading.version, reading.t1) == (len(history), history[-1][1])
    assert meter.latest_reading_id == reading.id


async def test_equal_submissions_are_one(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            answers = await asyncio.gather(
                *(submitted(own, home, values_of(home.meter, "7")) for _ in range(20))
            )

        history = await history_of(home.meter)
        sent = await fetch("SELECT name FROM kvartal_event")

    assert {each["readings"][0]["version"] for each in answers} == {1}
    assert history == [(None, Decimal(7))]
    assert sorted(each["name"] for each in sent) == [
        "meters.reading_accepted",
        "meters.readings_submitted",
    ]


async def test_meters_in_another_order_do_not_wait_for_each_other_for_ever(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            second = await a_meter(premise=home.premise)
            forms = [
                [values_of(home.meter, str(n)), values_of(second, str(n))] for n in range(1, 11)
            ]
            async with asyncio.timeout(30):
                await asyncio.gather(
                    *(
                        submitted(own, home, *(form if place % 2 else form[::-1]))
                        for place, form in enumerate(forms)
                    )
                )

        assert await Reading.all().count() == 2


async def test_of_two_corrections_of_one_version_the_second_is_refused(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            reading = await a_reading(home.meter, "2026-11", "5")
            changes = [
                {
                    "readingId": encode_id("Reading", reading.id),
                    "values": [value],
                    "expectedVersion": 1,
                }
                for value in ("6", "7", "8", "9")
            ]
            answers = await asyncio.gather(
                *(own.client(CORRECT, {"input": each}, actor=home.resident) for each in changes)
            )

        history = await history_of(home.meter)

    payloads = [each["data"]["correctReading"] for each in answers]
    [winner] = [each["reading"] for each in payloads if not each["errors"]]
    refusals = [each["errors"] for each in payloads if each["errors"]]
    assert refusals == [[{"code": "VERSION_CONFLICT", "version": 2}]] * 3
    assert history == [(Decimal(5), Decimal(winner["values"][0]["value"]))]


async def test_a_correction_that_waited_for_a_deletion_finds_nothing(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            reading = await a_reading(home.meter, "2026-11", "5")
            change = {"readingId": encode_id("Reading", reading.id), "values": ["6"]}
            outside = copy_context()
            async with unit_of_work():
                await Meter.filter(id=home.meter.id).select_for_update().get()
                waiting = asyncio.create_task(
                    own.client(CORRECT, {"input": change}, actor=home.resident),
                    context=outside,
                )
                async with asyncio.timeout(10):
                    while not await fetch(  # noqa: ASYNC110 -- PostgreSQL sets no event
                        "SELECT 1 FROM pg_locks WHERE NOT granted"
                    ):
                        await asyncio.sleep(0.01)
                await Reading.filter(id=reading.id).delete()
            answer = await waiting

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]
