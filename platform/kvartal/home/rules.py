"""Rules of the home screen: where each widget stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["HomeWidgetUnknown", "Placement", "PositionInvalid", "placements_of"]


class HomeWidgetUnknown(DomainError):
    """No plugin that is on has a widget with the key."""

    code: ClassVar[str] = "HOME_WIDGET_UNKNOWN"


class PositionInvalid(DomainError):
    """Places are counted from 0 to 999."""

    code: ClassVar[str] = "POSITION_INVALID"


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether an organization's residents see a widget on their home screen, and where.

    ``version`` is 0 until the organization has chosen.
    """

    key: str
    pinned: bool
    position: int
    version: int = 0


def placements_of(keys: Iterable[str], chosen: Mapping[str, Placement]) -> list[Placement]:
    """All widgets in their places: pinned and in the order of their keys until one is chosen."""
    usual = (Placement(key, True, position) for position, key in enumerate(sorted(keys)))
    placed = [chosen.get(each.key, each) for each in usual]
    return sorted(placed, key=lambda each: (each.position, each.key))
