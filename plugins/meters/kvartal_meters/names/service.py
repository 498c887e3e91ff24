"""Renaming a meter: a resident's own affair."""

from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound
from kvartal_meters.names import queries
from kvartal_meters.names.rules import name_given

__all__ = ["rename"]


async def rename(actor: Actor, meter_id: UUID, text: str | None) -> None:
    """Give a meter a name for the actor's eyes alone; no text takes it away."""
    if not actor.is_resident or actor.user_id is None:
        raise Forbidden("FORBIDDEN_RESIDENTS_ONLY")
    name = name_given(text)
    async with unit_of_work():
        if not await queries.hold_meter(actor, meter_id):
            raise NotFound
        if name is None:
            await queries.delete_name(actor.user_id, meter_id)
        else:
            await queries.write_name(actor.user_id, meter_id, name, now=clock.now())
