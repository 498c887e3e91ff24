"""The policy of an organization, for its staff."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.graphql.loader import Loader
from kvartal_meters.policy.queries import policies_of
from kvartal_meters.policy.rules import Policy

__all__ = ["PolicyByOrganization"]


class PolicyByOrganization(Loader[UUID, Policy | None]):
    """The policy of an organization; none for whom it does not concern."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Policy | None]:
        """Policies by organization."""
        return {**await policies_of(self.context.actor, keys)}

    def missing(self, key: UUID) -> Policy | None:
        """An organization whose staff the actor is not."""
        return None
