"""Pages of buildings and premises: filters, searches and counts."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args, like, literal_limit
from kvartal.graphql.paging import COUNT_LIMIT
from kvartal.housing.queries.rows import ByParent, grouped
from kvartal.housing.rules import search_terms, search_words
from kvartal.housing.sources import BUILDINGS, PREMISES, Source

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "BuildingFilter",
    "PremiseFilter",
    "PremiseSelection",
    "buildings_page",
    "count_buildings",
    "count_premises",
    "counts_by_parents",
    "in_group",
    "pages_by_parents",
    "premises_page",
    "selected",
]

_PROBE = 501


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingFilter:
    """Which buildings are asked for."""

    search: str | None = None
    organization_id: UUID | None = None
    quarter_id: UUID | None = None
    group_id: UUID | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiseFilter:
    """Which premises are asked for.

    ``search``: beginnings of words of the address, the number or an account's number; in a building
    the beginning of the premise's or of an account's number.
    """

    search: str | None = None
    organization_id: UUID | None = None
    building_id: UUID | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class PremiseSelection:
    """The premises of a list: the filter, and those that its search has found, if few."""

    where: PremiseFilter
    found: Sequence[UUID] | None = None


async def buildings_page(actor: Actor, where: BuildingFilter, page: "Page") -> list[Record]:
    """A page of buildings in the order of their addresses."""
    args = Args()
    return await fetch(_page(BUILDINGS, actor, args, page, _buildings(args, where)), *args)


async def count_buildings(actor: Actor, where: BuildingFilter) -> int:
    """How many buildings the list has, up to ``COUNT_LIMIT``."""
    args = Args()
    return await _count(BUILDINGS, actor, args, _buildings(args, where))


async def selected(actor: Actor, where: PremiseFilter) -> PremiseSelection:
    """The filter with its search done; the page and the count share what was found.

    No single statement serves a rare text and a frequent one: the index finds the first, the order
    of the list the second. So the index is asked for a few, and tells which of them it is.
    """
    if not where.search or not where.search.strip() or where.building_id:
        return PremiseSelection(where)
    terms = search_terms(where.search)
    if not terms:
        return PremiseSelection(where, ())
    args = Args()
    rows = await fetch(
        f"SELECT p.id FROM kvartal_premise p WHERE {PREMISES.visible(actor, args, None)}"
        f" AND {_contains(actor, args, terms)} LIMIT {literal_limit(_PROBE)}",
        *args,
    )
    return PremiseSelection(where, [row["id"] for row in rows] if len(rows) < _PROBE else None)


async def premises_page(actor: Actor, chosen: PremiseSelection, page: "Page") -> list[Record]:
    """A page of premises in the order of addresses, then of numbers."""
    if chosen.found is not None and not chosen.found:
        return []
    args = Args()
    return await fetch(_page(PREMISES, actor, args, page, _premises(actor, args, chosen)), *args)


async def count_premises(actor: Actor, chosen: PremiseSelection) -> int:
    """How many premises the list has, up to ``COUNT_LIMIT``."""
    if chosen.found is not None and not chosen.found:
        return 0
    args = Args()
    return await _count(PREMISES, actor, args, _premises(actor, args, chosen))


async def pages_by_parents(
    source: Source,
    belongs: str,
    actor: Actor,
    parents: Sequence[UUID],
    page: "Page",
    *,
    archived: bool = False,
) -> ByParent:
    """The same page of each parent; ``belongs`` is a condition on ``parent.id``."""
    args = Args()
    ids = args.array(parents)
    conditions = [belongs, *_live(source, archived=archived)]
    sql = (
        f"SELECT parent.id AS parent_id, page.* FROM unnest({ids}) AS parent(id)"
        f" CROSS JOIN LATERAL ({_page(source, actor, args, page, conditions)}) AS page"
        f" ORDER BY {source.order.order(backward=page.backward, page='page')}"
    )
    return grouped(await fetch(sql, *args), "parent_id")


async def counts_by_parents(
    source: Source, belongs: str, actor: Actor, parents: Sequence[UUID], *, archived: bool = False
) -> Mapping[UUID, int]:
    """How many rows each parent has, up to ``COUNT_LIMIT``."""
    args = Args()
    ids = args.array(parents)
    where = " AND ".join(
        [belongs, *_live(source, archived=archived), source.visible(actor, args, None)]
    )
    rows = await fetch(
        f"SELECT parent.id, (SELECT count(*) FROM (SELECT 1 FROM {source.tables} WHERE {where}"
        f" LIMIT {literal_limit(COUNT_LIMIT)}) limited) AS found"
        f" FROM unnest({ids}) AS parent(id)",
        *args,
    )
    return {row["id"]: row["found"] for row in rows}


def in_group(group: str, *, building: str = "b.id") -> str:
    """The condition that a building, named by its column, is in a group."""
    return (
        "EXISTS (SELECT 1 FROM kvartal_building_group_member gm"
        f" WHERE gm.building_id = {building} AND gm.group_id = {group})"
    )


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


async def _count(source: Source, actor: Actor, args: Args, conditions: Sequence[str]) -> int:
    where = " AND ".join([source.visible(actor, args, None), *conditions])
    row = await fetch_one(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM {source.tables} WHERE {where}"
        f" LIMIT {literal_limit(COUNT_LIMIT)}) limited",
        *args,
    )
    assert row is not None
    return int(row["found"])


def _buildings(args: Args, where: BuildingFilter) -> list[str]:
    conditions = _live(BUILDINGS, archived=where.archived)
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


def _premises(actor: Actor, args: Args, chosen: PremiseSelection) -> list[str]:
    where = chosen.where
    conditions = _live(PREMISES, archived=where.archived)
    if where.organization_id:
        conditions.append(f"p.organization_id = {args.add(where.organization_id)}")
    if where.building_id:
        conditions.append(f"p.building_id = {args.add(where.building_id)}")
        words = search_words(where.search or "")
        return [*conditions, *([_begins(args, " ".join(words))] if words else [])]
    if chosen.found is not None:
        return [*conditions, f"p.id = ANY({args.array(chosen.found)})"]
    terms = search_terms(where.search or "")
    return [*conditions, *([_contains(actor, args, terms)] if terms else [])]


def _contains(actor: Actor, args: Args, terms: Sequence[str]) -> str:
    patterns = [f"% {term}%" for term in terms]
    # No index serves LIKE ALL: who sees a part is served sooner by that than by all that is found.
    # lint-skip: tenant-filter -- it chooses an index, visible_to chooses the rows
    if not any(each.all_buildings for each in actor.memberships):
        return f"p.search LIKE ALL({args.add(patterns)}::text[])"
    return " AND ".join(f"p.search LIKE {args.add(pattern)}" for pattern in patterns)


def _begins(args: Args, beginning: str) -> str:
    pattern = args.add(f"{like(beginning)}%")
    return (
        f"(translate(lower(p.number), 'ё', 'е') LIKE {pattern} OR EXISTS"
        " (SELECT 1 FROM kvartal_account pa WHERE pa.premise_id = p.id"
        " AND pa.archived_at IS NULL"
        f" AND translate(lower(pa.number), 'ё', 'е') LIKE {pattern}))"
    )


def _live(source: Source, *, archived: bool) -> list[str]:
    return [] if archived else [source.live]
