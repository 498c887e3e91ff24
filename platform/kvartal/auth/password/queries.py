"""Links that set a password, asked for any e-mail alike, and the passwords themselves."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from uuid import UUID

from kvartal.auth.password.rules import LINK_LIFE
from kvartal.auth.rules import ResetKind
from kvartal.auth.sessions.queries import IS_EMPLOYEE
from kvartal.db.connection import execute, fetch_one
from kvartal.db.models import uuid7

__all__ = [
    "LinkToSend",
    "Owner",
    "address_of",
    "common_words",
    "delete_expired_links",
    "issue_link",
    "link_to_send",
    "lock_user",
    "owner_of_link",
    "set_password",
    "use_link",
    "void_links",
]


@lru_cache
def common_words() -> frozenset[str]:
    """The words that common passwords are made of, digits and signs around them taken off."""
    listed = files("kvartal.auth.password") / "common_words.txt"
    return frozenset(listed.read_text(encoding="ascii").split())


async def issue_link(
    email: str,
    kind: ResetKind,
    *,
    locale: str,
    now: datetime,
    organization_id: UUID | None = None,
) -> UUID:
    """A link for an e-mail; those that were sent before go on living."""
    link_id = uuid7()
    await execute(
        """
        INSERT INTO kvartal_password_reset (id, email, kind, organization_id, locale, issued_at,
            expires_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $6)
        """,
        link_id,
        email,
        kind,
        organization_id,
        locale,
        now,
        now + LINK_LIFE[kind],
    )
    return link_id


@dataclass(frozen=True, slots=True)
class LinkToSend:
    """A live link, and to whom it goes; ``organization``: who invites."""

    id: UUID
    email: str
    kind: ResetKind
    locale: str
    organization: str | None


async def link_to_send(link_id: UUID, *, now: datetime) -> LinkToSend | None:
    """A live link whose e-mail is that of a person who may sign in."""
    row = await fetch_one(
        f"""
        SELECT r.id, r.email, r.kind, r.locale, o.name AS organization
        FROM kvartal_password_reset r
        JOIN kvartal_user u ON lower(u.email) = r.email AND u.is_active AND {IS_EMPLOYEE}
        LEFT JOIN kvartal_organization o ON o.id = r.organization_id
        WHERE r.id = $1 AND r.used_at IS NULL AND r.expires_at > $2
        """,  # noqa: S608 -- fixed fragments
        link_id,
        now,
    )
    return LinkToSend(**{**row, "kind": ResetKind(row["kind"])}) if row else None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose password a live link sets."""

    user_id: UUID
    email: str


async def owner_of_link(link_id: UUID, *, now: datetime) -> Owner | None:
    """The person of a live link, if they may sign in."""
    row = await fetch_one(
        f"""
        SELECT u.id AS user_id, r.email FROM kvartal_password_reset r
        JOIN kvartal_user u ON lower(u.email) = r.email AND u.is_active AND {IS_EMPLOYEE}
        WHERE r.id = $1 AND r.used_at IS NULL AND r.expires_at > $2
        """,  # noqa: S608 -- fixed fragments
        link_id,
        now,
    )
    return Owner(**row) if row else None


async def lock_user(user_id: UUID) -> None:
    """Let one change of a person's password wait for another."""
    await execute("SELECT FROM kvartal_user WHERE id = $1 FOR NO KEY UPDATE", user_id)


async def use_link(link_id: UUID, *, now: datetime) -> bool:
    """Use up a link; False if it was used meanwhile."""
    tag = await execute(
        "UPDATE kvartal_password_reset SET used_at = $2, updated_at = $2"
        " WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        link_id,
        now,
    )
    return tag == "UPDATE 1"


async def void_links(email: str, *, now: datetime) -> None:
    """Put all links of an e-mail out of use: the password has been set."""
    await execute(
        "UPDATE kvartal_password_reset SET used_at = $2, updated_at = $2"
        " WHERE email = $1 AND used_at IS NULL",
        email,
        now,
    )


async def set_password(user_id: UUID, password_hash: str, *, now: datetime) -> None:
    """Set a person's password, and forget where they have signed in: it may have been a thief."""
    await execute(
        """
        WITH forgotten AS (DELETE FROM kvartal_known_address WHERE user_id = $1)
        UPDATE kvartal_user SET password_hash = $2, updated_at = $3 WHERE id = $1
        """,
        user_id,
        password_hash,
        now,
    )


async def address_of(user_id: UUID) -> tuple[str, str | None] | None:
    """A person's e-mail and the hash of their password; None without an e-mail."""
    row = await fetch_one(
        "SELECT email, password_hash FROM kvartal_user WHERE id = $1 AND email IS NOT NULL", user_id
    )
    return (row["email"], row["password_hash"]) if row else None


async def delete_expired_links(*, now: datetime, limit: int) -> int:
    """Delete links that nobody can use any more; how many."""
    tag = await execute(
        "DELETE FROM kvartal_password_reset WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_password_reset WHERE expires_at <= $1 LIMIT $2))",
        now,
        limit,
    )
    return int(tag.removeprefix("DELETE "))
