from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.auth.models import Session, User
from kvartal.db.connection import fetch
from kvartal.testing.auth_factories import a_user
from kvartal.testing.watch import QueryCounter
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.preferences.devices.rules import MAX_DEVICES
from kvartal_notifications.preferences.devices.service import forget, live_devices
from kvartal_notifications.preferences.models import Device
from kvartal_notifications.testing.factories import a_device, a_session
from kvartal_notifications.testing.push import a_browser_device, an_fcm_device
from kvartal_notifications.testing.web_push import Browser

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)

Freeze = Callable[[str | datetime], AbstractContextManager[None]]


async def test_devices_are_opened_for_the_delivery_in_one_statement(queries: QueryCounter) -> None:
    user, browser = await a_user(), Browser("https://push.example/1")
    phone = await an_fcm_device(user, "token-1", locale="en")
    desk = await a_browser_device(user, browser)

    with queries.exactly(1):
        found = await live_devices([phone.id, desk.id, uuid4()])

    assert found.keys() == {phone.id, desk.id}
    assert found[phone.id].address == "token-1"
    assert found[desk.id].address == browser.subscription.packed()
    assert (found[phone.id].user_id, found[phone.id].kind) == (user.id, "RESIDENT")
    assert (found[phone.id].provider, found[phone.id].locale) == (PushProvider.FCM, "en")
    assert "token-1" not in repr(found)


async def ended(user: User) -> Session:
    return await a_session(user, revoked_at=clock.now())


async def expired(user: User) -> Session:
    return await a_session(user, expires_at=clock.now() - timedelta(seconds=1))


async def of_another(user: User) -> Session:
    return await a_session(await a_user())


@pytest.mark.parametrize("session", [ended, expired, of_another])
async def test_a_device_whose_session_is_over_is_not_sent_to(
    session: Callable[[User], object],
) -> None:
    user = await a_user()
    device = await an_fcm_device(user, "token-1", session=await session(user))  # type: ignore[misc] # they are coroutines

    assert await live_devices([device.id]) == {}


async def test_a_session_lives_until_its_end(frozen_clock: Freeze) -> None:
    user = await a_user()
    session = await a_session(user, expires_at=NOW)
    device = await an_fcm_device(user, "token-1", session=session)

    with frozen_clock(NOW - timedelta(seconds=1)):
        before = await live_devices([device.id])
    with frozen_clock(NOW):
        after = await live_devices([device.id])

    assert before.keys() == {device.id}
    assert after == {}


async def test_who_is_barred_is_not_sent_to() -> None:
    device = await an_fcm_device(await a_user(is_active=False), "token-1")

    assert await live_devices([device.id]) == {}


async def test_an_address_that_no_key_opens_is_left_out() -> None:
    user = await a_user()
    unreadable, good = await a_device(user), await an_fcm_device(user, "token-1")

    assert (await live_devices([unreadable.id, good.id])).keys() == {good.id}


async def test_an_address_opens_for_no_other_device() -> None:
    user = await a_user()
    first, second = await an_fcm_device(user, "token-1"), await an_fcm_device(user, "token-2")
    await Device.filter(id=second.id).update(address_sealed=first.address_sealed)

    assert (await live_devices([first.id, second.id])).keys() == {first.id}


async def test_a_device_that_its_service_does_not_know_is_forgotten(queries: QueryCounter) -> None:
    user = await a_user()
    gone = [await an_fcm_device(user, f"gone-{n}") for n in range(3)]
    kept = await an_fcm_device(user, "token-1")

    with queries.exactly(1):
        count = await forget([*(each.id for each in gone), uuid4()])

    assert count == 3
    assert await Device.all().values_list("id", flat=True) == [kept.id]


async def test_a_device_goes_with_its_session() -> None:
    user = await a_user()
    session = await a_session(user)
    await an_fcm_device(user, "token-1", session=session)

    await session.delete()

    assert await fetch("SELECT id FROM notifications_device") == []


def test_twenty_devices_are_kept() -> None:
    assert MAX_DEVICES == 20
