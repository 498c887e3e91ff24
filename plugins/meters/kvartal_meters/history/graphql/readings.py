"""The history of a premise's readings, month by month."""

from typing import Annotated

import strawberry

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.extend import extends
from kvartal.housing.api import Premise
from kvartal.months import YearMonth
from kvartal_meters.history.graphql.arguments import SinceDay, UntilDay
from kvartal_meters.history.loaders import MonthsByPremise
from kvartal_meters.history.rules import days_between, history_page
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
        description="What was submitted for its meters, by months, newest first («История»). To"
        " go on, ask for the months `before` the last one; fewer than `first` are the end. Deleted"
        " meters leave it with their readings."
    )
    async def reading_history(
        self,
        info: Info,
        parent: strawberry.Parent[Premise],
        since: SinceDay = None,
        until: UntilDay = None,
        first: Annotated[
            int | None,
            strawberry.argument(description="How many months; 12 by default, 60 at most."),
        ] = None,
        before: Annotated[
            YearMonth | None, strawberry.argument(description="Only the months before this one.")
        ] = None,
    ) -> list[MonthReadings]:
        """The newest of the premise's months."""
        page = history_page(first, before, days_between(since, until))
        months = await info.context.load(MonthsByPremise, (parent.uuid, page))
        return [MonthReadings.of(each, info.context.locale) for each in months]
