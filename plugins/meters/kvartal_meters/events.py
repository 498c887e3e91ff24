"""What happens to meters and readings, for whoever listens."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kvartal.events import Event, event
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.rules import (
    ArchiveReason,
    AuthorKind,
    MeterChange,
    MeterScope,
    MeterStatus,
)
from kvartal_meters.resource_settings.levels import ApplyMode, SettingsLevel

__all__ = [
    "MeterChanged",
    "MeterDeleted",
    "MeterReplaced",
    "MetersPolicyChanged",
    "MetersRegistered",
    "ReadingAccepted",
    "ReadingCorrected",
    "ReadingDeleted",
    "ReadingsRegistered",
    "ResourceRuleCancelled",
    "ResourceSettingsApplied",
    "ResourceSettingsChanged",
    "VerificationLapsed",
    "VerificationServiceLinked",
]


@event("meters.meter_changed")
@dataclass(frozen=True, slots=True)
class MeterChanged(Event):
    """A meter's card is new or another, or the meter went into the archive or came back.

    ``status``: the one that it has now; by nobody (``user_id``) if an integrator or the estate did.
    """

    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    scope: MeterScope
    change: MeterChange
    status: MeterStatus
    user_id: UUID | None


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


@event("meters.meters_registered")
@dataclass(frozen=True, slots=True)
class MetersRegistered(Event):
    """Another system's call made meters, changed cards, and put meters into the archive.

    It stands for what would be a thousand `MeterChanged`.
    """

    organization_id: UUID
    created_ids: tuple[UUID, ...]
    updated_ids: tuple[UUID, ...]
    archived_ids: tuple[UUID, ...]


@event("meters.readings_registered")
@dataclass(frozen=True, slots=True)
class ReadingsRegistered(Event):
    """Another system's call saved readings: of months that had none, and over those that had one.

    It stands for what would be a thousand `ReadingAccepted` and `ReadingCorrected`.
    """

    organization_id: UUID
    accepted_ids: tuple[UUID, ...]
    corrected_ids: tuple[UUID, ...]


@event("meters.reading_deleted")
@dataclass(frozen=True, slots=True)
class ReadingDeleted(Event):
    """A meter's latest reading was deleted: its month has none again."""

    reading_id: UUID
    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    billing_month: YearMonth
    user_id: UUID | None


@event("meters.meter_replaced")
@dataclass(frozen=True, slots=True)
class MeterReplaced(Event):
    """A meter went into the archive, and a new one (``new_meter_id``) took its place."""

    meter_id: UUID
    new_meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    reason: ArchiveReason
    user_id: UUID | None


@event("meters.meter_deleted")
@dataclass(frozen=True, slots=True)
class MeterDeleted(Event):
    """A meter was deleted for good, and so many readings with it."""

    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    readings: int
    user_id: UUID | None


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


@event("meters.verification_service_linked")
@dataclass(frozen=True, slots=True)
class VerificationServiceLinked(Event):
    """A service was linked to a resource in all buildings that an employee may change.

    ``changed``: the buildings that got it; ``replaced``: those of them that had another.
    """

    organization_id: UUID
    resource_kind: ResourceKind
    service_id: UUID
    changed: int
    replaced: int
    skipped_locked: int
    user_id: UUID | None


@event("meters.verification_lapsed")
@dataclass(frozen=True, slots=True)
class VerificationLapsed(Event):
    """The night of ``checked_on`` put meters «На поверке»: 500 at most, the others in the next."""

    organization_id: UUID
    meter_ids: tuple[UUID, ...]
    checked_on: date


@event("meters.policy_changed")
@dataclass(frozen=True, slots=True)
class MetersPolicyChanged(Event):
    """An organization counts verification or anomalies in another way."""

    organization_id: UUID
    user_id: UUID | None
