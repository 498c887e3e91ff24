"""Messages as a push service takes them: encrypted for one browser (RFC 8291) and signed (VAPID).

The library encrypts and signs. What it keeps between two calls is not touched here: it would send
one message with the life or the contact of another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import orjson
from pydantic import AnyHttpUrl
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys
from webpush.vapid import VAPID

from kvartal import clock
from kvartal.graphql.node import encode_id
from kvartal_notifications.channels.port import Outgoing
from kvartal_notifications.channels.push.fitting import fitted
from kvartal_notifications.channels.web_push.keys import SigningKey
from kvartal_notifications.channels.web_push.subscriptions import Subscription

__all__ = ["MAX_BYTES", "Sealed", "Sealer"]

# 4096 bytes are taken by every push service (RFC 8030); less salt, lengths, key, padding and tag.
MAX_BYTES = 4_096 - 103
LIFE = timedelta(hours=12)
_MANY = 1_000
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A body that only the browser opens, and the proof of who sends it."""

    body: bytes
    authorization: str


class Sealer:
    """Encrypts with a key of each message's own, signs with the installation's."""

    def __init__(self, key: SigningKey, contact: str) -> None:
        self._push = WebPush(
            private_key=key.private_pem,
            public_key=key.public_pem,
            subscriber=contact,
            expiration=int(LIFE.total_seconds()),
        )
        self._push.vapid = _Vapid(key)

    def sealed(self, message: Outgoing, subscription: Subscription) -> Sealed | None:
        """The message for a browser; None if it is too large even without its text."""
        data = {
            "notificationId": str(encode_id("Notification", message.notification_id)),
            **message.data,
        }
        told = fitted(message.text, partial(_told, message, data), MAX_BYTES)
        if told is None:
            return None
        made = self._push.get(
            told,
            WebPushSubscription(
                endpoint=AnyHttpUrl(subscription.endpoint),
                keys=WebPushKeys(auth=subscription.auth, p256dh=subscription.p256dh),
            ),
        )
        return Sealed(made.encrypted, made.headers["authorization"])


@dataclass(frozen=True, slots=True)
class _Origin:
    """As much of an address as the library asks of it."""

    scheme: str
    host: str


class _Vapid(VAPID):  # type: ignore[misc] # the library says no types
    """The library's signatures, for the whole origin and not anew for each message."""

    def __init__(self, key: SigningKey) -> None:
        super().__init__(private_key=key.private_pem, public_key=key.public_pem)
        self._made: dict[_Origin, tuple[str, datetime]] = {}

    def get_authorization_header(
        self, endpoint: AnyHttpUrl, subscriber: str, expiration: int
    ) -> str:
        # The library leaves the port out, and a service on another port refuses the audience.
        origin = _origin(endpoint)
        now = clock.now()
        made, until = self._made.get(origin, ("", now))
        if until > now:
            return made
        if len(self._made) >= _MANY:
            self._made.clear()
        made = str(super().get_authorization_header(origin, subscriber, expiration))
        # Half its life: the service must still accept it when it arrives.
        self._made[origin] = (made, now + timedelta(seconds=expiration) / 2)
        return made


def _origin(endpoint: AnyHttpUrl) -> _Origin:
    parts = urlsplit(str(endpoint))
    is_usual = parts.port in {None, _PORTS[parts.scheme]}
    host = endpoint.host or ""
    return _Origin(parts.scheme, host if is_usual else f"{host}:{parts.port}")


def _told(message: Outgoing, data: dict[str, str], text: str) -> bytes:
    return orjson.dumps(
        {
            "title": message.title,
            "body": text,
            # Whoever has shown an earlier attempt shows this one in its place.
            "tag": message.notification_id.hex,
            "data": data,
        }
    )
