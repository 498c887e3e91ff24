"""The reminders of a day are written once, whoever is at them, and go on where they stopped."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any

import pytest
import structlog

from kvartal import clock
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Building, Premise
from kvartal.testing.auth_factories import a_resident_user
from kvartal.testing.factories import a_premise
from kvartal.testing.host import Committed
from kvartal.testing.watch import QueryCounter
from kvartal_meters.testing import Home, a_home, a_meter
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.sources import queries as statements
from kvartal_notifications.sources.models import ReminderRun
from kvartal_notifications.sources.rules import ReminderKind
from kvartal_notifications.sources.service import running, windows
from kvartal_notifications.sources.tasks import remind

TEN = "2026-11-15T10:00+03:00"


async def remind_at(moment: str = TEN) -> list[dict[str, Any]]:
    """What the log says of it."""
    with clock.frozen(datetime.fromisoformat(moment)), structlog.testing.capture_logs() as logs:
        await remind()
    return [dict(each) for each in logs if each["event"].startswith("notifications.remind")]


async def flats(home: Home, count: int, *, start: int = 100) -> None:
    """More flats of the same house, each with a resident and a meter."""
    for number in map(str, range(start, start + count)):
        premise = await a_premise(building=home.building, number=number)
        await a_resident_user(home.organization, premises=[premise])
        await a_meter(premise=premise, identifier=f"ХВС-{number}")


def by_twos(monkeypatch: pytest.MonkeyPatch, *, dies_after: int | None = None) -> list[int]:
    """Have windows gone through by two premises; the worker dies after so many chunks."""
    chunks: list[int] = []

    async def remind_of_windows(*given: Any, **options: Any) -> Any:
        if len(chunks) == dies_after:
            raise asyncio.CancelledError
        chunk = await windows.remind_of_windows(*given, **options, limit=2)
        chunks.append(chunk.notices)
        return chunk

    monkeypatch.setattr(running, "remind_of_windows", remind_of_windows)
    return chunks


async def run(kind: ReminderKind = ReminderKind.WINDOW_FIRST) -> ReminderRun:
    return await ReminderRun.get(kind=kind)


async def test_each_kind_has_its_run_and_the_log_tells_of_it(db: None) -> None:
    await a_home()

    logs = await remind_at()

    runs = await ReminderRun.all()
    assert {each.kind for each in runs} == set(ReminderKind)
    assert all(each.finished_at is not None for each in runs)
    assert {(each.timezone, each.day) for each in runs} == {("Europe/Moscow", date(2026, 11, 15))}
    [first] = [each for each in logs if each["kind"] == "WINDOW_FIRST"]
    assert first == {
        "event": "notifications.reminded",
        "log_level": "info",
        "kind": "WINDOW_FIRST",
        "timezone": "Europe/Moscow",
        "day": "2026-11-15",
        "notices": 1,
        "deliveries": 0,
    }


async def test_a_second_run_of_the_day_writes_nothing(db: None) -> None:
    home = await a_home()

    await remind_at()
    await flats(home, 1)
    logs = await remind_at("2026-11-15T10:15+03:00")

    assert logs == []
    assert await Notification.all().count() == 1
    assert await ReminderRun.all().count() == 3


async def test_archived_buildings_and_nights_have_no_runs(db: None) -> None:
    home = await a_home()

    assert await remind_at("2026-11-15T02:00+03:00") == []
    await Building.filter(id=home.building.id).update(archived_at=clock.now())
    assert await remind_at() == []

    assert await ReminderRun.all().count() == 0


async def test_a_day_that_has_passed_is_let_go_and_logged_once(db: None) -> None:
    await a_home()

    logs = await remind_at("2026-11-15T20:00+03:00")
    again = await remind_at("2026-11-15T21:00+03:00")

    assert {(each["event"], each["kind"], each["log_level"]) for each in logs} == {
        ("notifications.reminders_let_go", kind.value, "warning") for kind in ReminderKind
    }
    assert again == []
    assert await Notification.all().count() == 0
    assert (await run()).finished_at is not None


async def test_all_premises_are_told_chunk_by_chunk(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await a_home()
    await flats(home, 4)
    chunks = by_twos(monkeypatch)

    await remind_at()

    assert chunks[:3] == [2, 2, 1]
    assert await Notification.all().count() == 5


async def test_premises_that_are_not_told_do_not_hold_the_others_up(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await a_home()
    await flats(home, 4)
    monkeypatch.setattr(
        windows, "_concerned_on_the_last_day", lambda found: _only(found, home.premise)
    )
    chunks = by_twos(monkeypatch)

    await remind_at("2026-11-25T10:00+03:00")

    assert sum(chunks) == 1
    assert await Notification.all().count() == 1


async def _only(found: list[Any], premise: Premise) -> list[Any]:
    return [each for each in found if each.premise_id == premise.id]


async def test_a_killed_worker_is_made_up_for_from_where_it_stopped(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await a_home()
    await flats(home, 4)
    with monkeypatch.context() as dying:
        by_twos(dying, dies_after=1)
        with pytest.raises(asyncio.CancelledError):
            await remind_at()

    stopped = await run()
    assert (stopped.finished_at, await Notification.all().count()) == (None, 2)
    assert stopped.after_id is not None

    chunks = by_twos(monkeypatch)
    await remind_at("2026-11-15T10:15+03:00")

    assert chunks[:2] == [2, 1]
    assert await Notification.all().count() == 5
    assert (await run()).finished_at is not None


async def test_what_is_left_of_a_day_begun_is_let_go_in_the_evening(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await a_home()
    await flats(home, 2)
    with monkeypatch.context() as dying:
        by_twos(dying, dies_after=1)
        with pytest.raises(asyncio.CancelledError):
            await remind_at()

    logs = await remind_at("2026-11-15T20:00+03:00")

    assert ("notifications.reminders_let_go", "WINDOW_FIRST", 0) in [
        (each["event"], each["kind"], each["told"]) for each in logs
    ]
    assert await Notification.all().count() == 2


async def test_deliveries_of_a_later_chunk_fall_due_after_those_before(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_home()
    seen: list[datetime] = []

    async def remind_of_windows(*given: Any, due_at: datetime, **options: Any) -> Any:
        seen.append(due_at)
        return await windows.remind_of_windows(*given, due_at=due_at, **options)

    monkeypatch.setattr(running, "remind_of_windows", remind_of_windows)
    await ReminderRun.create(
        kind=ReminderKind.WINDOW_FIRST, timezone="Europe/Moscow", day="2026-11-15", told=1400
    )

    await remind_at()

    assert [each.isoformat() for each in seen][:1] == ["2026-11-15T07:00:10+00:00"]


async def test_a_chunk_costs_the_same_for_two_premises_and_for_ten(
    db: None, queries: QueryCounter
) -> None:
    home = await a_home()
    counts = []
    for moment, more in (("2026-11-15T10:00+03:00", 1), ("2026-12-15T10:00+03:00", 8)):
        await flats(home, more, start=100 * more)
        with queries.counted() as sent:
            await remind_at(moment)
        counts.append(len(sent))

    assert counts[0] == counts[1]
    assert await Notification.filter(kind="meters.window_opened").count() == 2 + 10


@pytest.mark.committed
async def test_workers_at_once_tell_everybody_once(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with committed():
        home = await a_home()
        await flats(home, 9)
        by_twos(monkeypatch)

        async def worker() -> None:
            with clock.frozen(datetime.fromisoformat(TEN)):
                await remind()

        await asyncio.gather(*(worker() for _ in range(3)))
        # Who found the row held has left it to the others.
        await worker()

        assert await Notification.all().count() == 10
        assert all(each.finished_at is not None for each in await ReminderRun.all())


@pytest.mark.committed
async def test_a_run_that_another_worker_holds_is_left_to_it(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed():
        await a_home()
        await remind_at()
        held = await run()
        await ReminderRun.filter(id=held.id).update(finished_at=None)

        is_held, is_seen = asyncio.Event(), asyncio.Event()

        async def holder() -> None:
            async with unit_of_work():
                assert await statements.held_run(held.id) is not None
                is_held.set()
                await is_seen.wait()

        holding = asyncio.create_task(holder())
        await is_held.wait()
        async with unit_of_work():
            assert await statements.held_run(held.id) is None
            assert await statements.finish_run(held.id, now=clock.now()) is None
        is_seen.set()
        await holding


async def test_one_that_fails_holds_up_no_other(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_home()

    async def fails(*_: Any, **__: Any) -> Any:
        raise LookupError("no such window")

    monkeypatch.setattr(running, "remind_of_windows", fails)

    with pytest.raises(ExceptionGroup) as failed:
        await remind_at()

    assert [type(each) for each in failed.value.exceptions] == [LookupError] * 2
    assert (await run(ReminderKind.VERIFICATION)).finished_at is not None
    assert (await run(ReminderKind.WINDOW_FIRST)).finished_at is None
