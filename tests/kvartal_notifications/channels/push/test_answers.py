from datetime import UTC, datetime, timedelta

import pytest

from kvartal_notifications.channels.push.answers import retry_after

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", NOW),
        ("120", NOW + timedelta(seconds=120)),
        (" 7 ", NOW + timedelta(seconds=7)),
        ("999999", NOW + DAY),
        ("9" * 400, NOW + DAY),
        ("Tue, 24 Nov 2026 07:10:00 GMT", NOW + timedelta(minutes=10)),
        ("Tue, 24 Nov 2026 10:10:00 +0300", NOW + timedelta(minutes=10)),
        ("Tue, 24 Nov 2026 07:10:00 -0000", NOW + timedelta(minutes=10)),
        ("Mon, 23 Nov 2026 07:10:00 GMT", NOW),
        ("Fri, 31 Dec 2099 23:59:59 GMT", NOW + DAY),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
        ("Tue, 99 Nov 2026 07:10:00 GMT", None),
    ],
)
def test_when_it_may_be_asked_again(value: str, expected: datetime | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == expected


def test_who_says_nothing_means_nothing() -> None:
    assert retry_after({}, NOW) is None
