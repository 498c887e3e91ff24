"""Deleting and replacing at the same time as others: who comes second meets what is left."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.permissions import PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.host import Committed
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import DELETE, SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_home, a_reading, submission, values_of

NOON = "2026-11-20T12:00+03:00"
DELETE_READING = """
mutation ($input: DeleteReadingInput!) { deleteReading(input: $input) { errors { code } } }
"""
DELETE_METER = """
mutation ($input: DeleteMeterInput!) { deleteMeter(input: $input) { errors { code count } } }
"""
REPLACE = """
mutation ($input: ReplaceMeterInput!) { replaceMeter(input: $input) { errors { code } } }
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) { submitReadings(input: $input) { errors { code } } }
"""
Variables = dict[str, Any]
Request = tuple[str, Variables]
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]

pytestmark = pytest.mark.committed


async def a_manager(home: Home) -> Actor:
    rights = [SUBMIT.code, DELETE.code, PREMISE_EDIT.code]
    return await actor_of(await an_employee(home.organization, permissions=rights))


def deletion(reading: Reading) -> Request:
    return DELETE_READING, {"input": {"readingId": encode_id("Reading", reading.id)}}


def meter_deletion(meter: Meter, readings: int) -> Request:
    given = {"meterId": encode_id("Meter", meter.id), "confirmReadings": readings}
    return DELETE_METER, {"input": given}


def replacement(meter: Meter, identifier: str) -> Request:
    given = {"meterId": encode_id("Meter", meter.id), "meter": {"identifier": identifier}}
    return REPLACE, {"input": given}


def submitted(home: Home, value: str) -> Request:
    return SUBMIT_READINGS, submission(home.premise, values_of(home.meter, value))


def outcome(answer: dict[str, Any]) -> list[str]:
    """The codes of an answer, wherever they stand; none if all went well."""
    if answer.get("errors"):
        return [each["extensions"]["code"] for each in answer["errors"]]
    [payload] = answer["data"].values()
    return [each["code"] for each in payload["errors"]]


async def one_after_the_other(
    own: Committed, home: Home, *requests: tuple[Request, Actor]
) -> list[list[str]]:
    """The requests, each known to wait for the meter before the next is sent."""
    outside = copy_context()
    waiting: list[asyncio.Task[dict[str, Any]]] = []
    async with asyncio.timeout(20):
        async with unit_of_work():
            await Meter.filter(id=home.meter.id).select_for_update().get()
            for (query, variables), actor in requests:
                task = asyncio.create_task(
                    own.client(query, variables, actor=actor), context=outside.copy()
                )
                waiting.append(task)
                while await _waiting() < len(waiting):  # noqa: ASYNC110 -- PostgreSQL sets no event
                    await asyncio.sleep(0.01)
        return [outcome(await each) for each in waiting]


async def _waiting() -> int:
    [row] = await fetch("SELECT count(DISTINCT pid) AS found FROM pg_locks WHERE NOT granted")
    found: int = row["found"]
    return found


async def test_of_two_deletions_of_a_reading_one_finds_it(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            october = await a_reading(home.meter, "2026-10", "100")
            november = await a_reading(home.meter, "2026-11", "105")
            manager = await a_manager(home)
            answers = await asyncio.gather(
                *(own.client(*deletion(november), actor=manager) for _ in range(4))
            )

        meter = await Meter.get(id=home.meter.id)
        sent = await fetch("SELECT name FROM kvartal_event")

    assert sorted(map(outcome, answers)) == [[], ["NOT_FOUND"], ["NOT_FOUND"], ["NOT_FOUND"]]
    assert meter.latest_reading_id == october.id
    assert [each["name"] for each in sent] == ["meters.reading_deleted"]


async def test_a_reading_that_a_later_one_has_followed_is_not_deleted(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            october = await a_reading(home.meter, "2026-10", "100")
            manager = await a_manager(home)
            found = await one_after_the_other(
                own,
                home,
                (submitted(home, "105"), home.resident),
                (deletion(october), manager),
            )

        assert found == [[], ["LATER_READING_EXISTS"]]
        assert await Reading.all().count() == 2


async def test_who_submits_after_a_deletion_submits_anew(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            await a_reading(home.meter, "2026-10", "100")
            november = await a_reading(home.meter, "2026-11", "105")
            manager = await a_manager(home)
            found = await one_after_the_other(
                own,
                home,
                (deletion(november), manager),
                (submitted(home, "105"), home.resident),
            )

        again = await Reading.get(billing_month="2026-11-01")
        meter = await Meter.get(id=home.meter.id)

    assert found == [[], []]
    assert (again.id != november.id, again.version, again.consumption) == (True, 1, 5)
    assert meter.latest_reading_id == again.id


async def test_a_reading_that_came_meanwhile_is_not_lost_with_its_meter(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            manager = await a_manager(home)
            found = await one_after_the_other(
                own,
                home,
                (submitted(home, "5"), home.resident),
                (meter_deletion(home.meter, 0), manager),
            )

        assert found == [[], ["READINGS_NOT_CONFIRMED"]]
        assert await Reading.all().count() == 1


async def test_a_deleted_meter_takes_no_reading(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            await a_reading(home.meter, "2026-10", "100")
            manager = await a_manager(home)
            found = await one_after_the_other(
                own,
                home,
                (meter_deletion(home.meter, 1), manager),
                (submitted(home, "105"), home.resident),
                (meter_deletion(home.meter, 1), manager),
            )

        assert found == [[], ["NOT_FOUND"], ["NOT_FOUND"]]
        assert (await Meter.all().count(), await Reading.all().count()) == (0, 0)


async def test_a_replaced_meter_takes_no_reading(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            manager = await a_manager(home)
            found = await one_after_the_other(
                own,
                home,
                (replacement(home.meter, "НОВЫЙ"), manager),
                (submitted(home, "105"), home.resident),
                (replacement(home.meter, "ТРЕТИЙ"), manager),
            )

        assert found == [[], ["METER_ARCHIVED"], ["METER_ARCHIVED"]]
        assert await Meter.filter(status=MeterStatus.ACTIVE).count() == 1
        assert await Reading.all().count() == 0


async def test_a_reading_that_came_before_the_replacement_stays_with_the_old_meter(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            manager = await a_manager(home)
            found = await one_after_the_other(
                own,
                home,
                (submitted(home, "5"), home.resident),
                (replacement(home.meter, "ХВС-15"), manager),
            )

        old = await Meter.get(id=home.meter.id)
        reading = await Reading.get(meter_id=old.id)

    assert found == [[], []]
    assert (old.status, old.latest_reading_id) == (MeterStatus.ARCHIVED, reading.id)


async def test_deleting_both_ends_of_a_replacement_leaves_nothing(committed: OwnDatabase) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(NOON)):
            home = await a_home()
            manager = await a_manager(home)
            await own.client(*replacement(home.meter, "НОВЫЙ"), actor=manager)
            new = await Meter.get(replaces_id=home.meter.id)
            answers = await asyncio.gather(
                *(own.client(*meter_deletion(each, 0), actor=manager) for each in (new, home.meter))
            )

        assert list(map(outcome, answers)) == [[], []]
        assert await Meter.all().count() == 0
