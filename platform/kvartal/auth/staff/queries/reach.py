"""Whether employees work with buildings that their manager does not work with."""

from uuid import UUID

from kvartal.auth.actor import Membership
from kvartal.db.connection import fetch_one

__all__ = ["holders_beyond", "works_beyond"]

_BEYOND = """(e.all_buildings OR EXISTS (
    SELECT FROM kvartal_building_access theirs
    WHERE theirs.organization_id = e.organization_id AND theirs.employee_id = e.id
    AND NOT EXISTS (
        SELECT FROM kvartal_building_access ours
        WHERE ours.organization_id = e.organization_id AND ours.employee_id = $2
            AND ours.building_id = theirs.building_id
    )
))"""


async def works_beyond(employee_id: UUID, manager: Membership) -> bool:
    """Whether an employee works with a building that the manager does not work with."""
    if manager.all_buildings:
        return False
    row = await fetch_one(
        f"SELECT FROM kvartal_employee e WHERE e.id = $1 AND {_BEYOND}",
        employee_id,
        manager.employee_id,
    )
    return row is not None


async def holders_beyond(role_id: UUID, manager: Membership) -> bool:
    """Whether somebody with a role works with a building that the manager does not work with."""
    if manager.all_buildings:
        return False
    row = await fetch_one(
        "SELECT FROM kvartal_employee_role er"
        " JOIN kvartal_employee e ON e.id = er.employee_id AND e.archived_at IS NULL"
        f" WHERE er.role_id = $1 AND {_BEYOND} LIMIT 1",
        role_id,
        manager.employee_id,
    )
    return row is not None
