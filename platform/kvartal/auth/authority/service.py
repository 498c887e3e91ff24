"""Who may manage the staff and the tokens of an organization, and with which of its buildings."""

from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.access import visible_to_staff
from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.db.connection import fetch_one
from kvartal.db.sql import Args
from kvartal.errors import Forbidden, NotFound
from kvartal.permissions import ROLE_MANAGE

__all__ = ["manager_in", "reader_in", "require_buildings"]


def manager_in(actor: Actor, organization_id: UUID) -> Membership:
    """The employee who manages the staff there; a token hands on no rights, or it never dies."""
    membership = reader_in(actor, organization_id)
    if actor.kind is not ActorKind.EMPLOYEE:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=ROLE_MANAGE.code)
    return membership


def reader_in(actor: Actor, organization_id: UUID) -> Membership:
    """Who may look at the staff there; a stranger's organization does not exist."""
    for membership in actor.memberships:
        if membership.organization_id == organization_id:
            if actor.kind is not ActorKind.RESIDENT and ROLE_MANAGE.code in membership.permissions:
                return membership
            raise Forbidden("FORBIDDEN_PERMISSION", permission=ROLE_MANAGE.code)
    raise NotFound


async def require_buildings(actor: Actor, organization_id: UUID, ids: Sequence[UUID]) -> None:
    """NotFound unless all the buildings are the organization's and open to the actor."""
    if not ids:
        return
    args = Args()
    seen = visible_to_staff(actor, args, organization="b.organization_id", building="b.id")
    row = await fetch_one(
        f"SELECT count(*) AS found FROM kvartal_building b WHERE {seen}"  # noqa: S608 -- made of constants; values are parameters
        f" AND b.organization_id = {args.add(organization_id)}"
        f" AND b.id = ANY({args.add(list(ids))}::uuid[])",
        *args,
    )
    assert row is not None
    if row["found"] != len(set(ids)):
        raise NotFound
