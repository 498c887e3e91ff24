"""What can be changed of the estate."""

from kvartal.housing.graphql.mutations.buildings import BuildingMutations
from kvartal.housing.graphql.mutations.premises import PremiseMutations
from kvartal.housing.graphql.mutations.territories import TerritoryMutations

__all__ = ["MUTATIONS"]

MUTATIONS = (TerritoryMutations, BuildingMutations, PremiseMutations)
