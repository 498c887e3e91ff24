from datetime import date

import pytest

from kvartal import text
from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.errors import PeriodClosed
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.rules import (
    NO_RIGHTS,
    MeterStanding,
    Rights,
    accepts,
    check_billing_month,
    check_taken_on,
    collective_billing_month,
    refusals_to_submit,
)
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays, state_on

RESIDENT, EMPLOYEE, SERVICE = AuthorKind.RESIDENT, AuthorKind.EMPLOYEE, AuthorKind.SERVICE
ACTIVE, AWAY, ARCHIVED = MeterStatus.ACTIVE, MeterStatus.VERIFICATION, MeterStatus.ARCHIVED
OUTSIDE = Rights(outside_period=True)
PAST = Rights(correct_past=True)
OPEN_DAY, BEFORE, AFTER = date(2026, 11, 20), date(2026, 11, 10), date(2026, 11, 26)
OCTOBER, NOVEMBER, DECEMBER = YearMonth(2026, 10), YearMonth(2026, 11), YearMonth(2026, 12)


def _standing(
    *,
    scope: MeterScope = MeterScope.INDIVIDUAL,
    status: MeterStatus = ACTIVE,
    active: bool = True,
    accept_expired: bool = False,
    place_archived: bool = False,
    today: date = OPEN_DAY,
) -> MeterStanding:
    window = WindowDays(15, 25)
    return MeterStanding(
        scope=scope,
        status=status,
        settings=SettingsValues(active=active, window=window, accept_expired=accept_expired),
        window=state_on(window, today),
        place_archived=place_archived,
    )


def _codes(refusals: tuple[DomainError, ...]) -> list[str]:
    return [refusal.code for refusal in refusals]


@pytest.mark.parametrize(
    ("case", "standing", "codes", "takes"),
    [
        ("all is well", _standing(), [], True),
        ("off", _standing(active=False), ["RESOURCE_DISABLED"], False),
        ("away", _standing(status=AWAY), ["VERIFICATION_EXPIRED"], False),
        ("away, but accepted", _standing(status=AWAY, accept_expired=True), [], True),
        ("archived", _standing(status=ARCHIVED), ["METER_ARCHIVED"], False),
        (
            "archived though expired is accepted",
            _standing(status=ARCHIVED, accept_expired=True),
            ["METER_ARCHIVED"],
            False,
        ),
        (
            "off and away",
            _standing(active=False, status=AWAY),
            ["RESOURCE_DISABLED", "VERIFICATION_EXPIRED"],
            False,
        ),
        ("in an archived place", _standing(place_archived=True), ["PLACE_ARCHIVED"], False),
        (
            "archived itself, in an archived place",
            _standing(status=ARCHIVED, place_archived=True),
            ["METER_ARCHIVED", "PLACE_ARCHIVED"],
            False,
        ),
        ("a room's meter is a resident's too", _standing(scope=MeterScope.ROOM), [], True),
    ],
)
@pytest.mark.parametrize("by", AuthorKind)
def test_a_meter_refuses_everybody_alike(
    case: str, standing: MeterStanding, codes: list[str], takes: bool, by: AuthorKind
) -> None:
    assert _codes(refusals_to_submit(by, standing, rights=OUTSIDE)) == codes
    assert accepts(standing) is takes


@pytest.mark.parametrize(
    ("case", "by", "today", "rights", "codes"),
    [
        ("resident, open", RESIDENT, OPEN_DAY, NO_RIGHTS, []),
        ("resident, before", RESIDENT, BEFORE, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("resident, after", RESIDENT, AFTER, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("a privilege is the staff's", RESIDENT, AFTER, OUTSIDE, ["PERIOD_CLOSED"]),
        ("employee, open", EMPLOYEE, OPEN_DAY, NO_RIGHTS, []),
        ("employee, before", EMPLOYEE, BEFORE, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("employee, after", EMPLOYEE, AFTER, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("employee with the privilege", EMPLOYEE, AFTER, OUTSIDE, []),
        ("the other right does not help", EMPLOYEE, AFTER, PAST, ["PERIOD_CLOSED"]),
        ("other systems know no window", SERVICE, AFTER, NO_RIGHTS, []),
    ],
)
def test_the_window_is_open_or_a_privilege_helps(
    case: str, by: AuthorKind, today: date, rights: Rights, codes: list[str]
) -> None:
    assert _codes(refusals_to_submit(by, _standing(today=today), rights=rights)) == codes


@pytest.mark.parametrize(
    ("case", "today", "month", "opens_on", "sentence"),
    [
        (
            "before",
            BEFORE,
            None,
            date(2026, 11, 15),
            "Период сбора показаний закрыт. Он откроется 15 ноября",
        ),
        (
            "after",
            AFTER,
            None,
            date(2026, 12, 15),
            "Период сбора показаний закрыт. Он откроется 15 декабря",
        ),
        ("a month that is over", OPEN_DAY, OCTOBER, None, "Период сбора показаний закрыт"),
    ],
)
def test_a_closed_period_tells_when_it_opens(
    case: str, today: date, month: YearMonth | None, opens_on: date | None, sentence: str
) -> None:
    said = text.Catalogues()
    said.load(["kvartal_meters"])

    (refusal,) = refusals_to_submit(EMPLOYEE, _standing(today=today), billing_month=month)

    assert isinstance(refusal, PeriodClosed)
    assert refusal.opens_on == opens_on
    assert said.say(refusal.message_code, "ru", **refusal.facts()) == sentence


@pytest.mark.parametrize(
    ("case", "by", "rights", "codes"),
    [
        ("employee", EMPLOYEE, NO_RIGHTS, ["PERIOD_CLOSED"]),
        ("employee with the privilege", EMPLOYEE, OUTSIDE, []),
        ("another system", SERVICE, NO_RIGHTS, []),
    ],
)
def test_another_month_than_the_open_one_needs_the_privilege(
    case: str, by: AuthorKind, rights: Rights, codes: list[str]
) -> None:
    found = refusals_to_submit(by, _standing(), billing_month=OCTOBER, rights=rights)

    assert _codes(found) == codes


@pytest.mark.parametrize(
    ("by", "codes"), [(RESIDENT, []), (EMPLOYEE, ["LATER_READING_EXISTS"]), (SERVICE, [])]
)
def test_an_employee_submits_no_reading_before_a_later_one(
    by: AuthorKind, codes: list[str]
) -> None:
    assert _codes(refusals_to_submit(by, _standing(), has_later=True, rights=OUTSIDE)) == codes


@pytest.mark.parametrize(
    ("case", "by", "standing", "codes"),
    [
        ("no settings, no window", EMPLOYEE, {"active": False, "today": AFTER}, []),
        ("away", EMPLOYEE, {"status": AWAY}, []),
        ("archived", EMPLOYEE, {"status": ARCHIVED}, ["METER_ARCHIVED"]),
        ("import into an archived one", SERVICE, {"status": ARCHIVED}, ["METER_ARCHIVED"]),
        ("resident", RESIDENT, {}, ["STAFF_ONLY"]),
    ],
)
def test_a_house_meter_is_the_staffs_and_knows_no_window(
    case: str, by: AuthorKind, standing: dict[str, object], codes: list[str]
) -> None:
    meter = _standing(scope=MeterScope.COLLECTIVE, **standing)  # type: ignore[arg-type] # by name

    assert _codes(refusals_to_submit(by, meter, billing_month=OCTOBER)) == codes


@pytest.mark.parametrize(
    ("case", "taken_on", "commissioned_on", "refused"),
    [
        ("today", OPEN_DAY, None, False),
        ("tomorrow", date(2026, 11, 21), None, True),
        ("on the commissioning day", date(2026, 11, 1), date(2026, 11, 1), False),
        ("before commissioning", date(2026, 10, 31), date(2026, 11, 1), True),
    ],
)
def test_a_reading_was_taken_in_the_meters_lifetime(
    case: str, taken_on: date, commissioned_on: date | None, refused: bool
) -> None:
    error = check_taken_on(taken_on, today=OPEN_DAY, commissioned_on=commissioned_on)

    assert (error is not None) is refused
    if error is not None:
        assert (error.code, error.path) == ("TAKEN_ON_INVALID", ("taken_on",))
        assert error.taken_on == taken_on


@pytest.mark.parametrize(
    ("case", "by", "month", "refused"),
    [
        ("employee, of the day", EMPLOYEE, YearMonth(2026, 9), False),
        ("employee, current", EMPLOYEE, NOVEMBER, False),
        ("employee, previous", EMPLOYEE, OCTOBER, False),
        ("employee, older", EMPLOYEE, YearMonth(2026, 8), True),
        ("employee, future", EMPLOYEE, DECEMBER, True),
        ("resident, current", RESIDENT, NOVEMBER, False),
        ("resident, previous", RESIDENT, OCTOBER, True),
        ("import, old", SERVICE, YearMonth(2020, 1), False),
        ("import, the calendar's month", SERVICE, DECEMBER, False),
        ("import, future", SERVICE, YearMonth(2027, 1), True),
    ],
)
def test_a_reading_goes_into_a_month_that_is_near(
    case: str, by: AuthorKind, month: YearMonth, refused: bool
) -> None:
    error = check_billing_month(
        by,
        month,
        of_taken_on=YearMonth(2026, 9),
        current=NOVEMBER,
        today=date(2026, 12, 3),
    )

    assert (error is not None) is refused
    if error is not None:
        assert (error.code, error.path) == ("BILLING_MONTH_INVALID", ("billing_month",))
        assert error.billing_month == month


def test_a_house_meters_month_is_the_calendars_with_the_shift() -> None:
    assert collective_billing_month(date(2026, 12, 3)) == DECEMBER
    assert collective_billing_month(date(2026, 12, 3), shift=-1) == NOVEMBER
