"""What happens to meters and readings, for whoever listens.

Each change of a meter or a reading is told once: by an event of its own where people make it, by
one event for all of them where it is one of many. Who wants to hear all listens to all of
``METER_EVENTS`` and ``READING_EVENTS``; docs/meters.md has them in a table.
"""

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
    "METER_EVENTS",
    "READING_EVENTS",
    "MeterChanged",
    "MeterDeleted",
    "MeterReplaced",
    "MetersPolicyChanged",
    "MetersRegistered",
    "ReadingAccepted",
    "ReadingCorrected",
    "ReadingDeleted",
    "ReadingsRegistered",
    "ReadingsReviewed",
    "ReadingsSubmitted",
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
    Of meters that are registered `MetersRegistered` tells, of those that the night puts
    «На поверке» `VerificationLapsed`.
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
    """A reading of a month that had none was saved, by people or in their name.

    ``following_id``: the reading after it, whose consumption is counted anew from this one. Of
    readings that are registered `ReadingsRegistered` tells.
    """

    reading_id: UUID
    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    billing_month: YearMonth
    author_kind: AuthorKind
    following_id: UUID | None = None


@event("meters.reading_corrected")
@dataclass(frozen=True, slots=True)
class ReadingCorrected(Event):
    """A saved reading got other values, or was saved by somebody else.

    ``following_id``: the reading after it, whose consumption is counted anew from this one. Of
    readings that are registered `ReadingsRegistered` tells.
    """

    reading_id: UUID
    meter_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    billing_month: YearMonth
    author_kind: AuthorKind
    following_id: UUID | None = None


@event("meters.meters_registered")
@dataclass(frozen=True, slots=True)
class MetersRegistered(Event):
    """Another system's call made meters, changed cards, and put meters into the archive.

    It stands for what would be a thousand `MeterChanged`; a meter is in one of the three.
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
    ``following_ids``: others, whose consumption is counted anew from these.
    """

    organization_id: UUID
    accepted_ids: tuple[UUID, ...]
    corrected_ids: tuple[UUID, ...]
    following_ids: tuple[UUID, ...] = ()


@event("meters.readings_reviewed")
@dataclass(frozen=True, slots=True)
class ReadingsReviewed(Event):
    """Staff found readings right that were marked for review: the mark is gone, the values stay."""

    organization_id: UUID
    reading_ids: tuple[UUID, ...]
    user_id: UUID | None


@event("meters.readings_submitted")
@dataclass(frozen=True, slots=True)
class ReadingsSubmitted(Event):
    """A resident has submitted readings of a premise: once, however many meters they sent.

    It links the `ReadingAccepted` and `ReadingCorrected` that tell of each; ``reading_ids``: those
    that were saved, in the order of the request. A request that changes nothing submits nothing.
    """

    submission_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    reading_ids: tuple[UUID, ...]
    user_id: UUID


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
    """A meter went into the archive, and a new one (``new_meter_id``) took its place.

    It links what two `MeterChanged` tell, and with a last reading a `ReadingAccepted` or
    `ReadingCorrected`: who hears those has heard all of it.
    """

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
    """A meter was deleted for good, and so many readings with it: no event tells of each."""

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


METER_EVENTS = (
    MeterChanged,
    MeterReplaced,
    MeterDeleted,
    MetersRegistered,
    VerificationLapsed,
)
"""All that may happen to a meter."""

READING_EVENTS = (
    ReadingAccepted,
    ReadingCorrected,
    ReadingDeleted,
    ReadingsRegistered,
    ReadingsReviewed,
    ReadingsSubmitted,
)
"""All that may happen to a reading; with a meter that is deleted its readings go unsaid."""
