"""Questions about the audit log, and its end."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from kvartal.audit.sources import ENTRY, ORDER
from kvartal.auth.access import visible_to_staff
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.sql import Args, literal_limit
from kvartal.permissions import AUDIT_VIEW

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = [
    "WHO",
    "AuditFilter",
    "count_entries",
    "delete_old_entries",
    "entries_by_ids",
    "entries_page",
]

# Those whom the person is here; who is no more is told by the name.
_PEOPLE = """
LEFT JOIN kvartal_employee e ON a.actor_kind = 'EMPLOYEE'
    AND e.user_id = a.user_id AND e.organization_id = a.organization_id
LEFT JOIN LATERAL (
    SELECT r.id FROM kvartal_resident r WHERE a.actor_kind = 'RESIDENT'
        AND r.user_id = a.user_id AND r.organization_id = a.organization_id
    ORDER BY r.id LIMIT 1
) r ON true"""
_SELECT = (
    f"SELECT {ENTRY.columns('a')}, {ORDER.selected}, e.id AS employee_id, r.id AS resident_id"
    f" FROM {ENTRY.source('a')} {_PEOPLE}"
)
_COUNT_LIMIT = 1001  # the connection tells no more


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which rows of an organization are asked for; ``who``: table of the person, and their id."""

    organization_id: UUID
    since: datetime | None = None
    until: datetime | None = None
    who: tuple[str, UUID] | None = None
    action: str | None = None
    object_id: UUID | None = None


# What somebody did is looked for by what their credential stands for.
WHO = {
    "Employee": "a.user_id = (SELECT w.user_id FROM kvartal_employee w WHERE w.id = {id}"
    " AND w.organization_id = {organization})",
    "Resident": "a.user_id = (SELECT w.user_id FROM kvartal_resident w WHERE w.id = {id}"
    " AND w.organization_id = {organization})",
    "ServiceToken": "a.service_token_id = {id}",
}


async def entries_page(actor: Actor, where: AuditFilter, page: "Page") -> list[Record]:
    """A page of the log, newest first."""
    args = Args()
    conditions = [
        *_conditions(actor, args, where),
        ORDER.after(args, page.key, backward=page.backward),
    ]
    return await fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {ORDER.order(backward=page.backward)} LIMIT {literal_limit(page.limit)}",
        *args,
    )


async def entries_by_ids(
    actor: Actor, organizations: Sequence[UUID], ids: Sequence[UUID]
) -> dict[UUID, Record]:
    """The rows with these ids, of the organizations whose log the actor reads."""
    args = Args()
    seen = visible_to_staff(actor, args, organization="a.organization_id", permission=AUDIT_VIEW)
    rows = await fetch(
        f"{_SELECT} WHERE {seen}"
        f" AND a.organization_id = ANY({args.add(list(organizations))}::uuid[])"
        f" AND a.id = ANY({args.add(list(ids))}::uuid[])",
        *args,
    )
    return {row["id"]: row for row in rows}


async def count_entries(actor: Actor, where: AuditFilter) -> int:
    """How many rows the list has, as far as it is counted."""
    args = Args()
    row = await fetch_one(
        "SELECT count(*) AS found FROM (SELECT 1 FROM kvartal_audit_entry a"
        f" WHERE {' AND '.join(_conditions(actor, args, where))}"
        f" LIMIT {literal_limit(_COUNT_LIMIT)}) limited",
        *args,
    )
    assert row is not None
    return int(row["found"])


async def delete_old_entries(*, before: datetime, limit: int) -> int:
    """Delete rows that are older; how many."""
    tag = await execute(
        "DELETE FROM kvartal_audit_entry WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_audit_entry WHERE created_at < $1 LIMIT $2))",
        before,
        limit,
    )
    return int(tag.removeprefix("DELETE "))


def _conditions(actor: Actor, args: Args, where: AuditFilter) -> list[str]:
    organization = args.add(where.organization_id)
    conditions = [
        visible_to_staff(actor, args, organization="a.organization_id", permission=AUDIT_VIEW),
        f"a.organization_id = {organization}",
    ]
    if where.since is not None:
        conditions.append(f"a.created_at >= {args.add(where.since)}")
    if where.until is not None:
        conditions.append(f"a.created_at < {args.add(where.until)}")
    if where.who is not None:
        kind, key = where.who
        conditions.append(WHO[kind].format(id=args.add(key), organization=organization))
    if where.action is not None:
        conditions.append(f"a.action = {args.add(where.action)}")
    if where.object_id is not None:
        conditions.append(f"a.object_id = {args.add(where.object_id)}")
    return conditions
