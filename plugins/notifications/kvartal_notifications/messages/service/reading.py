"""What a person does with their inbox."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal.live import touch
from kvartal_notifications.messages import queries
from kvartal_notifications.messages.topics import inbox_topic
from kvartal_notifications.preferences.service import owner_of

__all__ = ["mark_read", "mark_read_until", "owner_of"]


async def mark_read(actor: Actor, ids: Sequence[UUID]) -> None:
    """Mark notices of one's inbox as read; NotFound if one of them is not there."""
    owner = owner_of(actor)
    async with unit_of_work():
        found = await queries.notices_by_ids(actor, ids)
        if found.keys() != set(ids):
            raise NotFound
        if await queries.mark_ids_read(actor, ids, now=clock.now()):
            touch(inbox_topic(owner))


async def mark_read_until(actor: Actor, until: datetime) -> None:
    """Mark what one's inbox had until then as read."""
    owner = owner_of(actor)
    async with unit_of_work():
        if await queries.mark_until_read(actor, until, now=clock.now()):
            touch(inbox_topic(owner))
