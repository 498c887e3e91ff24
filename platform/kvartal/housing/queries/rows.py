"""Rows of the estate by id and by parent, each through its source."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal.housing.sources import ACCOUNTS, PREMISES, RESIDENTS, Source
from kvartal.plugin import Permission

__all__ = [
    "ByParent",
    "accounts_of_premises",
    "all_visible",
    "by_ids",
    "by_organizations",
    "grouped",
    "may_all",
    "residents_of_premises",
    "sees",
]

ByParent = Mapping[UUID, list[Record]]


async def by_ids(source: Source, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The rows with these ids that the actor may see."""
    args = Args()
    sql = (
        f"SELECT {source.select} FROM {source.tables}"
        f" WHERE {source.alias}.id = ANY({args.array(ids)})"
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


async def may_all(
    source: Source, actor: Actor, ids: Iterable[UUID], permission: Permission
) -> tuple[bool, bool]:
    """Whether the actor sees all these rows, and whether they have the permission for each."""
    args = Args()
    keys = list(set(ids))
    seen = source.visible(actor, args, None)
    allowed = source.visible(actor, args, permission)
    row = await fetch_one(
        f"SELECT count(*) FILTER (WHERE {seen}) AS seen,"
        f" count(*) FILTER (WHERE {allowed}) AS allowed FROM {source.tables}"
        f" WHERE {source.alias}.id = ANY({args.add(keys)}::uuid[])",
        *args,
    )
    assert row is not None
    return row["seen"] == len(keys), row["allowed"] == len(keys)


async def all_visible(source: Source, actor: Actor) -> list[Record]:
    """All rows that the actor may see, of a type that has few."""
    args = Args()
    sql = (
        f"SELECT {source.select} FROM {source.tables} WHERE {source.visible(actor, args, None)}"
        f" AND {source.live} ORDER BY {source.order.order()}"
    )
    return await fetch(sql, *args)


async def by_organizations(
    source: Source, actor: Actor, ids: Sequence[UUID], *, archived: bool = False
) -> ByParent:
    """The rows of each organization, of a type that has few."""
    args = Args()
    owner = f"{source.alias}.organization_id"
    sql = (
        f"SELECT {source.select} FROM {source.tables}"
        f" WHERE {owner} = ANY({args.array(ids)})"
        f" AND {source.visible(actor, args, None)} AND {_kept(source, archived=archived)}"
        f" ORDER BY {source.order.order()}"
    )
    return grouped(await fetch(sql, *args), "organization_id")


async def accounts_of_premises(
    actor: Actor, premises: Sequence[UUID], *, archived: bool = False
) -> ByParent:
    """The accounts of each premise, by number."""
    args = Args()
    sql = (
        f"SELECT {ACCOUNTS.select} FROM {ACCOUNTS.tables}"
        f" WHERE a.premise_id = ANY({args.array(premises)})"
        f" AND {ACCOUNTS.visible(actor, args, None)} AND {_kept(ACCOUNTS, archived=archived)}"
        f" ORDER BY {ACCOUNTS.order.order()}"
    )
    return grouped(await fetch(sql, *args), "premise_id")


async def residents_of_premises(actor: Actor, premises: Sequence[UUID]) -> ByParent:
    """The residents of each premise, by name; the actor sees both."""
    args = Args()
    sql = (
        f"SELECT home.premise_id AS parent_id, {RESIDENTS.select} FROM kvartal_residency home"
        f" JOIN kvartal_premise p ON p.id = home.premise_id"
        f" JOIN kvartal_resident r ON r.id = home.resident_id"
        f" WHERE home.premise_id = ANY({args.array(premises)})"
        f" AND {PREMISES.visible(actor, args, None)} AND {RESIDENTS.visible(actor, args, None)}"
        f" ORDER BY {RESIDENTS.order.order()}"
    )
    return grouped(await fetch(sql, *args), "parent_id")


def grouped(rows: Iterable[Record], column: str) -> dict[UUID, list[Record]]:
    """The rows of each parent, in their order."""
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def _kept(source: Source, *, archived: bool) -> str:
    return "TRUE" if archived else source.live
