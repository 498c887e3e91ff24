"""When no push rings, and what is wrong with a form of choices."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal_notifications.preferences.rules import (
    NotificationKindRepeated,
    NotificationKindUnknown,
    QuietHoursInvalid,
    check_kinds,
    clock_time,
    quiet_until,
    read_hours,
)

MOSCOW = "Europe/Moscow"
NIGHT = (22 * 60, 8 * 60)
MINUTES = st.integers(0, 24 * 60 - 1)
INSTANTS = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ZONES = st.sampled_from(
    [MOSCOW, "Europe/Kaliningrad", "Asia/Vladivostok", "Europe/Berlin", "America/Havana"]
)


def local(text: str, zone: str = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-20 21:59", None),
        ("2026-11-20 22:00", "2026-11-21 08:00"),
        ("2026-11-20 23:30", "2026-11-21 08:00"),
        ("2026-11-21 00:00", "2026-11-21 08:00"),
        ("2026-11-21 07:59", "2026-11-21 08:00"),
        ("2026-11-21 08:00", None),
        ("2026-11-21 12:00", None),
    ],
)
def test_a_night_is_over_midnight(at: str, until: str | None) -> None:
    assert quiet_until(local(at), MOSCOW, *NIGHT) == (until and local(until))


@pytest.mark.parametrize(
    ("at", "until"),
    [("12:59", None), ("13:00", "14:30"), ("14:29", "14:30"), ("14:30", None)],
)
def test_quiet_hours_of_one_day(at: str, until: str | None) -> None:
    found = quiet_until(local(f"2026-11-20 {at}"), MOSCOW, 13 * 60, 14 * 60 + 30)

    assert found == (until and local(f"2026-11-20 {until}"))


@given(MINUTES, INSTANTS)
def test_equal_hours_are_none(minute: int, at: datetime) -> None:
    assert quiet_until(at, MOSCOW, minute, minute) is None


def test_hours_that_end_in_a_gap_end_with_its_beginning() -> None:
    """On that night 02:00 to 03:00 does not exist in Berlin."""
    found = quiet_until(local("2026-03-29 01:30", "Europe/Berlin"), "Europe/Berlin", 0, 150)

    assert found == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_hours_that_end_in_an_hour_that_comes_twice_last_through_the_second() -> None:
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Berlin for the second time

    found = quiet_until(second, "Europe/Berlin", 60, 150)

    assert found == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(ZONES, MINUTES, MINUTES, INSTANTS)
def test_it_ends_within_a_day_and_then_it_may_ring(
    zone: str, start: int, end: int, now: datetime
) -> None:
    until = quiet_until(now, zone, start, end)

    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_until(until, zone, start, end) is None
        # Whatever the clocks do meanwhile, it is quiet until then.
        assert quiet_until(until - timedelta(minutes=1), zone, start, end) == until


@given(MINUTES, MINUTES)
def test_hours_are_read_as_they_are_written(start: int, end: int) -> None:
    assert read_hours((clock_time(start), clock_time(end))) == ((start, end), [])


def test_no_hours_are_none() -> None:
    assert read_hours(None) == (None, [])


@pytest.mark.parametrize("text", ["", "24:00", "7:00", "12:60", "12.30", "12:30:00", "１２:30"])
def test_another_time_is_refused(text: str) -> None:
    found, faults = read_hours((text, text))

    assert found is None
    assert [(type(each), each.path) for each in faults] == [
        (QuietHoursInvalid, ("quiet_hours", "from")),
        (QuietHoursInvalid, ("quiet_hours", "until")),
    ]


def test_each_row_of_a_form_is_judged() -> None:
    faults = check_kinds([("a", 1), ("b", 1), ("a", 2), ("a", 1)], {"a"}, "rows")

    assert [(type(each), each.path) for each in faults] == [
        (NotificationKindUnknown, ("rows", 1, "kind")),
        (NotificationKindRepeated, ("rows", 3, "kind")),
    ]
