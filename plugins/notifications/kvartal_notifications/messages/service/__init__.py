"""Telling people, and what they do with what they were told."""

from kvartal_notifications.messages.rules import PremiseNotice, StaffNotice, Told
from kvartal_notifications.messages.service.reading import mark_read, mark_read_until, owner_of
from kvartal_notifications.messages.service.telling import tell_residents, tell_staff

__all__ = [
    "PremiseNotice",
    "StaffNotice",
    "Told",
    "mark_read",
    "mark_read_until",
    "owner_of",
    "tell_residents",
    "tell_staff",
]
