"""Devices that take pushes: registered by the app, forgotten by it or by the push service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.audit.api import nothing_changed, own_act
from kvartal.auth.api import Actor, SessionKind
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound, Refused
from kvartal.housing.api import TextTooLong, cleaned
from kvartal.sealing import Place, SealBroken, seal
from kvartal.settings import settings_of
from kvartal.text import LOCALES
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.preferences.devices import queries
from kvartal_notifications.preferences.devices.rules import (
    MAX_TITLE,
    DeviceAddress,
    address_faults,
    language_of,
)
from kvartal_notifications.settings import NotificationsSettings

__all__ = [
    "LiveDevice",
    "forget",
    "live_devices",
    "own_devices",
    "register",
    "sealed_address",
    "unregister",
]

log = structlog.get_logger("kvartal_notifications.devices")


@dataclass(frozen=True, slots=True)
class LiveDevice:
    """A device that may be sent to: its person, in which capacity they are signed in on it."""

    id: UUID
    user_id: UUID
    kind: SessionKind
    provider: PushProvider
    address: str = field(repr=False)
    locale: str


async def register(
    actor: Actor, address: DeviceAddress, *, title: str | None = None, locale: str
) -> Record:
    """Have pushes sent to a device as long as the present session lives.

    The same address again is the same device; the app says it at each start.
    """
    user_id, session_id = _session(actor)
    kept = cleaned(title or "") or None
    faults = address_faults(address, allowed=settings_of(NotificationsSettings).allowed_hosts)
    if kept is not None and len(kept) > MAX_TITLE:
        faults.append(TextTooLong(limit=MAX_TITLE, path=("title",)))
    if faults:
        raise Refused(faults)
    now = clock.now()
    async with unit_of_work():
        own_act()
        row = await queries.save_device(
            user_id,
            session_id,
            provider=address.provider,
            address_hash=address.hash,
            address_sealed=sealed_address(address),
            title=kept,
            locale=language_of(locale, LOCALES),
            now=now,
        )
        if row["created_at"] < now:
            nothing_changed()  # it was this person's before: an app says so at each start
        else:
            await queries.delete_surplus_devices(user_id)
    return row


async def unregister(actor: Actor, device_id: UUID) -> Record:
    """Send nothing more to one of the actor's devices."""
    user_id, _ = _session(actor)
    async with unit_of_work():
        own_act()
        row = await queries.delete_own_device(user_id, device_id)
        if row is None:
            raise NotFound
    return row


async def own_devices(actor: Actor) -> list[Record]:
    """The devices that the actor is told on, the last registered first."""
    user_id, _ = _session(actor)
    return await queries.devices_of(user_id, now=clock.now())


async def live_devices(device_ids: Sequence[UUID]) -> Mapping[UUID, LiveDevice]:
    """Those of the devices that may be sent to, by their ids; in one statement.

    Who sends must ask whether the message is for this person, in this capacity.
    """
    rows = await queries.live_devices(device_ids, now=clock.now())
    opened = {row["id"]: _opened(row) for row in rows}
    return {key: device for key, device in opened.items() if device is not None}


async def forget(device_ids: Sequence[UUID]) -> int:
    """Forget devices whose address the push service does not know any more; how many."""
    async with unit_of_work():
        forgotten = await queries.delete_devices(device_ids)
    log.info("notifications.devices_forgotten", devices=forgotten)
    return forgotten


def sealed_address(address: DeviceAddress) -> bytes:
    """The address of a device as it is kept."""
    return seal().seal(address.text, _place(address.hash))


def _opened(row: Record) -> LiveDevice | None:
    try:
        address = seal().open(row["address_sealed"], _place(row["address_hash"]))
    except SealBroken:
        # The installation's key was changed, and the old one is not accepted any more.
        log.warning("notifications.device_unreadable", device=str(row["id"]))
        return None
    return LiveDevice(
        id=row["id"],
        user_id=row["user_id"],
        kind=SessionKind(row["kind"]),
        provider=PushProvider(row["provider"]),
        address=address,
        locale=row["locale"],
    )


def _place(address_hash: str) -> Place:
    """Where an address is kept: found by its hash, since the row may get another id."""
    return Place("notifications_device", "address_sealed", UUID(address_hash[:32]))


def _session(actor: Actor) -> tuple[UUID, UUID]:
    if actor.user_id is None or actor.session_id is None:
        raise Forbidden("FORBIDDEN_WITHOUT_SESSION")
    return actor.user_id, actor.session_id
