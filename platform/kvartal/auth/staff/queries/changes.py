"""Changes of the staff: who has which role and building, and who is left to manage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.auth.actor import Membership
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.models import uuid7
from kvartal.permissions import ROLE_MANAGE

__all__ = [
    "TakenOn",
    "add_roles",
    "employ",
    "has_role_manager",
    "is_employed",
    "is_employed_anywhere",
    "lock_staff",
    "permissions_of",
    "permissions_of_roles",
    "remove_roles",
    "replace_buildings",
    "role_ids_of",
    "touch",
    "user_with_email",
]


async def lock_staff(organization_id: UUID) -> None:
    """Let changes of an organization's staff wait for one another.

    Or two managers could remove each other at the same time, and nobody were left.
    """
    await execute(
        "SELECT FROM kvartal_organization WHERE id = $1 FOR NO KEY UPDATE", organization_id
    )


async def has_role_manager(organization_id: UUID) -> bool:
    """Whether somebody is there who may manage the staff."""
    row = await fetch_one(
        """
        SELECT FROM kvartal_employee e
        JOIN kvartal_user u ON u.id = e.user_id AND u.is_active
        JOIN kvartal_employee_role er
            ON er.organization_id = e.organization_id AND er.employee_id = e.id
        JOIN kvartal_role_permission p
            ON p.organization_id = er.organization_id AND p.role_id = er.role_id
        WHERE e.organization_id = $1 AND e.archived_at IS NULL AND p.permission = $2
        LIMIT 1
        """,
        organization_id,
        ROLE_MANAGE.code,
    )
    return row is not None


@dataclass(frozen=True, slots=True)
class TakenOn:
    """The person who is taken on, and whether they have a password already."""

    user_id: UUID
    has_password: bool


async def user_with_email(email: str, *, now: datetime) -> TakenOn:
    """The person with an e-mail, made if there is none yet."""
    row = await fetch_one(
        """
        INSERT INTO kvartal_user (id, email, is_active, created_at, updated_at)
        VALUES ($1, $2, TRUE, $3, $3)
        ON CONFLICT (lower(email)) DO UPDATE SET updated_at = $3
        RETURNING id, password_hash IS NOT NULL AS has_password
        """,
        uuid7(),
        email,
        now,
    )
    assert row is not None
    return TakenOn(row["id"], row["has_password"])


async def is_employed(organization_id: UUID, user_id: UUID) -> bool:
    """Whether a person is an employee of an organization, be it in its archive."""
    row = await fetch_one(
        "SELECT FROM kvartal_employee WHERE organization_id = $1 AND user_id = $2",
        organization_id,
        user_id,
    )
    return row is not None


async def is_employed_anywhere(user_id: UUID) -> bool:
    """Whether a person still works in some organization."""
    row = await fetch_one(
        "SELECT FROM kvartal_employee WHERE user_id = $1 AND archived_at IS NULL LIMIT 1", user_id
    )
    return row is not None


async def employ(organization_id: UUID, user_id: UUID, full_name: str, *, now: datetime) -> UUID:
    """A new employee, without a role and without a building."""
    employee_id = uuid7()
    await execute(
        """
        INSERT INTO kvartal_employee
            (id, organization_id, user_id, full_name, all_buildings, version, created_at,
            updated_at)
        VALUES ($1, $2, $3, $4, FALSE, 1, $5, $5)
        """,
        employee_id,
        organization_id,
        user_id,
        full_name,
        now,
    )
    return employee_id


async def permissions_of_roles(organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The rights of each of these roles of the organization; of another's, nothing."""
    rows = await fetch(
        "SELECT r.id, ARRAY(SELECT p.permission FROM kvartal_role_permission p"
        " WHERE p.organization_id = r.organization_id AND p.role_id = r.id ORDER BY p.permission)"
        " AS permissions FROM kvartal_role r"
        " WHERE r.organization_id = $1 AND r.id = ANY($2::uuid[])",
        organization_id,
        list(ids),
    )
    return {row["id"]: row["permissions"] for row in rows}


async def permissions_of(employee_id: UUID) -> list[str]:
    """All rights of an employee."""
    rows = await fetch(
        "SELECT DISTINCT p.permission FROM kvartal_employee_role er JOIN kvartal_role_permission p"
        " ON p.organization_id = er.organization_id AND p.role_id = er.role_id"
        " WHERE er.employee_id = $1 ORDER BY p.permission",
        employee_id,
    )
    return [row["permission"] for row in rows]


async def role_ids_of(employee_id: UUID) -> list[UUID]:
    """The roles of an employee."""
    rows = await fetch(
        "SELECT role_id FROM kvartal_employee_role WHERE employee_id = $1 ORDER BY role_id",
        employee_id,
    )
    return [row["role_id"] for row in rows]


async def add_roles(
    organization_id: UUID, employee_id: UUID, roles: Sequence[UUID], *, now: datetime
) -> None:
    """Give roles to an employee."""
    await execute(
        """
        INSERT INTO kvartal_employee_role
            (id, organization_id, employee_id, role_id, created_at, updated_at)
        SELECT kvartal_uuid7(), $1, $2, given.role_id, $4, $4
        FROM unnest($3::uuid[]) AS given(role_id)
        """,
        organization_id,
        employee_id,
        list(roles),
        now,
    )


async def remove_roles(employee_id: UUID, roles: Sequence[UUID]) -> None:
    """Take roles from an employee."""
    await execute(
        "DELETE FROM kvartal_employee_role WHERE employee_id = $1 AND role_id = ANY($2::uuid[])",
        employee_id,
        list(roles),
    )


async def replace_buildings(
    employee_id: UUID, manager: Membership, buildings: Sequence[UUID], *, now: datetime
) -> tuple[list[UUID], list[UUID]]:
    """Let an employee work with these buildings; which are new, and which are gone.

    Buildings that the manager does not work with stay as they are.
    """
    removed = await fetch(
        """
        DELETE FROM kvartal_building_access a
        WHERE a.organization_id = $1 AND a.employee_id = $2 AND a.building_id <> ALL($3::uuid[])
        AND ($4 OR EXISTS (
            SELECT FROM kvartal_building_access ours
            WHERE ours.organization_id = $1 AND ours.employee_id = $5
                AND ours.building_id = a.building_id
        ))
        RETURNING a.building_id
        """,
        manager.organization_id,
        employee_id,
        list(buildings),
        manager.all_buildings,
        manager.employee_id,
    )
    added = await fetch(
        """
        INSERT INTO kvartal_building_access
            (id, organization_id, employee_id, building_id, created_at, updated_at)
        SELECT kvartal_uuid7(), $1, $2, given.building_id, $4, $4
        FROM unnest($3::uuid[]) AS given(building_id)
        ON CONFLICT (organization_id, employee_id, building_id) DO NOTHING
        RETURNING building_id
        """,
        manager.organization_id,
        employee_id,
        list(buildings),
        now,
    )
    return _buildings(added), _buildings(removed)


async def touch(
    employee_id: UUID,
    *,
    now: datetime,
    full_name: str | None = None,
    all_buildings: bool | None = None,
) -> None:
    """Note that an employee has been changed, and change what is given."""
    await execute(
        "UPDATE kvartal_employee SET version = version + 1, updated_at = $2,"
        " full_name = coalesce($3, full_name), all_buildings = coalesce($4, all_buildings)"
        " WHERE id = $1",
        employee_id,
        now,
        full_name,
        all_buildings,
    )


def _buildings(rows: Sequence[Record]) -> list[UUID]:
    return sorted(row["building_id"] for row in rows)
