"""Service tokens: as credentials, and as those who manage them see them."""
# ruff: noqa: S608 -- fixed fragments; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.auth.actor import Membership
from kvartal.db.connection import Record, execute, fetch, fetch_one

__all__ = [
    "KeptToken",
    "ServiceTokenState",
    "add_rights",
    "memberships_of_tokens",
    "organization_of_token",
    "revoke",
    "service_token_state",
    "token_by_id",
    "tokens_of",
]

_PERMISSIONS = (
    "ARRAY(SELECT p.permission FROM kvartal_service_token_permission p"
    " WHERE p.organization_id = t.organization_id AND p.service_token_id = t.id"
    " ORDER BY p.permission)"
)
_KEPT = (
    "SELECT t.id, t.organization_id, t.title, t.all_buildings, t.created_at, t.expires_at,"
    f" t.last_used_at, t.revoked_at, {_PERMISSIONS} AS permissions FROM kvartal_service_token t"
)


@dataclass(frozen=True, slots=True)
class ServiceTokenState:
    """A service token as a request's credential."""

    is_revoked: bool
    expires_at: datetime | None
    membership: Membership


async def service_token_state(
    token_hash: str, *, now: datetime, touch_before: datetime
) -> ServiceTokenState | None:
    """The service token and its rights; notes its use unless that was after ``touch_before``."""
    row = await fetch_one(
        f"""
        WITH used AS (
            UPDATE kvartal_service_token SET last_used_at = $2, updated_at = $2
            WHERE token_hash = $1 AND revoked_at IS NULL
                AND (last_used_at IS NULL OR last_used_at < $3)
        )
        SELECT t.id, t.organization_id, t.revoked_at IS NOT NULL AS is_revoked, t.expires_at,
            t.all_buildings, {_PERMISSIONS} AS permissions
        FROM kvartal_service_token t
        WHERE t.token_hash = $1
        """,
        token_hash,
        now,
        touch_before,
    )
    if row is None:
        return None
    return ServiceTokenState(
        is_revoked=row["is_revoked"],
        expires_at=row["expires_at"],
        membership=_membership(row),
    )


async def memberships_of_tokens(ids: Sequence[UUID], *, now: datetime) -> tuple[Membership, ...]:
    """What those of the tokens that are live may do, each in its organization."""
    rows = await fetch(
        f"""
        SELECT t.id, t.organization_id, t.all_buildings, {_PERMISSIONS} AS permissions
        FROM kvartal_service_token t
        WHERE t.id = ANY($1::uuid[]) AND t.revoked_at IS NULL
            AND (t.expires_at IS NULL OR t.expires_at > $2)
        ORDER BY t.organization_id
        """,
        list(ids),
        now,
    )
    return tuple(_membership(row) for row in rows)


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A service token without its text, which nobody has kept."""

    id: UUID
    organization_id: UUID
    title: str
    all_buildings: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    permissions: tuple[str, ...]


async def tokens_of(organization_id: UUID, *, with_revoked: bool) -> list[KeptToken]:
    """The tokens of an organization, the newest first."""
    rows = await fetch(
        f"{_KEPT} WHERE t.organization_id = $1 AND (t.revoked_at IS NULL OR $2)"
        " ORDER BY t.created_at DESC, t.id DESC",
        organization_id,
        with_revoked,
    )
    return [_kept(row) for row in rows]


async def token_by_id(token_id: UUID) -> KeptToken:
    """A token that is known to exist."""
    row = await fetch_one(f"{_KEPT} WHERE t.id = $1", token_id)
    assert row is not None
    return _kept(row)


async def organization_of_token(token_id: UUID) -> UUID | None:
    """Whose a token is."""
    row = await fetch_one(
        "SELECT organization_id FROM kvartal_service_token WHERE id = $1", token_id
    )
    return row["organization_id"] if row else None


async def add_rights(
    token_id: UUID,
    organization_id: UUID,
    *,
    permissions: Sequence[str],
    buildings: Sequence[UUID],
    now: datetime,
) -> None:
    """Give a new token its rights and its buildings."""
    await execute(
        """
        WITH rights AS (
            INSERT INTO kvartal_service_token_permission
                (id, organization_id, service_token_id, permission, created_at, updated_at)
            SELECT kvartal_uuid7(), $2, $1, given.permission, $5, $5
            FROM unnest($3::text[]) AS given(permission)
        )
        INSERT INTO kvartal_service_token_building
            (id, organization_id, service_token_id, building_id, created_at, updated_at)
        SELECT kvartal_uuid7(), $2, $1, given.building_id, $5, $5
        FROM unnest($4::uuid[]) AS given(building_id)
        """,
        token_id,
        organization_id,
        list(permissions),
        list(buildings),
        now,
    )


async def revoke(token_id: UUID, *, now: datetime) -> bool:
    """Put a token out of use; False if it was already."""
    tag = await execute(
        "UPDATE kvartal_service_token SET revoked_at = $2, updated_at = $2"
        " WHERE id = $1 AND revoked_at IS NULL",
        token_id,
        now,
    )
    return tag == "UPDATE 1"


def _kept(row: Record) -> KeptToken:
    return KeptToken(**{**row, "permissions": tuple(row["permissions"])})


def _membership(row: Record) -> Membership:
    return Membership(
        organization_id=row["organization_id"],
        employee_id=row["id"],
        permissions=frozenset(row["permissions"]),
        all_buildings=row["all_buildings"],
    )
