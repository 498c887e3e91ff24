"""The loader of the names that residents have given to meters."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.graphql.loader import Loader
from kvartal_meters.names import queries

__all__ = ["NameByMeter"]


class NameByMeter(Loader[UUID, str | None]):
    """The name that the actor has given to a meter."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, str | None]:
        """Names by meter."""
        return {**await queries.names_of(self.context.actor, keys)}

    def missing(self, key: UUID) -> str | None:
        """A meter without a name of its own."""
        return None
