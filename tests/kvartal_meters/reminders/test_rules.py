"""Which windows open or close on a day, and which dates of verification are told of."""

from datetime import date, timedelta
from functools import cache
from itertools import chain, product
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.rules import MeterStatus, VerificationDates, verification_on
from kvartal_meters.meters.rules.kinds import VerificationSeverity
from kvartal_meters.reminders.rules import (
    ClosingResources,
    EdgeWindow,
    WindowEdge,
    WindowPremise,
    due_between,
    windows_at,
)
from kvartal_meters.resource_settings.rules import CollectionPeriod, WindowDays, window_of

FIRST, LAST = WindowEdge


@pytest.mark.parametrize(
    ("start", "end", "day", "edge", "closes_on", "owner"),
    [
        (15, 25, "2026-11-15", FIRST, "2026-11-25", "2026-11"),
        (15, 25, "2026-11-25", LAST, "2026-11-25", "2026-11"),
        (15, 25, "2026-11-16", None, None, None),
        (15, 25, "2026-11-26", None, None, None),
        (25, 5, "2026-11-25", FIRST, "2026-12-05", "2026-11"),
        (25, 5, "2026-12-05", LAST, "2026-12-05", "2026-11"),
        (25, 5, "2027-01-01", None, None, None),
        (25, 31, "2026-06-30", LAST, "2026-06-30", "2026-06"),
        (25, 31, "2026-07-30", None, None, None),
        (25, 31, "2026-07-31", LAST, "2026-07-31", "2026-07"),
        (31, 5, "2027-02-28", FIRST, "2027-03-05", "2027-02"),
        (20, 30, "2028-02-29", LAST, "2028-02-29", "2028-02"),
        (20, 30, "2028-02-28", None, None, None),
        (30, 31, "2027-02-28", FIRST, "2027-02-28", "2027-02"),
        (29, 31, "2028-02-29", FIRST, "2028-02-29", "2028-02"),
        (31, 31, "2026-11-30", FIRST, "2026-11-30", "2026-11"),
        (25, 25, "2026-11-25", FIRST, "2026-11-25", "2026-11"),
        (31, 30, "2027-02-28", LAST, "2027-02-28", "2027-01"),
        (31, 30, "2027-03-01", FIRST, "2027-03-30", "2027-02"),
        (1, 31, "2026-11-01", FIRST, "2026-11-30", "2026-11"),
        (1, 31, "2026-11-30", LAST, "2026-11-30", "2026-11"),
    ],
)
def test_a_window_is_told_of_on_its_first_and_on_its_last_day(
    start: int, end: int, day: str, edge: WindowEdge | None, closes_on: str, owner: str
) -> None:
    days, on = WindowDays(start, end), date.fromisoformat(day)

    found = {
        each: [window for window in windows_at(on, each) if window.days == days]
        for each in WindowEdge
    }

    assert found == {
        each: [EdgeWindow(days, date.fromisoformat(closes_on), YearMonth.parse(owner))]
        if each is edge
        else []
        for each in WindowEdge
    }


@settings(deadline=None, max_examples=50)
@given(st.dates(date(2027, 1, 1), date(2028, 12, 31)), st.sampled_from(WindowEdge))
@example(date(2027, 2, 28), FIRST)
@example(date(2027, 2, 28), LAST)
@example(date(2027, 3, 1), FIRST)
@example(date(2028, 2, 29), FIRST)
@example(date(2028, 2, 29), LAST)
def test_the_windows_of_a_day_are_those_of_the_months_around_it(
    day: date, edge: WindowEdge
) -> None:
    assert set(windows_at(day, edge)) == windows_of_months_around(day, edge)


def windows_of_months_around(day: date, edge: WindowEdge) -> set[EdgeWindow]:
    windows = chain.from_iterable(
        windows_for(YearMonth.of(day).shift(months)) for months in range(-2, 2)
    )
    found = set()
    for days, period in windows:
        is_of_one_day = period.opens_on == period.closes_on
        on = period.opens_on if edge is FIRST else period.closes_on
        if on == day and not (edge is LAST and is_of_one_day):
            found.add(EdgeWindow(days, period.closes_on, period.billing_month))
    return found


@cache
def windows_for(owner: YearMonth) -> list[tuple[WindowDays, CollectionPeriod]]:
    every = (WindowDays(*days) for days in product(range(1, 32), repeat=2))
    return [(days, window_of(days, owner)) for days in every]


@pytest.mark.parametrize(
    ("days_left", "is_told"),
    [(-366, False), (-365, True), (-1, True), (0, True), (29, True), (30, False)],
)
def test_verification_is_told_of_thirty_days_before_and_a_year_after(
    days_left: int, is_told: bool
) -> None:
    today = date(2026, 11, 24)
    due_on = today + timedelta(days=days_left)

    first, last = due_between(today)

    assert (first <= due_on <= last) is is_told


@given(st.integers(-365, 60))
def test_within_the_year_it_is_told_of_when_the_card_warns(days_left: int) -> None:
    today = date(2026, 11, 24)
    due_on = today + timedelta(days=days_left)
    first, last = due_between(today)

    card = verification_on(
        today, MeterStatus.ACTIVE, VerificationDates(next_verification_on=due_on)
    )

    assert (first <= due_on <= last) is (card.severity is not VerificationSeverity.NONE)


@pytest.mark.parametrize(
    ("unsent", "expected"), [((), False), ((ResourceKind.GAS,), True)], ids=["all sent", "one not"]
)
def test_a_premise_has_something_to_send_while_one_resource_has(
    unsent: tuple[ResourceKind, ...], expected: bool
) -> None:
    closes_on = date(2026, 11, 25)
    kinds = (ResourceKind.WATER, ResourceKind.GAS)

    premise = WindowPremise(
        uuid4(),
        uuid4(),
        uuid4(),
        (ClosingResources(closes_on, kinds[:1], ()), ClosingResources(closes_on, kinds, unsent)),
    )

    assert premise.has_unsent is expected
