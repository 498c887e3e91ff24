"""How an event is told to other systems: signed, retried for seven days, the same each time.

The messages follow Standard Webhooks (https://www.standardwebhooks.com), so that receivers can
check them with its libraries.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from urllib.parse import urlsplit

from kvartal.errors import DomainError

__all__ = [
    "KEPT_DAYS",
    "MAX_WEBHOOKS",
    "WebhookDeliveryStatus",
    "WebhookEvent",
    "WebhookEventsMissing",
    "WebhookUrlInvalid",
    "WebhooksTooMany",
    "check_url",
    "new_secret",
    "next_attempt",
    "signature",
]

MAX_WEBHOOKS = 20
MAX_URL = 1000
KEPT_DAYS = 30
LIFE = timedelta(days=7)
_PREFIX = "whsec_"
_WAITS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)


class WebhookEvent(StrEnum):
    """What other systems can be told of, by the name in the message."""

    READING_ACCEPTED = "reading.accepted"
    READING_CORRECTED = "reading.corrected"
    READING_RECALCULATED = "reading.recalculated"
    READING_REVIEWED = "reading.reviewed"
    READING_DELETED = "reading.deleted"
    METER_CHANGED = "meter.changed"
    METER_DELETED = "meter.deleted"
    PING = "ping"


class WebhookDeliveryStatus(StrEnum):
    """How far the telling of an event has come."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@dataclass(eq=False, kw_only=True)
class WebhookUrlInvalid(DomainError):
    """An address is no https address without credentials and fragment."""

    code: ClassVar[str] = "WEBHOOK_URL_INVALID"
    limit: int = MAX_URL


class WebhookEventsMissing(DomainError):
    """A webhook is to be told of nothing."""

    code: ClassVar[str] = "WEBHOOK_EVENTS_MISSING"


@dataclass(eq=False, kw_only=True)
class WebhooksTooMany(DomainError):
    """An organization has as many webhooks as it may."""

    code: ClassVar[str] = "WEBHOOKS_TOO_MANY"
    limit: int = MAX_WEBHOOKS


def check_url(url: str, *, allowed: frozenset[str]) -> str:
    """The address as it is kept: https, or http to a host that the installation allows by name."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise WebhookUrlInvalid(path=("url",)) from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in allowed)
    is_plain = parts.username is None and parts.password is None and not parts.fragment
    is_text = url.strip().isprintable() and " " not in url.strip()
    if not (host and is_safe and is_plain and is_text and len(url.strip()) <= MAX_URL):
        raise WebhookUrlInvalid(path=("url",))
    return url.strip()


def new_secret() -> str:
    """A key of signatures, as it is shown once: 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, sent_at: datetime, body: bytes) -> str:
    """The header ``webhook-signature``: HMAC-SHA256 over id, time in seconds and body."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{message_id}.{int(sent_at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def next_attempt(attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None once seven days are over."""
    due = now + _WAITS[min(attempts, len(_WAITS)) - 1]
    return due if due < created_at + LIFE else None
