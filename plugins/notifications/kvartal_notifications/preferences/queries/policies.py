"""How organizations tell people."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import execute, fetch
from kvartal.db.sql import Args
from kvartal_notifications.preferences.rules import Policy

__all__ = ["hold_policy", "policies_of", "write_policy"]


async def policies_of(actor: Actor, organization_ids: Sequence[UUID]) -> dict[UUID, Policy]:
    """The policies of those of the organizations whose staff the actor is."""
    args = Args()
    rows = await fetch(
        "SELECT o.id, p.quiet_from, p.quiet_until, p.last_day_to_all, p.version"
        " FROM kvartal_organization o"
        " LEFT JOIN notifications_policy p ON p.organization_id = o.id"
        f" WHERE o.id = ANY({args.add(list(organization_ids))}::uuid[])"
        f" AND {visible_to_staff(actor, args, organization='o.id')}",
        *args,
    )
    return {
        row["id"]: Policy()
        if row["version"] is None
        else Policy(
            quiet_from=row["quiet_from"],
            quiet_until=row["quiet_until"],
            last_day_to_all=row["last_day_to_all"],
            version=row["version"],
        )
        for row in rows
    }


async def hold_policy(organization_id: UUID) -> None:
    """Let no other change of the organization's policy run until this one has committed."""
    await fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"notifications.policy:{organization_id}",
    )


async def write_policy(organization_id: UUID, policy: Policy, *, now: datetime) -> None:
    """Write a policy over the one that was there."""
    await execute(
        "INSERT INTO notifications_policy (id, organization_id, quiet_from, quiet_until,"
        " last_day_to_all, version, created_at, updated_at)"
        " VALUES (kvartal_uuid7(), $1, $2, $3, $4, $5, $6, $6)"
        " ON CONFLICT (organization_id) DO UPDATE SET quiet_from = excluded.quiet_from,"
        " quiet_until = excluded.quiet_until, last_day_to_all = excluded.last_day_to_all,"
        " version = excluded.version, updated_at = excluded.updated_at",
        organization_id,
        policy.quiet_from,
        policy.quiet_until,
        policy.last_day_to_all,
        policy.version,
        now,
    )
