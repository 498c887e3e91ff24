"""What people are told: of events as they come, and reminders by the day."""

from kvartal_notifications.sources.service.hearing import (
    tell_operation_finished,
    tell_readings_submitted,
    tell_service_ordered,
)
from kvartal_notifications.sources.service.running import remind_where_due

__all__ = [
    "remind_where_due",
    "tell_operation_finished",
    "tell_readings_submitted",
    "tell_service_ordered",
]
