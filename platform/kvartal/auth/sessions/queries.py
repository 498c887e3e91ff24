"""Sessions: what they let a person do, how they begin, go on and end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kvartal.auth.actor import Membership
from kvartal.auth.rules import SessionChannel, SessionKind
from kvartal.db.connection import Record, execute, fetch, fetch_one

__all__ = [
    "IS_EMPLOYEE",
    "OwnSession",
    "SessionState",
    "advance_session",
    "delete_dead_sessions",
    "delete_expired_refresh_tokens",
    "end_own_session",
    "end_session_of_used",
    "end_sessions",
    "end_surplus_sessions",
    "live_sessions_of",
    "memberships_of_user",
    "session_state",
    "session_states",
]

# An employee of at least one organization; a resident known to at least one.
IS_EMPLOYEE = (
    "EXISTS (SELECT FROM kvartal_employee e WHERE e.user_id = u.id AND e.archived_at IS NULL)"
)
_IS_RESIDENT = "EXISTS (SELECT FROM kvartal_resident r WHERE r.user_id = u.id)"
_MAY_BE = (
    f"(u.is_active AND CASE s.kind WHEN 'RESIDENT' THEN {_IS_RESIDENT} ELSE {IS_EMPLOYEE} END)"
)
_OWN = "id, kind, channel, created_at, last_used_at, expires_at, revoked_at, user_agent"


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session as a request's credential; ``is_live``: neither ended nor expired nor barred."""

    user_id: UUID
    channel: SessionChannel
    kind: SessionKind
    is_live: bool
    memberships: tuple[Membership, ...]


_MEMBERSHIPS = """
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
                WHERE m.user_id = u.id AND m.archived_at IS NULL"""
_STATE = f"""
    SELECT s.id, s.user_id, s.kind, s.channel,
        s.revoked_at IS NULL AND s.expires_at > $2 AND {_MAY_BE} AS is_live,
        CASE WHEN s.kind = 'EMPLOYEE' THEN ({_MEMBERSHIPS}
        ) END AS memberships
    FROM kvartal_session s
    JOIN kvartal_user u ON u.id = s.user_id
    WHERE s.id = """  # noqa: S608 -- fixed fragments


async def session_state(session_id: UUID, *, now: datetime) -> SessionState | None:
    """The session with all that its person may do: one statement per request."""
    row = await fetch_one(f"{_STATE} $1", session_id, now)
    return None if row is None else _state(row)


async def session_states(session_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, SessionState]:
    """The same of many sessions, by their ids."""
    rows = await fetch(f"{_STATE} ANY($1::uuid[])", list(session_ids), now)
    return {row["id"]: _state(row) for row in rows}


async def memberships_of_user(user_id: UUID) -> tuple[Membership, ...]:
    """What a person may do as an employee, signed in or not; nothing if they are barred."""
    row = await fetch_one(
        f"SELECT ({_MEMBERSHIPS}) AS memberships"  # noqa: S608 -- fixed fragment
        " FROM kvartal_user u WHERE u.id = $1 AND u.is_active",
        user_id,
    )
    return () if row is None else _memberships(row["memberships"])


def _state(row: Record) -> SessionState:
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
class OwnSession:
    """A session as its person sees it."""

    id: UUID
    kind: SessionKind
    channel: SessionChannel
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    user_agent: str | None


async def live_sessions_of(user_id: UUID, *, now: datetime) -> list[OwnSession]:
    """The sessions of a person that are live, the last used first."""
    rows = await fetch(
        f"SELECT {_OWN} FROM kvartal_session"  # noqa: S608 -- fixed fragment
        " WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2"
        " ORDER BY last_used_at DESC, id DESC",
        user_id,
        now,
    )
    return [_own(row) for row in rows]


async def end_own_session(user_id: UUID, session_id: UUID, *, now: datetime) -> OwnSession | None:
    """End a session of the person, its access tokens with it; None if they have none like it."""
    row = await fetch_one(
        "UPDATE kvartal_session SET revoked_at = coalesce(revoked_at, $3), updated_at = $3"  # noqa: S608 -- fixed fragment
        f" WHERE id = $2 AND user_id = $1 RETURNING {_OWN}",
        user_id,
        session_id,
        now,
    )
    return _own(row) if row else None


async def end_sessions(
    user_id: UUID, *, now: datetime, spared: UUID | None = None, kind: SessionKind | None = None
) -> int:
    """End a person's sessions, of one kind if one is given; how many."""
    tag = await execute(
        "UPDATE kvartal_session SET revoked_at = $2, updated_at = $2"
        " WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2"
        " AND id IS DISTINCT FROM $3 AND ($4::text IS NULL OR kind = $4)",
        user_id,
        now,
        spared,
        kind,
    )
    return int(tag.removeprefix("UPDATE "))


async def end_surplus_sessions(user_id: UUID, *, kept: int, now: datetime) -> int:
    """End those of a person's live sessions that are beyond the number kept; how many."""
    tag = await execute(
        "UPDATE kvartal_session SET revoked_at = $3, updated_at = $3 WHERE id IN ("
        "SELECT id FROM kvartal_session WHERE user_id = $1 AND revoked_at IS NULL"
        " AND expires_at > $3 ORDER BY last_used_at DESC, id DESC OFFSET $2)",
        user_id,
        kept,
        now,
    )
    return int(tag.removeprefix("UPDATE "))


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


async def end_session_of_used(token_hash: str, *, now: datetime) -> tuple[UUID, UUID] | None:
    """End the session of a refresh token that was used before: one of its two holders stole it.

    The session and its person, if it was live.
    """
    row = await fetch_one(
        """
        UPDATE kvartal_session s SET revoked_at = $2, updated_at = $2
        FROM kvartal_refresh_token t
        WHERE t.token_hash = $1 AND t.used_at IS NOT NULL
            AND s.id = t.session_id AND s.revoked_at IS NULL
        RETURNING s.id, s.user_id
        """,
        token_hash,
        now,
    )
    return (row["id"], row["user_id"]) if row else None


async def delete_expired_refresh_tokens(*, now: datetime, limit: int) -> int:
    """Delete refresh tokens that have expired; how many."""
    tag = await execute(
        "DELETE FROM kvartal_refresh_token WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_refresh_token WHERE expires_at <= $1 LIMIT $2))",
        now,
        limit,
    )
    return int(tag.removeprefix("DELETE "))


async def delete_dead_sessions(*, ended_before: datetime, limit: int) -> int:
    """Delete sessions that ended before then, with their refresh tokens; how many."""
    rows = await fetch(
        """
        WITH dead AS (
            SELECT id FROM kvartal_session WHERE least(expires_at, revoked_at) <= $1 LIMIT $2
        ), tokens AS (
            DELETE FROM kvartal_refresh_token t USING dead WHERE t.session_id = dead.id
        )
        DELETE FROM kvartal_session s USING dead WHERE s.id = dead.id RETURNING s.id
        """,
        ended_before,
        limit,
    )
    return len(rows)


def _own(row: Record) -> OwnSession:
    return OwnSession(
        **{**row, "kind": SessionKind(row["kind"]), "channel": SessionChannel(row["channel"])}
    )
