"""Sign-in, the viewer and service tokens over GraphQL."""

from kvartal.auth.graphql.mutations import AuthMutations
from kvartal.auth.graphql.queries import AuthQueries

__all__ = ["AuthMutations", "AuthQueries"]
