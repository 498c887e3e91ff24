"""Who may see and who may change the exchange of an organization."""

from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.errors import Forbidden, NotFound
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.schedules import queries
from kvartal_integration.schedules.setup import Exchange

__all__ = ["exchange_of", "require_whole"]


async def exchange_of(actor: Actor, organization_id: UUID) -> Exchange:
    """How an organization exchanges files, for those who manage it."""
    require_whole(actor, organization_id)
    found = await queries.exchange_of(actor, organization_id)
    assert found is not None  # whoever has passed sees it
    return found


def require_whole(actor: Actor, organization_id: UUID) -> None:
    """Refuse who does not manage the exchange with all buildings: it reads and tells of all."""
    # lint-skip: tenant-filter -- it tells what an actor may do, no row is chosen
    member = next(
        (each for each in actor.memberships if each.organization_id == organization_id), None
    )
    if member is None:
        raise NotFound
    if EXCHANGE_MANAGE.code not in member.permissions:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=EXCHANGE_MANAGE.code)
    if not member.all_buildings:
        raise Forbidden("FORBIDDEN_EXCHANGE")
