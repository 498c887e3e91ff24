"""How a resident may call a meter."""

from kvartal.housing.api import cleaned
from kvartal_meters.errors import NameTooLong

__all__ = ["NAME_LENGTH", "name_given"]

NAME_LENGTH = 100


def name_given(text: str | None) -> str | None:
    """The name as it is kept; none restores the usual one."""
    name = cleaned(text or "")
    if len(name) > NAME_LENGTH:
        raise NameTooLong(limit=NAME_LENGTH, path=("name",))
    return name or None
