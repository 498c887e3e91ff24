"""Roles and employees: what is refused, and what a change of rights takes and gives."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from kvartal.errors import DomainError

__all__ = [
    "EmployeeExists",
    "FullNameInvalid",
    "LastRoleManager",
    "RoleInUse",
    "RoleTitleInvalid",
    "RoleTitleTaken",
    "change_of",
    "check_full_name",
    "check_role_title",
]

TITLE_LENGTH = 100
NAME_LENGTH = 200

T = TypeVar("T")


class RoleTitleInvalid(DomainError):
    """A role needs a title in one line, not too long a one."""

    code: ClassVar[str] = "ROLE_TITLE_INVALID"


class RoleTitleTaken(DomainError):
    """Another role of the organization has the title."""

    code: ClassVar[str] = "ROLE_TITLE_TAKEN"


@dataclass(eq=False, kw_only=True)
class RoleInUse(DomainError):
    """Employees, archived ones included, have the role: it cannot be deleted."""

    code: ClassVar[str] = "ROLE_IN_USE"
    count: int


class LastRoleManager(DomainError):
    """Nobody would be left in the organization who may manage its staff."""

    code: ClassVar[str] = "LAST_ROLE_MANAGER"


class FullNameInvalid(DomainError):
    """An employee needs a name in one line, not too long a one."""

    code: ClassVar[str] = "FULL_NAME_INVALID"


class EmployeeExists(DomainError):
    """The organization has an employee with the e-mail, perhaps in its archive."""

    code: ClassVar[str] = "EMPLOYEE_EXISTS"


def change_of(before: Collection[T], after: Iterable[T]) -> tuple[list[T], list[T]]:
    """What is in ``after`` alone, in its order, and what was in ``before`` alone."""
    wanted = dict.fromkeys(after)
    added = [each for each in wanted if each not in before]
    return added, [each for each in before if each not in wanted]


def check_role_title(text: str) -> str:
    """The title as it is kept."""
    title = _line(text)
    if not 0 < len(title) <= TITLE_LENGTH:
        raise RoleTitleInvalid(path=("title",))
    return title


def check_full_name(text: str) -> str:
    """The name as it is kept."""
    name = _line(text)
    if not 0 < len(name) <= NAME_LENGTH:
        raise FullNameInvalid(path=("full_name",))
    return name


def _line(text: str) -> str:
    """Single spaces, nothing invisible, one form of each letter."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())
