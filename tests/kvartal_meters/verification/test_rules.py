from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from kvartal.errors import DomainError
from kvartal_meters.errors import MeterArchived, VerificationNotOffered
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.verification.rules import check_is_due_at, refusal_to_order

ACTIVE, ON_VERIFICATION, ARCHIVED = MeterStatus
INDIVIDUAL, COLLECTIVE = MeterScope.INDIVIDUAL, MeterScope.COLLECTIVE


@pytest.mark.parametrize(
    ("case", "zone", "day", "instant"),
    [
        ("ahead of UTC", "Europe/Moscow", "2026-11-24", "2026-11-23T21:10:00+00:00"),
        ("another hour", "Asia/Kamchatka", "2026-11-24", "2026-11-23T12:10:00+00:00"),
        ("not a whole hour", "Asia/Kathmandu", "2026-11-24", "2026-11-23T18:25:00+00:00"),
        ("summer", "Europe/Berlin", "2026-07-01", "2026-06-30T22:10:00+00:00"),
        ("winter", "Europe/Berlin", "2026-12-01", "2026-11-30T23:10:00+00:00"),
        ("the clocks change later", "Europe/Berlin", "2026-10-25", "2026-10-24T22:10:00+00:00"),
        # At 00:00 it was 01:00: ten minutes after the day began.
        ("no such time", "America/Santiago", "2026-09-06", "2026-09-06T04:10:00+00:00"),
        # From 00:59 it went back to 00:00.
        ("twice", "America/Havana", "2026-11-01", "2026-11-01T04:10:00+00:00"),
    ],
)
def test_the_check_is_due_ten_minutes_into_the_local_day(
    case: str, zone: str, day: str, instant: str
) -> None:
    local = ZoneInfo(zone)

    due_at = check_is_due_at(date.fromisoformat(day), local)

    assert due_at.isoformat() == datetime.fromisoformat(instant).isoformat()
    assert due_at.astimezone(local).date() == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("scope", "status", "is_offered", "refusal"),
    [
        (INDIVIDUAL, ACTIVE, True, None),
        (INDIVIDUAL, ON_VERIFICATION, True, None),
        (MeterScope.ROOM, ACTIVE, True, None),
        (INDIVIDUAL, ACTIVE, False, VerificationNotOffered),
        (COLLECTIVE, ACTIVE, True, VerificationNotOffered),
        (INDIVIDUAL, ARCHIVED, True, MeterArchived),
        (INDIVIDUAL, ARCHIVED, False, MeterArchived),
    ],
)
def test_verification_is_ordered_for_a_meter_in_use_where_it_is_offered(
    scope: MeterScope, status: MeterStatus, is_offered: bool, refusal: type[DomainError] | None
) -> None:
    found = refusal_to_order(scope, status, is_offered=is_offered)

    assert type(found) is (refusal or type(None))
    assert found is None or found.path == ("meter_id",)
