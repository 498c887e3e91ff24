"""Scheduled actors: each occurrence fires once, whoever looks and however often."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.tasks import actor, cron, enqueue_once, schedule
from kvartal.tasks.actors import TaskError
from kvartal.tasks.schedule import GRACE, Scheduler, claim, latest_occurrence
from kvartal.testing.host import Committed
from kvartal.testing.watch import until

pytestmark = pytest.mark.committed

NIGHT = datetime(2026, 11, 24, 1, 20, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@cron("20 1 * * *")
@actor("tests.nightly")
async def nightly() -> None:
    """Do it by night."""


@actor("tests.unscheduled")
async def unscheduled() -> None:
    """Do it when asked."""


async def fired() -> int:
    rows = await fetch("SELECT 1 FROM kvartal_delivery WHERE target = 'tests.nightly'")
    return len(rows)


@pytest.mark.parametrize(
    ("case", "now", "latest"),
    [
        ("the instant itself", NIGHT, NIGHT),
        ("just after", NIGHT + timedelta(microseconds=1), NIGHT),
        ("just before", NIGHT - timedelta(microseconds=1), NIGHT - timedelta(days=1)),
        ("by day", NIGHT + timedelta(hours=12), NIGHT),
    ],
)
def test_the_latest_occurrence_is_that_of_the_past(
    case: str, now: datetime, latest: datetime
) -> None:
    assert latest_occurrence(nightly, now) == latest


async def test_an_occurrence_fires_once_however_often_one_looks(own: Committed) -> None:
    made = Scheduler([nightly, unscheduled])
    for seconds in (0, 5, 10):
        with clock.frozen(NIGHT + seconds * SECOND):
            await made.tick()

    assert await fired() == 1
    assert await fetch("SELECT 1 FROM kvartal_delivery WHERE target = 'tests.unscheduled'") == []


async def test_many_schedulers_fire_it_once(own: Committed) -> None:
    with clock.frozen(NIGHT):
        await asyncio.gather(*(Scheduler([nightly]).tick() for _ in range(8)))

    assert await fired() == 1


async def test_who_claims_it_says_so(own: Committed) -> None:
    assert [await claim(nightly, NIGHT), await claim(nightly, NIGHT)] == [True, False]
    assert await claim(nightly, NIGHT + timedelta(days=1)) is True


async def test_the_next_night_it_fires_again(own: Committed) -> None:
    made = Scheduler([nightly])
    for day in range(3):
        with clock.frozen(NIGHT + timedelta(days=day)):
            await made.tick()

    assert await fired() == 3


@pytest.mark.parametrize(
    ("case", "late", "times"), [("made up", GRACE, 1), ("missed", GRACE + SECOND, 0)]
)
async def test_after_a_short_absence_it_is_made_up_for(
    own: Committed, case: str, late: timedelta, times: int
) -> None:
    with clock.frozen(NIGHT + late):
        await Scheduler([nightly]).tick()

    assert await fired() == times


async def test_the_clockwork_outlives_a_failure(
    own: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 0.01)
    made = Scheduler([nightly])
    plain, failures = made.tick, [OSError("the database is away")]

    async def failing() -> None:
        if failures:
            raise failures.pop()
        await plain()

    monkeypatch.setattr(made, "tick", failing)

    async def once() -> bool:
        return await fired() == 1

    with capture_logs() as logs, clock.frozen(NIGHT):
        async with made.running():
            await until(once)

    assert [each["event"] for each in logs] == ["tasks.scheduler_failed"]


@actor("tests.by_zone")
async def by_zone(zone: str, count: int = 1) -> None:
    """Do it in each time zone."""


async def of_zones() -> list[str]:
    rows = await fetch("SELECT payload FROM kvartal_delivery WHERE target = 'tests.by_zone'")
    return sorted(orjson.loads(row["payload"])["zone"] for row in rows)


async def test_what_is_due_at_its_own_time_is_enqueued_once(own: Committed) -> None:
    async def look(zone: str, at: datetime, **more: int) -> bool:
        async with unit_of_work():
            return await enqueue_once(by_zone, at, zone, **more)

    assert await look("a", NIGHT)
    assert await look("b", NIGHT)
    assert await look("a", NIGHT - timedelta(days=1))
    assert await look("a", NIGHT, count=2)
    assert not await look("a", NIGHT)
    assert not await look("a", NIGHT, count=1)

    assert await of_zones() == ["a", "a", "a", "b"]


async def test_what_is_still_to_come_is_not_enqueued(own: Committed) -> None:
    with clock.frozen(NIGHT - SECOND), pytest.raises(TaskError, match=r"is still to come"):
        async with unit_of_work():
            await enqueue_once(by_zone, NIGHT, zone="a")

    assert await of_zones() == []


async def test_at_the_same_moment_it_is_enqueued_once(own: Committed) -> None:
    async def look() -> bool:
        async with unit_of_work():
            return await enqueue_once(by_zone, NIGHT, zone="a")

    assert sorted(await asyncio.gather(*(look() for _ in range(6)))) == [False] * 5 + [True]
    assert await of_zones() == ["a"]


async def test_a_claim_that_is_taken_back_may_be_made_again(own: Committed) -> None:
    with suppress(OSError):
        async with unit_of_work():
            await enqueue_once(by_zone, NIGHT, zone="a")
            raise OSError("the database is away")
    assert await of_zones() == []
    async with unit_of_work():
        assert await enqueue_once(by_zone, NIGHT, zone="a")

    assert await of_zones() == ["a"]
