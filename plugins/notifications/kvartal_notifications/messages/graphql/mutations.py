"""What a person does with their inbox."""

from datetime import datetime

import strawberry

from kvartal.bulk import require_few
from kvartal.context import Info
from kvartal.errors import BadInput
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_notifications.messages import queries, service

__all__ = ["InboxMutations"]

MAX_IDS = 500


@strawberry.input(description="Which notices of the inbox were read; exactly one of the two.")
class MarkNotificationsReadInput:
    """What was read."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These ones; 500 at most."
    )
    until: datetime | None = strawberry.field(
        default=None,
        description="All that came until then: the `createdAt` of the newest one that is shown.",
    )


@strawberry.type
class InboxMutations:
    """Fields of Mutation about the inbox."""

    @mutation(
        access=SIGNED_IN,
        description="Mark notices of one's inbox as read; how many are unread still, 1001 where"
        " there are more than 1000. Those that are read already stay as they are.",
        payload="unread",
        unaudited="what people have looked at is for nobody to know",
    )
    async def mark_notifications_read(self, info: Info, input: MarkNotificationsReadInput) -> int:
        """The number at the bell from now on."""
        actor = info.context.actor
        if input.ids is not None and input.until is None:
            require_few("ids", len(input.ids), MAX_IDS)
            await service.mark_read(actor, [uuid_of("Notification", each) for each in input.ids])
        elif input.until is not None and input.ids is None:
            await service.mark_read_until(actor, input.until)
        else:
            raise BadInput("READ_ONE_WAY")
        return await queries.count_notices(actor, unread_only=True)
