"""Registration of the estate over GraphQL."""

from kvartal.housing.registration.graphql.mutations import RegistrationMutations

__all__ = ["RegistrationMutations"]
