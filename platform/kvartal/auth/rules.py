"""Who may sign in with what, and which rights may be handed on: pure decisions and refusals."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from kvartal.errors import DomainError, Refused

__all__ = [
    "CODES_A_DAY",
    "CODE_ATTEMPTS",
    "CODE_DAY",
    "CODE_LIFE",
    "CODE_PAUSE",
    "InvalidCode",
    "InvalidCredentials",
    "InvalidPhone",
    "NeedsAllBuildings",
    "PermissionNotHeld",
    "RefreshTokenInvalid",
    "SessionChannel",
    "SessionKind",
    "TokenExpiryPast",
    "TokenTitleInvalid",
    "check_service_token",
    "kind_of",
    "normal_code",
    "normal_email",
    "normal_phone",
]

CODE_LIFE = timedelta(minutes=5)
CODE_PAUSE = timedelta(seconds=60)
CODE_ATTEMPTS = 5
# Five guesses each: a stranger who asks for codes all day hits one in ten thousand.
CODE_DAY = timedelta(days=1)
CODES_A_DAY = 20
TITLE_LENGTH = 100

_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)  # E.164
_PHONE_MARKS = str.maketrans("", "", " \u00a0()-.")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


class SessionKind(StrEnum):
    """In which capacity a person is signed in."""

    RESIDENT = "RESIDENT"
    EMPLOYEE = "EMPLOYEE"


class SessionChannel(StrEnum):
    """The app that a session was opened for; it never changes (канал приема)."""

    RESIDENT_APP = "RESIDENT_APP"
    EMPLOYEE_APP = "EMPLOYEE_APP"
    CRM = "CRM"


class InvalidCredentials(DomainError):
    """E-mail and password do not belong together; which of them is wrong is not said."""

    code: ClassVar[str] = "INVALID_CREDENTIALS"


class InvalidPhone(DomainError):
    """The text is not a telephone number."""

    code: ClassVar[str] = "INVALID_PHONE"


class InvalidCode(DomainError):
    """The one-time code is wrong, used, expired, tried too often, or was never sent."""

    code: ClassVar[str] = "INVALID_CODE"


class RefreshTokenInvalid(DomainError):
    """The refresh token is unknown, used, expired, or its session has ended."""

    code: ClassVar[str] = "REFRESH_TOKEN_INVALID"


class TokenTitleInvalid(DomainError):
    """A service token needs a name by which people find it again."""

    code: ClassVar[str] = "TOKEN_TITLE_INVALID"


class TokenExpiryPast(DomainError):
    """A service token cannot expire before it is made."""

    code: ClassVar[str] = "TOKEN_EXPIRY_PAST"


class NeedsAllBuildings(DomainError):
    """A service token sees all buildings: who does not cannot make one."""

    code: ClassVar[str] = "NEEDS_ALL_BUILDINGS"


@dataclass(eq=False, kw_only=True)
class PermissionNotHeld(DomainError):
    """Nobody hands on a right that they do not have."""

    code: ClassVar[str] = "PERMISSION_NOT_HELD"
    permission: str


def kind_of(channel: SessionChannel) -> SessionKind:
    """The capacity that a channel's sessions have."""
    if channel is SessionChannel.RESIDENT_APP:
        return SessionKind.RESIDENT
    return SessionKind.EMPLOYEE


def normal_email(text: str) -> str | None:
    """The e-mail as it is compared, without regard to case; None if it is none."""
    email = text.strip().lower()
    if len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email):
        return None
    return email


def normal_phone(text: str) -> str | None:
    """The telephone number in E.164; None if it is none. A Russian one may begin with 8."""
    number = text.translate(_PHONE_MARKS)
    if len(number) == 11 and number[0] in "78":
        number = f"+7{number[1:]}"
    return number if _PHONE.fullmatch(number) else None


def normal_code(text: str) -> bytes:
    """A one-time code as it is compared: people write it in groups."""
    return text.replace(" ", "").replace("-", "").encode(errors="replace")


def check_service_token(
    *,
    title: str,
    permissions: Sequence[str],
    expires_at: datetime | None,
    held: Collection[str],
    all_buildings: bool,
    now: datetime,
) -> None:
    """Refuse a service token that could do more than its maker, naming every fault at once."""
    faults: list[DomainError] = []
    if not all_buildings:
        faults.append(NeedsAllBuildings(path=("organization_id",)))
    if not (title.strip() and title.isprintable() and len(title) <= TITLE_LENGTH):
        faults.append(TokenTitleInvalid(path=("title",)))
    faults += [
        PermissionNotHeld(permission=permission, path=("permissions", index))
        for index, permission in enumerate(permissions)
        if permission not in held
    ]
    if expires_at is not None and expires_at <= now:
        faults.append(TokenExpiryPast(path=("expires_at",)))
    if faults:
        raise Refused(faults)
