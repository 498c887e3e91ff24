"""What a device may be registered with, and by what it is found again."""

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

from kvartal.errors import DomainError
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.web_push.subscriptions import (
    MAX_ENDPOINT,
    Subscription,
    is_auth,
    is_endpoint,
    is_point,
)

__all__ = [
    "MAX_DEVICES",
    "MAX_TITLE",
    "MAX_TOKEN",
    "DeviceAddress",
    "DeviceAddressMissing",
    "DeviceTokenInvalid",
    "PushEndpointInvalid",
    "PushKeyInvalid",
    "address_faults",
    "language_of",
]

MAX_DEVICES = 20
MAX_TITLE = 100
MAX_TOKEN = 4_096


class DeviceAddressMissing(DomainError):
    """The address is not the provider's: FCM has a token, Web Push a subscription, and no more."""

    code: ClassVar[str] = "DEVICE_ADDRESS_MISSING"


@dataclass(eq=False, kw_only=True)
class DeviceTokenInvalid(DomainError):
    """A registration token is empty, too long, or has characters that no token has."""

    code: ClassVar[str] = "DEVICE_TOKEN_INVALID"
    limit: int = MAX_TOKEN


@dataclass(eq=False, kw_only=True)
class PushEndpointInvalid(DomainError):
    """An endpoint is no https address without credentials and fragment, or is too long."""

    code: ClassVar[str] = "PUSH_ENDPOINT_INVALID"
    limit: int = MAX_ENDPOINT


class PushKeyInvalid(DomainError):
    """A key of a subscription is not what browsers give: the point `p256dh`, the secret `auth`."""

    code: ClassVar[str] = "PUSH_KEY_INVALID"


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """Where the pushes of a device go; exactly one of the two is given."""

    provider: PushProvider
    token: str | None = field(default=None, repr=False)
    subscription: Subscription | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The address as it is sealed, and as the channel takes it."""
        return self.token or (self.subscription.packed() if self.subscription else "")

    @property
    def hash(self) -> str:
        """What finds the device again: nobody guesses a token or an endpoint from it."""
        place = self.subscription.endpoint if self.subscription else self.token
        return sha256(f"{self.provider}\n{place}".encode()).hexdigest()


def address_faults(address: DeviceAddress, *, allowed: frozenset[str]) -> list[DomainError]:
    """What is wrong with an address; ``allowed``: push services that need no encryption."""
    is_fcm = address.provider is PushProvider.FCM
    if (address.token is not None, address.subscription is not None) != (is_fcm, not is_fcm):
        return [DeviceAddressMissing(path=("token" if is_fcm else "subscription",))]
    if address.token is not None:
        return [] if _is_token(address.token) else [DeviceTokenInvalid(path=("token",))]
    assert address.subscription is not None  # one of the two is there
    return _subscription_faults(address.subscription, allowed)


def _subscription_faults(given: Subscription, allowed: frozenset[str]) -> list[DomainError]:
    faults: list[DomainError] = []
    if not is_endpoint(given.endpoint, allowed=allowed):
        faults.append(PushEndpointInvalid(path=("subscription", "endpoint")))
    if not is_point(given.p256dh):
        faults.append(PushKeyInvalid(path=("subscription", "p256dh")))
    if not is_auth(given.auth):
        faults.append(PushKeyInvalid(path=("subscription", "auth")))
    return faults


def _is_token(token: str) -> bool:
    is_text = token.isascii() and token.isprintable() and " " not in token
    return is_text and 0 < len(token) <= MAX_TOKEN


def language_of(tag: str, known: Collection[str]) -> str:
    """The language of a tag such as ``en-GB``; the first of the known ones if it is none."""
    language = tag.strip().lower().replace("_", "-").partition("-")[0]
    return language if language in known else next(iter(known))
