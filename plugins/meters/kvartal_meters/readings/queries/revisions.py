"""The history of a reading's changes, the names of those who made them, and its review."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args, literal_limit
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import SUBMIT

__all__ = [
    "ReviewedReading",
    "mark_reviewed",
    "names_of_residents",
    "of_readings",
    "readings_to_review",
]

LATEST = 100


@dataclass(frozen=True, slots=True)
class ReviewedReading:
    """A reading as its review meets it."""

    id: UUID
    meter_id: UUID
    organization_id: UUID
    version: int


async def of_readings(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
    """The latest hundred changes of each reading, newest first; staff alone see them."""
    args = Args()
    seen = visible_to_staff(
        actor,
        args,
        organization="r.organization_id",
        building="r.building_id",
        permission=SUBMIT,
    )
    rows = await fetch(
        f"""
        SELECT v.reading_id, v.organization_id, v.created_at, v.changed_by_id, v.author_kind,
            v.channel, v.is_review, v.old_t1, v.old_t2, v.old_t3, v.new_t1, v.new_t2, v.new_t3
        FROM meters_reading r CROSS JOIN LATERAL (
            SELECT h.* FROM meters_reading_revision h WHERE h.reading_id = r.id
            ORDER BY h.created_at DESC, h.id DESC LIMIT {literal_limit(LATEST)}
        ) v
        WHERE r.id = ANY({args.array(ids)}) AND {seen}
        ORDER BY v.created_at DESC, v.id DESC
        """,
        *args,
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["reading_id"], []).append(row)
    return found


async def names_of_residents(
    people: Collection[tuple[UUID, UUID]],
) -> Mapping[tuple[UUID, UUID], str]:
    """The names of residents by organization and user; who asks may know them."""
    rows = await fetch(
        """
        SELECT DISTINCT ON (p.organization_id, p.user_id)
            p.organization_id, p.user_id, kr.full_name
        FROM unnest($1::uuid[], $2::uuid[]) AS p(organization_id, user_id)
        JOIN kvartal_resident kr
            ON kr.organization_id = p.organization_id AND kr.user_id = p.user_id
        ORDER BY p.organization_id, p.user_id, kr.id
        """,
        [organization for organization, _ in people],
        [user for _, user in people],
    )
    return {(row["organization_id"], row["user_id"]): row["full_name"] for row in rows}


async def readings_to_review(actor: Actor, ids: Collection[UUID]) -> Mapping[UUID, ReviewedReading]:
    """The readings with these ids that the actor, of the staff, sees."""
    args = Args()
    seen = visible_to_staff(
        actor,
        args,
        organization="r.organization_id",
        building="r.building_id",
        permission=SUBMIT,
    )
    rows = await fetch(
        "SELECT r.id, r.meter_id, r.organization_id, r.version FROM meters_reading r"
        f" WHERE r.id = ANY({args.array(ids)}) AND {seen}",
        *args,
    )
    return {row["id"]: ReviewedReading(**row) for row in rows}


async def mark_reviewed(
    ids: Collection[UUID], *, by: AuthorKind, user_id: UUID | None, channel: str, now: datetime
) -> set[UUID]:
    """Take the flag from those readings that have it; which they were.

    Who did it stands in their history.
    """
    rows = await fetch(
        """
        WITH reviewed AS (
            UPDATE meters_reading r
            SET needs_review = false, version = r.version + 1, updated_at = $2
            WHERE r.id = ANY($1::uuid[]) AND r.needs_review
            RETURNING r.id, r.organization_id, r.t1, r.t2, r.t3
        )
        INSERT INTO meters_reading_revision (id, organization_id, reading_id, changed_by_id,
            author_kind, channel, old_t1, old_t2, old_t3, new_t1, new_t2, new_t3, is_review,
            created_at, updated_at)
        SELECT kvartal_uuid7(), d.organization_id, d.id, $3, $4, $5,
            d.t1, d.t2, d.t3, d.t1, d.t2, d.t3, TRUE, $2, $2
        FROM reviewed d
        RETURNING reading_id
        """,
        list(ids),
        now,
        user_id,
        by.value,
        channel,
    )
    return {row["reading_id"] for row in rows}
