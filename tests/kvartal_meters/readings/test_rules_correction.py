from datetime import date

import pytest

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.errors import PeriodClosed
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.rules import (
    NO_RIGHTS,
    MeterStanding,
    Rights,
    refusals_to_correct,
)
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays, state_on

RESIDENT, EMPLOYEE, SERVICE = AuthorKind.RESIDENT, AuthorKind.EMPLOYEE, AuthorKind.SERVICE
OUTSIDE = Rights(outside_period=True)
PAST = Rights(correct_past=True)
OPEN_DAY, BEFORE, AFTER = date(2026, 11, 20), date(2026, 11, 10), date(2026, 11, 26)
OCTOBER, NOVEMBER, DECEMBER = YearMonth(2026, 10), YearMonth(2026, 11), YearMonth(2026, 12)


def _standing(
    *, scope: MeterScope = MeterScope.INDIVIDUAL, today: date = OPEN_DAY
) -> MeterStanding:
    window = WindowDays(15, 25)
    return MeterStanding(
        scope=scope,
        status=MeterStatus.ACTIVE,
        settings=SettingsValues(active=True, window=window),
        window=state_on(window, today),
    )


def _codes(refusals: tuple[DomainError, ...]) -> list[str]:
    return [refusal.code for refusal in refusals]


@pytest.mark.parametrize(
    ("case", "today", "month", "last_saved_by", "codes"),
    [
        ("own, open", OPEN_DAY, NOVEMBER, RESIDENT, []),
        ("staff's", OPEN_DAY, NOVEMBER, EMPLOYEE, ["EDITED_BY_STAFF"]),
        ("imported", OPEN_DAY, NOVEMBER, SERVICE, ["EDITED_BY_STAFF"]),
        ("own, closed", AFTER, NOVEMBER, RESIDENT, ["PERIOD_CLOSED"]),
        ("own, of last month", OPEN_DAY, OCTOBER, RESIDENT, ["PERIOD_CLOSED"]),
        ("both", AFTER, NOVEMBER, EMPLOYEE, ["PERIOD_CLOSED", "EDITED_BY_STAFF"]),
    ],
)
def test_a_resident_corrects_the_own_reading_while_the_window_is_open(
    case: str, today: date, month: YearMonth, last_saved_by: AuthorKind, codes: list[str]
) -> None:
    found = refusals_to_correct(
        RESIDENT, _standing(today=today), billing_month=month, last_saved_by=last_saved_by
    )

    assert _codes(found) == codes


@pytest.mark.parametrize(
    ("case", "today", "month", "has_later", "rights", "codes"),
    [
        ("current", OPEN_DAY, NOVEMBER, False, NO_RIGHTS, []),
        ("its window is over", AFTER, NOVEMBER, False, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("over, with the privilege", AFTER, NOVEMBER, False, OUTSIDE, []),
        ("last month", OPEN_DAY, OCTOBER, False, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("last month, with the privilege", OPEN_DAY, OCTOBER, False, OUTSIDE, []),
        ("not the latest", OPEN_DAY, OCTOBER, True, OUTSIDE, ["LATER_READING_EXISTS"]),
        (
            "not the latest, no privilege",
            OPEN_DAY,
            OCTOBER,
            True,
            PAST,
            ["PERIOD_CLOSED"],
        ),
        (
            "not the latest, both rights",
            OPEN_DAY,
            OCTOBER,
            True,
            Rights(outside_period=True, correct_past=True),
            [],
        ),
    ],
)
def test_an_employee_corrects_the_latest_reading_in_its_own_window(
    case: str, today: date, month: YearMonth, has_later: bool, rights: Rights, codes: list[str]
) -> None:
    found = refusals_to_correct(
        EMPLOYEE,
        _standing(today=today),
        billing_month=month,
        last_saved_by=RESIDENT,
        has_later=has_later,
        rights=rights,
    )

    assert _codes(found) == codes


@pytest.mark.parametrize(
    ("case", "month", "today", "opens_on"),
    [
        ("it is still to open", NOVEMBER, BEFORE, date(2026, 11, 15)),
        ("it is over", NOVEMBER, AFTER, None),
        ("the next one", DECEMBER, AFTER, date(2026, 12, 15)),
    ],
)
def test_a_correction_tells_when_the_readings_own_window_opens(
    case: str, month: YearMonth, today: date, opens_on: date | None
) -> None:
    (refusal,) = refusals_to_correct(
        RESIDENT, _standing(today=today), billing_month=month, last_saved_by=RESIDENT
    )

    assert isinstance(refusal, PeriodClosed)
    assert refusal.opens_on == opens_on


@pytest.mark.parametrize(
    ("case", "month", "today", "opens_on"),
    [
        ("it is still to open", NOVEMBER, BEFORE, date(2026, 11, 15)),
        ("it is over", NOVEMBER, AFTER, date(2026, 12, 15)),
        ("a month of the past", NOVEMBER.shift(-1), AFTER, None),
    ],
)
def test_a_submission_over_a_reading_tells_when_the_next_window_opens(
    case: str, month: YearMonth, today: date, opens_on: date | None
) -> None:
    (refusal,) = refusals_to_correct(
        RESIDENT,
        _standing(today=today),
        billing_month=month,
        last_saved_by=RESIDENT,
        submitting=True,
    )

    assert isinstance(refusal, PeriodClosed)
    assert refusal.opens_on == opens_on


@pytest.mark.parametrize(
    ("has_later", "rights", "codes"),
    [(False, NO_RIGHTS, []), (True, NO_RIGHTS, ["LATER_READING_EXISTS"]), (True, PAST, [])],
)
def test_a_house_meters_latest_reading_is_corrected_at_any_time(
    has_later: bool, rights: Rights, codes: list[str]
) -> None:
    found = refusals_to_correct(
        EMPLOYEE,
        _standing(scope=MeterScope.COLLECTIVE, today=AFTER),
        billing_month=OCTOBER,
        last_saved_by=SERVICE,
        has_later=has_later,
        rights=rights,
    )

    assert _codes(found) == codes
