"""Service tokens as credentials."""

from dataclasses import dataclass
from datetime import datetime

from kvartal.auth.actor import Membership
from kvartal.db.connection import fetch_one

__all__ = ["ServiceTokenState", "service_token_state"]


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
        """
        WITH used AS (
            UPDATE kvartal_service_token SET last_used_at = $2, updated_at = $2
            WHERE token_hash = $1 AND revoked_at IS NULL
                AND (last_used_at IS NULL OR last_used_at < $3)
        )
        SELECT t.id, t.organization_id, t.revoked_at IS NOT NULL AS is_revoked, t.expires_at,
            ARRAY(
                SELECT p.permission FROM kvartal_service_token_permission p
                WHERE p.organization_id = t.organization_id AND p.service_token_id = t.id
            ) AS permissions
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
        membership=Membership(
            organization_id=row["organization_id"],
            employee_id=row["id"],
            permissions=frozenset(row["permissions"]),
            all_buildings=True,
        ),
    )
