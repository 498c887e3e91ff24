"""Who decides over a building: its group's rule, else its quarter's, else the building itself.

A level's settings are a draft until they are applied to its buildings, once or as a rule. A rule
locks the buildings that it was applied to, and those that come later get what it applied. SQL
applies settings to thousands of buildings in one statement: tests hold it to what stands here.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kvartal_meters.resource_settings.levels import SettingsLevel
from kvartal_meters.resource_settings.rules.table import Table

__all__ = [
    "Application",
    "Lock",
    "Outcome",
    "Rule",
    "Settlement",
    "Standing",
    "applied",
    "lock_after_cancelling",
    "outcome_of",
    "settle",
]


@dataclass(frozen=True, slots=True)
class Lock:
    """The rule that forbids changes of a building's settings."""

    rule_id: UUID
    level: SettingsLevel


@dataclass(frozen=True, slots=True)
class Standing:
    """How a building stands: its settings, and the rule that decides over them, if one does."""

    table: Table
    lock: Lock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A level's settings on their way to its buildings.

    ``rule_id``: the level's active rule, or the one that comes into force with this application;
    ``locks``: they are applied as a rule.
    """

    level: SettingsLevel
    table: Table
    rule_id: UUID | None = None
    locks: bool = False


class Outcome(StrEnum):
    """What applying does to a building."""

    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    LOCKED = "LOCKED"
    INACCESSIBLE = "INACCESSIBLE"


def outcome_of(building: Standing, application: Application, *, accessible: bool) -> Outcome:
    """What becomes of a building; another rule of the same or a higher level protects it."""
    if not accessible:
        return Outcome.INACCESSIBLE
    lock = building.lock
    if (
        lock is not None
        and lock.rule_id != application.rule_id
        and lock.level in application.level.and_above
    ):
        return Outcome.LOCKED
    after = applied(building, application)
    return Outcome.UNCHANGED if after == building else Outcome.CHANGED


def applied(building: Standing, application: Application) -> Standing:
    """The building after the application, which replaces all settings and adds no lock but its own.

    Settings that are applied once leave the lock of a lower level's rule as it is.
    """
    if application.locks and application.rule_id is not None:
        return Standing(application.table, Lock(application.rule_id, application.level))
    return Standing(application.table, building.lock)


def lock_after_cancelling(
    lock: Lock | None, cancelled: UUID, quarter_rule: UUID | None
) -> Lock | None:
    """A building's lock when a rule is cancelled: a group's passes to the quarter's active rule."""
    if lock is None or lock.rule_id != cancelled:
        return lock
    if lock.level is SettingsLevel.GROUP and quarter_rule is not None:
        return Lock(quarter_rule, SettingsLevel.QUARTER)
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """An active rule of a quarter or a group (``place_id``)."""

    id: UUID
    level: SettingsLevel
    place_id: UUID


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a building ends after a move: the rule over it, and whether it takes its settings."""

    rule: Rule | None
    takes_settings: bool = False


def settle(lock: Rule | None, rules: Sequence[Rule], entered: Set[UUID]) -> Settlement:
    """Which rule a building comes under when it is new or has moved.

    ``lock``: the rule over it until now; ``rules``: the active rules of the places where it is
    now, oldest first; ``entered``: the quarter and the groups that it has come to. A group's rule
    that holds the building is never replaced by another's.
    """
    holding = lock if lock in rules else None
    if holding is not None and holding.level is SettingsLevel.GROUP:
        return Settlement(holding)
    inherited = _first(rules, SettingsLevel.GROUP, entered)
    if inherited is None and holding is None:
        inherited = _first(rules, SettingsLevel.QUARTER, entered)
    if inherited is not None:
        return Settlement(inherited, takes_settings=True)
    if holding is None and lock is not None and lock.level is SettingsLevel.GROUP:
        # As when a group's rule is cancelled: the quarter decides again, the settings stay.
        return Settlement(_first(rules, SettingsLevel.QUARTER))
    return Settlement(holding)


def _first(
    rules: Sequence[Rule], level: SettingsLevel, places: Set[UUID] | None = None
) -> Rule | None:
    for rule in rules:
        if rule.level is level and (places is None or rule.place_id in places):
            return rule
    return None
