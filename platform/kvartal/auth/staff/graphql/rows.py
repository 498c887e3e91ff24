"""Rights, roles and employees as the schema shows them."""

from datetime import datetime
from uuid import UUID

import strawberry

from kvartal.auth.staff.loaders import BuildingsByEmployee, RolesByEmployee
from kvartal.auth.staff.queries.employees import EmployeeRow
from kvartal.auth.staff.queries.roles import RoleRow
from kvartal.auth.wording import PERMISSIONS, VERSION
from kvartal.context import Info
from kvartal.graphql.node import Node, encode_id
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.graphql.rows import Building, Organization
from kvartal.housing.loaders import OrganizationById
from kvartal.housing.sources import BUILDINGS

__all__ = ["Employee", "Permission", "Role"]


@strawberry.type(description="A right that a role can carry (право).")
class Permission:
    """A right."""

    code: str = strawberry.field(description="Its code, e.g. `meters.reading.submit`.")
    title: str = strawberry.field(description="What people call it, in their language.")


@strawberry.type(description="A named set of rights in an organization (роль доступа).")
class Role(Node):
    """A role."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    title: str = strawberry.field(description="Title, unique in the organization.")
    permissions: list[str] = strawberry.field(description=PERMISSIONS)
    employee_count: int = strawberry.field(
        description="How many employees have it, those in the archive apart."
    )
    version: int = strawberry.field(description=VERSION)

    @classmethod
    def of(cls, role: RoleRow) -> "Role":
        """The role in a row."""
        return cls(
            id=encode_id("Role", role.id),
            uuid=role.id,
            organization_uuid=role.organization_id,
            title=role.title,
            permissions=list(role.permissions),
            employee_count=role.employee_count,
            version=role.version,
        )

    @strawberry.field(description="The organization (юрлицо).")
    async def organization(self, info: Info) -> Organization:
        """Its organization."""
        record = await info.context.load(OrganizationById, self.organization_uuid)
        return Organization.of(record)


@strawberry.type(description="A person's place in an organization (сотрудник).")
class Employee(Node):
    """An employee."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    full_name: str = strawberry.field(description="Surname, name and patronymic (ФИО).")
    email: str | None = strawberry.field(description="The e-mail that they sign in with.")
    all_buildings: bool = strawberry.field(
        description="Whether all buildings are accessible, those to come included."
    )
    archived_at: datetime | None = strawberry.field(
        description="Since when they no longer work there; null if they do."
    )
    version: int = strawberry.field(description=VERSION)

    @classmethod
    def of(cls, employee: EmployeeRow) -> "Employee":
        """The employee in a row."""
        return cls(
            id=encode_id("Employee", employee.id),
            uuid=employee.id,
            organization_uuid=employee.organization_id,
            full_name=employee.full_name,
            email=employee.email,
            all_buildings=employee.all_buildings,
            archived_at=employee.archived_at,
            version=employee.version,
        )

    @strawberry.field(description="The organization (юрлицо).")
    async def organization(self, info: Info) -> Organization:
        """Their organization."""
        record = await info.context.load(OrganizationById, self.organization_uuid)
        return Organization.of(record)

    @strawberry.field(description="Their roles (роли), by title.")
    async def roles(self, info: Info) -> list[Role]:
        """All roles of the employee."""
        return [Role.of(each) for each in await info.context.load(RolesByEmployee, self.uuid)]

    @strawberry.field(
        description="The buildings that they may work with (доступ к объектам), as far as the"
        " viewer sees them, by address; none are listed if all are accessible."
    )
    async def buildings(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Building]:
        """A page of their buildings."""
        page = page_of(first, after, last, before)
        rows = await info.context.load(BuildingsByEmployee, (self.uuid, page))
        return connected(page, rows, Building.of, BUILDINGS.order)
