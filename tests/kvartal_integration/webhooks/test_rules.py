from datetime import UTC, datetime, timedelta

import pytest

from kvartal_integration.webhooks.rules import (
    LIFE,
    WebhookUrlInvalid,
    check_url,
    new_secret,
    next_attempt,
    signature,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    ["https://uk.example/hook", " https://uk.example:8443/a?key=1 ", "https://[2001:db8::1]/x"],
)
def test_a_secure_address_is_taken(url: str) -> None:
    assert check_url(url, allowed=frozenset()) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "uk.example/hook",
        "http://uk.example/hook",
        "ftp://uk.example/hook",
        "https://user:password@uk.example/",
        "https://user@uk.example/",
        "https://uk.example/#part",
        "https://",
        "https://uk.example:port/",
        "https://uk.example:99999/",
        "https://[::1/",
        "https://uk.example/a b",
        "https://uk.example/\r\nx",
        "https://uk.example/" + "a" * 1000,
        "file:///etc/passwd",
    ],
)
def test_others_are_not(url: str) -> None:
    with pytest.raises(WebhookUrlInvalid) as refused:
        check_url(url, allowed=frozenset())

    assert refused.value.path == ("url",)


def test_a_host_that_is_allowed_needs_no_encryption() -> None:
    assert check_url("http://billing.local/x", allowed=frozenset({"billing.local"}))


def test_the_signature_is_that_of_the_standard() -> None:
    # The example of the specification's own libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    sent_at = datetime.fromtimestamp(1614265330, UTC)

    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_no_two_secrets_are_equal() -> None:
    assert new_secret() != new_secret()
    assert new_secret().startswith("whsec_")


def test_waits_grow_and_end_after_seven_days() -> None:
    waits, now = list[timedelta](), NOW
    for attempts in range(1, 100):
        due = next_attempt(attempts, NOW, now)
        if due is None:
            break
        waits.append(due - now)
        now = due

    assert waits[0] == timedelta(seconds=5)
    assert waits == sorted(waits)
    assert max(waits) <= timedelta(hours=10)
    assert LIFE - timedelta(hours=10) <= now - NOW < LIFE
