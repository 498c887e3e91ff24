"""Reminders of a window's first and last day: to whom, when, and once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.models import User
from kvartal.testing.factories import an_organization
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import Home, a_home, a_meter, a_reading, resource_settings
from kvartal_notifications.messages.models import Notification, NotificationDelivery
from kvartal_notifications.preferences.models import NotificationPolicy
from kvartal_notifications.sources.tasks import remind
from kvartal_notifications.testing.factories import a_device

WATER, LIGHT = "ResourceKind.WATER", "ResourceKind.ELECTRICITY"


async def remind_at(*moments: str) -> None:
    for moment in moments:
        with clock.frozen(datetime.fromisoformat(moment)):
            await remind()


async def told(user: User) -> list[str]:
    """The kinds of what a person was told, the first first."""
    rows = await Notification.filter(user_id=user.id).order_by("created_at", "kind")
    return [each.kind.removeprefix("meters.") for each in rows]


async def facts() -> list[dict[str, Any]]:
    return [each.facts["windows"] for each in await Notification.all().order_by("created_at")]


async def light_in(home: Home, days: tuple[int, int]) -> Meter:
    """An electricity meter with a window of its own."""
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=days)
    return await a_meter(
        premise=home.premise,
        account=home.account,
        type=MeterType.ELECTRICITY_1T,
        identifier="ЭЛ-15",
    )


async def test_the_first_day_is_told_at_ten_and_rings_until_midnight(db: None) -> None:
    home = await a_home()
    device = await a_device(home.user)

    await remind_at("2026-11-15T09:59+03:00")
    assert await told(home.user) == []
    await remind_at("2026-11-15T10:00+03:00")

    notice = await Notification.get()
    assert (notice.kind, notice.in_inbox) == ("meters.window_opened", True)
    assert notice.occasion == f"{home.premise.id}:2026-11-15"
    assert notice.expires_at == datetime(2026, 11, 15, 21, tzinfo=UTC)
    assert notice.facts == {
        "address": "г. Казань, ул. Лесная, 5",
        "premise": "15",
        "premise_kind": "RESIDENTIAL",
        "windows": [{"resources": [WATER], "until": "2026-11-25"}],
    }
    delivery = await NotificationDelivery.get()
    assert (delivery.device_id, delivery.due_at) == (
        device.id,
        datetime(2026, 11, 15, 7, tzinfo=UTC),
    )


async def test_resources_with_one_last_day_make_one_push_and_other_days_another_phrase(
    db: None,
) -> None:
    home = await a_home()
    await light_in(home, (15, 25))
    other = await a_home(organization=await an_organization())
    await light_in(other, (15, 20))

    await remind_at("2026-11-15T10:00+03:00")

    rows = {each.user_id: each.facts["windows"] for each in await Notification.all()}
    assert rows == {
        home.user.id: [{"resources": [WATER, LIGHT], "until": "2026-11-25"}],
        other.user.id: [
            {"resources": [LIGHT], "until": "2026-11-20"},
            {"resources": [WATER], "until": "2026-11-25"},
        ],
    }


async def test_the_last_day_reminds_of_what_is_left(db: None) -> None:
    home = await a_home()
    await light_in(home, (15, 25))
    await a_reading(home.meter, "2026-11", "1")

    await remind_at("2026-11-25T10:00+03:00")

    notice = await Notification.get()
    assert notice.kind == "meters.window_closing"
    assert notice.facts["windows"] == [{"resources": [LIGHT], "until": "2026-11-25"}]
    assert notice.facts["all_sent"] is False


@pytest.mark.parametrize(("to_all", "is_told"), [(None, False), (False, False), (True, True)])
async def test_who_has_sent_all_is_reminded_only_where_the_organization_wants_it(
    db: None, to_all: bool | None, is_told: bool
) -> None:
    home = await a_home()
    await a_reading(home.meter, "2026-11", "1")
    if to_all is not None:
        await NotificationPolicy.create(organization=home.organization, last_day_to_all=to_all)
    elsewhere = await an_organization()
    await NotificationPolicy.create(organization=elsewhere, last_day_to_all=True)

    await remind_at("2026-11-25T10:00+03:00")

    assert await told(home.user) == (["window_closing"] if is_told else [])
    if is_told:
        notice = await Notification.get()
        assert notice.facts["all_sent"] is True
        assert notice.facts["windows"] == [{"resources": [WATER], "until": "2026-11-25"}]


async def test_who_submitted_on_the_28th_of_a_window_to_the_5th_is_left_alone(db: None) -> None:
    home, lazy = await a_home(days=(25, 5)), await a_home(days=(25, 5))
    await a_reading(home.meter, "2026-11", "1", taken_on=date(2026, 11, 28))

    await remind_at("2026-12-05T10:00+03:00")

    assert (await told(home.user), await told(lazy.user)) == ([], ["window_closing"])


@pytest.mark.parametrize(
    ("case", "days", "last"),
    [
        ("a month of 30 days", (25, 31), "2026-06-30"),
        ("February", (15, 31), "2027-02-28"),
        ("February of a leap year", (15, 30), "2028-02-29"),
    ],
)
async def test_the_last_day_is_found_in_months_that_lack_it(
    db: None, case: str, days: tuple[int, int], last: str
) -> None:
    home = await a_home(days=days)

    await remind_at(f"{last}T10:00+03:00")

    assert await told(home.user) == ["window_closing"]


async def test_a_window_of_one_day_is_told_once(db: None) -> None:
    home = await a_home(days=(20, 20))

    await remind_at("2026-11-20T10:00+03:00", "2026-11-20T12:00+03:00")

    assert await told(home.user) == ["window_opened"]


async def test_nobody_is_told_of_windows_that_are_always_open_or_elsewhere_in_the_month(
    db: None,
) -> None:
    always, other = await a_home(days=None), await a_home(days=(1, 10))

    for day in range(14, 27):
        await remind_at(f"2026-11-{day}T10:00+03:00")

    assert (await told(always.user), await told(other.user)) == ([], [])


async def test_archived_and_deleted_meters_remind_nobody(db: None) -> None:
    archived, deleted = await a_home(), await a_home()
    await Meter.filter(id=archived.meter.id).update(
        status=MeterStatus.ARCHIVED, archived_at=clock.now()
    )
    await Meter.filter(id=deleted.meter.id).delete()

    await remind_at("2026-11-15T10:00+03:00", "2026-11-25T10:00+03:00")

    assert await Notification.all().count() == 0


async def test_each_building_is_told_by_its_own_clock(db: None) -> None:
    zones = ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Vladivostok")
    west, moscow, east = [await a_home(timezone=zone, address=zone) for zone in zones]

    await remind_at("2026-11-15T00:00+00:00")
    assert [await told(each.user) for each in (west, moscow, east)] == [[], [], ["window_opened"]]
    await remind_at("2026-11-15T07:00+00:00")
    assert [await told(each.user) for each in (west, moscow)] == [[], ["window_opened"]]
    await remind_at("2026-11-15T08:00+00:00")

    found = [await told(each.user) for each in (west, moscow, east)]
    assert found == [["window_opened"]] * 3
    expiry = await Notification.get(user_id=east.user.id)
    assert expiry.expires_at == datetime(2026, 11, 15, 14, tzinfo=UTC)


async def test_pushes_fall_due_one_after_another(db: None) -> None:
    for _ in range(3):
        await a_device((await a_home()).user)

    await remind_at("2026-11-15T10:00+03:00")

    found = sorted(each.due_at for each in await NotificationDelivery.all() if each.due_at)
    assert [each - found[0] for each in found] == [
        timedelta(),
        timedelta(microseconds=7143),
        timedelta(microseconds=14286),
    ]
