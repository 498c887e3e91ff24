"""What can be read of one's inbox."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.plugin import NodeKind
from kvartal_notifications.messages import queries
from kvartal_notifications.messages.graphql.rows import Notification
from kvartal_notifications.messages.service import owner_of
from kvartal_notifications.messages.sources import NEWEST

__all__ = ["NODES", "InboxQueries"]


@strawberry.type
class InboxQueries:
    """Fields of Query about the inbox."""

    @query(
        access=SIGNED_IN,
        description="The inbox of the person signed in, in the capacity of their session, the"
        " newest first.",
    )
    async def notifications(
        self,
        info: Info,
        unread_only: Annotated[
            bool, strawberry.argument(description="Without those that are read.")
        ] = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Notification]:
        """A page of the inbox."""
        page, context = page_of(first, after, last, before), info.context
        owner_of(context.actor)
        found = await queries.notices_page(context.actor, page, unread_only=unread_only)
        row = partial(Notification.of, locale=context.locale)
        count = partial(queries.count_notices, context.actor, unread_only=unread_only)
        return connected(page, found, row, NEWEST, count)

    @query(
        access=SIGNED_IN,
        description="How many notices of the inbox are unread; 1001 where there are more than"
        " 1000.",
    )
    async def unread_notifications(self, info: Info) -> int:
        """The number at the bell."""
        owner_of(info.context.actor)
        return await queries.count_notices(info.context.actor, unread_only=True)


async def _notices(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Notification]:
    found = await queries.notices_by_ids(context.actor, ids)
    return {key: Notification.of(row, context.locale) for key, row in found.items()}


NODES = (NodeKind(type=Notification, fetch=_notices),)
