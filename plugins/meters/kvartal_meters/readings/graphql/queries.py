"""The CRM's list of readings: filters, search, keyset pages."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Info
from kvartal.db.sql import Keyset
from kvartal.errors import BadInput
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.api import search_words
from kvartal.plugin import NodeKind
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.graphql.rows import Reading, readings_by_ids
from kvartal_meters.readings.queries import listing
from kvartal_meters.readings.queries.filtering import ReadingFilter
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.readings.sources import (
    BY_SUBMISSION,
    BY_SUBMISSION_OLDEST_FIRST,
    BY_UPDATE,
)

__all__ = ["NODES", "ReadingFilterInput", "ReadingOrder", "ReadingQueries"]


class ReadingOrder(StrEnum):
    """In which order the list of readings is paged."""

    NEWEST_FIRST = "NEWEST_FIRST"
    OLDEST_FIRST = "OLDEST_FIRST"
    UPDATED_AT = "UPDATED_AT"


describe_enum(
    ReadingOrder,
    "Order of a list of readings; stable for paging.",
    NEWEST_FIRST="Latest submission first.",
    OLDEST_FIRST="Earliest submission first.",
    UPDATED_AT="Earliest change first: pull on from the last cursor to get what is new. A change is"
    " shown a few seconds after it, so that the cursor passes none that is still being saved. A"
    " deleted reading is not told of.",
)

_ORDERS: dict[ReadingOrder, Keyset] = {
    ReadingOrder.NEWEST_FIRST: BY_SUBMISSION,
    ReadingOrder.OLDEST_FIRST: BY_SUBMISSION_OLDEST_FIRST,
    ReadingOrder.UPDATED_AT: BY_UPDATE,
}


@strawberry.input(description="Which readings to list; all that is given must hold.")
class ReadingFilterInput:
    """The filters of the CRM's list."""

    scope: MeterScope | None = strawberry.field(
        default=None, description="ИПУ (INDIVIDUAL) or ОДПУ (COLLECTIVE)."
    )
    latest_only: bool = strawberry.field(
        default=False, description="One row per meter, with its latest reading."
    )
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of one organization, for those who work in several."
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="In a group of buildings."
    )
    quarter_id: strawberry.ID | None = strawberry.field(default=None, description="In a quarter.")
    building_id: strawberry.ID | None = strawberry.field(default=None, description="In a building.")
    premise_id: strawberry.ID | None = strawberry.field(default=None, description="In a premise.")
    resource_kind: ResourceKind | None = strawberry.field(
        default=None, description="Of a resource (группа учёта)."
    )
    meter_type: MeterType | None = strawberry.field(
        default=None, description="Of meters of one type."
    )
    channel: SubmissionChannel | None = strawberry.field(
        default=None, description="That came one way."
    )
    needs_review: bool | None = strawberry.field(
        default=None, description="Flagged, or not flagged, for review."
    )
    submitted_from: date | None = strawberry.field(
        default=None, description="Submitted on this day or later, in the organization's time zone."
    )
    submitted_to: date | None = strawberry.field(
        default=None, description="Submitted on this day or earlier."
    )
    updated_after: datetime | None = strawberry.field(
        default=None, description="Changed after this instant, for an incremental pull."
    )

    def plain(self, search: str | None) -> ReadingFilter:
        """The filter as the statement takes it."""
        first, last = self.submitted_from, self.submitted_to
        if first is not None and last is not None and first > last:
            raise BadInput("DAYS_INVALID", first=first, last=last)
        return ReadingFilter(
            scope=self.scope,
            latest_only=self.latest_only,
            words=tuple(search_words(search or "")),
            organization_id=_key("Organization", self.organization_id),
            group_id=_key("BuildingGroup", self.group_id),
            quarter_id=_key("Quarter", self.quarter_id),
            building_id=_key("Building", self.building_id),
            premise_id=_key("Premise", self.premise_id),
            resource_kind=self.resource_kind,
            meter_type=self.meter_type,
            channel=self.channel,
            needs_review=self.needs_review,
            submitted_from=first,
            submitted_to=last,
            updated_after=self.updated_after,
        )


@strawberry.type
class ReadingQueries:
    """Lists of readings."""

    @query(
        access=SUBMIT,
        description="Readings that the actor may see, newest first; the CRM asks `latestOnly`.",
    )
    async def readings(
        self,
        info: Info,
        filter: Annotated[
            ReadingFilterInput | None, strawberry.argument(description="Which of them.")
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="Words that must all be found in address, premise, account or number."
            ),
        ] = None,
        order_by: Annotated[
            ReadingOrder, strawberry.argument(description="In which order.")
        ] = ReadingOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Reading]:
        """A page of readings."""
        page = page_of(first, after, last, before)
        actor, locale = info.context.actor, info.context.locale
        chosen = await listing.selection(actor, (filter or ReadingFilterInput()).plain(search))
        order = _ORDERS[order_by]
        rows = await listing.page_of_readings(actor, chosen, page, order)
        return connected(
            page,
            rows,
            lambda row: Reading.of(row, locale),
            order,
            counter=lambda: listing.count(actor, chosen),
        )


def _key(kind: str, value: strawberry.ID | None) -> UUID | None:
    return None if value is None else uuid_of(kind, value)


NODES = (NodeKind(type=Reading, fetch=readings_by_ids),)
