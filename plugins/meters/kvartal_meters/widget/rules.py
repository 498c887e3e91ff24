"""The home widget «Счетчики»: how many of a premise's meters are read, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kvartal_meters.resource_settings.rules import WindowState

__all__ = ["WidgetAnswer", "WidgetMeter", "WidgetState", "widget_on"]


class WidgetState(StrEnum):
    """What the widget asks of the resident."""

    SUBMIT = "SUBMIT"
    SUBMITTED = "SUBMITTED"
    OPENS_LATER = "OPENS_LATER"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class WidgetMeter:
    """An individual meter of the premise.

    ``submitted``: it has a reading of the month that its own window says is today's.
    """

    accepting: bool
    submitted: bool
    window: WindowState


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetAnswer:
    """The widget's text as facts; ``changes_on`` is when it may change though nobody does anything.

    Only the dates of its state are filled.
    """

    state: WidgetState
    submitted: int = 0
    total: int = 0
    submit_by: date | None = None
    opens_on: date | None = None
    days_until_open: int | None = None
    changes_on: date | None = None


def widget_on(meters: Sequence[WidgetMeter], today: date) -> WidgetAnswer:
    """The widget of a premise on ``today``, which is the day of the windows' states too."""
    accepting = [each for each in meters if each.accepting]
    if not accepting:
        return WidgetAnswer(state=WidgetState.NONE)
    total = len(accepting)
    waiting = [each.window for each in accepting if not each.submitted]
    submitted = total - len(waiting)
    changes_on = min(each.window.changes_on for each in accepting)
    if not waiting:
        return WidgetAnswer(
            state=WidgetState.SUBMITTED, submitted=submitted, total=total, changes_on=changes_on
        )
    open_now = [window for window in waiting if window.is_open]
    if open_now:
        return WidgetAnswer(
            state=WidgetState.SUBMIT,
            submitted=submitted,
            total=total,
            submit_by=min(window.period.closes_on for window in open_now),
            changes_on=changes_on,
        )
    opens_on = min(window.next_opens_on for window in waiting)
    return WidgetAnswer(
        state=WidgetState.OPENS_LATER,
        submitted=submitted,
        total=total,
        opens_on=opens_on,
        days_until_open=(opens_on - today).days,
        changes_on=today + timedelta(days=1),  # its number of days does
    )
