"""The ticks of roles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import execute, fetch
from kvartal_notifications.channels.rules import NotificationChannel

__all__ = ["Ticks", "replace_ticks", "ticks_of"]

Ticks = Mapping[str, frozenset[NotificationChannel]]
"""The channels of each kind that has any."""


async def ticks_of(roles: Sequence[UUID]) -> dict[UUID, Ticks]:
    """The ticks of each of the roles; the caller knows that they may be seen."""
    rows = await fetch(
        "SELECT role_id, kind, array_agg(channel) AS channels FROM notifications_role_tick"
        " WHERE role_id = ANY($1::uuid[]) GROUP BY role_id, kind",
        list(roles),
    )
    found: dict[UUID, dict[str, frozenset[NotificationChannel]]] = {}
    for row in rows:
        channels = frozenset(map(NotificationChannel, row["channels"]))
        found.setdefault(row["role_id"], {})[row["kind"]] = channels
    return {role: found.get(role, {}) for role in roles}


async def replace_ticks(
    organization_id: UUID, role_id: UUID, ticks: Ticks, *, now: datetime
) -> None:
    """Write the ticks of these kinds over those that were there."""
    pairs = [(kind, channel) for kind, channels in ticks.items() for channel in sorted(channels)]
    await execute(
        "DELETE FROM notifications_role_tick WHERE organization_id = $1 AND role_id = $2"
        " AND kind = ANY($3::text[])",
        organization_id,
        role_id,
        list(ticks),
    )
    await execute(
        "INSERT INTO notifications_role_tick (id, organization_id, role_id, kind, channel,"
        " created_at, updated_at) SELECT kvartal_uuid7(), $1, $2, t.kind, t.channel, $3, $3"
        " FROM unnest($4::text[], $5::text[]) AS t(kind, channel)",
        organization_id,
        role_id,
        now,
        [kind for kind, _ in pairs],
        [channel.value for _, channel in pairs],
    )
