"""Loaders of meters: a batch for each place that meters hang on."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal_meters.meters import queries

__all__ = ["MetersByBuilding", "MetersByPremise"]

Place = tuple[UUID, bool]
"""A premise or building, and whether archived meters are wanted too."""


class _Meters(Loader[Place, list[Record]]):
    """Meters by place; the archived ones are asked for in a statement of their own."""

    async def found(
        self, actor: Actor, places: Sequence[UUID], *, archived: bool
    ) -> Mapping[UUID, list[Record]]:
        """The meters of these places."""
        raise NotImplementedError(f"{type(self).__name__}.found")

    async def batch(self, keys: Sequence[Place]) -> Mapping[Place, list[Record]]:
        """Meters by place: at most two statements, whatever the number of places."""
        asked: dict[bool, list[UUID]] = {}
        for place, archived in keys:
            asked.setdefault(archived, []).append(place)
        answers = await asyncio.gather(
            *(
                self.found(self.context.actor, places, archived=archived)
                for archived, places in asked.items()
            )
        )
        return {
            (place, archived): meters
            for archived, answer in zip(asked, answers, strict=True)
            for place, meters in answer.items()
        }

    def missing(self, key: Place) -> list[Record]:
        """A place without meters."""
        return []


class MetersByPremise(_Meters):
    """The meters of a premise."""

    async def found(
        self, actor: Actor, places: Sequence[UUID], *, archived: bool
    ) -> Mapping[UUID, list[Record]]:
        """The meters of these premises."""
        return await queries.of_premises(actor, places, archived=archived)


class MetersByBuilding(_Meters):
    """The collective meters (ОДПУ) of a building."""

    async def found(
        self, actor: Actor, places: Sequence[UUID], *, archived: bool
    ) -> Mapping[UUID, list[Record]]:
        """The collective meters of these buildings."""
        return await queries.of_buildings(actor, places, archived=archived)
