"""Meters by id, and the fields that buildings and premises gain."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import Building, Premise
from kvartal.plugin import NodeKind
from kvartal_meters.meters import queries
from kvartal_meters.meters.graphql.rows import Meter
from kvartal_meters.meters.loaders import MetersByBuilding, MetersByPremise

__all__ = ["NODES", "BuildingMeters", "MeterQueries", "PremiseMeters", "meters_by_ids"]

Archived = Annotated[
    bool, strawberry.argument(description="Whether archived meters are listed too.")
]


@extends(Premise)
class PremiseMeters:
    """What a premise knows of its meters."""

    @strawberry.field(description="Its meters (ИПУ), by resource.")
    async def meters(
        self, info: Info, parent: strawberry.Parent[Premise], include_archived: Archived = False
    ) -> list[Meter]:
        """Meters of the premise."""
        rows = await info.context.load(MetersByPremise, (parent.uuid, include_archived))
        return [Meter.of(row, info.context.locale) for row in rows]


@extends(Building)
class BuildingMeters:
    """What a building knows of its own meters."""

    @strawberry.field(description="The building's own meters (ОДПУ, «Общие»), by resource.")
    async def collective_meters(
        self, info: Info, parent: strawberry.Parent[Building], include_archived: Archived = False
    ) -> list[Meter]:
        """House meters of the building."""
        rows = await info.context.load(MetersByBuilding, (parent.uuid, include_archived))
        return [Meter.of(row, info.context.locale) for row in rows]


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
