"""What can be changed of roles."""

import strawberry
from strawberry import UNSET

from kvartal.auth.authority.rules import NeedsAllBuildings, PermissionNotHeld
from kvartal.auth.staff.graphql.rows import Role
from kvartal.auth.staff.rules import (
    LastRoleManager,
    RoleInUse,
    RoleTitleInvalid,
    RoleTitleTaken,
)
from kvartal.auth.staff.service import roles
from kvartal.auth.wording import EXPECTED_VERSION
from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.permissions import ROLE_MANAGE

__all__ = ["RoleMutations"]

TITLE = "Title in one line, 100 characters at most."
RIGHTS = "Codes of all its rights (права); who adds one must have it."


@strawberry.input(description="A new role.")
class CreateRoleInput:
    """Input of createRole."""

    organization_id: strawberry.ID = strawberry.field(description="The organization (юрлицо).")
    title: str = strawberry.field(description=TITLE)
    permissions: list[str] = strawberry.field(description=RIGHTS)


@strawberry.input(description="Changes of a role; a field left out stays as it is.")
class UpdateRoleInput:
    """Input of updateRole."""

    id: strawberry.ID = strawberry.field(description="The role.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    title: str | None = strawberry.field(default=UNSET, description=TITLE)
    permissions: list[str] | None = strawberry.field(default=UNSET, description=RIGHTS)


@strawberry.input(description="A role to be deleted.")
class DeleteRoleInput:
    """Input of deleteRole."""

    id: strawberry.ID = strawberry.field(description="The role.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.type
class RoleMutations:
    """Mutations of roles."""

    @mutation(
        access=ROLE_MANAGE,
        description="Make a role, with no right that its maker does not have.",
        raises=(RoleTitleInvalid, RoleTitleTaken, PermissionNotHeld),
    )
    async def create_role(self, info: Info, input: CreateRoleInput) -> Role:
        """A new role."""
        made = await roles.create_role(
            info.context.actor,
            uuid_of("Organization", input.organization_id),
            title=input.title,
            permissions=input.permissions,
        )
        return Role.of(made)

    @mutation(
        access=ROLE_MANAGE,
        description="Change a role: only the fields that are given. Nobody adds a right that they"
        " do not have, and somebody must be left who manages the staff.",
        raises=(
            RoleTitleInvalid,
            RoleTitleTaken,
            PermissionNotHeld,
            NeedsAllBuildings,
            LastRoleManager,
            VersionConflict,
        ),
    )
    async def update_role(self, info: Info, input: UpdateRoleInput) -> Role:
        """A changed role."""
        changed = await roles.update_role(
            info.context.actor,
            uuid_of("Role", input.id),
            title=None if input.title is UNSET else input.title,
            permissions=None if input.permissions is UNSET else input.permissions,
            expected_version=input.expected_version,
        )
        return Role.of(changed)

    @mutation(
        access=ROLE_MANAGE,
        description="Delete a role that no employee has, archived ones included.",
        raises=(RoleInUse, VersionConflict),
    )
    async def delete_role(self, info: Info, input: DeleteRoleInput) -> Role:
        """A role that is no more."""
        deleted = await roles.delete_role(
            info.context.actor, uuid_of("Role", input.id), expected_version=input.expected_version
        )
        return Role.of(deleted)
