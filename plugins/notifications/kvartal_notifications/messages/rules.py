"""Who is told of what, and what becomes of a notice on its way to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from kvartal_notifications.kinds import NotificationKind

__all__ = [
    "AT_ONCE",
    "DeliveryStatus",
    "InboxState",
    "News",
    "PremiseNotice",
    "StaffNotice",
    "Told",
]

AT_ONCE = 100
"""So many notices are told at once to who listens; of more the newest, and that there were more."""

_MOMENT = timedelta(microseconds=1)


class DeliveryStatus(StrEnum):
    """How far a notice has come by one channel."""

    PENDING = "PENDING"
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNotice:
    """What employees of an organization are told of.

    ``occasion``: what happened, in words that no other notice of the kind has; a person is told
    once of it. ``building_id``: only those are told who work with it. ``subject``: the type and
    the id of what a tap opens. ``also``: users who are told though no tick of their roles says so;
    ``theirs``: it is their own doing, which they may know of without the kind's right.
    """

    kind: NotificationKind
    organization_id: UUID
    occasion: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    building_id: UUID | None = None
    premise_id: UUID | None = None
    subject: tuple[str, UUID] | None = None
    also: tuple[UUID, ...] = ()
    theirs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiseNotice:
    """What the residents of one premise are told of; a person once of an ``occasion``."""

    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    occasion: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Told:
    """How many notices were written now, and how many deliveries they wait for."""

    notices: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class News:
    """Notices that are told at once, the oldest first; ``skipped``: there were more."""

    rows: Sequence[Mapping[str, Any]]
    skipped: bool


@dataclass(slots=True)
class InboxState:
    """Where somebody stands who listens to their inbox.

    Nothing is told that was written before ``horizon``; of what came since, ``told`` was. So a
    notice that is committed late is told when it appears, though later ones were told before.
    """

    horizon: datetime
    told: dict[UUID, datetime] = field(default_factory=dict)

    def take(self, found: Sequence[Mapping[str, Any]], settled: datetime) -> News:
        """Take what was found, the newest first, as told; nothing older than ``settled`` comes."""
        rows = list(reversed(found[:AT_ONCE]))
        self.told |= {row["id"]: row["created_at"] for row in rows}
        skipped = len(found) > AT_ONCE
        if skipped:
            settled = max(settled, rows[0]["created_at"] + _MOMENT)
        self.horizon = max(self.horizon, settled)
        self.told = {key: at for key, at in self.told.items() if at >= self.horizon}
        return News(rows, skipped)
