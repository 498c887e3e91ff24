"""Questions about the estate: rows by id, by parent and by page, each through its source."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.models import uuid7
from kvartal.db.sql import Args, like, literal_limit
from kvartal.housing.rules import search_words
from kvartal.housing.sources import ACCOUNTS, BUILDINGS, PREMISES, RESIDENTS, Source
from kvartal.plugin import Permission

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "BuildingFilter",
    "PremiseFilter",
    "accounts_of_premises",
    "all_visible",
    "buildings_page",
    "by_ids",
    "by_organizations",
    "groups_of_building",
    "in_group",
    "pages_by_parents",
    "premises_page",
    "resident_with_phone",
    "residents_of_premises",
    "sees",
    "user_with_phone",
]

ByParent = Mapping[UUID, list[Record]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingFilter:
    """Which buildings are asked for."""

    search: str | None = None
    organization_id: UUID | None = None
    quarter_id: UUID | None = None
    group_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiseFilter:
    """Which premises are asked for; ``search`` is a number of a premise or of an account."""

    search: str | None = None
    building_id: UUID | None = None


async def by_ids(source: Source, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The rows with these ids that the actor may see."""
    args = Args()
    sql = (
        f"SELECT {source.select} FROM {source.tables}"
        f" WHERE {source.alias}.id = ANY({args.add(list(ids))}::uuid[])"
        f" AND {source.visible(actor, args, None)}"
    )
    return {row["id"]: row for row in await fetch(sql, *args)}


async def sees(
    source: Source, actor: Actor, key: UUID, permission: Permission | None = None
) -> bool:
    """Whether the actor may see a row, and has the permission where it belongs."""
    args = Args()
    sql = (
        f"SELECT 1 FROM {source.tables} WHERE {source.alias}.id = {args.add(key)}"
        f" AND {source.visible(actor, args, permission)}"
    )
    return await fetch_one(sql, *args) is not None


async def all_visible(source: Source, actor: Actor) -> list[Record]:
    """All rows that the actor may see, of a type that has few."""
    args = Args()
    sql = (
        f"SELECT {source.select} FROM {source.tables} WHERE {source.visible(actor, args, None)}"
        f" ORDER BY {source.order.order()}"
    )
    return await fetch(sql, *args)


async def by_organizations(source: Source, actor: Actor, ids: Sequence[UUID]) -> ByParent:
    """The rows of each organization, of a type that has few."""
    args = Args()
    owner = f"{source.alias}.organization_id"
    sql = (
        f"SELECT {source.select} FROM {source.tables}"
        f" WHERE {owner} = ANY({args.add(list(ids))}::uuid[])"
        f" AND {source.visible(actor, args, None)} ORDER BY {source.order.order()}"
    )
    return _by_parent(await fetch(sql, *args), "organization_id")


async def buildings_page(actor: Actor, where: BuildingFilter, page: "Page") -> list[Record]:
    """A page of buildings in the order of their addresses."""
    args = Args()
    return await fetch(_page(BUILDINGS, actor, args, page, _buildings(args, where)), *args)


async def premises_page(actor: Actor, where: PremiseFilter, page: "Page") -> list[Record]:
    """A page of premises in the order of addresses, then of numbers."""
    args = Args()
    return await fetch(_page(PREMISES, actor, args, page, _premises(args, where)), *args)


async def pages_by_parents(
    source: Source, belongs: str, actor: Actor, parents: Sequence[UUID], page: "Page"
) -> ByParent:
    """The same page of each parent; ``belongs`` is a condition on ``parent.id``."""
    args = Args()
    ids = args.add(list(parents))
    sql = (
        f"SELECT parent.id AS parent_id, page.* FROM unnest({ids}::uuid[]) AS parent(id)"
        f" CROSS JOIN LATERAL ({_page(source, actor, args, page, [belongs])}) AS page"
        f" ORDER BY {source.order.order(backward=page.backward, page='page')}"
    )
    return _by_parent(await fetch(sql, *args), "parent_id")


async def accounts_of_premises(actor: Actor, premises: Sequence[UUID]) -> ByParent:
    """The accounts of each premise, by number."""
    args = Args()
    sql = (
        f"SELECT {ACCOUNTS.select} FROM {ACCOUNTS.tables}"
        f" WHERE a.premise_id = ANY({args.add(list(premises))}::uuid[])"
        f" AND {ACCOUNTS.visible(actor, args, None)} ORDER BY {ACCOUNTS.order.order()}"
    )
    return _by_parent(await fetch(sql, *args), "premise_id")


async def residents_of_premises(actor: Actor, premises: Sequence[UUID]) -> ByParent:
    """The residents of each premise, by name; the actor sees both."""
    args = Args()
    sql = (
        f"SELECT home.premise_id AS parent_id, {RESIDENTS.select} FROM kvartal_residency home"
        f" JOIN kvartal_premise p ON p.id = home.premise_id"
        f" JOIN kvartal_resident r ON r.id = home.resident_id"
        f" WHERE home.premise_id = ANY({args.add(list(premises))}::uuid[])"
        f" AND {PREMISES.visible(actor, args, None)} AND {RESIDENTS.visible(actor, args, None)}"
        f" ORDER BY {RESIDENTS.order.order()}"
    )
    return _by_parent(await fetch(sql, *args), "parent_id")


async def groups_of_building(building_id: UUID) -> set[UUID]:
    """The groups that a building is in."""
    rows = await fetch(
        "SELECT group_id FROM kvartal_building_group_member WHERE building_id = $1", building_id
    )
    return {row["group_id"] for row in rows}


def in_group(group: str, *, building: str = "b.id") -> str:
    """The condition that a building, named by its column, is in a group."""
    return (
        "EXISTS (SELECT 1 FROM kvartal_building_group_member gm"
        f" WHERE gm.building_id = {building} AND gm.group_id = {group})"
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


def _page(source: Source, actor: Actor, args: Args, page: "Page", conditions: Sequence[str]) -> str:
    where = " AND ".join(
        [
            source.visible(actor, args, None),
            *conditions,
            source.order.after(args, page.key, backward=page.backward),
        ]
    )
    return (
        f"SELECT {source.select} FROM {source.tables} WHERE {where}"
        f" ORDER BY {source.order.order(backward=page.backward)}"
        f" LIMIT {literal_limit(page.limit)}"
    )


def _buildings(args: Args, where: BuildingFilter) -> list[str]:
    conditions = []
    if where.organization_id:
        conditions.append(f"b.organization_id = {args.add(where.organization_id)}")
    if where.quarter_id:
        conditions.append(f"b.quarter_id = {args.add(where.quarter_id)}")
    if where.group_id:
        conditions.append(in_group(args.add(where.group_id)))
    words = search_words(where.search or "")
    if words:
        patterns = args.add([f"%{like(word)}%" for word in words])
        conditions.append(f"translate(lower(b.address), 'ё', 'е') LIKE ALL({patterns}::text[])")
    return conditions


def _premises(args: Args, where: PremiseFilter) -> list[str]:
    conditions = []
    if where.building_id:
        conditions.append(f"p.building_id = {args.add(where.building_id)}")
    words = search_words(where.search or "")
    if words:
        pattern = args.add(f"{like(' '.join(words))}%")
        conditions.append(
            f"(translate(lower(p.number), 'ё', 'е') LIKE {pattern} OR EXISTS"
            " (SELECT 1 FROM kvartal_account pa WHERE pa.premise_id = p.id"
            f" AND translate(lower(pa.number), 'ё', 'е') LIKE {pattern}))"
        )
    return conditions


def _by_parent(rows: Iterable[Record], column: str) -> dict[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
