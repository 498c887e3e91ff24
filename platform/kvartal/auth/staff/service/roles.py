"""Roles: made, changed and deleted; whoever adds a right has it, wherever it will be held."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.audit.api import changed
from kvartal.auth import models
from kvartal.auth.actor import Actor, Membership
from kvartal.auth.authority.rules import NeedsAllBuildings, ungranted
from kvartal.auth.authority.service import manager_in, reader_in
from kvartal.auth.events import RoleChanged
from kvartal.auth.sessions.topics import staff_topic
from kvartal.auth.staff.queries import changes, reach, roles
from kvartal.auth.staff.queries.roles import RoleRow
from kvartal.auth.staff.rules import (
    LastRoleManager,
    RoleInUse,
    RoleTitleTaken,
    change_of,
    check_role_title,
)
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound, Refused, VersionConflict
from kvartal.events import emit
from kvartal.live import touch

__all__ = [
    "create_role",
    "delete_role",
    "grow_role",
    "hold_role",
    "list_roles",
    "update_role",
]

log = structlog.get_logger("kvartal.auth")


async def list_roles(actor: Actor, organization_id: UUID) -> list[RoleRow]:
    """The roles of an organization, by title."""
    reader_in(actor, organization_id)
    return await roles.roles_of_organization(organization_id)


async def create_role(
    actor: Actor, organization_id: UUID, *, title: str, permissions: Sequence[str]
) -> RoleRow:
    """A new role, with rights that its maker has."""
    manager = manager_in(actor, organization_id)
    title = check_role_title(title)
    _require_held(manager, permissions, permissions)
    async with unit_of_work():
        await changes.lock_staff(organization_id)
        await _require_free(organization_id, title)
        made = await models.Role.create(organization_id=organization_id, title=title)
        role = await roles.role_by_id(made.id)
        role = await _set_permissions(role, manager, added=sorted(set(permissions)), removed=[])
    log.info("auth.role_created", role=str(role.id), by=str(manager.employee_id))
    return role


async def update_role(
    actor: Actor,
    role_id: UUID,
    *,
    title: str | None = None,
    permissions: Sequence[str] | None = None,
    expected_version: int | None = None,
) -> RoleRow:
    """A role with another title, or other rights; None leaves either as it is."""
    async with unit_of_work():
        manager, before = await _to_change(actor, role_id, expected_version)
        role = before
        if title is not None:
            title = check_role_title(title)
            await _require_free(role.organization_id, title, but=role_id)
        wanted = role.permissions if permissions is None else permissions
        added, removed = change_of(role.permissions, wanted)
        _require_held(manager, added, wanted)
        if added and await reach.holders_beyond(role_id, manager):
            raise NeedsAllBuildings(path=("permissions",))
        await models.Role.filter(id=role_id).update(
            title=title or role.title, version=role.version + 1, updated_at=clock.now()
        )
        role = await _set_permissions(role, manager, added=added, removed=removed)
        await _require_manager(role.organization_id)
        changed(before, role)
    log.info("auth.role_changed", role=str(role_id), by=str(manager.employee_id))
    return role


async def delete_role(
    actor: Actor, role_id: UUID, *, expected_version: int | None = None
) -> RoleRow:
    """Delete a role that nobody has; the role as it was."""
    async with unit_of_work():
        manager, role = await _to_change(actor, role_id, expected_version)
        used = await roles.employees_with(role_id)
        if used:
            raise RoleInUse(count=used)
        await roles.delete_role(role_id)
        emit(
            RoleChanged(
                organization_id=role.organization_id,
                role_id=role_id,
                by=manager.employee_id,
                removed=role.permissions,
                is_deleted=True,
            )
        )
    log.info("auth.role_deleted", role=str(role_id), by=str(manager.employee_id))
    return role


async def hold_role(actor: Actor, role_id: UUID, *, expected_version: int | None = None) -> RoleRow:
    """A role that the actor manages; until the unit of work ends nobody else changes it.

    For what a plugin adds to roles. NotFound, Forbidden, VersionConflict.
    """
    _, role = await _to_change(actor, role_id, expected_version)
    return role


async def grow_role(role: RoleRow) -> RoleRow:
    """The role with the next version: something that belongs to it has changed."""
    await models.Role.filter(id=role.id).update(version=role.version + 1, updated_at=clock.now())
    return await roles.role_by_id(role.id)


async def _to_change(
    actor: Actor, role_id: UUID, expected_version: int | None
) -> tuple[Membership, RoleRow]:
    """The manager and the role, which nobody else changes until this is done."""
    organization_id = await roles.organization_of_role(role_id)
    if organization_id is None:
        raise NotFound
    manager = manager_in(actor, organization_id)
    await changes.lock_staff(organization_id)
    if await roles.organization_of_role(role_id) is None:
        raise NotFound  # deleted while we waited
    role = await roles.role_by_id(role_id)
    if expected_version not in {None, role.version}:
        raise VersionConflict(version=role.version, path=("expected_version",))
    return manager, role


def _require_held(manager: Membership, added: Sequence[str], listed: Sequence[str]) -> None:
    """Refuse rights that the manager does not have, each at its place in the list."""
    allowed = {*manager.permissions, *(each for each in listed if each not in added)}
    faults = ungranted(listed, allowed, "permissions")
    if faults:
        raise Refused(faults)


async def _require_free(organization_id: UUID, title: str, *, but: UUID | None = None) -> None:
    if await roles.is_title_taken(organization_id, title, but=but):
        raise RoleTitleTaken(path=("title",))


async def _set_permissions(
    role: RoleRow, manager: Membership, *, added: Sequence[str], removed: Sequence[str]
) -> RoleRow:
    await roles.change_permissions(role, added=added, removed=removed, now=clock.now())
    if added or removed:
        touch(staff_topic(role.organization_id))
    emit(
        RoleChanged(
            organization_id=role.organization_id,
            role_id=role.id,
            by=manager.employee_id,
            added=tuple(added),
            removed=tuple(removed),
        )
    )
    return await roles.role_by_id(role.id)


async def _require_manager(organization_id: UUID) -> None:
    if not await changes.has_role_manager(organization_id):
        raise LastRoleManager(path=("permissions",))
