"""What can be read of the estate, and any object by its id."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.errors import BadInput
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.node import Node, decode_id, uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import (
    Account,
    Building,
    BuildingGroup,
    Organization,
    Premise,
    Quarter,
)
from kvartal.housing.graphql.wording import Archived
from kvartal.housing.queries import pages, rows
from kvartal.housing.sources import (
    ACCOUNTS,
    BUILDINGS,
    GROUPS,
    ORGANIZATIONS,
    PREMISES,
    QUARTERS,
    RESIDENTS,
    Source,
)
from kvartal.plugin import NodeKind
from kvartal.registry import node_kinds

__all__ = ["NODES", "HousingQueries"]

MAX_NODES = 100

Search = Annotated[str | None, strawberry.argument(description="Words that must all be found.")]
Id = strawberry.ID


def _node(kind: type, source: Source, of: Callable[[Record], Any]) -> NodeKind:
    async def fetch(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
        found = await rows.by_ids(source, context.actor, ids)
        return {key: of(row) for key, row in found.items()}

    return NodeKind(type=kind, fetch=fetch)


NODES = (
    _node(Organization, ORGANIZATIONS, Organization.of),
    _node(BuildingGroup, GROUPS, BuildingGroup.of),
    _node(Quarter, QUARTERS, Quarter.of),
    _node(Building, BUILDINGS, Building.of),
    _node(Premise, PREMISES, Premise.of),
    _node(Account, ACCOUNTS, Account.of),
    _node(Resident, RESIDENTS, Resident.of),
)


@strawberry.type
class HousingQueries:
    """Fields of Query about the estate."""

    @query(access=SIGNED_IN, description="Any object by its id; null if there is none to see.")
    async def node(
        self,
        info: Info,
        id: Annotated[Id, strawberry.argument(description="Global id.")],
    ) -> Node | None:
        """One object."""
        [found] = await _nodes(info, [id])
        return found

    @query(
        access=SIGNED_IN,
        description="Objects by their ids, in the same order; null where there is none to see.",
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[Id], strawberry.argument(description="Global ids, 100 at most.")],
    ) -> list[Node | None]:
        """Several objects."""
        if len(ids) > MAX_NODES:
            raise BadInput("TOO_MANY_IDS", limit=MAX_NODES, value=len(ids))
        return await _nodes(info, ids)

    @query(access=SIGNED_IN, description="The organizations that the actor belongs to, by name.")
    async def organizations(self, info: Info) -> list[Organization]:
        """All organizations of the actor."""
        found = await rows.all_visible(ORGANIZATIONS, info.context.actor)
        return [Organization.of(row) for row in found]

    @query(access=SIGNED_IN, description="A building; null if there is none to see.")
    async def building(
        self,
        info: Info,
        id: Annotated[Id, strawberry.argument(description="Its id.")],
    ) -> Building | None:
        """One building."""
        key = uuid_of("Building", id)
        row = (await rows.by_ids(BUILDINGS, info.context.actor, [key])).get(key)
        return Building.of(row) if row else None

    @query(access=SIGNED_IN, description="Buildings (объекты), by address: 9 stands before 10.")
    async def buildings(
        self,
        info: Info,
        search: Search = None,
        organization_id: Annotated[
            Id | None, strawberry.argument(description="Only this organization's.")
        ] = None,
        group_id: Annotated[
            Id | None, strawberry.argument(description="Only those of this group.")
        ] = None,
        quarter_id: Annotated[
            Id | None, strawberry.argument(description="Only those of this quarter.")
        ] = None,
        include_archived: Archived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Building]:
        """A page of buildings."""
        page, actor = page_of(first, after, last, before), info.context.actor
        where = pages.BuildingFilter(
            search=search,
            organization_id=_key("Organization", organization_id),
            group_id=_key("BuildingGroup", group_id),
            quarter_id=_key("Quarter", quarter_id),
            archived=include_archived,
        )
        found = await pages.buildings_page(actor, where, page)
        count = partial(pages.count_buildings, actor, where)
        return connected(page, found, Building.of, BUILDINGS.order, count)

    @query(access=SIGNED_IN, description="A premise; null if there is none to see.")
    async def premise(
        self,
        info: Info,
        id: Annotated[Id, strawberry.argument(description="Its id.")],
    ) -> Premise | None:
        """One premise."""
        key = uuid_of("Premise", id)
        row = (await rows.by_ids(PREMISES, info.context.actor, [key])).get(key)
        return Premise.of(row) if row else None

    @query(
        access=SIGNED_IN,
        description="Premises (помещения), by address and number; a resident's own ones.",
    )
    async def premises(
        self,
        info: Info,
        organization_id: Annotated[
            Id | None, strawberry.argument(description="Only this organization's.")
        ] = None,
        building_id: Annotated[
            Id | None, strawberry.argument(description="Only those of this building.")
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="How words of the address, the number or an account's number begin,"
                " all of which must be found; in a building, how the number of a premise or of an"
                " account begins."
            ),
        ] = None,
        include_archived: Archived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Premise]:
        """A page of premises."""
        page, actor = page_of(first, after, last, before), info.context.actor
        where = pages.PremiseFilter(
            search=search,
            organization_id=_key("Organization", organization_id),
            building_id=_key("Building", building_id),
            archived=include_archived,
        )
        chosen = await pages.selected(actor, where)
        found = await pages.premises_page(actor, chosen, page)
        count = partial(pages.count_premises, actor, chosen)
        return connected(page, found, Premise.of, PREMISES.order, count)


def _key(kind: str, value: str | None) -> UUID | None:
    return uuid_of(kind, value) if value is not None else None


async def _nodes(info: Info, ids: Sequence[str]) -> list[Node | None]:
    known = node_kinds()
    wanted = [decode_id(each) for each in ids]
    by_kind: dict[str, list[UUID]] = {}
    for kind, key in wanted:
        if kind in known:
            by_kind.setdefault(kind, []).append(key)
    fetches: list[Awaitable[Mapping[UUID, Any]]] = [
        known[kind].fetch(info.context, keys) for kind, keys in by_kind.items()
    ]
    found = dict(zip(by_kind, await asyncio.gather(*fetches), strict=True))
    return [found[kind].get(key) if kind in found else None for kind, key in wanted]
