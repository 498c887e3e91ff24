"""The log of deliveries over GraphQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.auth.api import require_right
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import query
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import Node, encode_id, uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.plugin import GraphQLPart, NodeKind
from kvartal.text import say
from kvartal_notifications.channels.graphql import NotificationChannel
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.delivery import queries, service
from kvartal_notifications.delivery.queries import DeliveryFilter
from kvartal_notifications.delivery.rules import masked
from kvartal_notifications.delivery.sources import NEWEST
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.permissions import DELIVERY_MANAGE

__all__ = ["GRAPHQL"]

describe_enum(
    DeliveryStatus,
    "How far a notice has come by one channel.",
    PENDING="It waits for its time, or for the next attempt.",
    SENT="The mail server or the push service has taken it.",
    SKIPPED="It was not sent, since nobody wants it so any more or there is no way to them.",
    FAILED="It was given up: somebody should look at it.",
)


@strawberry.type(description="A notice's way to a person by mail, or by push to a device.")
class NotificationDelivery(Node):
    """A row of the log of deliveries."""

    kind: str = strawberry.field(description="Key of the notice's kind.")
    kind_title: str = strawberry.field(
        description="What its kind is called, in the client's language."
    )
    recipient: str | None = strawberry.field(
        description="The person's name as the organization knows it; null if it does no more."
    )
    email: str | None = strawberry.field(
        description="Where a letter goes, the name masked: `m***@example.org`; null of a push."
    )
    channel: NotificationChannel = strawberry.field(description="Which way it goes.")
    provider: PushProvider | None = strawberry.field(
        description="Whose service carries it; null of a letter."
    )
    status: DeliveryStatus = strawberry.field(description="How far it has come.")
    attempts: int = strawberry.field(description="Attempts so far.")
    unknown_attempts: int = strawberry.field(
        description="Attempts that may have arrived without anybody knowing, since the worker died"
        " in them: the person may have got it more than once. After two it is given up."
    )
    problem: str | None = strawberry.field(
        description="Code of what went wrong last, for programs."
    )
    problem_text: str | None = strawberry.field(
        description="What went wrong last, in the client's language."
    )
    created_at: datetime = strawberry.field(description="When the notice was written.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it will be tried; null if it will not."
    )
    sent_at: datetime | None = strawberry.field(description="When it was taken.")
    premise_id: strawberry.ID | None = strawberry.field(
        description="The premise (помещение) that it is about, if it is about one."
    )

    @classmethod
    def of(cls, record: Record, locale: str) -> "NotificationDelivery":
        """The delivery in a record."""
        problem, premise = record["problem"], record["premise_id"]
        return cls(
            id=encode_id("NotificationDelivery", record["id"]),
            kind=record["kind"],
            kind_title=say(f"notification.{record['kind']}", locale),
            recipient=record["recipient"],
            email=masked(record["email"]) if record["email"] is not None else None,
            channel=NotificationChannel(record["channel"]),
            provider=record["provider"] and PushProvider(record["provider"]),
            status=DeliveryStatus(record["status"]),
            attempts=record["attempts"],
            unknown_attempts=record["unknown_attempts"],
            problem=problem,
            problem_text=say(f"delivery.{problem}", locale) if problem is not None else None,
            created_at=record["created_at"],
            next_attempt_at=record["due_at"],
            sent_at=record["sent_at"],
            premise_id=encode_id("Premise", premise) if premise is not None else None,
        )


@strawberry.input(description="Which deliveries are asked for; all that is given must hold.")
class NotificationDeliveryFilter:
    """The filters of the log."""

    statuses: list[DeliveryStatus] | None = strawberry.field(
        default=None,
        description="Only those that have come so far; `FAILED` are those to be looked at.",
    )
    channels: list[NotificationChannel] | None = strawberry.field(
        default=None, description="Only those of these ways."
    )
    kinds: list[str] | None = strawberry.field(
        default=None, description="Only notices of the kinds with these keys."
    )
    since: datetime | None = strawberry.field(
        default=None, name="from", description="Not written before this."
    )
    until: datetime | None = strawberry.field(
        default=None, name="to", description="Written before this."
    )

    def plain(self, organization_id: UUID) -> DeliveryFilter:
        """The filter as the statement takes it."""
        return DeliveryFilter(
            organization_id=organization_id,
            statuses=tuple(self.statuses or ()),
            channels=tuple(self.channels or ()),
            kinds=tuple(self.kinds or ()),
            since=self.since,
            until=self.until,
        )


@strawberry.input(description="Which delivery is to be tried once more.")
class RetryNotificationDeliveryInput:
    """Input of retryNotificationDelivery."""

    id: strawberry.ID = strawberry.field(description="The delivery.")


@strawberry.type
class DeliveryQueries:
    """Fields of Query about deliveries."""

    @query(
        access=DELIVERY_MANAGE,
        description="The log of what an organization has sent to people by mail and push (журнал"
        " уведомлений), newest first: about the buildings that the actor works with; what is about"
        " no building, to whoever works with all.",
    )
    async def notification_deliveries(
        self,
        info: Info,
        organization_id: Annotated[
            strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
        ],
        filter: Annotated[
            NotificationDeliveryFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[NotificationDelivery]:
        """A page of the log."""
        page, context = page_of(first, after, last, before), info.context
        where = (filter or NotificationDeliveryFilter()).plain(
            uuid_of("Organization", organization_id)
        )
        require_right(context.actor, where.organization_id, DELIVERY_MANAGE)
        found = await queries.deliveries_page(context.actor, where, page)
        row = partial(NotificationDelivery.of, locale=context.locale)
        count = partial(queries.count_deliveries, context.actor, where)
        return connected(page, found, row, NEWEST, count)


@strawberry.type
class DeliveryMutations:
    """Fields of Mutation about deliveries."""

    @mutation(
        access=DELIVERY_MANAGE,
        description="Try a delivery once more that was given up or skipped, with a day ahead;"
        " letters to its address are sent again. One that waits or was sent is left as it is.",
        payload="delivery",
    )
    async def retry_notification_delivery(
        self, info: Info, input: RetryNotificationDeliveryInput
    ) -> NotificationDelivery:
        """The delivery as it stands now."""
        context = info.context
        row = await service.retry(context.actor, uuid_of("NotificationDelivery", input.id))
        return NotificationDelivery.of(row, context.locale)


async def _deliveries(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, NotificationDelivery]:
    found = await queries.deliveries_by_ids(context.actor, ids)
    return {key: NotificationDelivery.of(row, context.locale) for key, row in found.items()}


GRAPHQL = GraphQLPart(
    queries=(DeliveryQueries,),
    mutations=(DeliveryMutations,),
    nodes=(NodeKind(type=NotificationDelivery, fetch=_deliveries),),
)
