"""The inbox over GraphQL."""

from kvartal.plugin import GraphQLPart
from kvartal_notifications.messages.graphql.mutations import InboxMutations
from kvartal_notifications.messages.graphql.queries import NODES, InboxQueries
from kvartal_notifications.messages.graphql.rows import Notification
from kvartal_notifications.messages.graphql.subscriptions import InboxSubscriptions

__all__ = ["GRAPHQL", "Notification"]

GRAPHQL = GraphQLPart(
    queries=(InboxQueries,),
    mutations=(InboxMutations,),
    subscriptions=(InboxSubscriptions,),
    nodes=NODES,
)
