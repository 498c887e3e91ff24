"""Who may submit and correct a reading, and for which day and month."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.errors import (
    BillingMonthInvalid,
    EditedByStaff,
    LaterReadingExists,
    MeterArchived,
    PeriodClosed,
    ReadingPlaceArchived,
    ResourceDisabled,
    StaffOnly,
    TakenOnInvalid,
    VerificationExpired,
)
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.resource_settings.rules import SettingsValues, WindowState

__all__ = [
    "NO_RIGHTS",
    "MeterStanding",
    "Rights",
    "SubmissionChannel",
    "accepts",
    "check_billing_month",
    "check_taken_on",
    "collective_billing_month",
    "refusals_to_correct",
    "refusals_to_submit",
]


# No meter's history goes back further; what does is a slip of the pen.
EARLIEST_DAY = date(1990, 1, 1)


class SubmissionChannel(StrEnum):
    """Which way a reading came (канал приема)."""

    RESIDENT_APP = "RESIDENT_APP"
    EMPLOYEE_APP = "EMPLOYEE_APP"
    CRM = "CRM"
    EXCEL = "EXCEL"
    XML = "XML"
    API = "API"
    BILLING = "BILLING"
    AUTO = "AUTO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The privileges that lift limits for an employee."""

    outside_period: bool = False
    correct_past: bool = False


NO_RIGHTS = Rights()


class MeterStanding(NamedTuple):
    """What decides today whether a meter takes readings; a collective one looks at no settings.

    ``place_archived``: its premise or building is in the archive.
    """

    scope: MeterScope
    status: MeterStatus
    settings: SettingsValues
    window: WindowState
    place_archived: bool = False

    @property
    def is_collective(self) -> bool:
        """A house's meter: neither the settings of residents' meters nor a window apply to it."""
        return self.scope is MeterScope.COLLECTIVE


def accepts(standing: MeterStanding) -> bool:
    """Whether the meter takes readings at all, be its window open or not."""
    return not _meter_refusals(AuthorKind.SERVICE, standing)


def refusals_to_submit(
    by: AuthorKind,
    standing: MeterStanding,
    *,
    billing_month: YearMonth | None = None,
    has_later: bool = False,
    rights: Rights = NO_RIGHTS,
) -> tuple[DomainError, ...]:
    """Why that author may not submit a new reading; the month is today's unless another is chosen.

    ``has_later``: the meter has a reading of a later month. Existing readings are corrected.
    """
    window = standing.window
    month = billing_month or window.billing_month
    refusals = _meter_refusals(by, standing)
    if not _may_touch(month, by, standing, rights):
        refusals.append(PeriodClosed(opens_on=_next_submission(window, month)))
    if has_later and by is AuthorKind.EMPLOYEE:
        refusals.append(LaterReadingExists())
    return tuple(refusals)


def refusals_to_correct(
    by: AuthorKind,
    standing: MeterStanding,
    *,
    billing_month: YearMonth,
    last_saved_by: AuthorKind,
    has_later: bool = False,
    rights: Rights = NO_RIGHTS,
    submitting: bool = False,
) -> tuple[DomainError, ...]:
    """Why that author may not change the reading of ``billing_month``.

    ``submitting``: by a submission, which is told of the next window and not of the reading's own.
    """
    upcoming = standing.window.upcoming
    opens_on = upcoming.opens_on if upcoming.billing_month == billing_month else None
    if submitting:
        opens_on = _next_submission(standing.window, billing_month)
    refusals = _meter_refusals(by, standing)
    if not _may_touch(billing_month, by, standing, rights):
        refusals.append(PeriodClosed(opens_on=opens_on))
    is_staffs = last_saved_by is not AuthorKind.RESIDENT and not standing.is_collective
    if by is AuthorKind.RESIDENT and is_staffs:
        refusals.append(EditedByStaff())
    if by is AuthorKind.EMPLOYEE and has_later and not rights.correct_past:
        refusals.append(LaterReadingExists())
    return tuple(refusals)


def _next_submission(window: WindowState, billing_month: YearMonth) -> date | None:
    """When readings are taken again, for who submits for the present month."""
    return window.next_opens_on if billing_month == window.billing_month else None


def check_taken_on(
    taken_on: date, *, today: date, commissioned_on: date | None
) -> TakenOnInvalid | None:
    """A reading was taken between the meter's commissioning and today."""
    if not (commissioned_on or EARLIEST_DAY) <= taken_on <= today:
        return TakenOnInvalid(path=("taken_on",), taken_on=taken_on)
    return None


def check_billing_month(
    by: AuthorKind,
    billing_month: YearMonth,
    *,
    of_taken_on: YearMonth,
    current: YearMonth,
    today: date,
) -> BillingMonthInvalid | None:
    """The month a reading is put into: that of its day, the current one, or the one before it.

    Other systems may send the past, and the calendar's month even if ours has not begun.
    """
    if by is AuthorKind.SERVICE:
        latest = max(current, of_taken_on, YearMonth.of(today))
        allowed = YearMonth.of(EARLIEST_DAY) <= billing_month <= latest
    elif by is AuthorKind.EMPLOYEE:
        allowed = billing_month in (of_taken_on, current, current.shift(-1))
    else:
        allowed = billing_month == current
    if allowed:
        return None
    return BillingMonthInvalid(path=("billing_month",), billing_month=billing_month)


def collective_billing_month(taken_on: date, *, shift: int = 0) -> YearMonth:
    """The billing month of a collective meter's reading: the calendar month, with the shift."""
    return YearMonth.of(taken_on).shift(shift)


def _meter_refusals(by: AuthorKind, standing: MeterStanding) -> list[DomainError]:
    refusals: list[DomainError] = []
    if standing.is_collective:
        if by is AuthorKind.RESIDENT:
            refusals.append(StaffOnly())
    else:
        settings = standing.settings
        if not settings.active:
            refusals.append(ResourceDisabled())
        if standing.status is MeterStatus.VERIFICATION and not settings.accept_expired:
            refusals.append(VerificationExpired())
    if standing.status is MeterStatus.ARCHIVED:
        refusals.append(MeterArchived())
    if standing.place_archived:
        refusals.append(ReadingPlaceArchived())
    return refusals


def _may_touch(
    billing_month: YearMonth, by: AuthorKind, standing: MeterStanding, rights: Rights
) -> bool:
    """Whether the window, or its absence, or a privilege lets the author into that month now."""
    if by is AuthorKind.SERVICE or standing.is_collective:
        return True
    if by is AuthorKind.EMPLOYEE and rights.outside_period:
        return True
    return standing.window.is_open and standing.window.billing_month == billing_month
