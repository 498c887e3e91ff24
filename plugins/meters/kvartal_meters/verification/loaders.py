"""Loaders of what surrounds verification: linked services, meters that a policy would spare."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal import clock
from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal_meters.verification import queries
from kvartal_meters.verification.queries import Place

__all__ = ["LapsedByCommissioning", "ServiceByPlace"]


class ServiceByPlace(Loader[Place, Record | None]):
    """The service that is offered for the verification of a resource's meters in a building."""

    async def batch(self, keys: Sequence[Place]) -> Mapping[Place, Record | None]:
        """Services by building and resource."""
        return {**await queries.services_of(self.context.actor, keys)}

    def missing(self, key: Place) -> Record | None:
        """A resource without a service that the actor sees."""
        return None


class LapsedByCommissioning(Loader[UUID, int]):
    """How many meters of an organization only their commissioning has put «На поверке»."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, int]:
        """Counts by organization."""
        return await queries.lapsed_by_commissioning(self.context.actor, keys, now=clock.now())

    def missing(self, key: UUID) -> int:
        """An organization without such meters."""
        return 0
