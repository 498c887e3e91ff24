"""The live feed of readings over GraphQL: what is accepted or corrected, as it comes."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal import live
from kvartal.auth.api import Actor
from kvartal.bulk import require_few
from kvartal.context import Context, Info
from kvartal.db.settled import settled_until
from kvartal.errors import Forbidden, NotFound
from kvartal.graphql.fields import subscription
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import BUILDINGS, by_ids
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.feed.queries import FeedFilter, untold
from kvartal_meters.feed.rules import FeedState, News
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.graphql.rows import Reading
from kvartal_meters.readings.queries.filtering import ReadingFilter
from kvartal_meters.readings.topics import readings_topic

__all__ = ["FeedSubscriptions"]

MAX_BUILDINGS = 500
# Whatever comes meanwhile is told together: on the last day of a window there is much of it.
PAUSE_SECONDS = 0.5


@strawberry.input(description="Which readings to be told of; all that is given must hold.")
class ReadingFeedFilterInput:
    """The filters of the live feed."""

    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of one organization, for those who work in several."
    )
    building_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In these buildings, 500 at most."
    )
    scope: MeterScope | None = strawberry.field(
        default=None, description="ИПУ (INDIVIDUAL) or ОДПУ (COLLECTIVE)."
    )
    resource_kind: ResourceKind | None = strawberry.field(
        default=None, description="Of a resource (группа учёта)."
    )

    def plain(self) -> FeedFilter:
        """The filter as the statement takes it."""
        organization, buildings = self.organization_id, self.building_ids
        require_few("buildingIds", len(buildings or ()), MAX_BUILDINGS)
        return FeedFilter(
            ReadingFilter(
                scope=self.scope,
                organization_id=uuid_of("Organization", organization) if organization else None,
                resource_kind=self.resource_kind,
            ),
            None if buildings is None else [uuid_of("Building", each) for each in buildings],
        )


@strawberry.type(description="Readings that were accepted or corrected since the last ones told.")
class AcceptedReadings:
    """What has come at once."""

    readings: list[Reading] = strawberry.field(
        description="The readings as they are now, the earliest first; 100 at most."
    )
    skipped: bool = strawberry.field(
        description="There were more than are told: the list `readings` has them all."
    )

    @classmethod
    def of(cls, news: News, locale: str) -> "AcceptedReadings":
        """The news as the client sees them."""
        return cls(readings=[Reading.of(row, locale) for row in news.rows], skipped=news.skipped)


@strawberry.type
class FeedSubscriptions:
    """Live changes of readings."""

    @subscription(
        access=SUBMIT,
        description="Readings that staff may see, as they are accepted or corrected; what comes"
        " within half a second is told together. The first message is empty: from then on nothing"
        " is missed.",
    )
    async def reading_accepted(
        self,
        info: Info,
        filter: Annotated[
            ReadingFeedFilterInput | None, strawberry.argument(description="Which of them.")
        ] = None,
    ) -> AsyncGenerator[AcceptedReadings, None]:
        """What has come since the subscription began, and then since the last time."""
        context, wanted = info.context, (filter or ReadingFeedFilterInput()).plain()
        if context.actor.is_resident:
            raise Forbidden("FORBIDDEN_PERMISSION", permission=SUBMIT.code)
        topics = await _topics(context.actor, wanted)
        state = FeedState(await settled_until())
        is_listening = False
        async for _ in live.changes(*topics):
            news = await _news(context, wanted, state)
            if not is_listening:
                is_listening = True
                news = News(rows=(), skipped=False)  # what was found was there before
            elif not news.rows:
                continue
            yield AcceptedReadings.of(news, context.locale)
            await asyncio.sleep(PAUSE_SECONDS)


async def _news(context: Context, wanted: FeedFilter, state: FeedState) -> News:
    settled = await settled_until()
    return state.take(await untold(context.actor, wanted, state), settled)


async def _topics(actor: Actor, wanted: FeedFilter) -> list[str]:
    """The readings of those organizations of the actor's that are wanted.

    NotFound if an organization or a building is asked for that is not theirs.
    """
    chosen: UUID | None = wanted.where.organization_id
    found = [
        readings_topic(each.organization_id)
        # lint-skip: tenant-filter -- it tells when to look, visible_to what is seen
        for each in actor.memberships
        if SUBMIT.code in each.permissions and chosen in {None, each.organization_id}
    ]
    buildings = set(wanted.building_ids or ())
    if not found or (buildings - (await by_ids(BUILDINGS, actor, list(buildings))).keys()):
        raise NotFound
    return found
