"""FCM for tests: a local server that speaks its HTTP v1 interface and gives access tokens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kvartal_notifications.testing.local import Asked, Reply, Script, serving

__all__ = ["EMAIL", "PROJECT", "FcmService", "fcm_error", "fcm_service"]

PROJECT = "kvartal-test"
EMAIL = "push@kvartal-test.iam.gserviceaccount.com"
_KEY_ID = "key-1"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def fcm_error(status: int, code: str | None = None, message: str = "", **headers: str) -> Reply:
    """An error in FCM's form; ``headers``: ``retry_after="30"``."""
    details = [{"@type": _ERROR, "errorCode": code}] if code else []
    error = {"code": status, "message": message, "status": code or "", "details": details}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, orjson.dumps({"error": error}), named)


@dataclass
class FcmService:
    """What it was told, and how it behaves.

    ``gone`` and ``malformed``: registration tokens of no app. ``sent``: each message that it took,
    also one sent again; ``shown``: what stands on the devices, by registration token and tag.
    """

    token_life: int = 3600
    token_script: Script = field(default_factory=Script)
    script: Script = field(default_factory=Script)
    gone: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    sent: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    tokens_given: int = 0
    port: int = 0
    _valid: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """``KVARTAL_NOTIFICATIONS_FCM_URL``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token_uri(self) -> str:
        """Where the tokens are given."""
        return f"{self.url}/token"

    @property
    def shown(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The notifications on the devices: one with the tag of another stands in its place."""
        return {
            (each["token"], each["android"]["notification"]["tag"]): each["notification"]
            for each in self.sent
        }

    def credentials(self, folder: Path, **changed: object) -> Path:
        """A key file of the service account; ``changed``: fields that are otherwise in it."""
        pem = _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        content = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": _KEY_ID,
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "token_uri": self.token_uri,
            **changed,
        }
        file = folder / "fcm.json"
        file.write_bytes(orjson.dumps(content))
        return file

    def expire_tokens(self) -> None:
        """Accept none of the tokens given so far."""
        with self._lock:
            self._valid.clear()

    def answer(self, asked: Asked) -> Reply:
        """Answer as FCM and Google's authorization server do."""
        if asked.path == "/token":
            return self.token_script.play(lambda: self._token(asked))
        with self._lock:
            self.asked += 1
        return self.script.play(lambda: self._taken(asked))

    def _token(self, asked: Asked) -> Reply:
        form = parse_qs(asked.body.decode())
        if form.get("grant_type") != [_GRANT] or not self._is_signed(form["assertion"][0]):
            return Reply(400, b'{"error": "invalid_grant"}')
        with self._lock:
            self.tokens_given += 1
            token = f"token-{self.tokens_given}"
            self._valid.add(token)
        given = {"access_token": token, "expires_in": self.token_life, "token_type": "Bearer"}
        return Reply(200, orjson.dumps(given))

    def _is_signed(self, assertion: str) -> bool:
        try:
            claims = jwt.decode(
                assertion,
                _key().public_key(),
                algorithms=["RS256"],
                audience=self.token_uri,
                issuer=EMAIL,
                # Tests stop the clock at days of their own.
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return False
        is_short = 0 < claims["exp"] - claims["iat"] <= 3600
        is_keyed = jwt.get_unverified_header(assertion)["kid"] == _KEY_ID
        return is_short and is_keyed and bool(claims["scope"] == _SCOPE)

    def _taken(self, asked: Asked) -> Reply:
        scheme, _, token = (asked.headers["authorization"] or "").partition(" ")
        if scheme != "Bearer" or token not in self._valid:
            return fcm_error(401)
        if asked.path != f"/v1/projects/{PROJECT}/messages:send":
            return Reply(404, b"<html>Not Found</html>")
        message = orjson.loads(asked.body)["message"]
        refused = self._refused(message)
        if refused is not None:
            return refused
        with self._lock:
            self.sent.append(message)
            name = f"projects/{PROJECT}/messages/{len(self.sent)}"
        return Reply(200, orjson.dumps({"name": name}))

    def _refused(self, message: dict[str, Any]) -> Reply | None:
        if message["token"] in self.gone:
            return fcm_error(404, "UNREGISTERED", "Requested entity was not found.")
        if message["token"] in self.malformed:
            words = "The registration token is not a valid FCM registration token"
            return fcm_error(400, "INVALID_ARGUMENT", words)
        counted = orjson.dumps([message["notification"], message["data"]])
        texts = all(isinstance(each, str) for each in message["data"].values())
        seconds = message["android"]["ttl"].removesuffix("s")
        if len(counted) > 4096 or not texts or not 0 <= int(seconds) <= 2_419_200:
            return fcm_error(400, "INVALID_ARGUMENT", "Invalid value")
        return None


@contextmanager
def fcm_service() -> Iterator[FcmService]:
    """FCM until the block ends."""
    service = FcmService()
    with serving(service.answer) as service.port:
        yield service
