"""Employees, as those who manage the staff see them."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.auth.access import visible_to_staff
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args, Keyset, like, literal_limit, text
from kvartal.permissions import ROLE_MANAGE

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "ORDER",
    "EmployeeFilter",
    "EmployeeRow",
    "employee_by_id",
    "employee_of",
    "employees_by_ids",
    "employees_count",
    "employees_page",
    "mail_of_staff",
    "names_of_staff",
    "organization_of_employee",
]

ORDER = Keyset({"e.full_name": text, "e.id": UUID})

_WORDS = 5
COUNT_LIMIT = 1001  # the connection tells no more
_SELECT = (
    "SELECT e.id, e.organization_id, e.user_id, e.full_name, u.email, e.all_buildings,"
    f" e.archived_at, e.version, {ORDER.selected}"
    " FROM kvartal_employee e JOIN kvartal_user u ON u.id = e.user_id"
)


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """An employee as a row of the staff's list."""

    id: UUID
    organization_id: UUID
    user_id: UUID
    full_name: str
    email: str | None
    all_buildings: bool
    archived_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeFilter:
    """Which employees of an organization are asked for."""

    organization_id: UUID
    search: str | None = None
    role_id: UUID | None = None
    is_archived: bool = False


async def employees_page(actor: Actor, where: EmployeeFilter, page: "Page") -> list[Record]:
    """A page of employees in the order of their names."""
    args = Args()
    conditions = [
        _visible(actor, args),
        *_conditions(args, where),
        ORDER.after(args, page.key, backward=page.backward),
    ]
    return await fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {ORDER.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def employees_count(actor: Actor, where: EmployeeFilter) -> int:
    """How many such employees there are, as far as counting is worth it."""
    args = Args()
    conditions = [_visible(actor, args), *_conditions(args, where)]
    row = await fetch_one(
        "SELECT count(*) AS found FROM (SELECT FROM kvartal_employee e"
        " JOIN kvartal_user u ON u.id = e.user_id"
        f" WHERE {' AND '.join(conditions)} LIMIT {COUNT_LIMIT}) AS counted",
        *args,
    )
    assert row is not None
    found: int = row["found"]
    return found


async def employees_by_ids(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The employees with these ids that the actor may see."""
    args = Args()
    rows = await fetch(
        f"{_SELECT} WHERE e.id = ANY({args.array(ids)}) AND {_visible(actor, args)}",
        *args,
    )
    return {row["id"]: row for row in rows}


async def employee_by_id(employee_id: UUID) -> EmployeeRow:
    """An employee who is known to exist."""
    row = await fetch_one(f"{_SELECT} WHERE e.id = $1", employee_id)
    assert row is not None
    return employee_of(row)


async def names_of_staff(
    people: Collection[tuple[UUID, UUID]],
) -> dict[tuple[UUID, UUID], str]:
    """The names of employees, archived ones too, by organization and user; who asks may know."""
    rows = await fetch(
        "SELECT e.organization_id, e.user_id, e.full_name FROM kvartal_employee e"
        " JOIN unnest($1::uuid[], $2::uuid[]) AS p(organization_id, user_id)"
        " ON e.organization_id = p.organization_id AND e.user_id = p.user_id",
        [organization for organization, _ in people],
        [user for _, user in people],
    )
    return {(row["organization_id"], row["user_id"]): row["full_name"] for row in rows}


async def mail_of_staff(organization_id: UUID, user_id: UUID) -> str | None:
    """The e-mail of somebody who is still employed there; who asks may write to them."""
    row = await fetch_one(
        "SELECT u.email FROM kvartal_employee e JOIN kvartal_user u ON u.id = e.user_id"
        " WHERE e.organization_id = $1 AND e.user_id = $2 AND e.archived_at IS NULL",
        organization_id,
        user_id,
    )
    return row["email"] if row else None


async def organization_of_employee(employee_id: UUID) -> UUID | None:
    """Whose an employee is."""
    row = await fetch_one("SELECT organization_id FROM kvartal_employee WHERE id = $1", employee_id)
    return row["organization_id"] if row else None


def employee_of(row: Record) -> EmployeeRow:
    """The employee in a record."""
    return EmployeeRow(
        id=row["id"],
        organization_id=row["organization_id"],
        user_id=row["user_id"],
        full_name=row["full_name"],
        email=row["email"],
        all_buildings=row["all_buildings"],
        archived_at=row["archived_at"],
        version=row["version"],
    )


def _visible(actor: Actor, args: Args) -> str:
    return visible_to_staff(actor, args, organization="e.organization_id", permission=ROLE_MANAGE)


def _conditions(args: Args, where: EmployeeFilter) -> list[str]:
    conditions = [
        f"e.organization_id = {args.add(where.organization_id)}",
        f"e.archived_at IS {'NOT ' if where.is_archived else ''}NULL",
    ]
    if where.role_id:
        conditions.append(
            "EXISTS (SELECT FROM kvartal_employee_role er WHERE er.employee_id = e.id"
            f" AND er.role_id = {args.add(where.role_id)})"
        )
    words = (where.search or "").lower().replace("ё", "е").replace("\0", " ").split()[:_WORDS]
    if words:
        patterns = args.add([f"%{like(word)}%" for word in words])
        conditions.append(
            "translate(lower(e.full_name), 'ё', 'е') || ' ' || coalesce(u.email, '')"
            f" LIKE ALL({patterns}::text[])"
        )
    return conditions
