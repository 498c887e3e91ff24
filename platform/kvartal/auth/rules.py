"""What all of sign-in shares: capacities, apps, and the forms of e-mails and telephones."""

import re
from enum import StrEnum
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = [
    "InvalidEmail",
    "InvalidPhone",
    "ResetKind",
    "SessionChannel",
    "SessionKind",
    "kind_of",
    "normal_email",
    "normal_phone",
]

_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)  # E.164
_PHONE_MARKS = str.maketrans("", "", " \u00a0()-.")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")


class SessionKind(StrEnum):
    """In which capacity a person is signed in."""

    RESIDENT = "RESIDENT"
    EMPLOYEE = "EMPLOYEE"


class SessionChannel(StrEnum):
    """The app that a session was opened for; it never changes (канал приема)."""

    RESIDENT_APP = "RESIDENT_APP"
    EMPLOYEE_APP = "EMPLOYEE_APP"
    CRM = "CRM"


class ResetKind(StrEnum):
    """Why a link that sets a password was sent."""

    RESET = "RESET"
    INVITATION = "INVITATION"


class InvalidPhone(DomainError):
    """The text is not a telephone number."""

    code: ClassVar[str] = "INVALID_PHONE"


class InvalidEmail(DomainError):
    """The text is not an e-mail address."""

    code: ClassVar[str] = "INVALID_EMAIL"


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
