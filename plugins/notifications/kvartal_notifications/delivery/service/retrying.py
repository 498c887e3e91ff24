"""Sending once more, because somebody asks for it."""

from uuid import UUID

from kvartal import clock
from kvartal.audit.api import belongs_to, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal.events import emit
from kvartal_notifications.delivery import queries
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.messages.rules import DeliveryStatus

__all__ = ["retry"]


async def retry(actor: Actor, delivery_id: UUID) -> Record:
    """Have a delivery tried once more that was given up or skipped; the rules of the way hold."""
    now = clock.now()
    async with unit_of_work():
        found = (await queries.deliveries_by_ids(actor, [delivery_id])).get(delivery_id)
        if found is None:
            raise NotFound
        belongs_to(found["organization_id"])
        if found["status"] in {DeliveryStatus.PENDING, DeliveryStatus.SENT}:
            nothing_changed()
            return found
        await queries.try_again(delivery_id, now=now)
        emit(DeliveriesDue(at=now))
        return (await queries.deliveries_by_ids(actor, [delivery_id]))[delivery_id]
