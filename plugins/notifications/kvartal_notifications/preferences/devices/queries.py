"""The statements of devices."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.models import uuid7
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.preferences.devices.rules import MAX_DEVICES
from kvartal_notifications.preferences.devices.sources import DEVICE, LIVE

__all__ = [
    "delete_devices",
    "delete_own_device",
    "delete_surplus_devices",
    "devices_of",
    "live_devices",
    "save_device",
]


async def save_device(
    user_id: UUID,
    session_id: UUID,
    *,
    provider: PushProvider,
    address_hash: str,
    address_sealed: bytes,
    title: str | None,
    locale: str,
    now: datetime,
) -> Record:
    """The device of this address, now of this person and session, whosever it was before.

    Another person's gets a new id: what waits for its former owner finds it no more.
    """
    same = "d.user_id = excluded.user_id"
    row = await fetch_one(
        "INSERT INTO notifications_device AS d (id, user_id, session_id, provider, address_hash,"
        " address_sealed, title, locale, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
        " ON CONFLICT (address_hash) DO UPDATE SET"
        f" id = CASE WHEN {same} THEN d.id ELSE excluded.id END,"
        f" created_at = CASE WHEN {same} THEN d.created_at ELSE excluded.created_at END,"
        " user_id = excluded.user_id, session_id = excluded.session_id,"
        " address_sealed = excluded.address_sealed, title = excluded.title,"
        " locale = excluded.locale, updated_at = excluded.updated_at"
        f" RETURNING {DEVICE.columns('d')}",
        uuid7(),
        user_id,
        session_id,
        provider.value,
        address_hash,
        address_sealed,
        title,
        locale,
        now,
    )
    assert row is not None  # it is made or changed
    return row


async def delete_surplus_devices(user_id: UUID) -> int:
    """Forget those of a person's devices that are beyond the number kept, the longest unused."""
    tag = await execute(
        "DELETE FROM notifications_device WHERE id = ANY(ARRAY("
        "SELECT id FROM notifications_device WHERE user_id = $1"
        f" ORDER BY updated_at DESC, id DESC OFFSET {MAX_DEVICES}))",
        user_id,
    )
    return int(tag.removeprefix("DELETE "))


async def devices_of(user_id: UUID, *, now: datetime) -> list[Record]:
    """The devices of a person whose session lives, the last registered first."""
    return list(
        await fetch(
            f"SELECT {DEVICE.columns('d')} FROM {DEVICE.table} d {LIVE}"
            " WHERE d.user_id = $1 ORDER BY d.updated_at DESC, d.id DESC",
            user_id,
            now,
        )
    )


async def delete_own_device(user_id: UUID, device_id: UUID) -> Record | None:
    """Forget a device of the person; None if they have none like it."""
    return await fetch_one(
        "DELETE FROM notifications_device d WHERE d.id = $1 AND d.user_id = $2"
        f" RETURNING {DEVICE.columns('d')}",
        device_id,
        user_id,
    )


async def delete_devices(device_ids: Sequence[UUID]) -> int:
    """Forget devices, whosever they are; how many."""
    tag = await execute(
        "DELETE FROM notifications_device WHERE id = ANY($1::uuid[])", list(device_ids)
    )
    return int(tag.removeprefix("DELETE "))


async def live_devices(device_ids: Sequence[UUID], *, now: datetime) -> list[Record]:
    """Those of the devices whose session lives, with their sealed addresses."""
    return list(
        await fetch(
            "SELECT d.id, d.user_id, s.kind, d.provider, d.locale, d.address_hash,"
            f" d.address_sealed FROM {DEVICE.table} d {LIVE} WHERE d.id = ANY($1::uuid[])",
            list(device_ids),
            now,
        )
    )
