"""Reminders of verification: once before it is due, once when it has expired."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.settings import load_plugin_settings
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import Home, a_home, a_meter
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.sources.tasks import remind

DUE_ON = date(2026, 12, 20)


async def remind_on(*days: date) -> None:
    for day in days:
        with clock.frozen(datetime.fromisoformat(f"{day}T10:00+03:00")):
            await remind()


async def a_home_to_verify(due_on: date | None = DUE_ON, **meter: Any) -> Home:
    """A home whose window is never at its edge in these tests."""
    home = await a_home(days=None)
    dates = {"verified_on": None, "commissioned_on": None, "verification_interval": None}
    await Meter.filter(id=home.meter.id).update(next_verification_on=due_on, **dates, **meter)
    return home


async def told(home: Home) -> list[tuple[str, str]]:
    """Kind and due date of what the resident was told, the first first."""
    rows = await Notification.filter(user_id=home.user.id).order_by("created_at")
    return [(each.kind.removeprefix("meters.verification_"), each.facts["due_on"]) for each in rows]


def before(days: int, due_on: date = DUE_ON) -> date:
    return due_on - timedelta(days=days)


async def test_it_is_told_in_under_thirty_days_and_not_again_the_next_day(db: None) -> None:
    home = await a_home_to_verify(serial_number="СН-1")

    await remind_on(before(30))
    assert await told(home) == []
    await remind_on(before(29), before(28), before(1), before(0))

    assert await told(home) == [("due", "2026-12-20")]
    notice = await Notification.get()
    assert notice.occasion == f"{home.premise.id}:2026-12-20"
    assert notice.expires_at is None
    assert notice.facts == {
        "address": "г. Казань, ул. Лесная, 5",
        "premise": "15",
        "premise_kind": "RESIDENTIAL",
        "meters": [{"resource": "ResourceKind.WATER", "number": "СН-1"}],
        "due_on": "2026-12-20",
    }


async def test_expired_verification_adds_a_second_message(db: None) -> None:
    home = await a_home_to_verify()

    await remind_on(before(10), before(-1), before(-2), before(-30))

    assert await told(home) == [("due", "2026-12-20"), ("expired", "2026-12-20")]


async def test_who_was_not_told_in_time_is_told_once_that_it_has_expired(db: None) -> None:
    home = await a_home_to_verify()

    await remind_on(before(-100), before(-101))

    assert await told(home) == [("expired", "2026-12-20")]


async def test_what_has_expired_longer_ago_than_notices_are_kept_is_left_be(db: None) -> None:
    home = await a_home_to_verify()

    await remind_on(before(-181), before(-182))

    assert await told(home) == []


async def test_a_forgotten_notice_is_not_told_again(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await a_home_to_verify()
    monkeypatch.setenv("KVARTAL_NOTIFICATIONS_NOTIFICATION_DAYS", "10")
    load_plugin_settings([NotificationsSettings])
    try:
        await remind_on(before(29))
        await Notification.all().delete()
        await remind_on(before(19), before(-5))
    finally:
        monkeypatch.undo()
        load_plugin_settings([NotificationsSettings])

    assert await told(home) == [("expired", "2026-12-20")]


async def test_meters_with_equal_dates_are_told_in_one_message(db: None) -> None:
    home = await a_home_to_verify(serial_number=None)
    for identifier, due_on in (("ГВС-15", DUE_ON), ("ЭЛ-15", date(2026, 12, 5))):
        kind = MeterType.HOT_WATER if identifier[0] == "Г" else MeterType.ELECTRICITY_1T
        await a_meter(
            premise=home.premise,
            account=home.account,
            type=kind,
            identifier=identifier,
            next_verification_on=due_on,
        )

    await remind_on(date(2026, 12, 6))

    rows = {each.facts["due_on"]: each for each in await Notification.all()}
    assert {day: each.kind for day, each in rows.items()} == {
        "2026-12-05": "meters.verification_expired",
        "2026-12-20": "meters.verification_due",
    }
    numbers = [each["number"] for each in rows["2026-12-20"].facts["meters"]]
    assert sorted(numbers) == ["ГВС-15", "ХВС-15"]


@pytest.mark.parametrize(
    ("case", "due_on", "changed"),
    [
        ("no date", None, {}),
        ("far away", date(2027, 6, 1), {}),
        (
            "archived",
            DUE_ON,
            {"status": MeterStatus.ARCHIVED, "archived_at": datetime(2026, 1, 1).astimezone()},
        ),
    ],
)
async def test_other_meters_remind_nobody(
    db: None, case: str, due_on: date | None, changed: dict[str, Any]
) -> None:
    home = await a_home_to_verify(due_on, **changed)

    await remind_on(before(29), before(0), before(-1))

    assert await told(home) == []


async def test_a_deleted_meter_reminds_nobody(db: None) -> None:
    home = await a_home_to_verify()
    await Meter.filter(id=home.meter.id).delete()

    await remind_on(before(10))

    assert await told(home) == []
