"""Who is told of what, over GraphQL."""

from kvartal.plugin import GraphQLPart
from kvartal_notifications.preferences.graphql.persons import (
    PreferenceMutations,
    PreferenceQueries,
)
from kvartal_notifications.preferences.graphql.policies import (
    OrganizationNotifications,
    PolicyMutations,
)
from kvartal_notifications.preferences.graphql.roles import (
    KindQueries,
    RoleNotifications,
    TickMutations,
)

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(
    queries=(KindQueries, PreferenceQueries),
    mutations=(TickMutations, PreferenceMutations, PolicyMutations),
    extensions=(RoleNotifications, OrganizationNotifications),
)
