"""Private names of meters over GraphQL."""

import strawberry

from kvartal import text
from kvartal.context import Info
from kvartal.errors import NotFound
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_meters.errors import NameTooLong
from kvartal_meters.meters.graphql import Meter, meters_by_ids
from kvartal_meters.names import service
from kvartal_meters.names.loaders import NameByMeter

__all__ = ["MeterNames", "NameMutations"]


@strawberry.input(description="How the resident calls a meter from now on.")
class RenameMeterInput:
    """The pencil beside a meter."""

    meter_id: strawberry.ID = strawberry.field(description="The meter.")
    name: str | None = strawberry.field(
        default=None,
        description="Its name, 100 characters at most; null or nothing visible restores the usual"
        " one.",
    )


@extends(Meter)
class MeterNames:
    """What a meter is called."""

    @strawberry.field(
        description="Its name to the person who asks: the one that this resident has given it, else"
        " that of its resource in the client's language. Nobody sees another's."
    )
    async def display_name(self, info: Info, parent: strawberry.Parent[Meter]) -> str:
        """The meter's name."""
        own = await info.context.load(NameByMeter, parent.uuid)
        return own or text.title(parent.resource_kind, info.context.locale)


@strawberry.type
class NameMutations:
    """What residents do with names."""

    @mutation(
        access=SIGNED_IN,
        description="Call a meter by a name that the resident alone sees; for residents only.",
        raises=(NameTooLong,),
        unaudited="staff read the log, and a private name is not for them to know",
    )
    async def rename_meter(self, info: Info, input: RenameMeterInput) -> Meter:
        """A renamed meter."""
        key = uuid_of("Meter", input.meter_id)
        await service.rename(info.context.actor, key, input.name)
        found: Meter | None = (await meters_by_ids(info.context, [key])).get(key)
        if found is None:
            raise NotFound
        return found
