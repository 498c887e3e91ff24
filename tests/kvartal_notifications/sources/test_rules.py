"""When reminders are due, how they are spread, and for how long something is news."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kvartal_notifications.sources.rules import Stage, ends_at, is_news, later, stage_of

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("case", "clock", "stage"),
    [
        ("midnight", "00:00", Stage.EARLY),
        ("a moment before ten", "09:59:59", Stage.EARLY),
        ("ten", "10:00", Stage.DUE),
        ("a moment before eight", "19:59:59", Stage.DUE),
        ("eight in the evening", "20:00", Stage.LATE),
        ("the day's end", "23:59:59", Stage.LATE),
    ],
)
def test_reminders_are_due_from_ten_to_eight(case: str, clock: str, stage: Stage) -> None:
    assert stage_of(datetime.fromisoformat(f"2026-11-25T{clock}+03:00")) is stage


@pytest.mark.parametrize(
    ("case", "day", "zone", "end"),
    [
        ("Moscow", "2026-11-25", "Europe/Moscow", "2026-11-25T21:00"),
        ("Vladivostok", "2026-11-25", "Asia/Vladivostok", "2026-11-25T14:00"),
        ("the year's end", "2026-12-31", "Europe/Kaliningrad", "2026-12-31T22:00"),
        ("a day of 25 hours", "2026-10-25", "Europe/Berlin", "2026-10-25T23:00"),
    ],
)
def test_a_day_ends_at_its_own_midnight(case: str, day: str, zone: str, end: str) -> None:
    found = ends_at(date.fromisoformat(day), ZoneInfo(zone))

    assert found.astimezone(UTC) == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_deliveries_fall_due_one_after_another() -> None:
    now = datetime(2026, 11, 25, 10, tzinfo=MOSCOW)

    assert later(now, 0, per_second=140) == now
    assert later(now, 1_008_000, per_second=140) == now + timedelta(hours=2)


@pytest.mark.parametrize(("days", "expected"), [(0, True), (179, True), (180, False), (181, False)])
def test_something_is_news_for_as_long_as_it_is_remembered(days: int, expected: bool) -> None:
    begun = date(2026, 1, 1)

    assert is_news(begun, begun + timedelta(days=days), kept_days=180) is expected
