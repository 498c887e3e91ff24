"""What becomes of deliveries when the other side is busy, broken or slow, or knows nobody there.

Over a real mail server and a local service that speaks FCM.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.kvartal.mail.smtp import Listening, a_certificate, listening

from kvartal import mail
from kvartal.mail import Relay
from kvartal.testing.auth_factories import a_user
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import until
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.delivery.service import deliver
from kvartal_notifications.messages.models import NotificationDelivery, SuppressedAddress
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.preferences.models import Device
from kvartal_notifications.sources.kinds import WINDOW_OPENED
from kvartal_notifications.testing.factories import a_delivery, a_notice
from kvartal_notifications.testing.fcm import FcmService, fcm_error, fcm_service
from kvartal_notifications.testing.push import an_fcm_device, push_channels

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)  # in Moscow
SENT, FAILED, SKIPPED, PENDING = (
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.SKIPPED,
    DeliveryStatus.PENDING,
)


@pytest.fixture(autouse=True)
def noon(frozen_clock: Freeze) -> Iterator[None]:
    with frozen_clock(NOON):
        yield


@pytest.fixture
async def fcm(tmp_path: Path) -> AsyncIterator[FcmService]:
    """The service that carries pushes."""
    with fcm_service() as service:
        async with push_channels(tmp_path, fcm=service):
            yield service


@pytest.fixture
def mailing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """The installation's mail server."""
    with listening(a_certificate(tmp_path)) as found:
        monkeypatch.setattr(mail, "_way", Relay.of(found.settings("smtp+plain://127.0.0.1:{port}")))
        yield found


async def a_push(token: str) -> NotificationDelivery:
    user = await a_user()
    device = await an_fcm_device(user, token)
    notice = await a_notice(await an_organization(), user, WINDOW_OPENED)
    return await a_delivery(notice, NotificationChannel.PUSH, device=device)


async def a_letter(email: str) -> NotificationDelivery:
    user = await a_user(email=email)
    return await a_delivery(await a_notice(await an_organization(), user, WINDOW_OPENED))


async def standing(
    delivery: NotificationDelivery,
) -> tuple[DeliveryStatus, str | None, datetime | None]:
    await delivery.refresh_from_db()
    return delivery.status, delivery.problem, delivery.due_at


async def test_who_is_busy_is_asked_again_when_it_says(
    fcm: FcmService, db: None, frozen_clock: Freeze
) -> None:
    delivery = await a_push("phone")
    fcm.script.replies = [fcm_error(429, "QUOTA_EXCEEDED", retry_after="600")]

    await deliver()

    again = NOON + timedelta(minutes=10)
    assert await standing(delivery) == (PENDING, "QUOTA_EXCEEDED", again)
    with frozen_clock(again - timedelta(seconds=1)):
        await deliver()
    assert fcm.asked == 1
    with frozen_clock(again):
        await deliver()
    assert await standing(delivery) == (SENT, None, None)
    assert (len(fcm.sent), delivery.attempts, delivery.unknown_attempts) == (1, 2, 0)


async def test_who_is_busy_is_not_asked_for_others_either(fcm: FcmService, db: None) -> None:
    await a_push("phone")
    fcm.script.replies = [fcm_error(429, "QUOTA_EXCEEDED", retry_after="600")]
    await deliver()
    other = await a_push("other")

    await deliver()

    assert await standing(other) == (PENDING, "PAUSED", NOON + timedelta(minutes=10))
    assert fcm.asked == 1


async def test_what_breaks_is_waited_for_longer_each_time(
    fcm: FcmService, db: None, frozen_clock: Freeze
) -> None:
    delivery = await a_push("phone")
    fcm.script.replies = [fcm_error(500, "INTERNAL"), fcm_error(500, "INTERNAL")]

    await deliver()
    assert await standing(delivery) == (PENDING, "UNAVAILABLE", NOON + timedelta(minutes=1))
    with frozen_clock(NOON + timedelta(minutes=1)):
        await deliver()
    assert await standing(delivery) == (PENDING, "UNAVAILABLE", NOON + timedelta(minutes=6))
    with frozen_clock(NOON + timedelta(minutes=6)):
        await deliver()

    assert await standing(delivery) == (SENT, None, None)
    assert len(fcm.sent) == 1


async def test_a_broken_push_holds_no_other_of_its_batch(fcm: FcmService, db: None) -> None:
    deliveries = [await a_push(f"phone-{number}") for number in range(4)]
    fcm.script.replies = [fcm_error(500, "INTERNAL")]

    await deliver()

    found = [(await standing(each))[0] for each in deliveries]
    assert sorted(found) == [PENDING, SENT, SENT, SENT]


async def test_letters_do_not_wait_for_slow_pushes(
    fcm: FcmService, mailing: Listening, db: None
) -> None:
    push, letter = await a_push("phone"), await a_letter("maria@example.org")
    fcm.script.delay = 1.5

    async def is_noted() -> bool:
        return (await standing(letter))[0] is SENT

    carrying = asyncio.create_task(deliver())
    await until(is_noted)

    assert [each.rcpt_tos for each in mailing.server.envelopes] == [["maria@example.org"]]
    assert fcm.sent == []
    await carrying
    assert (await standing(push))[0] is SENT


async def test_a_device_without_the_app_is_forgotten(fcm: FcmService, db: None) -> None:
    gone, there = await a_push("gone"), await a_push("there")
    fcm.gone = {"gone"}

    await deliver()

    assert await standing(gone) == (FAILED, "UNREGISTERED", None)
    assert (await standing(there))[0] is SENT
    assert [each.id for each in await Device.all()] == [there.device_id]


async def test_an_address_that_nobody_has_gets_no_more_letters(
    mailing: Listening, db: None
) -> None:
    first, other = await a_letter("gone@example.org"), await a_letter("maria@example.org")
    mailing.server.refused = {"gone@example.org": "550 5.1.1 unknown"}

    await deliver()
    notice = await first.notification
    again = await a_delivery(
        await a_notice(await an_organization(), await notice.user, WINDOW_OPENED)
    )
    await deliver()

    assert await standing(first) == (FAILED, "MAIL_ADDRESS_REFUSED", None)
    assert (await standing(other))[0] is SENT
    assert await standing(again) == (SKIPPED, "ADDRESS_SUPPRESSED", None)
    assert [each.email for each in await SuppressedAddress.all()] == ["gone@example.org"]
    assert [each.rcpt_tos for each in mailing.server.envelopes] == [["maria@example.org"]]
