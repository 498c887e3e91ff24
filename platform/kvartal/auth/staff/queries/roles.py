"""Roles, as those who manage the staff see and change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.auth.access import visible_to_staff
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal.permissions import ROLE_MANAGE

__all__ = [
    "RoleRow",
    "change_permissions",
    "delete_role",
    "employees_with",
    "is_title_taken",
    "organization_of_role",
    "role_by_id",
    "roles_by_ids",
    "roles_of_employees",
    "roles_of_organization",
]

# Archived employees keep their roles, should they come back.
_COLUMNS = (
    "r.id, r.organization_id, r.title, r.version,"
    " ARRAY(SELECT p.permission FROM kvartal_role_permission p"
    " WHERE p.organization_id = r.organization_id AND p.role_id = r.id ORDER BY p.permission)"
    " AS permissions,"
    " (SELECT count(*) FROM kvartal_employee_role er JOIN kvartal_employee e"
    " ON e.id = er.employee_id AND e.archived_at IS NULL WHERE er.role_id = r.id)"
    " AS employee_count"
)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role with its rights, and how many present employees have it."""

    id: UUID
    organization_id: UUID
    title: str
    version: int
    permissions: tuple[str, ...]
    employee_count: int


async def roles_of_organization(organization_id: UUID) -> list[RoleRow]:
    """All roles of an organization, by title."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM kvartal_role r WHERE r.organization_id = $1"  # noqa: S608 -- fixed fragment
        " ORDER BY r.title, r.id",
        organization_id,
    )
    return [_role(row) for row in rows]


async def roles_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, RoleRow]:
    """The roles with these ids that the actor may see."""
    args = Args()
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM kvartal_role r"  # noqa: S608 -- made of constants; values are parameters
        f" WHERE r.id = ANY({args.array(ids)}) AND {_visible(actor, args)}",
        *args,
    )
    return {row["id"]: _role(row) for row in rows}


async def roles_of_employees(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, list[RoleRow]]:
    """The roles of each employee, by title."""
    args = Args()
    rows = await fetch(
        f"SELECT held.employee_id, {_COLUMNS} FROM kvartal_employee_role held"  # noqa: S608 -- made of constants; values are parameters
        " JOIN kvartal_role r ON r.id = held.role_id"
        f" WHERE held.employee_id = ANY({args.array(ids)}) AND {_visible(actor, args)}"
        " ORDER BY r.title, r.id",
        *args,
    )
    found: dict[UUID, list[RoleRow]] = {}
    for row in rows:
        found.setdefault(row["employee_id"], []).append(_role(row))
    return found


async def role_by_id(role_id: UUID) -> RoleRow:
    """A role that is known to exist."""
    row = await fetch_one(
        f"SELECT {_COLUMNS} FROM kvartal_role r WHERE r.id = $1",  # noqa: S608 -- fixed fragment
        role_id,
    )
    assert row is not None
    return _role(row)


async def organization_of_role(role_id: UUID) -> UUID | None:
    """Whose a role is."""
    row = await fetch_one("SELECT organization_id FROM kvartal_role WHERE id = $1", role_id)
    return row["organization_id"] if row else None


async def is_title_taken(organization_id: UUID, title: str, *, but: UUID | None = None) -> bool:
    """Whether another role of the organization has the title, in whatever case."""
    row = await fetch_one(
        "SELECT FROM kvartal_role WHERE organization_id = $1 AND lower(title) = lower($2)"
        " AND id IS DISTINCT FROM $3",
        organization_id,
        title,
        but,
    )
    return row is not None


async def change_permissions(
    role: RoleRow, *, added: Sequence[str], removed: Sequence[str], now: datetime
) -> None:
    """Give rights to a role and take rights from it."""
    await execute(
        """
        WITH taken AS (
            DELETE FROM kvartal_role_permission
            WHERE organization_id = $2 AND role_id = $1 AND permission = ANY($4::text[])
        )
        INSERT INTO kvartal_role_permission
            (id, organization_id, role_id, permission, created_at, updated_at)
        SELECT kvartal_uuid7(), $2, $1, given.permission, $5, $5
        FROM unnest($3::text[]) AS given(permission)
        """,
        role.id,
        role.organization_id,
        list(added),
        list(removed),
        now,
    )


async def employees_with(role_id: UUID) -> int:
    """How many employees have a role, archived ones included."""
    row = await fetch_one(
        "SELECT count(*) AS found FROM kvartal_employee_role WHERE role_id = $1", role_id
    )
    assert row is not None
    found: int = row["found"]
    return found


async def delete_role(role_id: UUID) -> None:
    """Delete a role that nobody has, with its rights."""
    await execute("DELETE FROM kvartal_role_permission WHERE role_id = $1", role_id)
    await execute("DELETE FROM kvartal_role WHERE id = $1", role_id)


def _visible(actor: Actor, args: Args) -> str:
    return visible_to_staff(actor, args, organization="r.organization_id", permission=ROLE_MANAGE)


def _role(row: Record) -> RoleRow:
    return RoleRow(
        id=row["id"],
        organization_id=row["organization_id"],
        title=row["title"],
        version=row["version"],
        permissions=tuple(row["permissions"]),
        employee_count=row["employee_count"],
    )
