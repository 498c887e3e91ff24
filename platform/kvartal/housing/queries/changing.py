"""What a change of the estate asks and does beside its own row."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from kvartal import clock
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.models import uuid7

__all__ = [
    "add_members",
    "buildings_of_place",
    "groups_of_buildings",
    "live_places",
    "locked_buildings",
    "put_into_quarter",
    "refresh_search",
    "remove_members",
    "resident_with_phone",
    "user_with_phone",
]


async def groups_of_buildings(ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """The groups that each building is in."""
    found: dict[UUID, set[UUID]] = {key: set() for key in ids}
    rows = await fetch(
        "SELECT building_id, group_id FROM kvartal_building_group_member"
        " WHERE building_id = ANY($1::uuid[])",
        list(found),
    )
    for row in rows:
        found[row["building_id"]].add(row["group_id"])
    return found


async def locked_buildings(ids: Iterable[UUID]) -> list[Record]:
    """Whose these buildings are, and in which quarter; nobody else can move them meanwhile."""
    return await fetch(
        "SELECT id, organization_id, quarter_id FROM kvartal_building WHERE id = ANY($1::uuid[])"
        " ORDER BY id FOR UPDATE",
        sorted(ids),
    )


async def live_places(table: str, organization_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Those quarters or groups of an organization that are in use, and stay so for now."""
    rows = await fetch(
        f"SELECT id FROM {table} WHERE organization_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 -- a constant
        " AND archived_at IS NULL ORDER BY id FOR SHARE",
        organization_id,
        sorted(ids),
    )
    return {row["id"] for row in rows}


async def buildings_of_place(place_id: UUID) -> int:
    """How many buildings belong to a quarter or a group."""
    row = await fetch_one(
        "SELECT (SELECT count(*) FROM kvartal_building WHERE quarter_id = $1)"
        " + (SELECT count(*) FROM kvartal_building_group_member WHERE group_id = $1) AS found",
        place_id,
    )
    assert row is not None
    return int(row["found"])


async def put_into_quarter(ids: Sequence[UUID], quarter_id: UUID | None) -> None:
    """Let these buildings stand in a quarter, or in none."""
    await execute(
        "UPDATE kvartal_building SET quarter_id = $2, version = version + 1, updated_at = $3"
        " WHERE id = ANY($1::uuid[])",
        ids,
        quarter_id,
        clock.now(),
    )


async def add_members(organization_id: UUID, members: Iterable[tuple[UUID, UUID]]) -> None:
    """Put buildings into groups, by (building, group)."""
    pairs = sorted(members)
    if not pairs:
        return
    await execute(
        "INSERT INTO kvartal_building_group_member"
        " (id, organization_id, group_id, building_id, created_at, updated_at)"
        " SELECT n.id, $1, n.group_id, n.building_id, $5, $5"
        " FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS n(id, building_id, group_id)"
        " ON CONFLICT (organization_id, group_id, building_id) DO NOTHING",
        organization_id,
        [uuid7() for _ in pairs],
        [building for building, _ in pairs],
        [group for _, group in pairs],
        clock.now(),
    )


async def remove_members(members: Iterable[tuple[UUID, UUID]]) -> None:
    """Take buildings out of groups, by (building, group)."""
    pairs = sorted(members)
    if not pairs:
        return
    await execute(
        "DELETE FROM kvartal_building_group_member m"
        " USING unnest($1::uuid[], $2::uuid[]) AS o(building_id, group_id)"
        " WHERE m.building_id = o.building_id AND m.group_id = o.group_id",
        [building for building, _ in pairs],
        [group for _, group in pairs],
    )


async def refresh_search(*, premises: Iterable[UUID] = (), buildings: Iterable[UUID] = ()) -> None:
    """Make the searched text of premises anew from their addresses, numbers and accounts."""
    await execute(
        """
        UPDATE kvartal_premise p SET search = fresh.search
        FROM (
            SELECT q.id, kvartal_search_text(concat_ws(' ', b.address, q.number, (
                SELECT string_agg(a.number, ' ' ORDER BY a.number) FROM kvartal_account a
                WHERE a.premise_id = q.id AND a.archived_at IS NULL))) AS search
            FROM kvartal_premise q JOIN kvartal_building b ON b.id = q.building_id
            WHERE q.id = ANY($1::uuid[]) OR q.building_id = ANY($2::uuid[])
        ) fresh
        WHERE p.id = fresh.id AND p.search <> fresh.search
        """,
        list(premises),
        list(buildings),
    )


async def user_with_phone(phone: str) -> UUID | None:
    """The user who signs in with a telephone."""
    row = await fetch_one("SELECT id FROM kvartal_user WHERE phone = $1", phone)
    return row["id"] if row else None


async def resident_with_phone(
    organization_id: UUID, *, phone: str, full_name: str, user_id: UUID | None
) -> UUID:
    """The organization's resident with a telephone: a new one, unless it has one already."""
    row = await fetch_one(
        """
        INSERT INTO kvartal_resident
            (id, organization_id, user_id, full_name, phone, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, 1, $6, $6)
        ON CONFLICT (organization_id, phone) WHERE phone IS NOT NULL DO UPDATE
        SET user_id = coalesce(kvartal_resident.user_id, excluded.user_id)
        RETURNING id
        """,
        uuid7(),
        organization_id,
        user_id,
        full_name,
        phone,
        clock.now(),
    )
    assert row is not None
    found: UUID = row["id"]
    return found
