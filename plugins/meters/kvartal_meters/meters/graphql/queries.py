"""Meters by id, and the fields that buildings and premises gain."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.api import Building, Premise
from kvartal.plugin import NodeKind
from kvartal_meters.meters import queries
from kvartal_meters.meters.graphql.rows import Meter
from kvartal_meters.meters.graphql.wording import Archived, Scope
from kvartal_meters.meters.loaders import (
    MeterCountByBuilding,
    MetersByBuilding,
    MetersByPremise,
    OfPremise,
    PageOfBuilding,
)
from kvartal_meters.meters.queries.listing import OfBuilding
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.sources import BY_RESOURCE

__all__ = ["NODES", "BuildingMeters", "MeterQueries", "PremiseMeters", "meters_by_ids"]


@extends(Premise)
class PremiseMeters:
    """What a premise knows of its meters."""

    @strawberry.field(description="Its meters (ИПУ), by type in the order of `meterTypes`.")
    async def meters(
        self,
        info: Info,
        parent: strawberry.Parent[Premise],
        scope: Scope = None,
        include_archived: Archived = False,
    ) -> list[Meter]:
        """Meters of the premise."""
        asked = OfPremise(parent.uuid, scope, include_archived)
        rows = await info.context.load(MetersByPremise, asked)
        return [Meter.of(row, info.context.locale) for row in rows]


@extends(Building)
class BuildingMeters:
    """What a building knows of the meters in it."""

    @strawberry.field(
        description="Meters in the building that the actor may see, by type in the order of"
        " `meterTypes`; unless another scope is asked for, its own ones (ОДПУ, «Общие»)."
    )
    async def meters(
        self,
        info: Info,
        parent: strawberry.Parent[Building],
        scope: Scope = MeterScope.COLLECTIVE,
        include_archived: Archived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Meter]:
        """A page of the building's meters."""
        page, locale = page_of(first, after, last, before), info.context.locale
        asked = PageOfBuilding(parent.uuid, OfBuilding(scope, include_archived), page)
        rows = await info.context.load(MetersByBuilding, asked)
        return connected(
            page,
            rows,
            lambda row: Meter.of(row, locale),
            BY_RESOURCE,
            lambda: info.context.load(MeterCountByBuilding, asked.whole),
        )


@strawberry.type
class MeterQueries:
    """Meters by id."""

    @query(access=SIGNED_IN, description="A meter; null if there is none that the actor sees.")
    async def meter(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Meter | None:
        """One meter."""
        key = uuid_of("Meter", id)
        return (await meters_by_ids(info.context, [key])).get(key)


async def meters_by_ids(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Meters for ``node`` and for the fields that lead to one."""
    rows = await queries.by_ids(context.actor, ids)
    return {key: Meter.of(row, context.locale) for key, row in rows.items()}


NODES = (NodeKind(type=Meter, fetch=meters_by_ids),)
