"""The facts of a notice as they are kept: JSON, in which a decimal is a text."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

__all__ = ["in_json", "out_of_json"]


def in_json(facts: object) -> str:
    """Facts in JSON: dates as ISO has them, decimals and ids as texts, enums by their values."""
    return orjson.dumps(facts, default=_plain).decode()


def out_of_json(text: str) -> dict[str, Any]:
    """The facts of a notice as its template gets them."""
    facts: dict[str, Any] = orjson.loads(text)
    return facts


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, UUID):  # the driver's own, which JSON does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} is no fact of a notice")
