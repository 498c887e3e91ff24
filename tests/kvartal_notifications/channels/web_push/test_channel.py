import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

import jwt
import pytest
from structlog.testing import capture_logs
from tests.kvartal_notifications.channels.conftest import a_message, push, told

from kvartal.graphql.node import encode_id
from kvartal.testing.processes import free_port
from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.channels.push import batches
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.service import opened, web_push_public_key
from kvartal_notifications.channels.web_push.subscriptions import Subscription
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.testing.local import Reply
from kvartal_notifications.testing.push import push_channels, push_settings
from kvartal_notifications.testing.web_push import Browser, WebPushService, web_push_service

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)

Freeze = Callable[[str | datetime], AbstractContextManager[None]]


async def send(*browsers: Browser, **message: object) -> list[Outcome]:
    batch = [a_message(each.subscription.packed(), **message) for each in browsers]  # type: ignore[arg-type] # named as they are
    return list(await push(PushProvider.WEB_PUSH).send(batch))


async def test_a_message_comes_to_the_browser_that_alone_can_open_it(
    browsers: WebPushService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    notification_id = uuid4()
    with frozen_clock(NOW):
        async with push_channels(tmp_path, web_push=browsers):
            browser = browsers.browser(web_push_public_key())
            outcomes = await send(
                browser,
                notification_id=notification_id,
                expires_at=NOW + timedelta(hours=2),
                data={"premiseId": "p"},
            )

    [pushed] = browsers.pushed
    assert outcomes == [Outcome(verdict=Verdict.SENT)]
    assert pushed.told == {
        "title": "Показания",
        "body": "Передайте показания до 25 ноября",
        "tag": notification_id.hex,
        "data": {"notificationId": encode_id("Notification", notification_id), "premiseId": "p"},
    }
    topic = base64.urlsafe_b64decode(pushed.headers["topic"] + "==")
    assert topic == notification_id.bytes
    assert (pushed.headers["ttl"], pushed.headers["urgency"]) == ("7200", "normal")
    assert pushed.headers["host"] == f"127.0.0.1:{browsers.port}"


async def test_each_message_has_its_own_life_and_none_that_of_another(
    browsers: WebPushService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        async with push_channels(tmp_path, web_push=browsers):
            browser = browsers.browser()
            await send(browser, expires_at=NOW + timedelta(minutes=10))
            await send(browser, expires_at=NOW - timedelta(minutes=10))
            await send(browser)

    lives = [each.headers["ttl"] for each in browsers.pushed]
    assert lives == ["600", "0", str(28 * 24 * 3600)]


async def test_a_repeated_attempt_stands_in_the_place_of_the_first(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        browser, notification_id = browsers.browser(), uuid4()
        await send(browser, notification_id=notification_id)
        await send(browser, notification_id=notification_id)
        await send(browser)

    topics = [each.headers["topic"] for each in browsers.pushed]
    assert (topics[0], len(set(topics))) == (topics[1], 2)
    assert len(browsers.shown) == 2


async def test_the_signature_is_for_the_service_with_its_port(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        await send(browsers.browser(), browsers.browser())

    tokens = {each.headers["authorization"] for each in browsers.pushed}
    claims = jwt.decode(
        next(iter(tokens)).partition("t=")[2].partition(",")[0],
        options={"verify_signature": False},
    )
    assert browsers.refusals == []
    assert claims["aud"] == f"http://127.0.0.1:{browsers.port}"
    assert claims["sub"] == "mailto:push@example.org"
    assert len(tokens) == 1  # made once for the service


async def test_a_signature_is_made_anew_long_before_its_end(
    browsers: WebPushService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        browser = browsers.browser()
        for hours in (0, 5, 7):
            with frozen_clock(NOW + timedelta(hours=hours)):
                await send(browser)

    first, second, third = (each.headers["authorization"] for each in browsers.pushed)
    assert first == second
    assert second != third


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200), ("SENT", None)),
        (Reply(202), ("SENT", None)),
        (Reply(302, headers={"location": "/elsewhere"}), ("REFUSED", "UNEXPECTED_ANSWER")),
        (Reply(400), ("REFUSED", "MESSAGE_REFUSED")),
        (Reply(401), ("REFUSED", "FORBIDDEN")),
        (Reply(403), ("REFUSED", "FORBIDDEN")),
        (Reply(404), ("ADDRESS_GONE", "UNREGISTERED")),
        (Reply(410), ("ADDRESS_GONE", "UNREGISTERED")),
        (Reply(413), ("REFUSED", "TOO_LARGE")),
        (Reply(418), ("REFUSED", "UNEXPECTED_ANSWER")),
        (Reply(500), ("LATER", "UNAVAILABLE")),
        (Reply(503), ("LATER", "UNAVAILABLE")),
    ],
)
async def test_an_answer_means_what_the_standard_says(
    browsers: WebPushService, tmp_path: Path, reply: Reply, expected: tuple[str, str | None]
) -> None:
    browsers.script.replies = [reply]
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(browsers.browser())

    assert told(outcomes) == [expected]
    assert outcomes[0].retry_at is None
    assert browsers.asked == 1


async def test_a_browser_that_has_unsubscribed_is_gone(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        first, second = browsers.browser(), browsers.browser()
        browsers.gone = {first.endpoint}
        outcomes = await send(first, second)

    assert told(outcomes) == [("ADDRESS_GONE", "UNREGISTERED"), ("SENT", None)]


async def test_a_browser_that_subscribed_for_another_key_takes_nothing(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(browsers.browser("another key"))

    assert told(outcomes) == [("REFUSED", "FORBIDDEN")]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "retry_after", ["120", format_datetime(NOW + timedelta(seconds=120), usegmt=True)]
)
async def test_a_service_is_left_alone_and_no_other(
    browsers: WebPushService, tmp_path: Path, frozen_clock: Freeze, status: int, retry_after: str
) -> None:
    until = NOW + timedelta(seconds=120)
    browsers.script.replies = [Reply(status, headers={"retry-after": retry_after})]
    with web_push_service() as other:
        async with push_channels(tmp_path, web_push=browsers):
            with frozen_clock(NOW):
                first = await send(browsers.browser())
                meanwhile = await send(browsers.browser(), other.browser())
            asked = browsers.asked
            with frozen_clock(until):
                again = await send(browsers.browser())

    assert (first[0].verdict, first[0].retry_at) == (Verdict.LATER, until)
    assert told(meanwhile) == [("LATER", "PAUSED"), ("SENT", None)]
    assert meanwhile[0].retry_at == until
    assert asked == 1
    assert told(again) == [("SENT", None)]


async def test_a_429_that_says_no_time_means_a_minute(
    browsers: WebPushService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    browsers.script.replies = [Reply(429)]
    with frozen_clock(NOW):
        async with push_channels(tmp_path, web_push=browsers):
            outcomes = await send(browsers.browser())

    assert told(outcomes) == [("LATER", "QUOTA_EXCEEDED")]
    assert outcomes[0].retry_at == NOW + timedelta(minutes=1)


async def test_a_slow_service_is_not_waited_for(
    browsers: WebPushService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ATTEMPT_SECONDS", 0.1)
    browsers.script.delay = 0.5
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(browsers.browser())

    assert told(outcomes) == [("LATER", "NO_ANSWER")]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://localhost/push/1", ("REFUSED", "ADDRESS_REFUSED")),
        ("https://169.254.169.254/push/1", ("REFUSED", "ADDRESS_REFUSED")),
        ("https://[::1]/push/1", ("REFUSED", "ADDRESS_REFUSED")),
        ("http://localhost/push/1", ("REFUSED", "ADDRESS_REFUSED")),
        ("ftp://127.0.0.1/push/1", ("REFUSED", "ADDRESS_REFUSED")),
        ("https://nowhere.invalid/push/1", ("LATER", "HOST_UNKNOWN")),
    ],
)
async def test_an_address_inside_is_not_called(
    browsers: WebPushService, tmp_path: Path, endpoint: str, expected: tuple[str, str]
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(Browser(endpoint))

    assert told(outcomes) == [expected]


async def test_a_service_that_is_not_there_is_tried_later(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(Browser(f"http://127.0.0.1:{free_port()}/push/1"))

    assert told(outcomes) == [("LATER", "UNREACHABLE")]


async def test_without_being_allowed_the_loopback_is_not_called(
    browsers: WebPushService, tmp_path: Path
) -> None:
    values = push_settings(tmp_path, web_push=browsers) | {"allowed_hosts": ""}
    async with opened(NotificationsSettings.model_validate(values), is_demo=False):
        plain = await send(browsers.browser())
        subscription = Browser(f"https://127.0.0.1:{browsers.port}/push/1")
        encrypted = await send(subscription)

    assert told([*plain, *encrypted]) == [("REFUSED", "ADDRESS_REFUSED")] * 2
    assert browsers.asked == 0


async def test_a_long_text_is_cut_to_what_every_service_takes(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(browsers.browser(), text='"Показания" ' * 1000)

    assert told(outcomes) == [("SENT", None)]
    assert browsers.pushed[0].told["body"].endswith("…")
    assert 4090 <= int(browsers.pushed[0].headers["content-length"]) <= 4096


async def test_a_message_whose_facts_alone_are_too_large_is_refused(
    browsers: WebPushService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await send(browsers.browser(), data={"link": "x" * 5000})

    assert told(outcomes) == [("REFUSED", "TOO_LARGE")]
    assert browsers.asked == 0


async def test_a_subscription_that_was_spoiled_is_an_outcome_too(
    browsers: WebPushService, tmp_path: Path
) -> None:
    endpoint = browsers.browser().endpoint
    spoiled = Subscription(endpoint, "AAAA", "AAAA").packed()
    async with push_channels(tmp_path, web_push=browsers):
        outcomes = await push(PushProvider.WEB_PUSH).send(
            [a_message(spoiled), a_message("no JSON")]
        )

    assert told(outcomes) == [("LATER", "BROKEN")] * 2


async def test_the_log_tells_neither_address_nor_text(
    browsers: WebPushService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "kvartal_notifications")
    async with push_channels(tmp_path, web_push=browsers):
        browser = browsers.browser("another key")
        with capture_logs() as logged:
            await send(browser, title="Секретный заголовок", text="Секретный текст")

    said = str(logged) + caplog.text
    assert "notifications.push_not_sent" in said
    for secret in (browser.endpoint[-20:], browser.subscription.auth, "Секретный"):
        assert secret not in said
