"""The push service of the tests takes nothing that is not as it must be."""

import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.kvartal_notifications.channels.conftest import a_message

from kvartal_notifications.channels.web_push.keys import SigningKey
from kvartal_notifications.channels.web_push.sealing import Sealer
from kvartal_notifications.testing.web_push import WebPushService, a_signing_key


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.read(a_signing_key(tmp_path))


def signed(key: SigningKey, **claims: Any) -> str:
    private = load_pem_private_key(key.private_pem, password=None)
    token = jwt.encode(claims, private, algorithm="ES256")  # type: ignore[arg-type] # it is one of them
    return f"vapid t={token}, k={key.public_key}"


async def pushed(
    service: WebPushService,
    key: SigningKey,
    *,
    body: bytes | None = None,
    server_key: str | None = None,
    **changed: str,
) -> tuple[int, list[str]]:
    """The status of the answer, and the reason, for a message that is right but for the change."""
    browser = service.browser(server_key)
    made = Sealer(key, "a@example.org").sealed(a_message("-"), browser.subscription)
    assert made is not None
    headers = {
        "authorization": made.authorization,
        "content-encoding": "aes128gcm",
        "ttl": "60",
        "topic": "a",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(browser.endpoint, content=body or made.body, headers=headers)
    return answer.status_code, service.refusals


async def test_what_is_right_is_taken(browsers: WebPushService, key: SigningKey) -> None:
    assert await pushed(browsers, key, server_key=key.public_key) == (201, [])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"authorization": "Bearer token"}, (401, ["not signed"])),
        ({"authorization": "vapid t=a"}, (401, ["not signed"])),
        ({"server_key": "another"}, (403, ["another server's browser"])),
        ({"ttl": ""}, (400, ["no TTL"])),
        ({"content_encoding": "aesgcm"}, (400, ["another encoding"])),
        ({"topic": "x" * 33}, (400, ["a long topic"])),
        ({"body": b"x" * 4097}, (413, ["too large"])),
        ({"body": b"x" * 200}, (400, ["not one record of a key on P-256"])),
    ],
)
async def test_what_is_wrong_is_refused(
    browsers: WebPushService,
    key: SigningKey,
    changed: dict[str, Any],
    expected: tuple[int, list[str]],
) -> None:
    assert await pushed(browsers, key, **changed) == expected


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "http://127.0.0.1"}, "InvalidAudienceError"),
        ({"exp": time.time() - 60}, "ExpiredSignatureError"),
        ({"exp": time.time() + 25 * 3600}, "too long, or nobody's"),
        ({"sub": "nobody"}, "too long, or nobody's"),
    ],
)
async def test_a_signature_must_be_for_this_service_and_of_today(
    browsers: WebPushService, key: SigningKey, claims: dict[str, Any], reason: str
) -> None:
    usual = {"aud": browsers.origin, "exp": time.time() + 60, "sub": "mailto:a@example.org"}

    assert await pushed(browsers, key, authorization=signed(key, **(usual | claims))) == (
        403,
        [reason],
    )


async def test_the_signature_of_another_key_is_refused(
    browsers: WebPushService, key: SigningKey, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = SigningKey.read(a_signing_key(tmp_path / "other"))
    forged = signed(other, aud=browsers.origin, exp=time.time() + 60, sub="mailto:a@b.c")
    forged = forged.replace(other.public_key, key.public_key)

    assert await pushed(browsers, key, authorization=forged) == (403, ["InvalidSignatureError"])
