"""The policies of organizations, read and written."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import execute, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.policy.rules import Policy

__all__ = ["PolicyRight", "hold_policy", "policies_of", "right_to", "write_policy"]


@dataclass(frozen=True, slots=True)
class PolicyRight:
    """That an actor sees an organization as its staff, and whether they may change its policy."""

    may_change: bool


async def right_to(actor: Actor, organization_id: UUID) -> PolicyRight | None:
    """What the actor may do with an organization's policy; none if they do not see it."""
    args = Args()
    may = visible_to_staff(actor, args, organization="o.id", permission=ORGANIZATION_EDIT)
    row = await fetch_one(
        f"SELECT {may} AS may_change FROM kvartal_organization o"
        f" WHERE o.id = {args.add(organization_id)}"
        f" AND {visible_to_staff(actor, args, organization='o.id')}",
        *args,
    )
    return PolicyRight(row["may_change"]) if row else None


async def policies_of(actor: Actor, organization_ids: Sequence[UUID]) -> dict[UUID, Policy]:
    """The policies of those of the organizations whose staff the actor is."""
    args = Args()
    rows = await fetch(
        f"""
        SELECT o.id, p.counts_latest_verification, p.version,
            (SELECT jsonb_object_agg(t.resource_kind, t.factor::text)
                FROM meters_anomaly_threshold t WHERE t.organization_id = o.id) AS factors
        FROM kvartal_organization o LEFT JOIN meters_policy p ON p.organization_id = o.id
        WHERE o.id = ANY({args.add(list(organization_ids))}::uuid[])
            AND {visible_to_staff(actor, args, organization="o.id")}
        """,
        *args,
    )
    return {
        row["id"]: Policy(
            counts_latest_verification=bool(row["counts_latest_verification"]),
            factors={
                ResourceKind(kind): Decimal(factor)
                for kind, factor in orjson.loads(row["factors"] or "{}").items()
            },
            version=row["version"] or 0,
        )
        for row in rows
    }


async def hold_policy(organization_id: UUID) -> None:
    """Let no other change of the organization's policy run until this one has committed."""
    await fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"meters.policy:{organization_id}"
    )


async def write_policy(organization_id: UUID, policy: Policy, *, now: datetime) -> None:
    """Write a policy over the one that was there."""
    await execute(
        """
        WITH thresholds AS (
            INSERT INTO meters_anomaly_threshold (id, organization_id, resource_kind, factor,
                created_at, updated_at)
            SELECT kvartal_uuid7(), $1, t.kind, t.factor, $4, $4
            FROM unnest($5::text[], $6::numeric[]) AS t(kind, factor)
            ON CONFLICT (organization_id, resource_kind)
            DO UPDATE SET factor = excluded.factor, updated_at = excluded.updated_at
        )
        INSERT INTO meters_policy (id, organization_id, counts_latest_verification, version,
            created_at, updated_at)
        VALUES (kvartal_uuid7(), $1, $2, $3, $4, $4)
        ON CONFLICT (organization_id) DO UPDATE SET version = excluded.version,
            counts_latest_verification = excluded.counts_latest_verification,
            updated_at = excluded.updated_at
        """,
        organization_id,
        policy.counts_latest_verification,
        policy.version,
        now,
        [kind.value for kind in policy.factors],
        list(policy.factors.values()),
    )
