"""What happens to meters and readings, for whoever listens."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event
from kvartal.months import YearMonth
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.resource_settings.levels import ApplyMode, SettingsLevel

__all__ = [
    "ReadingAccepted",
    "ReadingCorrected",
    "ResourceRuleCancelled",
    "ResourceSettingsApplied",
    "ResourceSettingsChanged",
]


@event("meters.reading_accepted")
@dataclass(frozen=True, slots=True)
class ReadingAccepted(Event):
    """A reading of a month that had none was saved."""

    reading_id: UUID
    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    billing_month: YearMonth
    author_kind: AuthorKind


@event("meters.reading_corrected")
@dataclass(frozen=True, slots=True)
class ReadingCorrected(Event):
    """A saved reading got other values."""

    reading_id: UUID
    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    billing_month: YearMonth
    author_kind: AuthorKind


@event("meters.resource_settings_changed")
@dataclass(frozen=True, slots=True)
class ResourceSettingsChanged(Event):
    """A building's settings or its lock changed; by nobody (``user_id``) if it moved."""

    organization_id: UUID
    building_id: UUID
    user_id: UUID | None


@event("meters.resource_settings_applied")
@dataclass(frozen=True, slots=True)
class ResourceSettingsApplied(Event):
    """A quarter or a group (``place_id``) gave its settings to its buildings.

    ``rule_id``: the rule that is in force with it; none if they were applied once.
    """

    organization_id: UUID
    level: SettingsLevel
    place_id: UUID
    mode: ApplyMode
    rule_id: UUID | None
    changed: int
    unchanged: int
    skipped_locked: int
    skipped_inaccessible: int
    user_id: UUID | None


@event("meters.resource_rule_cancelled")
@dataclass(frozen=True, slots=True)
class ResourceRuleCancelled(Event):
    """The rule of a quarter or a group (``place_id``) is no longer in force."""

    organization_id: UUID
    level: SettingsLevel
    place_id: UUID
    rule_id: UUID
    user_id: UUID | None
