"""Registration's statements: each takes or gives all rows of a call at once."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from kvartal.db.connection import Record, execute, fetch
from kvartal.db.models import uuid7
from kvartal.housing.registration.ledger import Entry

__all__ = [
    "ACCOUNT_COLUMNS",
    "BUILDING_COLUMNS",
    "PREMISE_COLUMNS",
    "accounts_like",
    "buildings_like",
    "hold_estate",
    "insert_residents",
    "insert_rows",
    "let_live",
    "premises_like",
    "residents_like",
    "territories_of",
    "update_residents",
    "update_rows",
]

BUILDING_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "address": "text",
        "sort_key": "text",
        "timezone": "text",
        "external_id": "text",
        "fias_guid": "uuid",
        "quarter_id": "uuid",
    }
)
PREMISE_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "building_id": "uuid",
        "number": "text",
        "sort_key": "text",
        "kind": "text",
        "external_id": "text",
    }
)
ACCOUNT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {"premise_id": "uuid", "number": "text", "unified_number": "text", "external_id": "text"}
)


async def hold_estate(organization_id: UUID) -> Record:
    """The organization; until the end of the transaction nobody else registers its estate."""
    await execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('kvartal.estate:' || $1::text, 0))",
        str(organization_id),
    )
    [row] = await fetch(
        "SELECT id, timezone FROM kvartal_organization WHERE id = $1", organization_id
    )
    return row


async def territories_of(organization_id: UUID) -> tuple[set[UUID], set[UUID]]:
    """The quarters and the groups in use, which stay so for now."""
    return (
        await _live("kvartal_quarter", organization_id),
        await _live("kvartal_building_group", organization_id),
    )


async def buildings_like(
    organization_id: UUID,
    *,
    ids: Collection[UUID] = (),
    external_ids: Collection[str] = (),
    sort_keys: Collection[str] = (),
    lock: bool = False,
) -> list[Record]:
    """The buildings that rows may mean."""
    return await fetch(
        f"SELECT id, archived_at, {', '.join(BUILDING_COLUMNS)} FROM kvartal_building"
        " WHERE organization_id = $1 AND (id = ANY($2::uuid[]) OR external_id = ANY($3::text[])"
        " OR sort_key = ANY($4::text[])) ORDER BY id" + _locked(lock),
        organization_id,
        list(ids),
        list(external_ids),
        list(sort_keys),
    )


async def premises_like(
    organization_id: UUID,
    *,
    ids: Collection[UUID] = (),
    named: Iterable[tuple[str | None, UUID | None, str | None]] = (),
    lock: bool = False,
) -> list[Record]:
    """The premises that rows may mean, ``named`` by external id, building and number.

    A row without its building means that of the premise with its external id.
    """
    names = list(named)
    return await fetch(
        f"""
        WITH given AS (
            SELECT g.external_id, coalesce(g.building_id, p.building_id) AS building_id,
                coalesce(g.number, p.number) AS number
            FROM unnest($3::text[], $4::uuid[], $5::text[]) AS g(external_id, building_id, number)
            LEFT JOIN kvartal_premise p
                ON p.organization_id = $1 AND p.external_id = g.external_id
        ), meant AS (
            SELECT id FROM kvartal_premise WHERE organization_id = $1 AND id = ANY($2::uuid[])
            UNION SELECT p.id FROM given g JOIN kvartal_premise p
                ON p.organization_id = $1 AND p.external_id = g.external_id
            UNION SELECT p.id FROM given g JOIN kvartal_premise p
                ON p.organization_id = $1 AND p.building_id = g.building_id
                AND lower(p.number) = lower(g.number) AND p.archived_at IS NULL
        )
        SELECT id, archived_at, {", ".join(PREMISE_COLUMNS)} FROM kvartal_premise
        WHERE id IN (SELECT id FROM meant) ORDER BY id{_locked(lock)}
        """,
        organization_id,
        list(ids),
        [external_id for external_id, _, _ in names],
        [building for _, building, _ in names],
        [number for _, _, number in names],
    )


async def accounts_like(
    organization_id: UUID, *, external_ids: Collection[str], numbers: Collection[str]
) -> list[Record]:
    """The accounts that rows may mean; nobody else changes them meanwhile."""
    return await fetch(
        f"SELECT id, archived_at, {', '.join(ACCOUNT_COLUMNS)} FROM kvartal_account"
        " WHERE organization_id = $1 AND (external_id = ANY($2::text[])"
        " OR number = ANY($3::text[]) AND archived_at IS NULL) ORDER BY id FOR UPDATE",
        organization_id,
        list(external_ids),
        list(numbers),
    )


async def residents_like(
    organization_id: UUID, *, phones: Collection[str], premises: Collection[UUID]
) -> list[Record]:
    """The residents that rows may mean, each with where they live among these premises."""
    return await fetch(
        """
        SELECT r.id, r.full_name, r.phone, ARRAY(
            SELECT h.premise_id FROM kvartal_residency h
            WHERE h.organization_id = $1 AND h.resident_id = r.id AND h.premise_id = ANY($3::uuid[])
        ) AS premises
        FROM kvartal_resident r
        WHERE r.organization_id = $1 AND (r.phone = ANY($2::text[]) OR r.id IN (
            SELECT resident_id FROM kvartal_residency
            WHERE organization_id = $1 AND premise_id = ANY($3::uuid[])))
        ORDER BY r.id FOR UPDATE
        """,
        organization_id,
        list(phones),
        list(premises),
    )


async def insert_rows(
    table: str,
    columns: Mapping[str, str],
    organization_id: UUID,
    entries: Sequence[Entry],
    now: datetime,
) -> None:
    """Insert new objects of a kind."""
    if not entries:
        return
    names = ", ".join(columns)
    await execute(
        f"INSERT INTO {table} (id, organization_id, {names}, version, created_at, updated_at)"
        f" SELECT n.id, $1, {', '.join(f'n.{name}' for name in columns)}, 1, $2, $2"
        f" FROM unnest({_arrays(columns)}) AS n(id, {names})",
        organization_id,
        now,
        *_columns(columns, entries),
    )


async def update_rows(
    table: str,
    columns: Mapping[str, str],
    organization_id: UUID,
    entries: Sequence[Entry],
    now: datetime,
) -> None:
    """Write changed objects of a kind."""
    if not entries:
        return
    await execute(
        f"UPDATE {table} t SET {', '.join(f'{name} = n.{name}' for name in columns)},"
        " version = t.version + 1, updated_at = $2"
        f" FROM unnest({_arrays(columns)}) AS n(id, {', '.join(columns)})"
        " WHERE t.organization_id = $1 AND t.id = n.id",
        organization_id,
        now,
        *_columns(columns, entries),
    )


async def insert_residents(organization_id: UUID, entries: Sequence[Entry], now: datetime) -> None:
    """Insert new residents; one whose telephone signs somebody in is that person at once."""
    if not entries:
        return
    await execute(
        "INSERT INTO kvartal_resident"
        " (id, organization_id, full_name, phone, user_id, version, created_at, updated_at)"
        " SELECT n.id, $1, n.full_name, n.phone, u.id, 1, $2, $2"
        " FROM unnest($3::uuid[], $4::text[], $5::text[]) AS n(id, full_name, phone)"
        " LEFT JOIN kvartal_user u ON u.phone = n.phone",
        organization_id,
        now,
        *_columns(("full_name", "phone"), entries),
    )


async def update_residents(organization_id: UUID, entries: Sequence[Entry], now: datetime) -> None:
    """Write changed residents; who has got a telephone gets the sign-in with it."""
    if not entries:
        return
    await execute(
        "UPDATE kvartal_resident t SET full_name = n.full_name, phone = n.phone,"
        " user_id = coalesce(t.user_id, u.id), version = t.version + 1, updated_at = $2"
        " FROM unnest($3::uuid[], $4::text[], $5::text[]) AS n(id, full_name, phone)"
        " LEFT JOIN kvartal_user u ON u.phone = n.phone"
        " WHERE t.organization_id = $1 AND t.id = n.id",
        organization_id,
        now,
        *_columns(("full_name", "phone"), entries),
    )


async def let_live(
    organization_id: UUID, homes: Sequence[tuple[UUID, UUID]], now: datetime
) -> None:
    """Let residents live in premises, by (resident, premise)."""
    if not homes:
        return
    await execute(
        "INSERT INTO kvartal_residency"
        " (id, organization_id, resident_id, premise_id, created_at, updated_at)"
        " SELECT n.id, $1, n.resident_id, n.premise_id, $2, $2"
        " FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS n(id, resident_id, premise_id)",
        organization_id,
        now,
        [uuid7() for _ in homes],
        [resident for resident, _ in homes],
        [premise for _, premise in homes],
    )


async def _live(table: str, organization_id: UUID) -> set[UUID]:
    rows = await fetch(
        f"SELECT id FROM {table} WHERE organization_id = $1 AND archived_at IS NULL"
        " ORDER BY id FOR SHARE",
        organization_id,
    )
    return {row["id"] for row in rows}


def _locked(lock: bool) -> str:
    return " FOR UPDATE" if lock else ""


def _arrays(columns: Mapping[str, str]) -> str:
    kinds = ["uuid", *columns.values()]
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, start=3))


def _columns(columns: Iterable[str], entries: Sequence[Entry]) -> list[list[object]]:
    return [
        [entry.id for entry in entries],
        *([entry.values[name] for entry in entries] for name in columns),
    ]
