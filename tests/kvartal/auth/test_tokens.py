import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import orjson
import pytest

from kvartal.auth import tokens
from kvartal.auth.tokens import AccessClaims
from kvartal.errors import Unauthenticated

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
KEY = b"k" * 32
OTHER = b"o" * 32
KEYS = {tokens.key_id(KEY): KEY}
CLAIMS = AccessClaims(uuid4(), NOW + timedelta(minutes=15))


def signed(key: bytes = KEY) -> str:
    return tokens.sign_access_token(CLAIMS, key, issued_at=NOW)


def test_an_access_token_tells_its_session_and_end() -> None:
    assert tokens.read_access_token(signed(), KEYS, now=NOW) == CLAIMS


def test_a_token_of_the_former_key_is_read_while_that_key_is_known() -> None:
    keys = {**KEYS, tokens.key_id(OTHER): OTHER}

    assert tokens.read_access_token(signed(OTHER), keys, now=NOW) == CLAIMS


def test_a_token_that_was_read_is_invalid_once_its_key_is_given_up() -> None:
    token = signed(OTHER)
    tokens.read_access_token(token, {tokens.key_id(OTHER): OTHER}, now=NOW)

    with pytest.raises(Unauthenticated) as refused:
        tokens.read_access_token(token, KEYS, now=NOW)

    assert refused.value.message_code == "TOKEN_INVALID"


def test_a_token_lives_on_our_clock_and_not_on_the_systems() -> None:
    far = datetime(2001, 1, 1, tzinfo=UTC)
    claims = AccessClaims(CLAIMS.session_id, far + timedelta(minutes=15))

    token = tokens.sign_access_token(claims, KEY, issued_at=far)

    assert tokens.read_access_token(token, KEYS, now=far) == claims


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1), timedelta(days=99)])
def test_an_expired_token_is_told_apart(late: timedelta) -> None:
    with pytest.raises(Unauthenticated) as refused:
        tokens.read_access_token(signed(), KEYS, now=CLAIMS.expires_at + late)

    assert refused.value.message_code == "TOKEN_EXPIRED"


def with_payload(**payload: object) -> Callable[[], str]:
    return lambda: jwt.encode(payload, KEY, algorithm="HS256", headers={"kid": tokens.key_id(KEY)})


def with_header(**header: object) -> Callable[[], str]:
    def forge() -> str:
        _, payload, signature = signed().split(".")
        raw = base64.urlsafe_b64encode(orjson.dumps(header)).decode().rstrip("=")
        return f"{raw}.{payload}.{signature}"

    return forge


SUB = str(CLAIMS.session_id)
KID = tokens.key_id(KEY)


@pytest.mark.parametrize(
    ("case", "forge"),
    [
        ("empty", lambda: ""),
        ("no token", lambda: "Мария"),
        ("half a surrogate pair", lambda: "\ud800"),
        ("opaque", tokens.new_refresh_token),
        ("another installation's key", lambda: signed(OTHER)),
        ("cut", lambda: signed()[:-2]),
        ("signature of nothing", lambda: signed().rpartition(".")[0] + "."),
        ("no algorithm", with_header(alg="none", kid=KID)),
        ("another algorithm", with_header(alg="HS512", kid=KID)),
        ("no key named", with_header(alg="HS256")),
        ("key named by a number", with_header(alg="HS256", kid=1)),
        ("key named by a list", with_header(alg="HS256", kid=[KID])),
        ("no session", with_payload(iat=1, exp=2**33)),
        ("session that is none", with_payload(sub="me", iat=1, exp=2**33)),
        ("no end", with_payload(sub=SUB, iat=1)),
        ("no beginning", with_payload(sub=SUB, exp=2**33)),
        ("end that is no time", with_payload(sub=SUB, iat=1, exp="later")),
        ("end beyond all times", with_payload(sub=SUB, iat=1, exp=10**30)),
    ],
)
def test_a_token_that_we_did_not_sign_is_invalid(case: str, forge: Callable[[], str]) -> None:
    token = forge()

    with pytest.raises(Unauthenticated) as refused:
        tokens.read_access_token(token, KEYS, now=NOW)

    assert refused.value.message_code == "TOKEN_INVALID"


def test_opaque_tokens_are_long_and_never_the_same() -> None:
    made = {tokens.new_refresh_token() for _ in range(100)}
    made |= {tokens.new_service_token() for _ in range(100)}

    assert len(made) == 200
    assert min(map(len, made)) >= 43


def test_a_service_token_is_known_by_its_prefix() -> None:
    assert tokens.is_service_token(tokens.new_service_token())
    assert not tokens.is_service_token(signed())


def test_a_fingerprint_is_that_of_sha_256_whatever_the_text() -> None:
    assert tokens.fingerprint("abc").startswith("ba7816bf8f01cfea414140de5dae2223")
    assert len(tokens.fingerprint("\ud800")) == 64


def test_a_derived_token_is_the_same_each_time_and_tells_its_row() -> None:
    reset = uuid4()

    token = tokens.reset_token(reset, KEY)

    assert token == tokens.reset_token(reset, KEY)
    assert len(token) == 64
    assert token.replace("-", "").replace("_", "").isalnum()
    assert tokens.reset_of(f" {token}\n", [OTHER, KEY]) == reset
    assert tokens.reset_of(token, [OTHER]) is None
    assert tokens.reset_of(token, []) is None


@pytest.mark.parametrize("token", ["", "Мария", "A" * 64, "A" * 63, "A" * 8, "ab cd", "\ud800"])
def test_a_text_that_was_not_derived_is_no_token(token: str) -> None:
    assert tokens.reset_of(token, [KEY]) is None
    assert tokens.device_of(token, uuid4(), [KEY]) is None


def test_a_shortened_token_with_a_seal_of_its_own_is_none() -> None:
    value = b"short"
    forged = base64.urlsafe_b64encode(value + hmac.digest(KEY, value, "sha256")).decode()

    assert tokens.reset_of(forged, [KEY]) is None


def test_a_device_token_is_of_one_person() -> None:
    device, owner = uuid4(), uuid4()

    token = tokens.device_token(device, owner, KEY)

    assert tokens.device_of(token, owner, [OTHER, KEY]) == device
    assert tokens.device_of(token, uuid4(), [KEY]) is None
    assert tokens.device_of(token, owner, [OTHER]) is None
    assert tokens.reset_of(token, [KEY]) is None
