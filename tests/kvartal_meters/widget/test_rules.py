from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal_meters.resource_settings.rules import WindowDays, state_on
from kvartal_meters.widget.rules import WidgetAnswer, WidgetMeter, WidgetState, widget_on

WATER, ELECTRICITY = WindowDays(15, 25), WindowDays(20, 28)


def _meter(
    days: WindowDays | None, day: date, *, submitted: bool = False, accepting: bool = True
) -> WidgetMeter:
    return WidgetMeter(accepting, submitted, state_on(days, day))


def _premise(day: date, water: list[bool], electricity: list[bool]) -> WidgetAnswer:
    meters = [_meter(WATER, day, submitted=each) for each in water]
    meters += [_meter(ELECTRICITY, day, submitted=each) for each in electricity]
    return widget_on(meters, day)


@pytest.mark.parametrize(
    ("case", "day", "water", "electricity", "expected"),
    [
        (
            "water is open, nothing sent",
            date(2026, 11, 16),
            [False] * 3,
            [False] * 2,
            WidgetAnswer(
                state=WidgetState.SUBMIT,
                submitted=0,
                total=5,
                submit_by=date(2026, 11, 25),
                changes_on=date(2026, 11, 20),
            ),
        ),
        (
            "water is sent, electricity opens in four days",
            date(2026, 11, 16),
            [True] * 3,
            [False] * 2,
            WidgetAnswer(
                state=WidgetState.OPENS_LATER,
                submitted=3,
                total=5,
                opens_on=date(2026, 11, 20),
                days_until_open=4,
                changes_on=date(2026, 11, 17),
            ),
        ),
        (
            "both are open: the nearest end",
            date(2026, 11, 21),
            [True, True, False],
            [False] * 2,
            WidgetAnswer(
                state=WidgetState.SUBMIT,
                submitted=2,
                total=5,
                submit_by=date(2026, 11, 25),
                changes_on=date(2026, 11, 26),
            ),
        ),
        (
            "water is sent: electricity's end",
            date(2026, 11, 21),
            [True] * 3,
            [True, False],
            WidgetAnswer(
                state=WidgetState.SUBMIT,
                submitted=4,
                total=5,
                submit_by=date(2026, 11, 28),
                changes_on=date(2026, 11, 26),
            ),
        ),
        (
            "all sent, windows still open",
            date(2026, 11, 21),
            [True] * 3,
            [True] * 2,
            WidgetAnswer(
                state=WidgetState.SUBMITTED,
                submitted=5,
                total=5,
                changes_on=date(2026, 11, 26),
            ),
        ),
        (
            "all sent, windows closed: until the month ends",
            date(2026, 11, 29),
            [True] * 3,
            [True] * 2,
            WidgetAnswer(
                state=WidgetState.SUBMITTED, submitted=5, total=5, changes_on=date(2026, 12, 1)
            ),
        ),
        (
            "closed with some missing: the next month's first open day",
            date(2026, 11, 29),
            [True, True, False],
            [True] * 2,
            WidgetAnswer(
                state=WidgetState.OPENS_LATER,
                submitted=4,
                total=5,
                opens_on=date(2026, 12, 15),
                days_until_open=16,
                changes_on=date(2026, 11, 30),
            ),
        ),
        (
            "a new month",
            date(2026, 12, 1),
            [False] * 3,
            [False] * 2,
            WidgetAnswer(
                state=WidgetState.OPENS_LATER,
                submitted=0,
                total=5,
                opens_on=date(2026, 12, 15),
                days_until_open=14,
                changes_on=date(2026, 12, 2),
            ),
        ),
        ("no meters", date(2026, 11, 16), [], [], WidgetAnswer(state=WidgetState.NONE)),
    ],
)
def test_the_widget_says_what_comes_next(
    case: str,
    day: date,
    water: list[bool],
    electricity: list[bool],
    expected: WidgetAnswer,
) -> None:
    assert _premise(day, water, electricity) == expected


def test_meters_that_take_no_readings_do_not_count() -> None:
    day = date(2026, 11, 16)

    answer = widget_on(
        [_meter(WATER, day, submitted=True), _meter(WATER, day, accepting=False)], day
    )

    assert (answer.state, answer.submitted, answer.total) == (WidgetState.SUBMITTED, 1, 1)
    assert widget_on([_meter(WATER, day, accepting=False)], day) == WidgetAnswer(
        state=WidgetState.NONE
    )


def test_always_open_meters_are_due_by_the_end_of_the_month() -> None:
    day = date(2026, 11, 16)

    answer = widget_on([_meter(None, day)], day)

    assert answer.submit_by == date(2026, 11, 30)
    assert answer.changes_on == date(2026, 12, 1)


windows = st.none() | st.builds(WindowDays, st.integers(1, 31), st.integers(1, 31))


@given(
    st.lists(st.tuples(windows, st.booleans(), st.booleans()), max_size=5),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_until_it_changes_the_widget_says_the_same(
    premise: list[tuple[WindowDays | None, bool, bool]], day: date
) -> None:
    def on(that: date) -> WidgetAnswer:
        meters = [
            _meter(
                days,
                that,
                accepting=accepting,
                # A sent reading counts while its month is today's.
                submitted=sent
                and state_on(days, that).billing_month == state_on(days, day).billing_month,
            )
            for days, accepting, sent in premise
        ]
        return widget_on(meters, that)

    answer = on(day)

    assert answer.submitted <= answer.total
    assert answer.days_until_open != 0
    assert (answer.changes_on is None) == (answer.state is WidgetState.NONE)
    if answer.changes_on is not None:
        assert answer.changes_on > day
        assert on(answer.changes_on - timedelta(days=1)) == answer
