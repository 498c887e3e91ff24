"""Which fields of an input the client has sent: absent is unchanged, null clears."""

from typing import Any

from strawberry import UNSET

__all__ = ["given"]


def given(source: object, *names: str, not_null: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields that are there; ``not_null``: fields in which null means no more than absence."""
    found = {name: getattr(source, name) for name in (*names, *not_null)}
    return {
        name: value
        for name, value in found.items()
        if value is not UNSET and not (name in not_null and value is None)
    }
