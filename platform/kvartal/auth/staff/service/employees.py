"""Employees: taken on, renamed, archived and restored."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.audit.api import changed, nothing_changed
from kvartal.auth import models
from kvartal.auth.actor import Actor, Membership
from kvartal.auth.authority.rules import NeedsAllBuildings
from kvartal.auth.authority.service import manager_in
from kvartal.auth.events import EmployeeChanged
from kvartal.auth.password.service import invite
from kvartal.auth.rules import InvalidEmail, SessionKind, normal_email
from kvartal.auth.sessions.queries import end_sessions
from kvartal.auth.sessions.topics import person_topic, staff_topic
from kvartal.auth.staff.queries import changes, employees, reach
from kvartal.auth.staff.queries.employees import EmployeeRow
from kvartal.auth.staff.rules import EmployeeExists, LastRoleManager, check_full_name
from kvartal.auth.staff.service.reach import give_buildings, give_roles, require_rights
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound, VersionConflict
from kvartal.events import emit
from kvartal.live import touch

__all__ = [
    "archive_employee",
    "create_employee",
    "restore_employee",
    "to_change",
    "update_employee",
]

log = structlog.get_logger("kvartal.auth")


async def create_employee(
    actor: Actor,
    organization_id: UUID,
    *,
    email: str,
    full_name: str,
    role_ids: Sequence[UUID] = (),
    all_buildings: bool = False,
    building_ids: Sequence[UUID] = (),
    locale: str = "ru",
) -> EmployeeRow:
    """A new employee; a person without a password gets a link by which they set one."""
    manager = manager_in(actor, organization_id)
    address = normal_email(email)
    if address is None:
        raise InvalidEmail(path=("email",))
    full_name = check_full_name(full_name)
    now = clock.now()
    async with unit_of_work():
        await changes.lock_staff(organization_id)
        person = await changes.user_with_email(address, now=now)
        if await changes.is_employed(organization_id, person.user_id):
            raise EmployeeExists(path=("email",))
        employee_id = await changes.employ(organization_id, person.user_id, full_name, now=now)
        added, _ = await give_roles(employee_id, manager, role_ids)
        await give_buildings(
            actor, await employees.employee_by_id(employee_id), manager, all_buildings, building_ids
        )
        if not person.has_password:
            await invite(address, organization_id=organization_id, locale=locale)
        made = await employees.employee_by_id(employee_id)
        touch(person_topic(person.user_id))
        emit(
            EmployeeChanged(
                organization_id=organization_id,
                employee_id=employee_id,
                by=manager.employee_id,
                roles_added=tuple(added),
                buildings_added=len(set(building_ids)),
                all_buildings=all_buildings,
            )
        )
    log.info("auth.employee_created", employee=str(employee_id), by=str(manager.employee_id))
    return made


async def update_employee(
    actor: Actor,
    employee_id: UUID,
    *,
    full_name: str | None = None,
    expected_version: int | None = None,
) -> EmployeeRow:
    """An employee with another name; their e-mail is theirs alone, for it opens all they have."""
    async with unit_of_work():
        manager, before = await to_change(actor, employee_id, expected_version)
        name = check_full_name(full_name) if full_name is not None else before.full_name
        await changes.touch(employee_id, now=clock.now(), full_name=name)
        _emit_changed(before, manager)
        after = await employees.employee_by_id(employee_id)
        changed(before, after)
        return after


async def archive_employee(
    actor: Actor, employee_id: UUID, *, expected_version: int | None = None
) -> EmployeeRow:
    """Let an employee go: at once they may do nothing more in the organization.

    Their sessions as an employee end, unless another organization employs them; those of a
    resident do not.
    """
    now = clock.now()
    async with unit_of_work():
        manager, before = await to_change(actor, employee_id, expected_version)
        if before.archived_at is not None:
            nothing_changed()
            return before
        await _set_archived(employee_id, True)
        if not await changes.has_role_manager(before.organization_id):
            raise LastRoleManager(path=("id",))
        if not await changes.is_employed_anywhere(before.user_id):
            await end_sessions(before.user_id, kind=SessionKind.EMPLOYEE, now=now)
        _emit_changed(before, manager, is_archived=True)
        archived = await employees.employee_by_id(employee_id)
        changed(before, archived)
    log.info("auth.employee_archived", employee=str(employee_id), by=str(manager.employee_id))
    return archived


async def restore_employee(
    actor: Actor, employee_id: UUID, *, expected_version: int | None = None
) -> EmployeeRow:
    """Take an employee back, with the roles and the buildings that they had."""
    async with unit_of_work():
        manager, before = await to_change(actor, employee_id, expected_version)
        if before.archived_at is None:
            nothing_changed()
            return before
        require_rights(manager, await changes.permissions_of(employee_id), "id")
        if await reach.works_beyond(employee_id, manager):
            raise NeedsAllBuildings(path=("id",))
        await _set_archived(employee_id, False)
        _emit_changed(before, manager)
        restored = await employees.employee_by_id(employee_id)
        changed(before, restored)
    log.info("auth.employee_restored", employee=str(employee_id), by=str(manager.employee_id))
    return restored


async def to_change(
    actor: Actor, employee_id: UUID, expected_version: int | None
) -> tuple[Membership, EmployeeRow]:
    """The manager and the employee, whom nobody else changes until this is done."""
    organization_id = await employees.organization_of_employee(employee_id)
    if organization_id is None:
        raise NotFound
    manager = manager_in(actor, organization_id)
    await changes.lock_staff(organization_id)
    employee = await employees.employee_by_id(employee_id)
    if expected_version not in {None, employee.version}:
        raise VersionConflict(version=employee.version, path=("expected_version",))
    return manager, employee


async def _set_archived(employee_id: UUID, is_archived: bool) -> None:
    now = clock.now()
    await models.Employee.filter(id=employee_id).update(archived_at=now if is_archived else None)
    await changes.touch(employee_id, now=now)


def _emit_changed(employee: EmployeeRow, manager: Membership, *, is_archived: bool = False) -> None:
    touch(staff_topic(employee.organization_id))
    touch(person_topic(employee.user_id))
    emit(
        EmployeeChanged(
            organization_id=employee.organization_id,
            employee_id=employee.id,
            by=manager.employee_id,
            all_buildings=employee.all_buildings,
            is_archived=is_archived,
        )
    )
