from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal.months import YearMonth
from kvartal_meters.resource_settings.rules import (
    CollectionPeriod,
    SettingsValues,
    WindowDays,
    owner_month,
    state_on,
    validate_days,
    window_of,
)

DAY = timedelta(days=1)
PAIRS = [(start, end) for start in range(1, 32) for end in range(1, 32)]
FIRST, MONTHS = YearMonth(2026, 1), 36
THREE_YEARS = [
    date(2026, 1, 1) + timedelta(n) for n in range((date(2029, 1, 1) - date(2026, 1, 1)).days)
]

days_of_windows = st.none() | st.builds(WindowDays, st.integers(1, 31), st.integers(1, 31))
dates = st.dates(date(2024, 1, 1), date(2034, 12, 31))


def _days(written: str) -> WindowDays:
    start, end = written.split("–")
    return WindowDays(int(start), int(end))


@pytest.mark.parametrize(
    ("days", "day", "state", "month", "opens_on", "closes_on", "count"),
    [
        ("15–25", "2026-11-14", "closed", "2026-11", "2026-11-15", "2026-11-25", 1),
        ("15–25", "2026-11-15", "open", "2026-11", "2026-11-15", "2026-11-25", 0),
        ("15–25", "2026-11-25", "open", "2026-11", "2026-11-15", "2026-11-25", 0),
        ("15–25", "2026-11-26", "closed", "2026-11", "2026-11-15", "2026-11-25", 19),
        ("25–5", "2026-11-24", "closed", "2026-11", "2026-11-25", "2026-12-05", 1),
        ("25–5", "2026-12-05", "open", "2026-11", "2026-11-25", "2026-12-05", 0),
        ("25–5", "2026-12-06", "closed", "2026-12", "2026-12-25", "2027-01-05", 19),
        ("25–5", "2027-01-01", "open", "2026-12", "2026-12-25", "2027-01-05", 0),
        ("31–5", "2027-02-28", "open", "2027-02", "2027-02-28", "2027-03-05", 0),
        ("30–31", "2027-02-27", "closed", "2027-02", "2027-02-28", "2027-02-28", 1),
        ("30–31", "2027-02-28", "open", "2027-02", "2027-02-28", "2027-02-28", 0),
        ("29–31", "2028-02-29", "open", "2028-02", "2028-02-29", "2028-02-29", 0),
        ("31–31", "2026-11-30", "open", "2026-11", "2026-11-30", "2026-11-30", 0),
        ("31–30", "2027-02-28", "open", "2027-01", "2027-01-31", "2027-02-28", 0),
        ("31–30", "2027-03-01", "open", "2027-02", "2027-03-01", "2027-03-30", 0),
        ("25–25", "2026-11-26", "closed", "2026-11", "2026-11-25", "2026-11-25", 29),
    ],
)
def test_a_day_means_to_the_window_what_the_table_says(
    days: str, day: str, state: str, month: str, opens_on: str, closes_on: str, count: int
) -> None:
    found = state_on(_days(days), date.fromisoformat(day))

    assert ("open" if found.is_open else "closed") == state
    assert found.period == CollectionPeriod(
        YearMonth.parse(month), date.fromisoformat(opens_on), date.fromisoformat(closes_on)
    )
    assert found.billing_month == YearMonth.parse(month)
    assert found.days_until_open == count


@pytest.mark.parametrize(
    ("case", "days", "day", "upcoming", "next_opens_on", "changes_on"),
    [
        ("before", "15–25", "2026-11-14", "2026-11", "2026-11-15", "2026-11-15"),
        ("open", "15–25", "2026-11-20", "2026-11", "2026-11-20", "2026-11-26"),
        ("after", "15–25", "2026-11-26", "2026-12", "2026-12-15", "2026-12-01"),
        ("after, in December", "15–25", "2026-12-26", "2027-01", "2027-01-15", "2027-01-01"),
        ("wrap, before", "25–5", "2026-12-06", "2026-12", "2026-12-25", "2026-12-25"),
        ("wrap, open", "25–5", "2026-12-05", "2026-11", "2026-12-05", "2026-12-06"),
        ("no gap", "26–25", "2026-12-25", "2026-11", "2026-12-25", "2026-12-26"),
        ("starts with the month", "1–5", "2026-11-06", "2026-12", "2026-12-01", "2026-12-01"),
    ],
)
def test_what_comes_next_is_known(
    case: str, days: str, day: str, upcoming: str, next_opens_on: str, changes_on: str
) -> None:
    found = state_on(_days(days), date.fromisoformat(day))

    assert found.upcoming.billing_month == YearMonth.parse(upcoming)
    assert found.next_opens_on == date.fromisoformat(next_opens_on)
    assert found.changes_on == date.fromisoformat(changes_on)


def test_without_days_the_window_is_the_calendar_month() -> None:
    found = state_on(None, date(2028, 2, 29))

    assert found.is_open
    assert found.period == CollectionPeriod(YearMonth(2028, 2), date(2028, 2, 1), date(2028, 2, 29))
    assert found.changes_on == date(2028, 3, 1)


@pytest.mark.parametrize(
    ("case", "days", "day", "month", "opens_on"),
    [
        ("1–5 counts for last month", WindowDays(1, 5), "2026-12-03", "2026-11", "2026-12-03"),
        ("over the year", WindowDays(1, 5), "2027-01-06", "2026-12", "2027-02-01"),
        ("wrap", WindowDays(25, 5), "2026-12-05", "2026-10", "2026-12-05"),
        ("always open", None, "2026-12-03", "2026-11", "2026-12-03"),
    ],
)
def test_an_organization_may_count_for_the_month_before(
    case: str, days: WindowDays | None, day: str, month: str, opens_on: str
) -> None:
    today = date.fromisoformat(day)

    found = state_on(days, today, shift=-1)

    assert found.billing_month == YearMonth.parse(month)
    assert found.period == window_of(days, YearMonth.parse(month), shift=-1)
    assert found.next_opens_on == date.fromisoformat(opens_on)
    assert found.changes_on == state_on(days, today).changes_on


def test_in_every_window_each_month_has_a_run_of_open_days_and_the_earlier_month_wins() -> None:
    for start, end in PAIRS:
        days = WindowDays(start, end)
        taken: dict[date, YearMonth] = {}

        for n in range(MONTHS):
            period = window_of(days, FIRST.shift(n))

            assert period.opens_on <= period.closes_on, (start, end, period)
            nominal = _nominal_days(start, end, FIRST.shift(n))
            free = [day for day in nominal if day not in taken]
            assert free == _between(period.opens_on, period.closes_on), (start, end, period)
            taken.update(dict.fromkeys(free, period.billing_month))


def test_in_every_window_days_fall_to_months_in_one_run_each() -> None:
    for start, end in PAIRS:
        days = WindowDays(start, end)
        owners = [owner_month(days, day) for day in THREE_YEARS]

        distinct = list(dict.fromkeys(owners))
        assert owners == sorted(owners), (start, end)
        assert all(one.shift(1) == two for one, two in pairwise(distinct))


def test_in_every_window_the_wait_and_the_next_change_are_those_found_by_walking() -> None:
    for year in (2027, 2028):
        february = _between(date(year, 1, 28), date(year, 3, 3))
        for start, end in PAIRS:
            # Windows that February does not cut short look the same on any of its days.
            step = 1 if max(start, end) > 27 else 9
            _assert_found_by_walking(WindowDays(start, end), february, step)


@given(days_of_windows, dates, st.sampled_from([0, -1]))
def test_on_any_day_the_state_agrees_with_the_windows(
    days: WindowDays | None, day: date, shift: int
) -> None:
    found = state_on(days, day, shift=shift)

    assert found.billing_month == owner_month(days, day).shift(shift)
    assert found.period == window_of(days, found.billing_month, shift=shift)
    assert found.is_open == (found.days_until_open == 0)
    assert found.upcoming.closes_on >= day
    _assert_found_by_walking(days, [day])


def _assert_found_by_walking(days: WindowDays | None, asked: Sequence[date], step: int = 1) -> None:
    walked = _between(asked[0], asked[-1] + 63 * DAY)
    meanings = {day: _meaning(days, day) for day in walked}
    for day in asked[::step]:
        found = state_on(days, day)
        wait = next(n for n in range(63) if meanings[day + n * DAY][0])
        change = next(n for n in range(63) if meanings[day + n * DAY] != meanings[day])
        assert (found.is_open, found.billing_month) == meanings[day]
        assert found.next_opens_on == day + wait * DAY, (days, day)
        assert found.days_until_open == wait
        assert found.changes_on == day + change * DAY, (days, day)


def _meaning(days: WindowDays | None, day: date) -> tuple[bool, YearMonth]:
    month = owner_month(days, day)
    return window_of(days, month).includes(day), month


def _nominal_days(start: int, end: int, month: YearMonth) -> list[date]:
    ends_in = month.shift(1) if start > end else month
    return _between(_clamped(month, start), _clamped(ends_in, end))


def _clamped(month: YearMonth, day: int) -> date:
    return date(month.year, month.month, min(day, monthrange(month.year, month.month)[1]))


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize(
    ("case", "start", "end", "errors"),
    [
        ("both", 15, 25, []),
        ("wrap", 25, 5, []),
        ("edges", 1, 31, []),
        ("always open", None, None, []),
        ("no end", 15, None, [("WINDOW_DAYS_INCOMPLETE", ("end_day",))]),
        ("no start", None, 25, [("WINDOW_DAYS_INCOMPLETE", ("start_day",))]),
        ("zero", 0, 25, [("WINDOW_DAY_INVALID", ("start_day",))]),
        ("32", 15, 32, [("WINDOW_DAY_INVALID", ("end_day",))]),
        (
            "both wrong",
            -1,
            99,
            [("WINDOW_DAY_INVALID", ("start_day",)), ("WINDOW_DAY_INVALID", ("end_day",))],
        ),
        (
            "wrong and alone",
            0,
            None,
            [("WINDOW_DAY_INVALID", ("start_day",)), ("WINDOW_DAYS_INCOMPLETE", ("end_day",))],
        ),
    ],
)
def test_a_window_needs_two_days_of_a_month(
    case: str, start: int | None, end: int | None, errors: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(error.code, error.path) for error in validate_days(start, end)] == errors


def test_a_new_building_takes_no_readings_until_switched_on() -> None:
    assert SettingsValues() == SettingsValues(
        active=False, window=WindowDays(15, 25), fraction=True, accept_expired=False
    )
