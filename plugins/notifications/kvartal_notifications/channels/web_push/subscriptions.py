"""A browser's subscription: where its pushes go, and the keys that only it can open them with."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["MAX_ENDPOINT", "Subscription", "is_auth", "is_endpoint", "is_point"]

MAX_ENDPOINT = 1_000
_POINT_BYTES = 65
_AUTH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Subscription:
    """What ``PushSubscription.toJSON()`` of a browser says."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    def packed(self) -> str:
        """The subscription as one text: the address of a device."""
        return orjson.dumps(
            {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}
        ).decode()

    @classmethod
    def unpacked(cls, text: str) -> "Subscription":
        """The subscription of a device's address."""
        return cls(**orjson.loads(text))

    @property
    def service(self) -> str:
        """Whose push service it is: scheme, host and port, as RFC 6454 writes an origin."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc.lower()}"


def is_endpoint(url: str, *, allowed: frozenset[str]) -> bool:
    """Whether it is a plain https address, or http to a host that is allowed by name."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in allowed)
    is_plain = parts.username is None and parts.password is None and not parts.fragment
    is_text = url.isascii() and url.isprintable() and " " not in url
    return bool(host and is_safe and is_plain and is_text and len(url) <= MAX_ENDPOINT)


def is_point(text: str) -> bool:
    """Whether it is a point of P-256, not compressed, in base64url."""
    found = _decoded(text)
    if found is None or len(found) != _POINT_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found)
    except ValueError:
        return False
    return True


def is_auth(text: str) -> bool:
    """Whether it is a secret of 16 bytes, in base64url."""
    found = _decoded(text)
    return found is not None and len(found) == _AUTH_BYTES


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
