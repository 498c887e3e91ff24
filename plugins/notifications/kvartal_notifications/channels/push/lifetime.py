"""How long a push service keeps a message for a device that is away."""

from datetime import datetime

from kvartal_notifications.channels.port import Outgoing

__all__ = ["MAX_SECONDS", "seconds_left"]

# Four weeks: FCM refuses more, and it is its own default.
MAX_SECONDS = 28 * 24 * 3600


def seconds_left(message: Outgoing, now: datetime) -> int:
    """Seconds until nobody wants to hear it any more; 0: now or never."""
    if message.expires_at is None:
        return MAX_SECONDS
    return min(max(int((message.expires_at - now).total_seconds()), 0), MAX_SECONDS)
