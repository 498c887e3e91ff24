"""What can be changed of employees."""

from uuid import UUID

import strawberry
from strawberry import UNSET

from kvartal.audit.api import PERSONAL
from kvartal.auth.authority.rules import NeedsAllBuildings, PermissionNotHeld
from kvartal.auth.rules import InvalidEmail
from kvartal.auth.staff.graphql.rows import Employee
from kvartal.auth.staff.rules import EmployeeExists, FullNameInvalid, LastRoleManager
from kvartal.auth.staff.service import access, employees
from kvartal.auth.wording import EXPECTED_VERSION
from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.permissions import ROLE_MANAGE

__all__ = ["EmployeeMutations"]

Id = strawberry.ID
NAME = "Surname, name and patronymic (ФИО) in one line, 200 characters at most."
ALL_BUILDINGS = "Whether all buildings are accessible, those to come included."
BUILDINGS = "The buildings that are accessible; without meaning if all are."


@strawberry.input(description="A new employee.")
class CreateEmployeeInput:
    """Input of createEmployee."""

    organization_id: Id = strawberry.field(description="The organization (юрлицо).")
    email: str = strawberry.field(
        metadata=PERSONAL, description="The e-mail that they will sign in with."
    )
    full_name: str = strawberry.field(description=NAME)
    role_ids: list[Id] = strawberry.field(default_factory=list, description="All their roles.")
    all_buildings: bool = strawberry.field(default=False, description=ALL_BUILDINGS)
    building_ids: list[Id] = strawberry.field(default_factory=list, description=BUILDINGS)


@strawberry.input(description="Changes of an employee; a field left out stays as it is.")
class UpdateEmployeeInput:
    """Input of updateEmployee."""

    id: Id = strawberry.field(description="The employee.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    full_name: str | None = strawberry.field(default=UNSET, description=NAME)


@strawberry.input(description="An employee to be archived, or to be taken back.")
class EmployeeInput:
    """Input of archiveEmployee and restoreEmployee."""

    id: Id = strawberry.field(description="The employee.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.input(description="Which roles an employee has.")
class AssignRolesInput:
    """Input of assignRoles."""

    employee_id: Id = strawberry.field(description="The employee.")
    role_ids: list[Id] = strawberry.field(description="All their roles, and no others.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.input(description="Which buildings an employee may work with.")
class GrantBuildingsInput:
    """Input of grantBuildings."""

    employee_id: Id = strawberry.field(description="The employee.")
    all_buildings: bool = strawberry.field(default=False, description=ALL_BUILDINGS)
    building_ids: list[Id] = strawberry.field(default_factory=list, description=BUILDINGS)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.type
class EmployeeMutations:
    """Mutations of employees."""

    @mutation(
        access=ROLE_MANAGE,
        description="Take on an employee. A person without a password gets a letter with a link by"
        " which they set one, within three days.",
        raises=(
            InvalidEmail,
            FullNameInvalid,
            EmployeeExists,
            PermissionNotHeld,
            NeedsAllBuildings,
        ),
    )
    async def create_employee(self, info: Info, input: CreateEmployeeInput) -> Employee:
        """A new employee."""
        made = await employees.create_employee(
            info.context.actor,
            uuid_of("Organization", input.organization_id),
            email=input.email,
            full_name=input.full_name,
            role_ids=_keys("Role", input.role_ids),
            all_buildings=input.all_buildings,
            building_ids=_keys("Building", input.building_ids),
            locale=info.context.locale,
        )
        return Employee.of(made)

    @mutation(
        access=ROLE_MANAGE,
        description="Change an employee: only the fields that are given.",
        raises=(FullNameInvalid, VersionConflict),
    )
    async def update_employee(self, info: Info, input: UpdateEmployeeInput) -> Employee:
        """A changed employee."""
        changed = await employees.update_employee(
            info.context.actor,
            uuid_of("Employee", input.id),
            full_name=None if input.full_name is UNSET else input.full_name,
            expected_version=input.expected_version,
        )
        return Employee.of(changed)

    @mutation(
        access=ROLE_MANAGE,
        description="Let an employee go. At once they may do nothing more in the organization;"
        " their sessions as an employee end if no other organization employs them.",
        raises=(LastRoleManager, VersionConflict),
    )
    async def archive_employee(self, info: Info, input: EmployeeInput) -> Employee:
        """An employee in the archive."""
        archived = await employees.archive_employee(
            info.context.actor,
            uuid_of("Employee", input.id),
            expected_version=input.expected_version,
        )
        return Employee.of(archived)

    @mutation(
        access=ROLE_MANAGE,
        description="Take an employee back, with the roles and the buildings that they had.",
        raises=(PermissionNotHeld, NeedsAllBuildings, VersionConflict),
    )
    async def restore_employee(self, info: Info, input: EmployeeInput) -> Employee:
        """An employee who is back."""
        restored = await employees.restore_employee(
            info.context.actor,
            uuid_of("Employee", input.id),
            expected_version=input.expected_version,
        )
        return Employee.of(restored)

    @mutation(
        access=ROLE_MANAGE,
        description="Set an employee's roles. Who adds one must have all its rights, and work with"
        " all buildings of the employee.",
        raises=(PermissionNotHeld, NeedsAllBuildings, LastRoleManager, VersionConflict),
    )
    async def assign_roles(self, info: Info, input: AssignRolesInput) -> Employee:
        """An employee with these roles."""
        changed = await access.assign_roles(
            info.context.actor,
            uuid_of("Employee", input.employee_id),
            _keys("Role", input.role_ids),
            expected_version=input.expected_version,
        )
        return Employee.of(changed)

    @mutation(
        access=ROLE_MANAGE,
        description="Set the buildings that an employee may work with (доступ к объектам). Who adds"
        " one must work with it, and have all rights of the employee.",
        raises=(PermissionNotHeld, NeedsAllBuildings, VersionConflict),
    )
    async def grant_buildings(self, info: Info, input: GrantBuildingsInput) -> Employee:
        """An employee with these buildings."""
        changed = await access.grant_buildings(
            info.context.actor,
            uuid_of("Employee", input.employee_id),
            all_buildings=input.all_buildings,
            building_ids=_keys("Building", input.building_ids),
            expected_version=input.expected_version,
        )
        return Employee.of(changed)


def _keys(kind: str, ids: list[Id]) -> list[UUID]:
    return [uuid_of(kind, each) for each in ids]
