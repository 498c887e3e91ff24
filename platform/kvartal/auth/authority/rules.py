"""Handing on rights: nobody gives what they do not have."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["NeedsAllBuildings", "PermissionNotHeld", "ungranted"]


class NeedsAllBuildings(DomainError):
    """Nobody opens buildings to others that they cannot see themselves."""

    code: ClassVar[str] = "NEEDS_ALL_BUILDINGS"


@dataclass(eq=False, kw_only=True)
class PermissionNotHeld(DomainError):
    """Nobody hands on a right that they do not have."""

    code: ClassVar[str] = "PERMISSION_NOT_HELD"
    permission: str


def ungranted(
    permissions: Sequence[str], held: Collection[str], *path: str | int, listed: bool = True
) -> list[DomainError]:
    """A refusal for each right that is handed on by somebody who does not have it.

    ``listed``: the rights are those of a list in the input at ``path``, not of what it names.
    """
    return [
        PermissionNotHeld(permission=permission, path=(*path, index) if listed else path)
        for index, permission in enumerate(permissions)
        if permission not in held
    ]
