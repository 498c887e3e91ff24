"""Each time zone's night is found once: whenever one looks, however many schedulers do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from kvartal import clock
from kvartal.db.connection import fetch
from kvartal.housing.models import Building
from kvartal.registry import current
from kvartal.tasks.schedule import Scheduler
from kvartal.testing.factories import a_building
from kvartal.testing.host import Committed
from kvartal_meters.verification.tasks import verification_check, verification_nights

MINUTES = [10, 25, 40, 55]


async def enqueued() -> list[tuple[str, str]]:
    """The zones and days that are to be checked."""
    rows = await fetch(
        "SELECT payload FROM kvartal_delivery WHERE target = 'meters.verification_check'"
    )
    payloads = [orjson.loads(row["payload"]) for row in rows]
    return [(each["timezone"], each["day"]) for each in payloads]


async def at(instant: datetime) -> list[tuple[str, str]]:
    """What looking at that instant adds."""
    before = await enqueued()
    with clock.frozen(instant):
        await verification_nights()
    return sorted(set(await enqueued()) - set(before))


async def buildings_in(*zones: str) -> None:
    for zone in zones:
        await a_building(timezone=zone)


async def a_day(start: datetime, days: int = 1) -> list[tuple[datetime, str, str]]:
    """What is found when one looks as the schedule says, and when."""
    found = []
    hours = [start + timedelta(hours=hour) for hour in range(24 * days)]
    for instant in (hour + timedelta(minutes=minute) for hour in hours for minute in MINUTES):
        found += [(instant, zone, day) for zone, day in await at(instant)]
    return found


async def test_every_zone_is_checked_at_ten_past_its_own_midnight(db: None) -> None:
    await buildings_in(
        "Europe/Kaliningrad",
        "Europe/Moscow",
        "Europe/Simferopol",
        "Asia/Yekaterinburg",
        "Asia/Kathmandu",
        "Australia/Adelaide",
    )
    await a_building(timezone="Europe/Moscow")
    await at(datetime(2026, 11, 22, 23, 55, tzinfo=UTC))  # what the day before has left

    found = await a_day(datetime(2026, 11, 23, tzinfo=UTC))

    assert [(instant.strftime("%H:%M"), zone, day) for instant, zone, day in found] == [
        ("13:40", "Australia/Adelaide", "2026-11-24"),
        ("18:25", "Asia/Kathmandu", "2026-11-24"),
        ("19:10", "Asia/Yekaterinburg", "2026-11-24"),
        ("21:10", "Europe/Moscow", "2026-11-24"),
        ("21:10", "Europe/Simferopol", "2026-11-24"),
        ("22:10", "Europe/Kaliningrad", "2026-11-24"),
    ]


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        # Clocks go forward and back at night, at midnight, and back to midnight.
        ("Europe/Berlin", "2026-03-27", ["27T23:10", "28T23:10", "29T22:10"]),
        ("Europe/Berlin", "2026-10-23", ["23T22:10", "24T22:10", "25T23:10"]),
        ("America/Santiago", "2026-09-04", ["04T04:10", "05T04:10", "06T04:10"]),
        ("America/Havana", "2026-10-30", ["30T04:10", "31T04:10", "01T04:10"]),
    ],
)
async def test_a_night_in_which_the_clocks_change_is_one_night(
    db: None, zone: str, start: str, expected: list[str]
) -> None:
    await buildings_in(zone)
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    await at(first - timedelta(minutes=5))

    found = await a_day(first, days=3)

    assert [instant.strftime("%dT%H:%M") for instant, _, _ in found] == expected
    assert len({day for _, _, day in found}) == 3


async def test_a_night_that_was_missed_is_made_up_for_on_its_day(db: None) -> None:
    await buildings_in("Europe/Moscow")
    midnight = datetime(2026, 11, 23, 21, tzinfo=UTC)

    assert await at(midnight + timedelta(hours=15)) == [("Europe/Moscow", "2026-11-24")]
    assert await at(midnight + timedelta(hours=16)) == []
    assert await at(midnight + timedelta(hours=24, minutes=9)) == []
    assert await at(midnight + timedelta(hours=24, minutes=10)) == [("Europe/Moscow", "2026-11-25")]


async def test_without_buildings_there_is_nothing_to_check(db: None) -> None:
    assert await at(datetime(2026, 11, 24, 12, tzinfo=UTC)) == []
    assert not await Building.exists()


@pytest.fixture
async def own(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> AsyncIterator[Committed]:
    async with committed() as host:
        yield host


@pytest.mark.committed
async def test_many_schedulers_and_workers_find_a_night_once(own: Committed) -> None:
    await buildings_in("Europe/Moscow", "Europe/Samara")
    night = datetime(2026, 11, 23, 21, 10, tzinfo=UTC)

    with clock.frozen(night):
        await asyncio.gather(*(Scheduler([verification_nights]).tick() for _ in range(4)))
        looked = await fetch(
            "SELECT 1 FROM kvartal_delivery WHERE target = 'meters.verification_nights'"
        )
        await asyncio.gather(*(verification_nights() for _ in range(4)))

    assert len(looked) == 1
    assert sorted(await enqueued()) == [
        ("Europe/Moscow", "2026-11-24"),
        ("Europe/Samara", "2026-11-24"),
    ]


def test_both_actors_are_known_and_the_first_has_a_schedule() -> None:
    tasks: Mapping[str, Any] = current().tasks

    assert tasks["meters.verification_nights"] is verification_nights
    assert tasks["meters.verification_check"] is verification_check
    assert verification_nights.schedule is not None
    assert verification_nights.schedule.expression == "10,25,40,55 * * * *"
