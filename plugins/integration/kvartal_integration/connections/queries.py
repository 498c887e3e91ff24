"""The statements of connections: what an organization has set up, for people and for the work."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal_integration.access import managed
from kvartal_integration.connections.sources import CONNECTION, SELECTED

__all__ = [
    "connection_managed",
    "connections_by_ids",
    "lock_organization",
    "sealed_connection_of",
]


async def connection_managed(actor: Actor, organization_id: UUID) -> Record | None:
    """The connection of an organization, if the actor manages it."""
    args = Args()
    own = managed(actor, args, "c.organization_id")
    return await fetch_one(
        f"SELECT {SELECTED} FROM {CONNECTION.table} c"
        f" WHERE c.organization_id = {args.add(organization_id)} AND {own}",
        *args,
    )


async def connections_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The connections with these ids that the actor manages."""
    args = Args()
    own = managed(actor, args, "c.organization_id")
    rows = await fetch(
        f"SELECT {SELECTED} FROM {CONNECTION.table} c"
        f" WHERE c.id = ANY({args.array(ids)}) AND {own}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def sealed_connection_of(organization_id: UUID) -> Record | None:
    """The connection of an organization with its sealed password."""
    return await fetch_one(
        f"SELECT {SELECTED}, c.password_sealed FROM {CONNECTION.table} c"
        " WHERE c.organization_id = $1",
        organization_id,
    )


async def lock_organization(organization_id: UUID) -> None:
    """Until the commit nobody else sets up the connection of the organization."""
    await execute(
        "SELECT pg_advisory_xact_lock("
        "hashtextextended('kvartal.exchange_connection:' || $1::text, 0))",
        str(organization_id),
    )
