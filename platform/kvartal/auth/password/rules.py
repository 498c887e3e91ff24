"""Passwords as people choose them: which are refused, and why a reset may be."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from kvartal.auth.rules import ResetKind
from kvartal.errors import DomainError

__all__ = [
    "LINK_LIFE",
    "MAX_LENGTH",
    "MIN_LENGTH",
    "PasswordCommon",
    "PasswordIsEmail",
    "PasswordTooLong",
    "PasswordTooShort",
    "ResetTokenInvalid",
    "WrongPassword",
    "check_password",
]

MIN_LENGTH = 12
MAX_LENGTH = 128
LINK_LIFE = {ResetKind.RESET: timedelta(hours=1), ResetKind.INVITATION: timedelta(days=3)}

_FEW = 4
_DRESS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# Russian words are often typed without a change of the layout, and common words both ways.
_LAYOUT = str.maketrans("ёйцукенгшщзхъфывапролджэячсмитьбю", "`qwertyuiop[]asdfghjkl;'zxcvbnm,.")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "`1234567890-=",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя".translate(_LAYOUT),
)


@dataclass(eq=False, kw_only=True)
class PasswordTooShort(DomainError):
    """The password has fewer characters than it must have."""

    code: ClassVar[str] = "PASSWORD_TOO_SHORT"
    limit: int


@dataclass(eq=False, kw_only=True)
class PasswordTooLong(DomainError):
    """The password has more characters than it may have."""

    code: ClassVar[str] = "PASSWORD_TOO_LONG"
    limit: int


class PasswordCommon(DomainError):
    """The password is among the first that somebody would try."""

    code: ClassVar[str] = "PASSWORD_COMMON"


class PasswordIsEmail(DomainError):
    """The password is the e-mail, or the name in it with digits around."""

    code: ClassVar[str] = "PASSWORD_IS_EMAIL"


class WrongPassword(DomainError):
    """The present password is another one."""

    code: ClassVar[str] = "WRONG_PASSWORD"


class ResetTokenInvalid(DomainError):
    """The link is unknown, used, expired, or its person may no longer sign in."""

    code: ClassVar[str] = "RESET_TOKEN_INVALID"


def check_password(password: str, *, email: str, common: Collection[str]) -> None:
    """Refuse a password that is too short, too long, or that somebody would guess."""
    path = ("new_password",)
    length = len(unicodedata.normalize("NFKC", password))
    if length < MIN_LENGTH:
        raise PasswordTooShort(limit=MIN_LENGTH, path=path)
    if length > MAX_LENGTH:
        raise PasswordTooLong(limit=MAX_LENGTH, path=path)
    if _is_email(password, email):
        raise PasswordIsEmail(path=path)
    if _is_common(password, common):
        raise PasswordCommon(path=path)


def _is_email(password: str, email: str) -> bool:
    given, known = _typed(password), _typed(email)
    name = _core(known.partition("@")[0])
    return given == known or (len(name) >= _FEW and _core(given) == name)


def _is_common(password: str, common: Collection[str]) -> bool:
    given = _typed(password)
    core = _core(given)
    return (
        len(set(given)) <= _FEW
        or core == ""
        or _is_run(given)
        or any(core == part * (len(core) // len(part)) for part in _beginnings(core, common))
    )


def _beginnings(core: str, common: Collection[str]) -> list[str]:
    """The common words that a text begins with: said once or several times, it is as common."""
    return [core[:end] for end in range(1, len(core) + 1) if core[:end] in common]


def _is_run(given: str) -> bool:
    return any(given in run * 2 or given in run[::-1] * 2 for run in _RUNS)


def _typed(text: str) -> str:
    """The text as it is typed in the Latin layout, without regard to case."""
    return unicodedata.normalize("NFKC", text).lower().translate(_LAYOUT)


def _core(text: str) -> str:
    """What is left of a text without the digits and signs around it."""
    return _DRESS.sub("", text)
