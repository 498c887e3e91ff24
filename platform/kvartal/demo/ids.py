"""Ids and chances that are the same in every demo, so that ready examples can name its objects."""

from random import Random
from uuid import UUID, uuid5

__all__ = ["demo_id", "dice"]

_NAMESPACE = UUID("8d1f6f5e-52f2-4bd7-9f0b-64656d6f0001")


def demo_id(kind: str, *name: object) -> UUID:
    """The id of the demo's ``kind`` object of that name."""
    return uuid5(_NAMESPACE, _joined(kind, *name))


def dice(*name: object) -> Random:
    """Chances of its own for each name: one more object leaves the others as they are."""
    return Random(_joined(*name))  # noqa: S311 -- made-up data, no secret


def _joined(*name: object) -> str:
    return "/".join(map(str, name))
