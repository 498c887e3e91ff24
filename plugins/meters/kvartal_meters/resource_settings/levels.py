"""Where settings are made, and how a level's settings reach the buildings below it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

__all__ = ["ApplyMode", "Place", "SettingsLevel"]


class SettingsLevel(StrEnum):
    """A level of the hierarchy of settings, the lowest first."""

    BUILDING = "BUILDING"
    QUARTER = "QUARTER"
    GROUP = "GROUP"

    @property
    def and_above(self) -> tuple["SettingsLevel", ...]:
        """This level and those whose rules overrule it."""
        levels = tuple(SettingsLevel)
        return levels[levels.index(self) :]


class ApplyMode(StrEnum):
    """How a quarter or a group hands its settings to its buildings."""

    ONCE = "ONCE"
    RULE = "RULE"


@dataclass(frozen=True, slots=True)
class Place:
    """A building, a quarter or a group: what settings are made for."""

    level: SettingsLevel
    id: UUID
