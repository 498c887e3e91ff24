"""Changing how an organization tells people."""

from dataclasses import dataclass, replace
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import changed, nothing_changed
from kvartal.auth.api import Actor, require_right
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Refused, VersionConflict
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal_notifications.preferences import queries
from kvartal_notifications.preferences.rules import Policy, clock_time, read_hours

__all__ = ["PolicyChange", "update_policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """What is being set; what is None stays as it is. ``quiet``: from and until, like 22:00."""

    quiet: tuple[str, str] | None = None
    last_day_to_all: bool | None = None


async def update_policy(
    actor: Actor,
    organization_id: UUID,
    change: PolicyChange,
    *,
    expected_version: int | None = None,
) -> Policy:
    """The policy of an organization after the change; it acts on what falls due from now on."""
    require_right(actor, organization_id, ORGANIZATION_EDIT)
    quiet, faults = read_hours(change.quiet)
    if faults:
        raise Refused(faults)
    async with unit_of_work():
        await queries.hold_policy(organization_id)
        # Read after the wait: what stood there before it may have been changed meanwhile.
        before = (await queries.policies_of(actor, [organization_id]))[organization_id]
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version, path=("expected_version",))
        after = before
        if quiet is not None:
            start, end = quiet
            after = replace(after, quiet_from=start, quiet_until=end)
        if change.last_day_to_all is not None:
            after = replace(after, last_day_to_all=change.last_day_to_all)
        if after == before:
            nothing_changed()
            return before
        after = replace(after, version=before.version + 1)
        await queries.write_policy(organization_id, after, now=clock.now())
        changed(_facts(before), _facts(after))
    return after


def _facts(policy: Policy) -> dict[str, object]:
    """The policy as the audit log tells it."""
    return {
        "quiet_from": clock_time(policy.quiet_from),
        "quiet_until": clock_time(policy.quiet_until),
        "last_day_to_all": policy.last_day_to_all,
    }
