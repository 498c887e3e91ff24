"""The history of a premise's readings, month by month."""

import strawberry

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.extend import extends
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.api import Premise
from kvartal.months import YearMonth
from kvartal_meters.history.graphql.arguments import SinceDay, UntilDay
from kvartal_meters.history.loaders import MonthsByPremise
from kvartal_meters.history.queries.readings import BY_MONTH
from kvartal_meters.history.rules import days_between
from kvartal_meters.readings.graphql.rows import Reading

__all__ = ["MonthReadings", "PremiseHistory"]


@strawberry.type(description="The readings of a premise that are counted in one month.")
class MonthReadings:
    """A month of a premise's history."""

    billing_month: YearMonth = strawberry.field(description="The month (расчётный месяц).")
    readings: list[Reading] = strawberry.field(
        description="Its readings, the one submitted last first; archived meters' too."
    )

    @classmethod
    def of(cls, month: Record, locale: str) -> "MonthReadings":
        """The month in a record."""
        return cls(
            billing_month=YearMonth.of(month["billing_month"]),
            readings=[Reading.of(row, locale) for row in month["readings"]],
        )


@extends(Premise)
class PremiseHistory:
    """What a premise knows of its past."""

    @strawberry.field(
        description="What was submitted for its meters, by months, newest first («История»):"
        " a page is of months. Deleted meters leave it with their readings."
    )
    async def reading_history(
        self,
        info: Info,
        parent: strawberry.Parent[Premise],
        since: SinceDay = None,
        until: UntilDay = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MonthReadings]:
        """A page of the premise's months."""
        page, days = page_of(first, after, last, before), days_between(since, until)
        months = await info.context.load(MonthsByPremise, (parent.uuid, (days, page)))
        locale = info.context.locale
        return connected(page, months, lambda month: MonthReadings.of(month, locale), BY_MONTH)
