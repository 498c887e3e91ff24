"""Loaders of meters: a batch for each place that meters hang on."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal_meters.meters import queries

__all__ = ["MetersByBuilding", "MetersByPremise"]

Place = tuple[UUID, bool]
"""A premise or building, and whether archived meters are wanted too."""


class _Meters(Loader[Place, list[Record]]):
    """Meters by place; the archived ones are asked for in a statement of their own."""

    fetch = staticmethod(queries.of_premises)

    async def batch(self, keys: Sequence[Place]) -> Mapping[Place, list[Record]]:
        """Meters by place."""
        found: dict[Place, list[Record]] = {}
        for archived in sorted({archived for _, archived in keys}):
            places = [place for place, wanted in keys if wanted is archived]
            # At most two statements, whatever the number of places.
            rows = await self.fetch(self.context.actor, places, archived=archived)  # lint-skip: query-in-loop
            found |= {(place, archived): meters for place, meters in rows.items()}
        return found

    def missing(self, key: Place) -> list[Record]:
        """A place without meters."""
        return []


class MetersByPremise(_Meters):
    """The meters of a premise."""


class MetersByBuilding(_Meters):
    """The collective meters (ОДПУ) of a building."""

    fetch = staticmethod(queries.of_buildings)
