from datetime import MAXYEAR, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal_meters.meters.rules import (
    MeterStatus,
    Verification,
    VerificationDates,
    VerificationReason,
    VerificationSeverity,
    account_key,
    add_years,
    clean_identifier,
    effective_next_verification,
    lapsed_verification,
    serial_key,
    sought_parts,
    verification_on,
)

TODAY = date(2026, 11, 24)
NEXT, LAST, COMM = VerificationReason.NEXT, VerificationReason.LAST, VerificationReason.COMM

some_date = st.none() | st.dates(date(2000, 1, 1), date(2040, 12, 31))


def _dates(
    *, next_on: str = "", last: str = "", comm: str = "", interval: int | None = None
) -> VerificationDates:
    return VerificationDates(
        next_verification_on=date.fromisoformat(next_on) if next_on else None,
        verified_on=date.fromisoformat(last) if last else None,
        commissioned_on=date.fromisoformat(comm) if comm else None,
        verification_interval=interval,
    )


@pytest.mark.parametrize(
    ("case", "dates", "literal", "switched"),
    [
        ("next is today", _dates(next_on="2026-11-24"), None, None),
        ("next was yesterday", _dates(next_on="2026-11-23"), NEXT, NEXT),
        ("last + 6 is today", _dates(last="2020-11-24", interval=6), None, None),
        ("last + 6 was yesterday", _dates(last="2020-11-23", interval=6), LAST, LAST),
        ("commissioning + 6 was yesterday", _dates(comm="2020-11-23", interval=6), COMM, COMM),
        ("no interval, no data", _dates(comm="2010-01-01"), None, None),
        ("no data at all", _dates(), None, None),
        (
            "re-verified, commissioned long ago",
            _dates(next_on="2027-01-01", last="2021-01-01", comm="2015-01-01", interval=6),
            COMM,
            None,
        ),
        (
            "re-verified 2024, next blank",
            _dates(last="2024-05-01", comm="2015-01-01", interval=6),
            COMM,
            None,
        ),
        (
            "next not updated",
            _dates(next_on="2026-01-01", last="2026-02-01", interval=6),
            NEXT,
            NEXT,
        ),
        (
            "next is ahead, last is not",
            _dates(next_on="2027-01-01", last="2020-01-01", interval=6),
            LAST,
            None,
        ),
    ],
)
def test_the_nightly_check_finds_what_has_lapsed(
    case: str,
    dates: VerificationDates,
    literal: VerificationReason | None,
    switched: VerificationReason | None,
) -> None:
    assert lapsed_verification(dates, TODAY) is literal
    assert lapsed_verification(dates, TODAY, first_basis_only=True) is switched


@given(
    st.builds(
        VerificationDates,
        next_verification_on=some_date,
        verified_on=some_date,
        commissioned_on=some_date,
        verification_interval=st.none() | st.integers(1, 30),
    )
)
def test_the_switch_only_ever_forgives(dates: VerificationDates) -> None:
    switched = lapsed_verification(dates, TODAY, first_basis_only=True)
    due_on = effective_next_verification(dates)

    assert (switched is not None) == (due_on is not None and due_on < TODAY)
    if switched is not None:
        assert lapsed_verification(dates, TODAY) is switched


@pytest.mark.parametrize(
    ("case", "dates", "expected"),
    [
        (
            "next as written",
            _dates(next_on="2027-01-01", last="2020-01-01", interval=6),
            "2027-01-01",
        ),
        ("from the last", _dates(last="2020-01-01", comm="2010-01-01", interval=6), "2026-01-01"),
        ("from commissioning", _dates(comm="2010-01-01", interval=6), "2016-01-01"),
        ("no interval", _dates(last="2020-01-01", comm="2010-01-01"), None),
        ("29 February", _dates(last="2024-02-29", interval=6), "2030-02-28"),
    ],
)
def test_the_next_verification_is_written_or_counted(
    case: str, dates: VerificationDates, expected: str | None
) -> None:
    found = effective_next_verification(dates)

    assert found == (date.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 28), 6, date(2030, 2, 28)),
        (date(2020, 11, 24), 6, date(2026, 11, 24)),
        (date(9990, 1, 1), 30, date(MAXYEAR, 1, 1)),
    ],
)
def test_years_are_added_to_the_day(day: date, years: int, expected: date) -> None:
    assert add_years(day, years) == expected


@pytest.mark.parametrize(
    ("case", "status", "days_left", "severity"),
    [
        ("30 days: not yet", MeterStatus.ACTIVE, 30, VerificationSeverity.NONE),
        ("29 days", MeterStatus.ACTIVE, 29, VerificationSeverity.SOON),
        ("the day itself", MeterStatus.ACTIVE, 0, VerificationSeverity.SOON),
        ("a day over", MeterStatus.ACTIVE, -1, VerificationSeverity.EXPIRED),
        ("no date", MeterStatus.ACTIVE, None, VerificationSeverity.NONE),
        ("away, long ahead", MeterStatus.VERIFICATION, 90, VerificationSeverity.ON_VERIFICATION),
        ("away, soon", MeterStatus.VERIFICATION, 0, VerificationSeverity.ON_VERIFICATION),
        ("away, no date", MeterStatus.VERIFICATION, None, VerificationSeverity.ON_VERIFICATION),
        ("away, overdue", MeterStatus.VERIFICATION, -1, VerificationSeverity.EXPIRED),
        ("archived", MeterStatus.ARCHIVED, -1, VerificationSeverity.NONE),
    ],
)
def test_the_warning_follows_the_days_left(
    case: str, status: MeterStatus, days_left: int | None, severity: VerificationSeverity
) -> None:
    due_on = None if days_left is None else TODAY + timedelta(days_left)

    found = verification_on(TODAY, status, VerificationDates(next_verification_on=due_on))

    assert found == Verification(severity, due_on, days_left)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("  ХВС-15-1\t", "ХВС-15-1"),
        ("ХВС 15", "ХВС 15"),
        ("ХВС \u00a0 15", "ХВС 15"),
        ("ХВС\u200b-1\0", "ХВС-1"),
        (" \t\n\u200b", ""),
    ],
)
def test_an_identifier_is_trimmed(written: str, stored: str) -> None:
    assert clean_identifier(written) == stored


@pytest.mark.parametrize(
    ("case", "one", "other", "same"),
    [
        ("spaces", " 77 0041\u00a05015 ", "7700415015", True),
        ("case", "ЛС-15а", "лс-15А", True),
        ("leading zeros", "0015", "15", False),
    ],
)
def test_accounts_are_compared_without_spaces_and_case(
    case: str, one: str, other: str, same: bool
) -> None:
    assert (account_key(one) == account_key(other)) is same


@pytest.mark.parametrize(
    ("case", "one", "other", "same"),
    [
        ("№ and spaces", "№ 18 034512", "18034512", True),
        ("hyphens", "18-034512", "18–034512", True),
        ("case", "ab-1", "AB1", True),
        ("look-alikes", "авекмнорстх1", "ABEKMHOPCTX1", True),
        ("other letters stay", "Б1", "B1", False),
        ("leading zeros", "018", "18", False),
    ],
)
def test_serial_numbers_are_compared_by_what_is_engraved(
    case: str, one: str, other: str, same: bool
) -> None:
    assert (serial_key(one) == serial_key(other)) is same


@pytest.mark.parametrize(
    ("case", "words", "parts"),
    [
        ("nothing", [], []),
        ("parts of words", ["речник", "14", "15"], ["речник", "14", "15"]),
        ("a premise by its number", ["14", "кв.", "15"], ["14", " 15 "]),
        ("in one word", ["кв.15", "пом15а"], [" 15 ", " 15а "]),
        ("spelled out", ["офис", "3б"], [" 3б "]),
        ("what begins with no digit", ["пом.", "н1"], ["н1"]),
        ("before it is typed", ["14", "кв"], ["14"]),
        ("alone", ["кв."], ["кв."]),
        ("a word that begins so", ["кварц", "офисная"], ["кварц", "офисная"]),
        ("the last one counts", ["кв", "офис", "7"], [" 7 "]),
        ("one number alone", ["кв", "7", "8"], [" 7 ", "8"]),
    ],
)
def test_words_mean_parts_of_the_searched_text(
    case: str, words: list[str], parts: list[str]
) -> None:
    assert sought_parts(words) == parts
