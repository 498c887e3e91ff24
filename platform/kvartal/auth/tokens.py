"""Tokens: signed ones, derived ones, and opaque ones of which only hashes are kept."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

import jwt

from kvartal.errors import Unauthenticated

__all__ = [
    "AccessClaims",
    "device_of",
    "device_token",
    "fingerprint",
    "is_service_token",
    "key_id",
    "new_refresh_token",
    "new_service_token",
    "read_access_token",
    "reset_of",
    "reset_token",
    "sign_access_token",
]

_ALGORITHM = "HS256"
_SERVICE_PREFIX = "kv_"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: a session, until when."""

    session_id: UUID
    expires_at: datetime


def key_id(key: bytes) -> str:
    """The name of a signing key in a token's header: tells the old from the new on rotation."""
    return hashlib.sha256(key).hexdigest()[:8]


def sign_access_token(claims: AccessClaims, key: bytes, *, issued_at: datetime) -> str:
    """The access token of a session."""
    payload = {
        "sub": str(claims.session_id),
        "iat": int(issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(payload, key, algorithm=_ALGORITHM, headers={"kid": key_id(key)})


def read_access_token(token: str, keys: Mapping[str, bytes], *, now: datetime) -> AccessClaims:
    """What a token signed by one of the keys says; Unauthenticated if it is none or expired."""
    try:
        claims = _signed_claims(token, tuple(keys.items()))
    except (jwt.InvalidTokenError, LookupError, TypeError, ValueError, ArithmeticError):
        raise Unauthenticated("TOKEN_INVALID") from None
    if claims.expires_at <= now:
        raise Unauthenticated("TOKEN_EXPIRED")
    return claims


# A client sends its token with each request, and what it says never changes: to read it again
# takes longer than the rest of a small answer. What is refused is not kept.
@lru_cache(maxsize=4096)
def _signed_claims(token: str, keys: tuple[tuple[str, bytes], ...]) -> AccessClaims:
    # The library asks the system's clock; ours may be shifted, so the times are checked elsewhere.
    payload = jwt.decode(
        token,
        dict(keys)[jwt.get_unverified_header(token)["kid"]],
        algorithms=[_ALGORITHM],
        options={"require": ["exp", "iat", "sub"], "verify_exp": False, "verify_iat": False},
    )
    return AccessClaims(
        session_id=UUID(payload["sub"]),
        expires_at=datetime.fromtimestamp(payload["exp"], UTC),
    )


def new_refresh_token() -> str:
    """A new refresh token."""
    return secrets.token_urlsafe(32)


def new_service_token() -> str:
    """A new service token; the prefix lets scanners of leaked secrets find it."""
    return _SERVICE_PREFIX + secrets.token_urlsafe(32)


def is_service_token(token: str) -> bool:
    """Whether a credential claims to be an integrator's."""
    return token.startswith(_SERVICE_PREFIX)


def fingerprint(token: str) -> str:
    """The hash by which an opaque token is found; its 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def reset_token(reset_id: UUID, key: bytes) -> str:
    """The token of a reset link: derived, so that neither database nor outbox holds it."""
    return _sealed(reset_id, key)


def reset_of(token: str, keys: Sequence[bytes]) -> UUID | None:
    """The reset that a token was derived from by one of the keys."""
    return _unsealed(token, keys)


def device_token(device: UUID, user_id: UUID, key: bytes) -> str:
    """What a device keeps of having signed in as somebody; it opens nothing."""
    return _sealed(device, key, user_id.bytes)


def device_of(token: str, user_id: UUID, keys: Sequence[bytes]) -> UUID | None:
    """The device of a token, if it was made for this person by one of the keys."""
    return _unsealed(token, keys, user_id.bytes)


def _sealed(value: UUID, key: bytes, bound_to: bytes = b"") -> str:
    seal = hmac.digest(key, value.bytes + bound_to, hashlib.sha256)
    return base64.urlsafe_b64encode(value.bytes + seal).decode()


def _unsealed(token: str, keys: Sequence[bytes], bound_to: bytes = b"") -> UUID | None:
    try:
        raw = base64.b64decode(token.strip(), altchars=b"-_", validate=True)
    except ValueError:
        return None
    value, seal = raw[:16], raw[16:]
    for key in keys:
        expected = hmac.digest(key, value + bound_to, hashlib.sha256)
        if hmac.compare_digest(seal, expected) and len(value) == 16:
            return UUID(bytes=value)
    return None
