"""Ticking what those are told of who have a role (вкладка «Уведомления» роли)."""

from collections.abc import Sequence
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import changed, nothing_changed
from kvartal.auth.api import Actor, RoleRow, SessionKind, grow_role, hold_role
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Refused
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import kinds
from kvartal_notifications.preferences import queries
from kvartal_notifications.preferences.rules import check_kinds

__all__ = ["update_ticks"]


async def update_ticks(
    actor: Actor,
    role_id: UUID,
    wanted: Sequence[tuple[str, frozenset[NotificationChannel]]],
    *,
    expected_version: int | None = None,
) -> RoleRow:
    """Tick the channels of these kinds, and no others of theirs; the other kinds stay."""
    async with unit_of_work():
        role = await hold_role(actor, role_id, expected_version=expected_version)
        known = {key for key, kind in kinds().items() if kind.audience is SessionKind.EMPLOYEE}
        if faults := check_kinds([(kind, None) for kind, _ in wanted], known, "notifications"):
            raise Refused(faults)
        before = (await queries.ticks_of([role_id]))[role_id]
        after = dict(wanted)
        if all(before.get(kind, frozenset()) == channels for kind, channels in after.items()):
            nothing_changed()
            return role
        await queries.replace_ticks(role.organization_id, role_id, after, now=clock.now())
        changed(
            {kind: sorted(before.get(kind, ())) for kind in after},
            {kind: sorted(channels) for kind, channels in after.items()},
        )
        return await grow_role(role)
