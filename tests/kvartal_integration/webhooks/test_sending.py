from datetime import UTC, datetime
from uuid import uuid4

import pytest
from tests.kvartal_integration.webhooks.conftest import Receiver

from kvartal.testing.processes import free_port
from kvartal_integration.webhooks.rules import new_secret
from kvartal_integration.webhooks.service import Target, attempt, sending

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOCAL = frozenset({"127.0.0.1", "localhost"})


def target(url: str, secret: str | None = None) -> Target:
    return Target(url, secret or new_secret(), uuid4(), '{"type":"ping","data":"ж"}'.encode())


async def test_a_message_arrives_signed_and_whole(receiver: Receiver) -> None:
    secret = new_secret()
    sent = target(receiver.url, secret)

    answer = await attempt(sent, now=NOW, allowed=LOCAL)

    [told] = receiver.told
    assert (answer.status, answer.problem, answer.is_silent) == (204, None, False)
    assert (told.path, told.body) == ("/hook?key=k", sent.body)
    assert told.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert told.headers["webhook-id"] == f"msg_{sent.message_id.hex}"
    assert told.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert told.is_signed_with(secret)
    assert not told.is_signed_with(new_secret())


async def test_the_name_is_told_though_the_judged_address_is_called(receiver: Receiver) -> None:
    await attempt(target(receiver.url.replace("127.0.0.1", "localhost")), now=NOW, allowed=LOCAL)

    assert receiver.told[0].headers["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize("status", [302, 400, 404, 410, 500, 503])
async def test_another_answer_is_a_problem_and_nothing_is_followed(
    receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]

    answer = await attempt(target(receiver.url), now=NOW, allowed=LOCAL)

    assert (answer.status, answer.problem, answer.is_silent) == (status, f"HTTP {status}", False)
    assert len(receiver.told) == 1


async def test_an_address_inside_is_not_called(receiver: Receiver) -> None:
    answer = await attempt(target(receiver.url), now=NOW, allowed=frozenset())

    assert (answer.status, answer.problem, answer.is_silent) == (None, "ADDRESS_REFUSED", True)
    assert receiver.told == []


async def test_an_address_that_does_not_answer_is_silent() -> None:
    answer = await attempt(target(f"http://127.0.0.1:{free_port()}/"), now=NOW, allowed=LOCAL)

    assert (answer.status, answer.is_silent) == (None, True)
    assert "ConnectError" in (answer.problem or "")


async def test_a_slow_address_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    receiver.delay = 0.6

    answer = await attempt(target(receiver.url), now=NOW, allowed=LOCAL)

    assert (answer.status, answer.is_silent) == (None, True)
    assert "no answer" in (answer.problem or "")


async def test_a_host_that_is_not_there() -> None:
    answer = await attempt(target("https://nowhere.invalid/"), now=NOW, allowed=LOCAL)

    assert answer.problem == "HOST_UNKNOWN"


async def test_a_receiver_without_encryption_is_not_told_over_https(receiver: Receiver) -> None:
    url = receiver.url.replace("http://", "https://")

    answer = await attempt(target(url), now=NOW, allowed=LOCAL)

    assert answer.is_silent
    assert receiver.told == []
