"""Sessions and their refresh tokens: what is refused, how many there may be, how long kept."""

from datetime import timedelta
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["MAX_SESSIONS", "USE_NOTED_EVERY", "RefreshTokenInvalid"]

# Nobody has so many devices: beyond it the one unused for longest is ended.
MAX_SESSIONS = 50
# Writing at each request would cost more than the answer is worth.
USE_NOTED_EVERY = timedelta(minutes=5)


class RefreshTokenInvalid(DomainError):
    """The refresh token is unknown, used, expired, or its session has ended."""

    code: ClassVar[str] = "REFRESH_TOKEN_INVALID"
