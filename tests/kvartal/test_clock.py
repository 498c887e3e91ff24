"""The only clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from kvartal import clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def _plain_clock() -> Iterator[None]:
    yield
    clock.set_offset(timedelta())


def test_now_is_in_utc() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)  # noqa: TID251
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("case", "zone", "day"),
    [("west", "America/New_York", 23), ("east", "Asia/Vladivostok", 24)],
)
def test_today_is_the_day_of_the_zone(case: str, zone: str, day: int) -> None:
    with clock.frozen(datetime(2026, 11, 24, 2, tzinfo=UTC)):
        assert clock.today(zone) == date(2026, 11, day)


def test_a_frozen_clock_stands_still_and_goes_on_afterwards() -> None:
    with clock.frozen(datetime.fromisoformat("2026-11-24T15:00+03:00")):
        assert clock.now() == clock.now() == NOON
        with clock.frozen(NOON + timedelta(days=1)):
            assert clock.now() == NOON + timedelta(days=1)
        assert clock.now() == NOON

    assert clock.now() != NOON


def test_an_instant_without_an_offset_is_none() -> None:
    with (
        pytest.raises(ValueError, match="says no offset from UTC"),
        clock.frozen(
            datetime(2026, 11, 24)  # noqa: DTZ001
        ),
    ):
        pytest.fail("not reached")


@pytest.mark.usefixtures("_plain_clock")
def test_an_installation_may_live_in_another_time() -> None:
    clock.set_offset(timedelta(days=30))

    ahead = clock.now() - datetime.now(UTC)  # noqa: TID251

    assert timedelta(days=29) < ahead < timedelta(days=31)
    with clock.frozen(NOON):
        assert clock.now() == NOON
