"""Who may sign in by an e-mail or a telephone, and where they have done so before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal import clock
from kvartal.auth.sessions.queries import IS_EMPLOYEE
from kvartal.db.connection import execute, fetch_one
from kvartal.db.models import uuid7

__all__ = [
    "Credentials",
    "Known",
    "credentials_of",
    "delete_forgotten_addresses",
    "person_with_phone",
    "remember_address",
    "resident_with",
    "set_password_hash",
]

_IS_KNOWN = "EXISTS (SELECT FROM kvartal_known_address k WHERE k.user_id = u.id AND k.address = $2)"


@dataclass(frozen=True, slots=True)
class Known:
    """A person, if there is one, and whether they have signed in from an address before."""

    user_id: UUID | None
    has_signed_in_here: bool


@dataclass(frozen=True, slots=True)
class Credentials(Known):
    """What an employee's password is compared with; ``may_sign_in``: active and employed."""

    password_hash: str | None
    may_sign_in: bool


NOBODY = Credentials(None, False, None, False)


async def credentials_of(email: str, *, address: str) -> Credentials:
    """The credentials of the person with that e-mail; nobody's if there is none."""
    row = await fetch_one(
        f"""
        SELECT u.id, u.password_hash, u.is_active AND {IS_EMPLOYEE} AS may_sign_in,
            {_IS_KNOWN} AS is_known
        FROM kvartal_user u WHERE lower(u.email) = $1
        """,  # noqa: S608 -- fixed fragments
        email,
        address,
    )
    if row is None:
        return NOBODY
    return Credentials(row["id"], row["is_known"], row["password_hash"], row["may_sign_in"])


async def person_with_phone(phone: str, *, address: str) -> Known:
    """The person who signs in by that telephone; nobody if there is none yet."""
    row = await fetch_one(
        f"SELECT u.id, {_IS_KNOWN} AS is_known FROM kvartal_user u WHERE u.phone = $1",  # noqa: S608 -- fixed fragment
        phone,
        address,
    )
    return Known(row["id"], row["is_known"]) if row else NOBODY


async def set_password_hash(user_id: UUID, *, old: str, new: str, now: datetime) -> bool:
    """Replace the password's hash; False if it was changed meanwhile."""
    tag = await execute(
        "UPDATE kvartal_user SET password_hash = $3, updated_at = $4"
        " WHERE id = $1 AND password_hash = $2",
        user_id,
        old,
        new,
        now,
    )
    return tag == "UPDATE 1"


async def resident_with(phone: str) -> UUID:
    """The user of a telephone that was shown to be theirs, tied to the residents who have it.

    Organizations know residents before they first sign in: then the user is made here.
    """
    row = await fetch_one(
        """
        WITH person AS (
            INSERT INTO kvartal_user (id, phone, is_active, created_at, updated_at)
            VALUES ($1, $2, TRUE, $3, $3)
            ON CONFLICT (phone) DO UPDATE SET updated_at = $3
            RETURNING id
        ), tied AS (
            UPDATE kvartal_resident r SET user_id = person.id, updated_at = $3
            FROM person WHERE r.phone = $2 AND r.user_id IS NULL
        )
        SELECT id FROM person
        """,
        uuid7(),
        phone,
        clock.now(),
    )
    assert row is not None
    user_id: UUID = row["id"]
    return user_id


async def remember_address(user_id: UUID, address: str, *, now: datetime) -> None:
    """Note that a person has signed in from an address."""
    await execute(
        """
        INSERT INTO kvartal_known_address
            (id, user_id, address, last_used_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $4, $4)
        ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = $4, updated_at = $4
        """,
        uuid7(),
        user_id,
        address,
        now,
    )


async def delete_forgotten_addresses(*, unused_since: datetime, limit: int) -> int:
    """Delete addresses that nobody has signed in from since then; how many."""
    tag = await execute(
        "DELETE FROM kvartal_known_address WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_known_address WHERE last_used_at <= $1 LIMIT $2))",
        unused_since,
        limit,
    )
    return int(tag.removeprefix("DELETE "))
