from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from structlog.testing import capture_logs
from tests.kvartal_notifications.channels.conftest import a_message, push, told

from kvartal import clock
from kvartal.graphql.node import encode_id
from kvartal.testing.processes import free_port
from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.channels.push import batches
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.service import opened
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.testing.fcm import FcmService, fcm_error
from kvartal_notifications.testing.local import Reply
from kvartal_notifications.testing.push import push_channels, push_settings

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)

Freeze = Callable[[str | datetime], AbstractContextManager[None]]


async def send(*tokens: str, **message: object) -> list[Outcome]:
    batch = [a_message(each, **message) for each in tokens]  # type: ignore[arg-type] # named as they are
    return list(await push(PushProvider.FCM).send(batch))


async def test_a_message_arrives_with_all_that_the_devices_need(
    fcm: FcmService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    notification_id = uuid4()
    with frozen_clock(NOW):
        async with push_channels(tmp_path, fcm=fcm):
            outcomes = await send(
                "device-1",
                notification_id=notification_id,
                expires_at=NOW + timedelta(hours=2),
                data={"premiseId": "p"},
            )

    assert fcm.sent == [
        {
            "token": "device-1",
            "notification": {"title": "Показания", "body": "Передайте показания до 25 ноября"},
            "data": {
                "notificationId": encode_id("Notification", notification_id),
                "premiseId": "p",
            },
            "android": {
                "collapse_key": notification_id.hex,
                "ttl": "7200s",
                "notification": {"tag": notification_id.hex},
            },
            "apns": {
                "headers": {
                    "apns-collapse-id": notification_id.hex,
                    "apns-expiration": str(int(NOW.timestamp()) + 7200),
                }
            },
        }
    ]
    assert outcomes == [
        Outcome(verdict=Verdict.SENT, provider_message="projects/kvartal-test/messages/1")
    ]


@pytest.mark.parametrize(
    ("expires_at", "ttl", "expiration"),
    [
        (None, "2419200s", int((NOW + timedelta(days=28)).timestamp())),
        (NOW + timedelta(days=90), "2419200s", int((NOW + timedelta(days=28)).timestamp())),
        (NOW - timedelta(hours=1), "0s", 0),
    ],
)
async def test_a_message_is_kept_no_longer_than_fcm_may(
    fcm: FcmService,
    tmp_path: Path,
    frozen_clock: Freeze,
    expires_at: datetime | None,
    ttl: str,
    expiration: int,
) -> None:
    with frozen_clock(NOW):
        async with push_channels(tmp_path, fcm=fcm):
            await send("device-1", expires_at=expires_at)

    [message] = fcm.sent
    assert message["android"]["ttl"] == ttl
    assert message["apns"]["headers"]["apns-expiration"] == str(expiration)


async def test_a_repeated_attempt_stands_in_the_place_of_the_first(
    fcm: FcmService, tmp_path: Path
) -> None:
    notification_id = uuid4()
    async with push_channels(tmp_path, fcm=fcm):
        await send("device-1", notification_id=notification_id)
        await send("device-1", notification_id=notification_id)
        await send("device-1")

    assert len(fcm.sent) == 3
    assert len(fcm.shown) == 2


async def test_outcomes_stand_in_the_order_of_the_messages(fcm: FcmService, tmp_path: Path) -> None:
    fcm.gone, fcm.malformed = {"gone"}, {"malformed"}
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1", "gone", "malformed", "device-2")

    assert told(outcomes) == [
        ("SENT", None),
        ("ADDRESS_GONE", "UNREGISTERED"),
        ("ADDRESS_GONE", "ADDRESS_INVALID"),
        ("SENT", None),
    ]


FIELD = orjson.dumps(
    {"error": {"details": [{"fieldViolations": [{"field": "message.data[0].value"}]}]}}
)
TOKEN_FIELD = orjson.dumps(
    {"error": {"details": [{"fieldViolations": [{"field": "message.token"}]}]}}
)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, FIELD), ("REFUSED", "MESSAGE_REFUSED")),
        (Reply(400, TOKEN_FIELD), ("ADDRESS_GONE", "ADDRESS_INVALID")),
        (Reply(400, b"[]"), ("REFUSED", "MESSAGE_REFUSED")),
        (fcm_error(400, "INVALID_ARGUMENT", "Other"), ("REFUSED", "MESSAGE_REFUSED")),
        (fcm_error(403, "SENDER_ID_MISMATCH"), ("REFUSED", "SENDER_ID_MISMATCH")),
        (fcm_error(403), ("LATER", "FORBIDDEN")),
        (fcm_error(401, "THIRD_PARTY_AUTH_ERROR"), ("LATER", "THIRD_PARTY_AUTH_ERROR")),
        (Reply(404, b"<html>"), ("LATER", "UNEXPECTED_ANSWER")),
        (fcm_error(404), ("LATER", "UNEXPECTED_ANSWER")),
        (Reply(413), ("REFUSED", "TOO_LARGE")),
        (Reply(302, headers={"location": "/elsewhere"}), ("REFUSED", "UNEXPECTED_ANSWER")),
        (fcm_error(500, "INTERNAL"), ("LATER", "UNAVAILABLE")),
        (fcm_error(503, "UNAVAILABLE"), ("LATER", "UNAVAILABLE")),
        (Reply(200, b"no JSON"), ("SENT", None)),
        (Reply(200, b'{"name": 7}'), ("SENT", None)),
    ],
)
async def test_an_answer_means_what_the_documentation_says(
    fcm: FcmService, tmp_path: Path, reply: Reply, expected: tuple[str, str | None]
) -> None:
    fcm.script.replies = [reply]
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1")

    assert told(outcomes) == [expected]
    assert outcomes[0].retry_at is None
    assert fcm.asked == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "retry_after", ["120", format_datetime(NOW + timedelta(seconds=120), usegmt=True)]
)
async def test_fcm_is_left_alone_until_it_may_be_asked_again(
    fcm: FcmService, tmp_path: Path, frozen_clock: Freeze, status: int, retry_after: str
) -> None:
    until = NOW + timedelta(seconds=120)
    fcm.script.replies = [fcm_error(status, retry_after=retry_after)]
    async with push_channels(tmp_path, fcm=fcm):
        with frozen_clock(NOW):
            first = await send("device-1")
        with frozen_clock(until - timedelta(seconds=1)):
            meanwhile = await send("device-2", "device-3")
        asked = fcm.asked
        with frozen_clock(until):
            again = await send("device-1")

    assert (first[0].verdict, first[0].retry_at) == (Verdict.LATER, until)
    assert told(meanwhile) == [("LATER", "PAUSED")] * 2
    assert {each.retry_at for each in meanwhile} == {until}
    assert asked == 1
    assert told(again) == [("SENT", None)]


async def test_a_429_that_says_no_time_means_a_minute(
    fcm: FcmService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    fcm.script.replies = [fcm_error(429, "QUOTA_EXCEEDED")]
    with frozen_clock(NOW):
        async with push_channels(tmp_path, fcm=fcm):
            outcomes = await send("device-1")

    assert told(outcomes) == [("LATER", "QUOTA_EXCEEDED")]
    assert outcomes[0].retry_at == NOW + timedelta(minutes=1)


async def test_what_the_account_is_refused_is_not_asked_for_a_minute(
    fcm: FcmService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    fcm.script.replies = [fcm_error(403)]
    async with push_channels(tmp_path, fcm=fcm):
        with frozen_clock(NOW):
            outcomes = [*await send("device-1"), *await send("device-2")]
        with frozen_clock(NOW + timedelta(minutes=1)):
            outcomes += await send("device-3")

    assert told(outcomes) == [("LATER", "FORBIDDEN"), ("LATER", "PAUSED"), ("SENT", None)]


async def test_a_slow_answer_is_not_waited_for(
    fcm: FcmService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with push_channels(tmp_path, fcm=fcm):
        await send("device-1")
        monkeypatch.setattr(batches, "ATTEMPT_SECONDS", 0.1)
        fcm.script.delay = 0.5
        outcomes = await send("device-2")

    assert told(outcomes) == [("LATER", "NO_ANSWER")]


async def test_a_service_that_is_not_there_is_tried_later(fcm: FcmService, tmp_path: Path) -> None:
    values = push_settings(tmp_path, fcm=fcm) | {"fcm_url": f"http://127.0.0.1:{free_port()}"}
    async with opened(NotificationsSettings.model_validate(values), is_demo=False):
        outcomes = await send("device-1")

    assert told(outcomes) == [("LATER", "UNREACHABLE")]


async def test_an_endless_answer_is_read_no_further_than_needed(
    fcm: FcmService, tmp_path: Path
) -> None:
    fcm.script.replies = [Reply(200, b" " * 50_000_000)]
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1", "device-2")

    assert told(outcomes) == [("SENT", None)] * 2


async def test_a_long_text_is_cut_to_what_fcm_takes(fcm: FcmService, tmp_path: Path) -> None:
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1", text="Показания " * 1000)

    assert told(outcomes) == [("SENT", None)]
    body = fcm.sent[0]["notification"]["body"]
    assert body.endswith("…")
    assert len(body.encode()) > 3500


async def test_a_message_whose_facts_alone_are_too_large_is_refused(
    fcm: FcmService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1", data={"link": "x" * 5000})

    assert told(outcomes) == [("REFUSED", "TOO_LARGE")]
    assert fcm.asked == 0


async def test_a_batch_goes_together_but_not_without_bounds(
    fcm: FcmService, tmp_path: Path
) -> None:
    fcm.script.delay = 0.05
    async with push_channels(tmp_path, fcm=fcm):
        await send("first")
        begun = clock.now()
        await send(*(f"device-{n}" for n in range(120)))
        took = clock.now() - begun

    assert 5 < fcm.script.at_once <= 50
    assert took < timedelta(seconds=120 * 0.05)


async def test_what_nobody_foresaw_is_an_outcome_too(fcm: FcmService, tmp_path: Path) -> None:
    async with push_channels(tmp_path, fcm=fcm):
        with capture_logs() as logged:
            outcomes = await send("device-1", data={"not": b"text"})

    assert told(outcomes) == [("LATER", "BROKEN")]
    assert [each["event"] for each in logged] == ["notifications.push_broken"]


async def test_the_log_tells_neither_token_nor_text(
    fcm: FcmService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "kvartal_notifications")
    fcm.gone = {"secret-device"}
    async with push_channels(tmp_path, fcm=fcm):
        with capture_logs() as logged:
            await send("secret-device", title="Секретный заголовок", text="Секретный текст")

    said = str(logged) + caplog.text
    assert "notifications.push_not_sent" in said
    for secret in ("secret-device", "token-1", "Секретный", "PRIVATE KEY"):
        assert secret not in said
