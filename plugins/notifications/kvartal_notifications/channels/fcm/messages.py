"""A message in the form of FCM's HTTP v1 interface."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from kvartal.graphql.node import encode_id
from kvartal_notifications.channels.port import Outgoing
from kvartal_notifications.channels.push.fitting import fitted
from kvartal_notifications.channels.push.lifetime import seconds_left

__all__ = ["MAX_BYTES", "payload"]

# FCM takes 4096 bytes of texts and data; the token and the words around them are not counted.
MAX_BYTES = 4_096
_AROUND = 100


def payload(message: Outgoing, now: datetime) -> bytes | None:
    """The body of a request; None if it is too large even without its text."""
    collapse = message.notification_id.hex
    seconds = seconds_left(message, now)
    data = {
        "notificationId": str(encode_id("Notification", message.notification_id)),
        **message.data,
    }
    around: dict[str, Any] = {
        "token": message.address,
        # Whoever has shown an earlier attempt shows this one in its place.
        "android": {
            "collapse_key": collapse,
            "ttl": f"{seconds}s",
            "notification": {"tag": collapse},
        },
        "apns": {
            "headers": {
                "apns-collapse-id": collapse,
                "apns-expiration": str(
                    int((now + timedelta(seconds=seconds)).timestamp()) if seconds else 0
                ),
            }
        },
    }
    counted = fitted(message.text, partial(_texts, message.title, data), MAX_BYTES - _AROUND)
    if counted is None:
        return None
    return orjson.dumps({"message": around | orjson.loads(counted)})


def _texts(title: str, data: dict[str, str], text: str) -> bytes:
    return orjson.dumps({"notification": {"title": title, "body": text}, "data": data})
