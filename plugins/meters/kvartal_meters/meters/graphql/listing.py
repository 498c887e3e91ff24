"""The staff's list of meters: filters, search, keyset pages."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Info
from kvartal.db.sql import Keyset
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.api import search_words
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.graphql.rows import Meter
from kvartal_meters.meters.queries import listing
from kvartal_meters.meters.queries.filtering import MeterFilter
from kvartal_meters.meters.rules import (
    MeterScope,
    MeterStatus,
    VerificationReason,
    VerificationSeverity,
)
from kvartal_meters.meters.sources import BY_AGE, BY_IDENTIFIER, BY_UPDATE

__all__ = ["MeterFilterInput", "MeterListQueries", "MeterOrder"]


class MeterOrder(StrEnum):
    """In which order the list of meters is paged."""

    NEWEST_FIRST = "NEWEST_FIRST"
    IDENTIFIER = "IDENTIFIER"
    UPDATED_AT = "UPDATED_AT"


describe_enum(
    MeterOrder,
    "Order of a list of meters; stable for paging.",
    NEWEST_FIRST="Latest added first.",
    IDENTIFIER="By identifier, character by character.",
    UPDATED_AT="Earliest change first: pull on from the last cursor to get what is new; with"
    " `includeArchived`, or what goes into the archive is missed. A change is shown a few seconds"
    " after it, so that the cursor passes none that is still being saved. A deleted meter is not"
    " told of.",
)

_ORDERS: dict[MeterOrder, Keyset] = {
    MeterOrder.NEWEST_FIRST: BY_AGE,
    MeterOrder.IDENTIFIER: BY_IDENTIFIER,
    MeterOrder.UPDATED_AT: BY_UPDATE,
}


@strawberry.input(description="Which meters to list; all that is given must hold.")
class MeterFilterInput:
    """The filters of the list of meters."""

    scope: MeterScope | None = strawberry.field(
        default=None, description="ИПУ (INDIVIDUAL) or ОДПУ (COLLECTIVE)."
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
    meter_type: MeterType | None = strawberry.field(default=None, description="Of one type.")
    status: MeterStatus | None = strawberry.field(default=None, description="In one status.")
    include_archived: bool = strawberry.field(
        default=False, description="Archived ones too; without effect if a status is given."
    )
    verification_severity: VerificationSeverity | None = strawberry.field(
        default=None, description="Whose verification is so urgent today."
    )
    verification_due_before: date | None = strawberry.field(
        default=None, description="Whose next verification is due before this day."
    )
    verification_reason: VerificationReason | None = strawberry.field(
        default=None, description="That this date has put «На поверке»."
    )
    updated_after: datetime | None = strawberry.field(
        default=None, description="Whose card changed after this instant."
    )

    def plain(self, search: str | None) -> MeterFilter:
        """The filter as the statement takes it."""
        return MeterFilter(
            scope=self.scope,
            words=tuple(search_words(search or "")),
            organization_id=_key("Organization", self.organization_id),
            group_id=_key("BuildingGroup", self.group_id),
            quarter_id=_key("Quarter", self.quarter_id),
            building_id=_key("Building", self.building_id),
            premise_id=_key("Premise", self.premise_id),
            resource_kind=self.resource_kind,
            meter_type=self.meter_type,
            status=self.status,
            archived=self.include_archived,
            severity=self.verification_severity,
            due_before=self.verification_due_before,
            reason=self.verification_reason,
            updated_after=self.updated_after,
        )


@strawberry.type
class MeterListQueries:
    """Lists of meters."""

    @query(
        access=SIGNED_IN,
        description="Meters that staff may see; residents, who see none here, ask their premise.",
    )
    async def meters(
        self,
        info: Info,
        filter: Annotated[
            MeterFilterInput | None, strawberry.argument(description="Which of them.")
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="Words that must all be found in address, premise, account or number."
            ),
        ] = None,
        order_by: Annotated[
            MeterOrder, strawberry.argument(description="In which order.")
        ] = MeterOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Meter]:
        """A page of meters."""
        page = page_of(first, after, last, before)
        actor, locale = info.context.actor, info.context.locale
        chosen = await listing.selection(actor, (filter or MeterFilterInput()).plain(search))
        order = _ORDERS[order_by]
        return connected(
            page,
            await listing.page_of_meters(actor, chosen, page, order),
            lambda row: Meter.of(row, locale),
            order,
            counter=lambda: listing.count(actor, chosen),
        )


def _key(kind: str, value: strawberry.ID | None) -> UUID | None:
    return None if value is None else uuid_of(kind, value)
