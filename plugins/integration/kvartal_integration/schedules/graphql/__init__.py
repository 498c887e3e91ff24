"""How an organization exchanges files and when, over GraphQL."""

from kvartal.plugin import GraphQLPart
from kvartal_integration.schedules.graphql.mutations import ExchangeMutations
from kvartal_integration.schedules.graphql.queries import ExchangeQueries

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(queries=(ExchangeQueries,), mutations=(ExchangeMutations,))
