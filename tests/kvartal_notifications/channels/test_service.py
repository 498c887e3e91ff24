from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.kvartal_notifications.channels.conftest import a_message, push

from kvartal import settings as host_settings
from kvartal_notifications.channels.fcm.channel import FcmPush
from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.channels.push.demo import DEMO_MESSAGE, DemoPush
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.channels.service import channel_of, opened, web_push_public_key
from kvartal_notifications.channels.web_push.channel import WebPushes
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.testing.fcm import FcmService
from kvartal_notifications.testing.push import push_channels
from kvartal_notifications.testing.web_push import WebPushService

NOTHING = NotificationsSettings()


async def test_what_is_not_set_up_is_no_channel() -> None:
    async with opened(NOTHING, is_demo=False):
        found = [channel_of(NotificationChannel.PUSH, each) for each in (*PushProvider, None)]

    assert found == [None, None, None]
    assert channel_of(NotificationChannel.IN_APP) is None
    assert web_push_public_key() is None


async def test_what_is_set_up_is_open_as_long_as_it_runs(
    fcm: FcmService, browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, fcm=fcm, web_push=browsers):
        found = [channel_of(NotificationChannel.PUSH, each) for each in PushProvider]
        key = web_push_public_key()

    assert [type(each) for each in found] == [FcmPush, WebPushes]
    assert key is not None
    assert len(key) == 87
    assert channel_of(NotificationChannel.PUSH, PushProvider.FCM) is None


async def test_in_the_demo_nothing_goes_outside_and_the_log_says_so() -> None:
    message = a_message("device", title="Заголовок")
    async with opened(NOTHING, is_demo=True):
        with capture_logs() as logged:
            outcomes = await push(PushProvider.FCM).send([message, a_message("device-2")])

    sent = Outcome(verdict=Verdict.SENT, provider_message=DEMO_MESSAGE)
    assert outcomes == [sent, sent]
    assert [each["event"] for each in logged] == ["notifications.push_shown"] * 2
    assert "Заголовок" not in str(logged)
    assert "device" not in str(logged)


async def test_the_demo_sends_by_what_is_set_up(fcm: FcmService, tmp_path: Path) -> None:
    settings = NotificationsSettings.model_validate(
        {"fcm_credentials_file": fcm.credentials(tmp_path), "fcm_url": fcm.url}
    )
    async with opened(settings, is_demo=True):
        found = [type(channel_of(NotificationChannel.PUSH, each)) for each in PushProvider]

    assert found == [FcmPush, DemoPush]


async def test_the_host_says_whether_it_is_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_settings, "_demo", True)

    async with opened(NOTHING):
        assert isinstance(push(PushProvider.FCM), DemoPush)
