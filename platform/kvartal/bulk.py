"""Many rows in one call: how many, and what becomes of each."""

from enum import StrEnum

from kvartal.errors import BadInput

__all__ = ["MAX_ROWS", "RowOutcome", "require_few"]

MAX_ROWS = 1000


class RowOutcome(StrEnum):
    """What a bulk call has done with one of its rows."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REJECTED = "REJECTED"


def require_few(name: str, count: int, limit: int = MAX_ROWS) -> None:
    """BadInput, naming the limit and the count, if there are more rows than a call may have."""
    if count > limit:
        raise BadInput("TOO_MANY_ROWS", name=name, limit=limit, value=count)
