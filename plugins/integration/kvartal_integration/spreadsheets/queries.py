"""Which places readings are imported into and exported from, as an employee sees them."""
# ruff: noqa: S608 -- made of constants; values are parameters

from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch_one
from kvartal.db.sql import Args
from kvartal_meters.api import SUBMIT

__all__ = ["Choice", "building_choice", "organization_choice", "timezone_of"]


@dataclass(frozen=True, slots=True)
class Choice:
    """All buildings of an organization, or one; ``is_permitted``: the actor may submit there."""

    organization_id: UUID
    building_id: UUID | None
    external_id: str | None
    is_permitted: bool


async def organization_choice(actor: Actor, organization_id: UUID) -> Choice | None:
    """The organization, if the actor works in it."""
    args = Args()
    seen = visible_to_staff(actor, args, organization="o.id")
    permitted = visible_to_staff(actor, args, organization="o.id", permission=SUBMIT)
    row = await fetch_one(
        f"SELECT o.id AS organization_id, NULL::uuid AS building_id, o.external_id,"
        f" {permitted} AS permitted FROM kvartal_organization o"
        f" WHERE o.id = {args.add(organization_id)} AND {seen}",
        *args,
    )
    return _choice(row)


async def building_choice(actor: Actor, building_id: UUID) -> Choice | None:
    """The building, if the actor works with it."""
    args = Args()
    seen = visible_to_staff(actor, args, organization="b.organization_id", building="b.id")
    permitted = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=SUBMIT
    )
    row = await fetch_one(
        f"SELECT b.organization_id, b.id AS building_id, b.external_id, {permitted} AS permitted"
        f" FROM kvartal_building b WHERE b.id = {args.add(building_id)} AND {seen}",
        *args,
    )
    return _choice(row)


async def timezone_of(organization_id: UUID) -> str:
    """Where the days of an organization begin."""
    row = await fetch_one(
        "SELECT timezone FROM kvartal_organization WHERE id = $1", organization_id
    )
    assert row is not None
    return str(row["timezone"])


def _choice(row: Record | None) -> Choice | None:
    return None if row is None else Choice(*row.values())
