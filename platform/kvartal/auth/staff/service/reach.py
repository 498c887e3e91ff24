"""Widening what an employee may do: whoever does it has all of it themselves.

A right is worth as much as the buildings it is held for. So who adds rights must work with all
buildings of the employee, and who adds buildings must have all rights of the employee.
"""

from collections.abc import Sequence
from uuid import UUID

from kvartal import clock
from kvartal.auth.actor import Actor, Membership
from kvartal.auth.authority.rules import NeedsAllBuildings, ungranted
from kvartal.auth.authority.service import require_buildings
from kvartal.auth.staff.queries import changes, reach
from kvartal.auth.staff.queries.employees import EmployeeRow
from kvartal.auth.staff.rules import change_of
from kvartal.errors import DomainError, NotFound, Refused

__all__ = ["give_buildings", "give_roles", "require_rights"]


async def give_roles(
    employee_id: UUID, manager: Membership, role_ids: Sequence[UUID]
) -> tuple[list[UUID], list[UUID]]:
    """Let an employee have these roles and no others; which are new, and which are gone."""
    added, removed = change_of(await changes.role_ids_of(employee_id), role_ids)
    rights = await changes.permissions_of_roles(manager.organization_id, role_ids)
    if set(rights) != set(role_ids):
        raise NotFound
    faults: list[DomainError] = []
    for index, role_id in enumerate(role_ids):
        if role_id in added:
            held = manager.permissions
            faults += ungranted(rights[role_id], held, "role_ids", index, listed=False)
    widens = any(rights[each] for each in added)
    if not faults and widens and await reach.works_beyond(employee_id, manager):
        faults = [NeedsAllBuildings(path=("role_ids",))]
    if faults:
        raise Refused(faults)
    await changes.remove_roles(employee_id, removed)
    await changes.add_roles(manager.organization_id, employee_id, added, now=clock.now())
    return added, removed


async def give_buildings(
    actor: Actor,
    employee: EmployeeRow,
    manager: Membership,
    all_buildings: bool,
    building_ids: Sequence[UUID],
) -> tuple[list[UUID], list[UUID]]:
    """Let an employee work with all buildings or with these; which are new, and which are gone."""
    is_switched = all_buildings != employee.all_buildings
    if is_switched and not manager.all_buildings:
        raise NeedsAllBuildings(path=("all_buildings",))
    listed = [] if all_buildings else sorted(set(building_ids))
    await require_buildings(actor, manager.organization_id, listed)
    now = clock.now()
    added, removed = await changes.replace_buildings(employee.id, manager, listed, now=now)
    is_narrowed = employee.all_buildings and not all_buildings
    if (added and not is_narrowed) or (is_switched and all_buildings):
        where = "all_buildings" if all_buildings else "building_ids"
        require_rights(manager, await changes.permissions_of(employee.id), where)
    await changes.touch(employee.id, now=now, all_buildings=all_buildings)
    return added, removed


def require_rights(manager: Membership, rights: Sequence[str], where: str) -> None:
    """Refuse to widen the reach of rights that the manager does not have."""
    faults = ungranted(rights, manager.permissions, where, listed=False)
    if faults:
        raise Refused(faults)
