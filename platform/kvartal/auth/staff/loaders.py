"""Loaders of the staff: roles and buildings of employees."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.auth.authority.loaders import BuildingsOf
from kvartal.auth.staff.queries.roles import RoleRow, roles_of_employees
from kvartal.graphql.loader import Loader

__all__ = ["BuildingsByEmployee", "RolesByEmployee"]


class RolesByEmployee(Loader[UUID, list[RoleRow]]):
    """The roles of an employee."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[RoleRow]]:
        """Roles by employee."""
        return await roles_of_employees(self.context.actor, keys)

    def missing(self, key: UUID) -> list[RoleRow]:
        """An employee without roles."""
        return []


class BuildingsByEmployee(BuildingsOf):
    """The buildings that an employee may work with."""

    belongs = (
        "EXISTS (SELECT FROM kvartal_building_access held WHERE held.employee_id = parent.id"
        " AND held.organization_id = b.organization_id AND held.building_id = b.id)"
    )
