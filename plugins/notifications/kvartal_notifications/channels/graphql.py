"""The channels as clients know them."""

from kvartal.graphql.enums import describe_enum
from kvartal_notifications.channels.rules import NotificationChannel

__all__ = ["NotificationChannel"]

describe_enum(
    NotificationChannel,
    "A way by which a notice reaches a person.",
    IN_APP="It stands in the inbox of the app (`notifications`).",
    EMAIL="A letter to the person's e-mail address.",
    PUSH="A push to each of their devices (`registerDevice`).",
)
