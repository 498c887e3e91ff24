"""Who may see and who may change the exchange of an organization."""

from uuid import UUID

from kvartal.auth.api import Actor
from kvartal_integration.access import require_exchange
from kvartal_integration.schedules import queries
from kvartal_integration.schedules.setup import Exchange

__all__ = ["exchange_of"]


async def exchange_of(actor: Actor, organization_id: UUID) -> Exchange:
    """How an organization exchanges files, for those who manage it."""
    require_exchange(actor, organization_id)
    found = await queries.exchange_of(actor, organization_id)
    assert found is not None  # whoever has passed sees it
    return found
