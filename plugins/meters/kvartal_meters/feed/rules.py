"""What a subscriber to the feed of readings has been told, and what is still to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

__all__ = ["AT_ONCE", "FeedState", "News"]

AT_ONCE = 100
"""So many readings are told at once; of more the newest, and that there were more."""

REMEMBERED = 1000
_MOMENT = timedelta(microseconds=1)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What is told at once, the oldest first; ``skipped``: there was more."""

    rows: Sequence[Row]
    skipped: bool


@dataclass(slots=True)
class FeedState:
    """Where a subscriber stands.

    Nothing is told that was submitted before ``horizon``; of what came since, ``told`` was. So a
    reading that is saved slowly is told when it appears, though later ones were told before.
    """

    horizon: datetime
    told: dict[tuple[UUID, datetime], None] = field(default_factory=dict)

    def take(self, found: Sequence[Row], settled: datetime) -> News:
        """Take what was found, the newest first, as told; nothing older than ``settled`` comes."""
        rows = list(reversed(found[:AT_ONCE]))
        for row in rows:
            self.told[row["id"], row["submitted_at"]] = None
        skipped = len(found) > AT_ONCE
        # What a bulk call saves has one stamp: of those that did not fit none comes later.
        horizon = rows[0]["submitted_at"] + _MOMENT if skipped else settled
        if len(self.told) > REMEMBERED:
            # Somebody has been saving for very long: the subscriber is told to look at the list.
            skipped = True
            horizon = max(horizon, sorted(moment for _, moment in self.told)[-REMEMBERED])
        self.horizon = max(self.horizon, horizon)
        self.told = {each: None for each in self.told if each[1] >= self.horizon}
        return News(rows, skipped)
