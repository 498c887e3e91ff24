"""Signing in: what is refused, and how long a code lives."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from kvartal.auth.limits.rules import Origin, origin_of
from kvartal.errors import DomainError

__all__ = [
    "CODE_ATTEMPTS",
    "CODE_LIFE",
    "Client",
    "InvalidCode",
    "InvalidCredentials",
    "normal_code",
]

CODE_LIFE = timedelta(minutes=5)
CODE_ATTEMPTS = 5


class InvalidCredentials(DomainError):
    """E-mail and password do not belong together; which of them is wrong is not said."""

    code: ClassVar[str] = "INVALID_CREDENTIALS"


class InvalidCode(DomainError):
    """The one-time code is wrong, used, expired, tried too often, or was never sent."""

    code: ClassVar[str] = "INVALID_CODE"


@dataclass(frozen=True, slots=True)
class Client:
    """What a request tells of who sends it; none of it proves anything but the device token."""

    remote_address: str | None = None
    user_agent: str | None = None
    device_token: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> Origin:
        """Where the request comes from."""
        return origin_of(self.remote_address)


def normal_code(text: str) -> bytes:
    """A one-time code as it is compared: people write it in groups."""
    return text.replace(" ", "").replace("-", "").encode(errors="replace")
