"""What other plugins may use of the notifications."""

from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind

__all__ = ["NotificationChannel", "NotificationKind"]
