"""Who manages the exchange of an organization: whoever has the right, and all of its buildings.

What is set up here reads and tells of all of them: a file server is sent whole exports, and a
webhook hears of every reading.
"""

from uuid import UUID

from kvartal.auth.api import Actor, require_right, visible_to_staff
from kvartal.db.sql import Args
from kvartal.errors import Forbidden
from kvartal_integration.permissions import EXCHANGE_MANAGE

__all__ = ["managed", "require_exchange"]


def managed(actor: Actor, args: Args, organization: str) -> str:
    """The condition that the actor manages the exchange of the organization in that column."""
    whole = [
        each.organization_id
        for each in actor.memberships
        if each.all_buildings and EXCHANGE_MANAGE.code in each.permissions
    ]
    seen = visible_to_staff(actor, args, organization=organization, permission=EXCHANGE_MANAGE)
    return f"({seen} AND {organization} = ANY({args.add(whole)}::uuid[]))"


def require_exchange(actor: Actor, organization_id: UUID) -> None:
    """NotFound in an organization that is not the actor's, Forbidden to who may not all of this."""
    require_right(actor, organization_id, EXCHANGE_MANAGE)
    # lint-skip: tenant-filter -- it tells what an actor may do, no row is chosen
    if not any(
        each.all_buildings for each in actor.memberships if each.organization_id == organization_id
    ):
        raise Forbidden("FORBIDDEN_EXCHANGE")
