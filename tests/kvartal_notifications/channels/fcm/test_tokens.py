import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.kvartal_notifications.channels.conftest import a_message, push, told

from kvartal_notifications.channels.port import Outcome
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.service import opened
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.testing.fcm import FcmService, fcm_error
from kvartal_notifications.testing.local import Reply
from kvartal_notifications.testing.push import push_channels, push_settings

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)

Freeze = Callable[[str | datetime], AbstractContextManager[None]]


async def send(*tokens: str) -> list[Outcome]:
    return list(await push(PushProvider.FCM).send([a_message(each) for each in tokens]))


async def test_one_token_serves_all_who_ask_at_once(fcm: FcmService, tmp_path: Path) -> None:
    fcm.token_script.delay = 0.1
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send(*(f"device-{n}" for n in range(30)))
        outcomes += await send("device-30")

    assert told(outcomes) == [("SENT", None)] * 31
    assert fcm.tokens_given == 1


async def test_a_token_is_renewed_a_minute_before_its_end(
    fcm: FcmService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    async with push_channels(tmp_path, fcm=fcm):
        given = []
        for seconds in (0, 3539, 3540):
            with frozen_clock(NOW + timedelta(seconds=seconds)):
                await send("device-1")
            given.append(fcm.tokens_given)

    assert given == [1, 1, 2]


async def test_a_token_that_is_refused_is_renewed_once_for_all(
    fcm: FcmService, tmp_path: Path
) -> None:
    async with push_channels(tmp_path, fcm=fcm):
        await send("device-1")
        fcm.expire_tokens()
        outcomes = await send(*(f"device-{n}" for n in range(20)))

    assert told(outcomes) == [("SENT", None)] * 20
    assert fcm.tokens_given == 2


async def test_a_fresh_token_that_is_refused_is_not_asked_for_again(
    fcm: FcmService, tmp_path: Path
) -> None:
    fcm.script.replies = [fcm_error(401), fcm_error(401)]
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1")

    assert told(outcomes) == [("LATER", "UNAUTHENTICATED")]
    assert (fcm.asked, fcm.tokens_given) == (2, 2)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(400, b'{"error": "invalid_grant"}'), "UNAUTHENTICATED"),
        (Reply(401), "UNAUTHENTICATED"),
        (Reply(500), "UNAVAILABLE"),
        (Reply(429), "UNAVAILABLE"),
        (Reply(200, b"no JSON"), "UNAVAILABLE"),
        (Reply(200, b'{"access_token": "", "expires_in": 3600}'), "UNAVAILABLE"),
        (Reply(200, b'{"access_token": "t"}'), "UNAVAILABLE"),
    ],
)
async def test_without_a_token_nothing_is_sent(
    fcm: FcmService, tmp_path: Path, reply: Reply, problem: str
) -> None:
    fcm.token_script.replies = [reply]
    async with push_channels(tmp_path, fcm=fcm):
        outcomes = await send("device-1")

    assert told(outcomes) == [("LATER", problem)]
    assert fcm.asked == 0


async def test_the_giver_of_tokens_is_left_alone_as_it_asks(
    fcm: FcmService, tmp_path: Path, frozen_clock: Freeze
) -> None:
    fcm.token_script.replies = [Reply(503, headers={"retry-after": "30"})]
    with frozen_clock(NOW):
        async with push_channels(tmp_path, fcm=fcm):
            outcomes = [*await send("device-1"), *await send("device-2")]

    assert {each.retry_at for each in outcomes} == {NOW + timedelta(seconds=30)}
    assert fcm.tokens_given == 0


async def test_a_key_of_another_account_gets_no_token(fcm: FcmService, tmp_path: Path) -> None:
    values = push_settings(tmp_path, fcm=fcm)
    fcm.credentials(tmp_path, client_email="other@example.org")
    async with opened(NotificationsSettings.model_validate(values), is_demo=False):
        outcomes = await send("device-1")

    assert told(outcomes) == [("LATER", "UNAUTHENTICATED")]


async def test_who_waits_no_more_takes_the_token_from_nobody(
    fcm: FcmService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcm.token_script.delay = 0.3
    async with push_channels(tmp_path, fcm=fcm):
        first = asyncio.create_task(send("device-1"))
        second = asyncio.create_task(send("device-2"))
        await asyncio.sleep(0.1)
        first.cancel()
        outcomes = await second

    assert told(outcomes) == [("SENT", None)]
    assert (fcm.tokens_given, fcm.asked) == (1, 1)
