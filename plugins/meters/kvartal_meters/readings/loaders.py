"""Loaders of readings: whether meters take one now, and what they showed before."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal_meters.readings.queries import listing, saving
from kvartal_meters.readings.rules.history import MeterFacts

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = ["FactsByMeter", "ReadingsByMeter"]


class FactsByMeter(Loader[UUID, MeterFacts]):
    """A meter, that the actor is known to see, as the rules see it."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, MeterFacts]:
        """Meters by id."""
        return await saving.meter_facts(keys)


class ReadingsByMeter(Loader[tuple[UUID, "Page"], list[Record]]):
    """A page of a meter's readings, newest month first."""

    async def batch(
        self, keys: Sequence[tuple[UUID, "Page"]]
    ) -> Mapping[tuple[UUID, "Page"], list[Record]]:
        """A statement for each page that is asked for; all meters ask for the same as a rule."""
        meters: dict[Page, list[UUID]] = {}
        for meter, page in keys:
            meters.setdefault(page, []).append(meter)
        answers = await asyncio.gather(
            *(listing.of_meters(self.context.actor, ids, page) for page, ids in meters.items())
        )
        return {
            (meter, page): readings
            for page, answer in zip(meters, answers, strict=True)
            for meter, readings in answer.items()
        }

    def missing(self, key: tuple[UUID, "Page"]) -> list[Record]:
        """A meter that nobody has read."""
        return []
