"""Sign-in, sessions, passwords, tokens and the staff over GraphQL."""

from kvartal.auth.password.graphql import PasswordMutations
from kvartal.auth.service_tokens.graphql import ServiceTokenMutations, ServiceTokenQueries
from kvartal.auth.sessions.graphql import SessionMutations, SessionQueries
from kvartal.auth.sign_in.graphql import SignInMutations
from kvartal.auth.staff.graphql import NODES, EmployeeMutations, RoleMutations, StaffQueries
from kvartal.auth.viewer.graphql import ViewerQueries
from kvartal.plugin import GraphQLPart

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(
    queries=(ViewerQueries, SessionQueries, ServiceTokenQueries, StaffQueries),
    mutations=(
        SignInMutations,
        SessionMutations,
        PasswordMutations,
        ServiceTokenMutations,
        RoleMutations,
        EmployeeMutations,
    ),
    nodes=NODES,
)
