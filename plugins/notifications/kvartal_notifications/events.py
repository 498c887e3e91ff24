"""What happens to notices, for whoever listens."""

from dataclasses import dataclass
from datetime import datetime

from kvartal.events import Event, event

__all__ = ["DeliveriesDue"]


@event("notifications.deliveries_due")
@dataclass(frozen=True, slots=True)
class DeliveriesDue(Event):
    """Notices were written that wait for their delivery; the first of them falls due at ``at``."""

    at: datetime
