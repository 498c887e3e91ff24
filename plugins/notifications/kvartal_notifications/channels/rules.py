"""By which ways a notice reaches a person."""

from enum import StrEnum

__all__ = ["NotificationChannel", "PushProvider"]


class NotificationChannel(StrEnum):
    """A way by which a notice reaches a person."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    PUSH = "PUSH"


class PushProvider(StrEnum):
    """Whose service carries a push to the device."""

    FCM = "FCM"
    WEB_PUSH = "WEB_PUSH"
