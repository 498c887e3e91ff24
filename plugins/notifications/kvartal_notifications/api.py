"""What other plugins may use of the notifications."""

from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.graphql import Notification
from kvartal_notifications.messages.rules import PremiseNotice, StaffNotice, Told
from kvartal_notifications.messages.service import tell_residents, tell_staff

__all__ = [
    "Notification",
    "NotificationChannel",
    "NotificationKind",
    "PremiseNotice",
    "StaffNotice",
    "Told",
    "tell_residents",
    "tell_staff",
]
