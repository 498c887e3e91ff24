"""Registration of meters and readings over GraphQL."""

from kvartal_meters.registration.graphql.mutations import RegistrationMutations

__all__ = ["RegistrationMutations"]
