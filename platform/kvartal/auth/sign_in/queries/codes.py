"""One-time codes: issued for any telephone alike, so that nothing tells whose it is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.auth.codes import CodeIssue
from kvartal.auth.sign_in.rules import CODE_ATTEMPTS, CODE_LIFE
from kvartal.db.connection import execute, fetch_one
from kvartal.db.models import uuid7

__all__ = [
    "CodeAttempt",
    "attempt_code",
    "code_to_send",
    "delete_expired_codes",
    "issue_code",
    "silent_issue",
    "use_code",
]

# Known to an organization as a resident's telephone, and not that of a person who is barred.
_IS_RESIDENTS = (
    "(coalesce(u.is_active, TRUE) AND (EXISTS (SELECT FROM kvartal_resident r"
    " WHERE r.user_id = u.id) OR EXISTS (SELECT FROM kvartal_resident r"
    " WHERE r.phone = c.phone AND r.user_id IS NULL)))"
)


async def issue_code(phone: str, place: str, *, now: datetime) -> UUID:
    """Begin a new one-time code of a telephone for who asks from that place."""
    row = await fetch_one(
        """
        INSERT INTO kvartal_one_time_code AS c
            (id, phone, place, issued_at, expires_at, attempts, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, 0, $4, $4)
        ON CONFLICT (phone, place) DO UPDATE SET
            issued_at = $4, expires_at = $5, attempts = 0, used_at = NULL, updated_at = $4
        RETURNING c.id
        """,
        uuid7(),
        phone,
        place,
        now,
        now + CODE_LIFE,
    )
    assert row is not None
    issue: UUID = row["id"]
    return issue


async def silent_issue(phone: str, place: str, *, now: datetime) -> UUID:
    """What looks like an issue and is none: a code that lives goes on, a new one is born dead."""
    row = await fetch_one(
        """
        INSERT INTO kvartal_one_time_code AS c
            (id, phone, place, issued_at, expires_at, attempts, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $4, $5, $4, $4)
        ON CONFLICT (phone, place) DO UPDATE SET updated_at = $4
        RETURNING c.id
        """,
        uuid7(),
        phone,
        place,
        now,
        CODE_ATTEMPTS,
    )
    assert row is not None
    issue: UUID = row["id"]
    return issue


async def code_to_send(code_id: UUID, *, now: datetime) -> tuple[str, CodeIssue] | None:
    """Telephone and issue of a live code whose telephone is a resident's."""
    row = await fetch_one(
        f"""
        SELECT c.phone, c.id, c.issued_at
        FROM kvartal_one_time_code c LEFT JOIN kvartal_user u ON u.phone = c.phone
        WHERE c.id = $1 AND c.used_at IS NULL AND c.expires_at > $2 AND {_IS_RESIDENTS}
        """,  # noqa: S608 -- fixed fragments
        code_id,
        now,
    )
    return (row["phone"], CodeIssue(row["id"], row["issued_at"])) if row else None


@dataclass(frozen=True, slots=True)
class CodeAttempt:
    """A guess that has been counted, and whether the telephone is a resident's."""

    issue: CodeIssue
    is_residents: bool


async def attempt_code(
    phone: str, *, place: str, challenge: UUID | None, now: datetime
) -> CodeAttempt | None:
    """Count a guess at a live code; None if there is none to guess or it was tried enough.

    The code is the one asked for under the ``challenge``, without it the one of the place.
    """
    row = await fetch_one(
        f"""
        WITH c AS (
            UPDATE kvartal_one_time_code SET attempts = attempts + 1, updated_at = $2
            WHERE phone = $1 AND used_at IS NULL AND expires_at > $2 AND attempts < $3
                AND CASE WHEN $4::uuid IS NULL THEN place = $5 ELSE id = $4 END
            RETURNING id, issued_at, phone
        )
        SELECT c.id, c.issued_at, {_IS_RESIDENTS} AS is_residents
        FROM c LEFT JOIN kvartal_user u ON u.phone = c.phone
        """,  # noqa: S608 -- fixed fragments
        phone,
        now,
        CODE_ATTEMPTS,
        challenge,
        place,
    )
    return CodeAttempt(CodeIssue(row["id"], row["issued_at"]), row["is_residents"]) if row else None


async def use_code(issue: CodeIssue, *, now: datetime) -> bool:
    """Use up a code; False if somebody else just did, or a newer one was issued."""
    tag = await execute(
        "UPDATE kvartal_one_time_code SET used_at = $3, updated_at = $3"
        " WHERE id = $1 AND issued_at = $2 AND used_at IS NULL",
        issue.id,
        issue.issued_at,
        now,
    )
    return tag == "UPDATE 1"


async def delete_expired_codes(*, now: datetime, limit: int) -> int:
    """Delete codes that nobody can use any more; how many."""
    tag = await execute(
        "DELETE FROM kvartal_one_time_code WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_one_time_code WHERE expires_at <= $1 LIMIT $2))",
        now,
        limit,
    )
    return int(tag.removeprefix("DELETE "))
