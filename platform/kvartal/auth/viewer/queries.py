"""What people and integrators are told of themselves."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.db.connection import fetch_one
from kvartal.errors import NotFound

__all__ = ["Named", "employee_named", "resident_name", "service_token_title"]


@dataclass(frozen=True, slots=True)
class Named:
    """How a person is called and written to."""

    full_name: str
    email: str | None


async def employee_named(user_id: UUID) -> Named:
    """An employee's name, as the first of their organizations has it."""
    row = await fetch_one(
        """
        SELECT e.full_name, u.email FROM kvartal_user u
        JOIN kvartal_employee e ON e.user_id = u.id AND e.archived_at IS NULL
        WHERE u.id = $1 ORDER BY e.created_at, e.id LIMIT 1
        """,
        user_id,
    )
    if row is None:
        raise NotFound
    return Named(row["full_name"], row["email"])


async def resident_name(user_id: UUID) -> str:
    """A resident's name, as the first of their organizations has it."""
    row = await fetch_one(
        "SELECT full_name FROM kvartal_resident WHERE user_id = $1 ORDER BY created_at, id LIMIT 1",
        user_id,
    )
    if row is None:
        raise NotFound
    name: str = row["full_name"]
    return name


async def service_token_title(token_id: UUID) -> str:
    """What an integrator's token is called."""
    row = await fetch_one("SELECT title FROM kvartal_service_token WHERE id = $1", token_id)
    if row is None:
        raise NotFound
    title: str = row["title"]
    return title
