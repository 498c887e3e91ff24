"""The estate over GraphQL."""

from kvartal.housing.graphql.mutations import MUTATIONS
from kvartal.housing.graphql.queries import NODES, HousingQueries
from kvartal.housing.graphql.relations import RELATIONS
from kvartal.housing.registration.graphql import RegistrationMutations
from kvartal.plugin import GraphQLPart

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(
    queries=(HousingQueries,),
    mutations=(*MUTATIONS, RegistrationMutations),
    extensions=RELATIONS,
    nodes=NODES,
)
