"""Sessions: what they let a person do, how they begin, go on and end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kvartal.auth.actor import Membership
from kvartal.auth.rules import SessionChannel, SessionKind
from kvartal.db.connection import execute, fetch_one

__all__ = [
    "Credentials",
    "SessionState",
    "advance_session",
    "credentials_of",
    "delete_expired_refresh_tokens",
    "end_session",
    "end_session_of_used",
    "session_state",
    "set_password_hash",
]

# An employee of at least one organization; a resident known to at least one.
_IS_EMPLOYEE = (
    "EXISTS (SELECT FROM kvartal_employee e WHERE e.user_id = u.id AND e.archived_at IS NULL)"
)
_IS_RESIDENT = "EXISTS (SELECT FROM kvartal_resident r WHERE r.user_id = u.id)"
_MAY_BE = (
    f"(u.is_active AND CASE s.kind WHEN 'RESIDENT' THEN {_IS_RESIDENT} ELSE {_IS_EMPLOYEE} END)"
)


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session as a request's credential; ``is_live``: neither ended nor expired nor barred."""

    user_id: UUID
    channel: SessionChannel
    kind: SessionKind
    is_live: bool
    memberships: tuple[Membership, ...]


async def session_state(session_id: UUID, *, now: datetime) -> SessionState | None:
    """The session with all that its person may do: one statement per request."""
    row = await fetch_one(
        f"""
        SELECT s.user_id, s.kind, s.channel,
            s.revoked_at IS NULL AND s.expires_at > $2 AND {_MAY_BE} AS is_live,
            CASE WHEN s.kind = 'EMPLOYEE' THEN (
                SELECT json_agg(json_build_object(
                    'organization_id', m.organization_id,
                    'employee_id', m.id,
                    'all_buildings', m.all_buildings,
                    'permissions', (
                        SELECT json_agg(DISTINCT p.permission)
                        FROM kvartal_employee_role er
                        JOIN kvartal_role_permission p
                            ON p.organization_id = er.organization_id AND p.role_id = er.role_id
                        WHERE er.organization_id = m.organization_id AND er.employee_id = m.id
                    )
                ) ORDER BY m.organization_id)
                FROM kvartal_employee m
                WHERE m.user_id = s.user_id AND m.archived_at IS NULL
            ) END AS memberships
        FROM kvartal_session s
        JOIN kvartal_user u ON u.id = s.user_id
        WHERE s.id = $1
        """,  # noqa: S608 -- fixed fragments
        session_id,
        now,
    )
    if row is None:
        return None
    return SessionState(
        user_id=row["user_id"],
        channel=SessionChannel(row["channel"]),
        kind=SessionKind(row["kind"]),
        is_live=row["is_live"],
        memberships=_memberships(row["memberships"]),
    )


def _memberships(text: str | None) -> tuple[Membership, ...]:
    return tuple(
        Membership(
            organization_id=UUID(each["organization_id"]),
            employee_id=UUID(each["employee_id"]),
            permissions=frozenset(each["permissions"] or ()),
            all_buildings=each["all_buildings"],
        )
        for each in orjson.loads(text or "[]")
    )


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an employee's password is compared with; ``may_sign_in``: active and employed."""

    user_id: UUID
    password_hash: str | None
    may_sign_in: bool


async def credentials_of(email: str) -> Credentials | None:
    """The credentials of the person with that e-mail."""
    row = await fetch_one(
        f"""
        SELECT u.id, u.password_hash, u.is_active AND {_IS_EMPLOYEE} AS may_sign_in
        FROM kvartal_user u WHERE lower(u.email) = $1
        """,  # noqa: S608 -- fixed fragments
        email,
    )
    return Credentials(row["id"], row["password_hash"], row["may_sign_in"]) if row else None


async def set_password_hash(user_id: UUID, *, old: str, new: str, now: datetime) -> None:
    """Keep the same password under a newer hash, unless it was changed meanwhile."""
    await execute(
        "UPDATE kvartal_user SET password_hash = $3, updated_at = $4"
        " WHERE id = $1 AND password_hash = $2",
        user_id,
        old,
        new,
        now,
    )


async def advance_session(
    token_hash: str, *, now: datetime, expires_at: datetime
) -> tuple[UUID, SessionChannel] | None:
    """Use up a refresh token and prolong its session; None if either is not to be used."""
    row = await fetch_one(
        f"""
        WITH used AS (
            UPDATE kvartal_refresh_token SET used_at = $2, updated_at = $2
            WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
            RETURNING session_id
        )
        UPDATE kvartal_session s SET last_used_at = $2, expires_at = $3, updated_at = $2
        FROM used, kvartal_user u
        WHERE s.id = used.session_id AND u.id = s.user_id
            AND s.revoked_at IS NULL AND s.expires_at > $2 AND {_MAY_BE}
        RETURNING s.id, s.channel
        """,  # noqa: S608 -- fixed fragments
        token_hash,
        now,
        expires_at,
    )
    return (row["id"], SessionChannel(row["channel"])) if row else None


async def end_session_of_used(token_hash: str, *, now: datetime) -> UUID | None:
    """End the session of a refresh token that was used before: one of its two holders stole it."""
    row = await fetch_one(
        """
        UPDATE kvartal_session s SET revoked_at = $2, updated_at = $2
        FROM kvartal_refresh_token t
        WHERE t.token_hash = $1 AND t.used_at IS NOT NULL
            AND s.id = t.session_id AND s.revoked_at IS NULL
        RETURNING s.id
        """,
        token_hash,
        now,
    )
    return row["id"] if row else None


async def end_session(session_id: UUID, *, now: datetime) -> None:
    """End a session; its access tokens are worth nothing from now on."""
    await execute(
        "UPDATE kvartal_session SET revoked_at = $2, updated_at = $2"
        " WHERE id = $1 AND revoked_at IS NULL",
        session_id,
        now,
    )


async def delete_expired_refresh_tokens(*, now: datetime) -> int:
    """Delete the refresh tokens that have expired; how many."""
    tag = await execute("DELETE FROM kvartal_refresh_token WHERE expires_at <= $1", now)
    return int(tag.removeprefix("DELETE "))
