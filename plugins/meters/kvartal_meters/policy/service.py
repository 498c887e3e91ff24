"""Changing what an organization decides for all its meters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import changed, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound, VersionConflict
from kvartal.events import emit
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.events import MetersPolicyChanged
from kvartal_meters.policy import queries
from kvartal_meters.policy.rules import Policy, read_factors

__all__ = ["PolicyChange", "update_policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """What is being set; what is None, and a resource that is left out, stays as it is."""

    counts_latest_verification: bool | None = None
    factors: Sequence[tuple[ResourceKind, Decimal]] = ()


async def update_policy(
    actor: Actor,
    organization_id: UUID,
    change: PolicyChange,
    *,
    expected_version: int | None = None,
) -> Policy:
    """The policy of an organization after the change; it acts from the next reading and night."""
    factors = read_factors(change.factors)
    async with unit_of_work():
        await _require(actor, organization_id)
        await queries.hold_policy(organization_id)
        # Read after the wait: what stood there before it may have been changed meanwhile.
        before = (await queries.policies_of(actor, [organization_id]))[organization_id]
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version, path=("expected_version",))
        changes = {kind: each for kind, each in factors.items() if each != before.factor_of(kind)}
        after = replace(before, factors={**before.factors, **changes})
        if change.counts_latest_verification is not None:
            after = replace(after, counts_latest_verification=change.counts_latest_verification)
        if after == before:
            nothing_changed()
            return before
        after = replace(after, version=before.version + 1)
        await queries.write_policy(organization_id, after, now=clock.now())
        changed(_facts(before), _facts(after))
        emit(MetersPolicyChanged(organization_id, actor.user_id))
    return after


def _facts(policy: Policy) -> dict[str, object]:
    """The policy as the audit log tells it, a fact for each factor."""
    factors = {f"factor_{kind.lower()}": str(policy.factor_of(kind)) for kind in ResourceKind}
    return {"counts_latest_verification": policy.counts_latest_verification, **factors}


async def _require(actor: Actor, organization_id: UUID) -> None:
    right = await queries.right_to(actor, organization_id)
    if right is None:
        raise NotFound
    if not right.may_change:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=ORGANIZATION_EDIT.code)
