"""Which roles and which buildings an employee has."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.audit.api import changed, listed
from kvartal.auth.actor import Actor
from kvartal.auth.events import EmployeeChanged
from kvartal.auth.sessions.topics import staff_topic
from kvartal.auth.staff.queries import changes, employees
from kvartal.auth.staff.queries.employees import EmployeeRow
from kvartal.auth.staff.rules import LastRoleManager
from kvartal.auth.staff.service.employees import to_change
from kvartal.auth.staff.service.reach import give_buildings, give_roles
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.live import touch

__all__ = ["assign_roles", "grant_buildings"]

log = structlog.get_logger("kvartal.auth")


async def assign_roles(
    actor: Actor,
    employee_id: UUID,
    role_ids: Sequence[UUID],
    *,
    expected_version: int | None = None,
) -> EmployeeRow:
    """Let an employee have these roles and no others."""
    async with unit_of_work():
        manager, before = await to_change(actor, employee_id, expected_version)
        added, removed = await give_roles(employee_id, manager, role_ids)
        await changes.touch(employee_id, now=clock.now())
        if not await changes.has_role_manager(before.organization_id):
            raise LastRoleManager(path=("role_ids",))
        touch(staff_topic(before.organization_id))
        emit(
            EmployeeChanged(
                organization_id=before.organization_id,
                employee_id=employee_id,
                by=manager.employee_id,
                roles_added=tuple(added),
                roles_removed=tuple(removed),
                all_buildings=before.all_buildings,
                is_archived=before.archived_at is not None,
            )
        )
        held = (set(role_ids) - set(added)) | set(removed)
        changed({"role_ids": sorted(held)}, {"role_ids": sorted(set(role_ids))})
        after = await employees.employee_by_id(employee_id)
    log.info("auth.roles_assigned", employee=str(employee_id), by=str(manager.employee_id))
    return after


async def grant_buildings(
    actor: Actor,
    employee_id: UUID,
    *,
    all_buildings: bool,
    building_ids: Sequence[UUID],
    expected_version: int | None = None,
) -> EmployeeRow:
    """Let an employee work with all buildings of the organization, or with these and no others."""
    async with unit_of_work():
        manager, before = await to_change(actor, employee_id, expected_version)
        added, removed = await give_buildings(actor, before, manager, all_buildings, building_ids)
        touch(staff_topic(before.organization_id))
        emit(
            EmployeeChanged(
                organization_id=before.organization_id,
                employee_id=employee_id,
                by=manager.employee_id,
                buildings_added=len(added),
                buildings_removed=len(removed),
                all_buildings=all_buildings,
                is_archived=before.archived_at is not None,
            )
        )
        after = await employees.employee_by_id(employee_id)
        changed(before, after)
        changed(
            {"buildings_lost": listed(removed) if removed else None},
            {"buildings_gained": listed(added) if added else None},
        )
    log.info("auth.buildings_granted", employee=str(employee_id), by=str(manager.employee_id))
    return after
