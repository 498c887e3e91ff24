"""Roles and employees over GraphQL."""

from kvartal.auth.staff.graphql.employees import EmployeeMutations
from kvartal.auth.staff.graphql.queries import NODES, StaffQueries
from kvartal.auth.staff.graphql.roles import RoleMutations

__all__ = ["NODES", "EmployeeMutations", "RoleMutations", "StaffQueries"]
