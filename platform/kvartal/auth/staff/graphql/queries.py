"""What can be read of an organization's staff."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal import registry
from kvartal.auth.authority.service import reader_in
from kvartal.auth.staff.graphql.rows import Employee, Permission, Role
from kvartal.auth.staff.queries.employees import (
    ORDER,
    EmployeeFilter,
    employee_of,
    employees_by_ids,
    employees_count,
    employees_page,
)
from kvartal.auth.staff.queries.roles import roles_by_ids
from kvartal.auth.staff.service.roles import list_roles
from kvartal.auth.wording import OfOrganization
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.permissions import ROLE_MANAGE
from kvartal.plugin import NodeKind
from kvartal.text import say

__all__ = ["NODES", "StaffQueries"]


async def _roles(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Role]:
    found = await roles_by_ids(context.actor, ids)
    return {key: Role.of(role) for key, role in found.items()}


async def _employees(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Employee]:
    found = await employees_by_ids(context.actor, ids)
    return {key: _employee(row) for key, row in found.items()}


def _employee(row: Record) -> Employee:
    return Employee.of(employee_of(row))


NODES = (NodeKind(type=Role, fetch=_roles), NodeKind(type=Employee, fetch=_employees))


@strawberry.type
class StaffQueries:
    """Queries of roles and employees."""

    @query(
        access=ROLE_MANAGE,
        description="All rights that a role can carry (права), by code.",
    )
    async def permissions(self, info: Info) -> list[Permission]:
        """All rights of the plugins that are on."""
        locale = info.context.locale
        return [
            Permission(code=code, title=say(code, locale))
            for code in sorted(registry.current().permissions)
        ]

    @query(access=ROLE_MANAGE, description="The roles of an organization (роли), by title.")
    async def roles(self, info: Info, organization_id: OfOrganization) -> list[Role]:
        """All roles of an organization."""
        found = await list_roles(info.context.actor, uuid_of("Organization", organization_id))
        return [Role.of(each) for each in found]

    @query(
        access=ROLE_MANAGE,
        description="The employees of an organization (сотрудники), by name.",
    )
    async def employees(
        self,
        info: Info,
        organization_id: OfOrganization,
        search: Annotated[
            str | None,
            strawberry.argument(description="Words that the name or the e-mail must have, all."),
        ] = None,
        role_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those with this role.")
        ] = None,
        archived: Annotated[
            bool, strawberry.argument(description="Those in the archive instead of the others.")
        ] = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Employee]:
        """A page of employees."""
        actor = info.context.actor
        where = EmployeeFilter(
            organization_id=uuid_of("Organization", organization_id),
            search=search,
            role_id=uuid_of("Role", role_id) if role_id else None,
            is_archived=archived,
        )
        reader_in(actor, where.organization_id)
        page = page_of(first, after, last, before)
        rows = await employees_page(actor, where, page)
        return connected(page, rows, _employee, ORDER, lambda: employees_count(actor, where))
