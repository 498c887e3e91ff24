"""The log of operations over GraphQL."""

from kvartal.plugin import GraphQLPart
from kvartal_integration.operations.graphql.mutations import OperationMutations
from kvartal_integration.operations.graphql.queries import NODES, OperationQueries
from kvartal_integration.operations.graphql.rows import Operation
from kvartal_integration.operations.graphql.subscriptions import OperationSubscriptions

__all__ = ["GRAPHQL", "Operation"]

GRAPHQL = GraphQLPart(
    queries=(OperationQueries,),
    mutations=(OperationMutations,),
    subscriptions=(OperationSubscriptions,),
    nodes=NODES,
)
