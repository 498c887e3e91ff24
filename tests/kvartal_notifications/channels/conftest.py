"""Push services on the loopback, and messages to them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal_notifications.channels.port import DeliveryChannel, Outcome, Outgoing
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.channels.service import channel_of
from kvartal_notifications.testing.fcm import FcmService, fcm_service
from kvartal_notifications.testing.web_push import WebPushService, web_push_service

MakeMessage = Callable[..., Outgoing]


@pytest.fixture
def fcm() -> Iterator[FcmService]:
    with fcm_service() as service:
        yield service


@pytest.fixture
def browsers() -> Iterator[WebPushService]:
    with web_push_service() as service:
        yield service


def a_message(
    address: str,
    *,
    notification_id: UUID | None = None,
    title: str = "Показания",
    text: str = "Передайте показания до 25 ноября",
    expires_at: datetime | None = None,
    data: dict[str, str] | None = None,
) -> Outgoing:
    return Outgoing(
        notification_id=notification_id or uuid4(),
        address=address,
        title=title,
        text=text,
        expires_at=expires_at,
        data=data or {},
    )


def push(provider: PushProvider) -> DeliveryChannel:
    found = channel_of(NotificationChannel.PUSH, provider)
    assert found is not None
    return found


def told(outcomes: Sequence[Outcome]) -> list[tuple[Any, Any]]:
    """What came of each, without the rest."""
    return [(each.verdict.value, each.problem and str(each.problem)) for each in outcomes]
