"""The estate over GraphQL."""

from kvartal.housing.graphql.mutations import HousingMutations
from kvartal.housing.graphql.queries import NODES, HousingQueries
from kvartal.plugin import GraphQLPart

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(queries=(HousingQueries,), mutations=(HousingMutations,), nodes=NODES)
