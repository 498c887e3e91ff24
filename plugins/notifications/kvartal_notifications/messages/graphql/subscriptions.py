"""The inbox, live."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from kvartal import live
from kvartal.context import Context, Info
from kvartal.db.settled import settled_until
from kvartal.errors import NotFound
from kvartal.graphql.fields import SIGNED_IN, subscription
from kvartal.graphql.node import uuid_of
from kvartal_notifications.messages import queries
from kvartal_notifications.messages.graphql.rows import Notification
from kvartal_notifications.messages.rules import InboxState, News
from kvartal_notifications.messages.service import owner_of
from kvartal_notifications.messages.topics import inbox_topic

__all__ = ["InboxSubscriptions"]

# Whatever comes meanwhile is told together.
PAUSE_SECONDS = 0.2


@strawberry.type(description="A notice that has come, or another number of unread ones.")
class NotificationReceived:
    """What changes at the bell."""

    notification: Notification | None = strawberry.field(
        description="The notice; null if none has come, and only the number is told."
    )
    unread: int = strawberry.field(
        description="How many are unread now; 1001 where there are more than 1000."
    )
    skipped: bool = strawberry.field(
        description="More had come at once than are told, the newest 100: the list has them all."
    )


@strawberry.type
class InboxSubscriptions:
    """Live changes of the inbox."""

    @subscription(
        access=SIGNED_IN,
        description="The number of unread notices at once, then each notice that comes to the"
        " person signed in, the earliest first, and each change of the number, also when they are"
        " marked as read elsewhere.",
    )
    async def notification_received(
        self,
        info: Info,
        after_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The newest notice that the client knows, after a lost connection: what"
                " came later is told as well."
            ),
        ] = None,
    ) -> AsyncGenerator[NotificationReceived, None]:
        """What has come since the subscription began, or since the notice that is known."""
        context = info.context
        topic = inbox_topic(owner_of(context.actor))
        state = await _state(context, after_id)
        shown: int | None = None
        async for _ in live.changes(topic):
            news = await _news(context, state)
            if shown is None and after_id is None:
                news = News(rows=(), skipped=False)  # what was found was there before
            unread = await _unread(context)
            if unread != shown and not news.rows:
                yield NotificationReceived(notification=None, unread=unread, skipped=False)
            for row in news.rows:
                notice = Notification.of(row, context.locale)
                yield NotificationReceived(notification=notice, unread=unread, skipped=news.skipped)
            shown = unread
            await asyncio.sleep(PAUSE_SECONDS)


async def _state(context: Context, after_id: strawberry.ID | None) -> InboxState:
    if after_id is None:
        return InboxState(await settled_until())
    known = uuid_of("Notification", after_id)
    moment = await queries.moment_of(context.actor, known)
    if moment is None:
        raise NotFound
    return InboxState(moment, {known: moment})


async def _news(context: Context, state: InboxState) -> News:
    settled = await settled_until()
    return state.take(await queries.untold(context.actor, state), settled)


async def _unread(context: Context) -> int:
    return await queries.count_notices(context.actor, unread_only=True)
