"""What stands in the way of a delivery, and what is sent if nothing does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.node import encode_id
from kvartal.text import say
from kvartal_notifications.channels.port import DeliveryChannel, Outgoing
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.channels.service import channel_of
from kvartal_notifications.delivery.rules import Circumstances, Problem
from kvartal_notifications.kinds import kind_of
from kvartal_notifications.messages.facts import out_of_json
from kvartal_notifications.messages.wording import Written, written
from kvartal_notifications.preferences.devices.service import LiveDevice
from kvartal_notifications.preferences.rules import QUIET_FROM, QUIET_UNTIL, quiet_until

__all__ = ["Taken", "circumstances", "message_of", "taken"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that a worker has: its row, and the device if it goes to one."""

    row: Record
    device: LiveDevice | None

    @property
    def id(self) -> UUID:
        """The delivery's id."""
        found: UUID = self.row["id"]
        return found

    @property
    def channel(self) -> NotificationChannel:
        """Which way it goes."""
        return NotificationChannel(self.row["channel"])

    @property
    def way(self) -> DeliveryChannel | None:
        """Who carries it; None if this installation has nobody who does."""
        provider = self.row["provider"]
        return channel_of(self.channel, provider and PushProvider(provider))

    @property
    def address(self) -> str | None:
        """Where it goes."""
        if self.channel is NotificationChannel.PUSH:
            return None if self.device is None else self.device.address
        email: str | None = self.row["email"]
        return email


def taken(row: Record, devices: Mapping[UUID, LiveDevice]) -> Taken:
    """A claimed row with its device, if that is still this person's in this capacity."""
    device = devices.get(row["device_id"]) if row["device_id"] is not None else None
    is_theirs = device is not None and (device.user_id, device.kind) == (
        row["user_id"],
        row["audience"],
    )
    return Taken(row, device if is_theirs else None)


def circumstances(delivery: Taken, now: datetime) -> Circumstances:
    """How things stand with a delivery."""
    row, until = delivery.row, None
    if delivery.channel is NotificationChannel.PUSH:
        until = quiet_until(now, row["timezone"], *_hours(row))
    return Circumstances(
        expires_at=row["expires_at"],
        obstacle=_obstacle(delivery),
        quiet_until=until,
    )


def message_of(delivery: Taken) -> Outgoing:
    """What is sent: in the language of the device, or of the person's letters."""
    row, device = delivery.row, delivery.device
    locale = device.locale if device is not None else row["locale"]
    said = _written(row["kind"], row["facts"], locale, delivery.channel)
    data = {"kind": row["kind"]}
    if row["subject_kind"] is not None and row["subject_id"] is not None:
        data["subject"] = encode_id(row["subject_kind"], row["subject_id"])
    return Outgoing(
        notification_id=row["notification_id"],
        address=delivery.address or "",
        title=said.title,
        text=said.text,
        data=data,
        expires_at=row["expires_at"],
    )


def _obstacle(delivery: Taken) -> Problem | None:
    row, is_push = delivery.row, delivery.channel is NotificationChannel.PUSH
    found = {
        Problem.KIND_OFF: kind_of(row["kind"]) is None,
        Problem.PERSON_BARRED: not row["may_know"],
        Problem.OPTED_OUT: row["opted_out"],
        Problem.NOT_SET_UP: delivery.way is None,
        Problem.DEVICE_GONE: is_push and delivery.device is None,
        Problem.ADDRESS_MISSING: delivery.address is None,
        Problem.ADDRESS_SUPPRESSED: row["suppressed"],
    }
    return next((problem for problem, is_so in found.items() if is_so), None)


def _hours(row: Record) -> tuple[int, int]:
    """The person's own quiet hours, else the organization's, else the usual ones."""
    for start, end in (("own_quiet_from", "own_quiet_until"), ("quiet_from", "quiet_until")):
        if row[start] is not None:
            return row[start], row[end]
    return QUIET_FROM, QUIET_UNTIL


@lru_cache(maxsize=512)  # thousands are told the same
def _written(key: str, facts: str, locale: str, channel: NotificationChannel) -> Written:
    kind = kind_of(key)
    assert kind is not None  # else it has an obstacle
    said = written(kind, out_of_json(facts), locale, channel)
    if channel is not NotificationChannel.EMAIL:
        return said
    return Written(
        said.title, f"{said.text or said.title}\n\n{say('notification.footer', locale)}\n"
    )
