"""Web Push for tests: browsers, and the local push service that brings them their messages.

It takes nothing that is not encrypted (RFC 8291), signed (RFC 8292) and whole.
"""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from kvartal_notifications.channels.web_push.subscriptions import Subscription
from kvartal_notifications.testing.local import Asked, Reply, Script, serving

__all__ = ["Browser", "Pushed", "WebPushService", "a_signing_key", "web_push_service"]

_MAX_BODY = 4096
_DAY = 24 * 3600
_TOPIC = 32


def a_signing_key(folder: Path) -> Path:
    """A key file: ``KVARTAL_NOTIFICATIONS_WEB_PUSH_KEY_FILE``."""
    key = ec.generate_private_key(ec.SECP256R1())
    file = folder / "web-push.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@dataclass
class Browser:
    """A browser that has subscribed for one server's key; None: for any."""

    endpoint: str
    server_key: str | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: uuid4().bytes)

    @property
    def subscription(self) -> Subscription:
        """What it tells the server."""
        return Subscription(self.endpoint, _text(_point(self.key.public_key())), _text(self.auth))

    def opened(self, body: bytes) -> bytes:
        """The message in a body, as RFC 8291 and RFC 8188 have it; ValueError if there is none."""
        salt, record, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        if length != 65 or len(sealed) > record:
            raise ValueError("not one record of a key on P-256")
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        about = b"WebPush: info\0" + _point(self.key.public_key()) + sender
        secret = _derived(self.auth, self.key.exchange(ec.ECDH(), public), about, 32)
        key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        except InvalidTag:
            raise ValueError("not encrypted for this browser") from None
        if padded[-1:] != b"\x02":
            raise ValueError("not the last record")
        return padded[:-1]


@dataclass(frozen=True)
class Pushed:
    """A message that came to a browser."""

    browser: Browser
    headers: Message
    told: dict[str, Any]


@dataclass
class WebPushService:
    """What it was told, and how it behaves.

    ``gone``: endpoints of browsers that have unsubscribed. ``pushed``: each message, also one sent
    again; ``shown``: what stands in the browsers, by endpoint and tag; ``refusals``: why something
    was not taken.
    """

    script: Script = field(default_factory=Script)
    gone: set[str] = field(default_factory=set)
    pushed: list[Pushed] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    asked: int = 0
    port: int = 0
    _browsers: dict[str, Browser] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def origin(self) -> str:
        """Who signatures must be meant for."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def shown(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The notifications in the browsers: one with the tag of another stands in its place."""
        return {(each.browser.endpoint, each.told["tag"]): each.told for each in self.pushed}

    def browser(self, server_key: str | None = None) -> Browser:
        """A browser that subscribes."""
        made = Browser(f"{self.origin}/push/{uuid4().hex}", server_key)
        self._browsers[made.endpoint] = made
        return made

    def answer(self, asked: Asked) -> Reply:
        """Answer as a push service does."""
        with self._lock:
            self.asked += 1
        return self.script.play(lambda: self._taken(asked))

    def _taken(self, asked: Asked) -> Reply:
        browser = self._browsers.get(f"{self.origin}{asked.path}")
        if browser is None or browser.endpoint in self.gone:
            return Reply(410)
        try:
            told = self._told(asked, browser)
        except (_Refused, ValueError, jwt.InvalidTokenError) as error:
            status = error.status if isinstance(error, _Refused) else 400
            with self._lock:
                self.refusals.append(str(error))
            return Reply(status)
        with self._lock:
            self.pushed.append(Pushed(browser, asked.headers, told))
        return Reply(201, headers={"location": f"{self.origin}/message/{uuid4().hex}"})

    def _told(self, asked: Asked, browser: Browser) -> dict[str, Any]:
        self._check_signature(asked.headers["authorization"] or "", browser)
        if not (asked.headers["ttl"] or "").isdigit():
            raise _Refused(400, "no TTL")
        if asked.headers["content-encoding"] != "aes128gcm":
            raise _Refused(400, "another encoding")
        if len(asked.headers["topic"] or "") > _TOPIC:
            raise _Refused(400, "a long topic")
        if len(asked.body) > _MAX_BODY:
            raise _Refused(413, "too large")
        told: dict[str, Any] = orjson.loads(browser.opened(asked.body))
        return told

    def _check_signature(self, header: str, browser: Browser) -> None:
        scheme, _, rest = header.partition(" ")
        parts = dict(each.strip().split("=", 1) for each in rest.split(",") if "=" in each)
        if scheme != "vapid" or not {"t", "k"} <= parts.keys():
            raise _Refused(401, "not signed")
        if browser.server_key not in {None, parts["k"]}:
            raise _Refused(403, "another server's browser")
        point = base64.urlsafe_b64decode(parts["k"] + "=" * (-len(parts["k"]) % 4))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        try:
            claims = jwt.decode(parts["t"], public, algorithms=["ES256"], audience=self.origin)
        except jwt.InvalidTokenError as error:
            raise _Refused(403, type(error).__name__) from None
        # lint-skip: clock -- who signs asks the system's, as push services do
        is_long = claims["exp"] > time.time() + _DAY
        if is_long or not claims["sub"].startswith("mailto:"):
            raise _Refused(403, "too long, or nobody's")


class _Refused(Exception):
    """A message is not taken."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@contextmanager
def web_push_service() -> Iterator[WebPushService]:
    """A push service until the block ends; call it by allowing the host ``127.0.0.1``."""
    service = WebPushService()
    with serving(service.answer) as service.port:
        yield service


def _derived(salt: bytes, secret: bytes, about: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=about).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
