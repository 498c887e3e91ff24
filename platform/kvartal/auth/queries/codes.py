"""One-time codes: issued for any telephone alike, so that nothing tells whose it is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal import clock
from kvartal.auth import rules
from kvartal.auth.codes import CodeIssue
from kvartal.db.connection import execute, fetch_one
from kvartal.db.models import uuid7

__all__ = [
    "CodeAttempt",
    "attempt_code",
    "code_to_send",
    "delete_expired_codes",
    "issue_code",
    "resident_with",
    "use_code",
]

# Known to an organization as a resident's telephone, and not that of a person who is barred.
_IS_RESIDENTS = (
    "(coalesce(u.is_active, TRUE) AND (EXISTS (SELECT FROM kvartal_resident r"
    " WHERE r.user_id = u.id) OR EXISTS (SELECT FROM kvartal_resident r"
    " WHERE r.phone = c.phone AND r.user_id IS NULL)))"
)


async def issue_code(phone: str, *, now: datetime) -> UUID | None:
    """Begin a new one-time code of a telephone; None if that is too soon or too often."""
    row = await fetch_one(
        """
        INSERT INTO kvartal_one_time_code AS c (id, phone, issued_at, expires_at, attempts,
            issues, day_began_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 0, 1, $3, $3, $3)
        ON CONFLICT (phone) DO UPDATE SET
            issued_at = $3, expires_at = $4, attempts = 0, used_at = NULL, updated_at = $3,
            issues = CASE WHEN c.day_began_at <= $6 THEN 1 ELSE c.issues + 1 END,
            day_began_at = CASE WHEN c.day_began_at <= $6 THEN $3 ELSE c.day_began_at END
        WHERE c.issued_at <= $5 AND (c.day_began_at <= $6 OR c.issues < $7)
        RETURNING c.id
        """,
        uuid7(),
        phone,
        now,
        now + rules.CODE_LIFE,
        now - rules.CODE_PAUSE,
        now - rules.CODE_DAY,
        rules.CODES_A_DAY,
    )
    return row["id"] if row else None


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


async def attempt_code(phone: str, *, now: datetime) -> CodeAttempt | None:
    """Count a guess at a telephone's live code; None if there is none or it was tried enough."""
    row = await fetch_one(
        f"""
        WITH c AS (
            UPDATE kvartal_one_time_code SET attempts = attempts + 1, updated_at = $2
            WHERE phone = $1 AND used_at IS NULL AND expires_at > $2 AND attempts < $3
            RETURNING id, issued_at, phone
        )
        SELECT c.id, c.issued_at, {_IS_RESIDENTS} AS is_residents
        FROM c LEFT JOIN kvartal_user u ON u.phone = c.phone
        """,  # noqa: S608 -- fixed fragments
        phone,
        now,
        rules.CODE_ATTEMPTS,
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


async def delete_expired_codes(*, now: datetime) -> int:
    """Delete the codes that nobody can use and nothing counts any more; how many."""
    # The day's count outlives the code, or the limit would start anew.
    tag = await execute(
        "DELETE FROM kvartal_one_time_code WHERE expires_at <= $1 AND day_began_at <= $2",
        now,
        now - rules.CODE_DAY,
    )
    return int(tag.removeprefix("DELETE "))
