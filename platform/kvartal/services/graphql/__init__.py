"""Services and their orders over GraphQL."""

from kvartal.plugin import GraphQLPart
from kvartal.services.graphql.mutations import ServiceMutations
from kvartal.services.graphql.queries import NODES, ServiceQueries

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(queries=(ServiceQueries,), mutations=(ServiceMutations,), nodes=NODES)
