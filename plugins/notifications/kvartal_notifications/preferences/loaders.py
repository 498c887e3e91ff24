"""What a field of another's type shows of preferences."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.graphql.loader import Loader
from kvartal_notifications.preferences.queries import policies_of, ticks_of
from kvartal_notifications.preferences.queries.ticks import Ticks
from kvartal_notifications.preferences.rules import Policy

__all__ = ["NotificationPolicyByOrganization", "TicksByRole"]


class TicksByRole(Loader[UUID, Ticks]):
    """The ticks of a role; whoever sees the role sees them."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Ticks]:
        """Ticks by role."""
        return await ticks_of(keys)


class NotificationPolicyByOrganization(Loader[UUID, Policy | None]):
    """The policy of an organization; none for whom it does not concern."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, Policy | None]:
        """Policies by organization."""
        return {**await policies_of(self.context.actor, keys)}

    def missing(self, key: UUID) -> Policy | None:
        """An organization whose staff the actor is not."""
        return None
