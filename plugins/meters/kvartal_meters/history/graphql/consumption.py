"""The charts of consumption: of a meter, of a premise, of the houses' own meters."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal import text
from kvartal.context import Info
from kvartal.errors import BadInput
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import Premise
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType, ResourceKind, Unit
from kvartal_meters.history import service
from kvartal_meters.history.graphql.arguments import FirstMonth, LastMonth, months_in
from kvartal_meters.history.loaders import (
    ConsumptionByMeter,
    ConsumptionByPremise,
    MeterChart,
    ResourceMonths,
)
from kvartal_meters.history.rules import ConsumptionBasis, MonthTotal, months_between
from kvartal_meters.history.service import HouseFilter, MeterMonth, Series
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.graphql.rows import ReadingValue, reading_values

__all__ = [
    "ConsumptionPoint",
    "ConsumptionQueries",
    "ConsumptionSeries",
    "MeterConsumption",
    "MonthlyConsumption",
    "PremiseConsumption",
]

MAX_BUILDINGS = 500

describe_enum(
    ConsumptionBasis,
    "What a month's consumption rests on.",
    READING="A reading of the month.",
    SPREAD="A later reading, whose consumption the month has its share of.",
    NONE="Nothing: no reading covers the month.",
)


@strawberry.type(description="A month of a meter's chart.")
class MonthlyConsumption:
    """One month of a meter."""

    billing_month: YearMonth = strawberry.field(description="The month (расчётный месяц).")
    basis: ConsumptionBasis = strawberry.field(description="Whether it was read or spread over.")
    consumption: Decimal | None = strawberry.field(
        description="Consumption by the month's reading (расход), that of skipped months before it"
        " included; null without a reading, or if there is nothing to compare it with."
    )
    spread: Decimal | None = strawberry.field(
        description="The month's even share of the reading that covers it, for a smooth chart and"
        " averages; null if none does."
    )
    values: list[ReadingValue] = strawberry.field(
        description="What the registers showed at the month's reading, T1 first; empty without one."
    )

    @classmethod
    def of(cls, month: MeterMonth, locale: str) -> "MonthlyConsumption":
        """The month of a chart."""
        point, reading = month.point, month.reading
        return cls(
            billing_month=point.billing_month,
            basis=point.basis,
            consumption=point.consumption,
            spread=point.spread,
            values=reading_values(reading, MeterType(reading["type"]), locale) if reading else [],
        )


@strawberry.type(description="A month of a chart that sums up several meters.")
class ConsumptionPoint:
    """One month of a sum."""

    billing_month: YearMonth = strawberry.field(description="The month (расчётный месяц).")
    consumption: Decimal | None = strawberry.field(
        description="What the readings of the month say was consumed (расход), with transformation"
        " ratios; null if none of them does."
    )
    readings: int = strawberry.field(description="How many readings of the month there are.")

    @classmethod
    def of(cls, total: MonthTotal) -> "ConsumptionPoint":
        """The month of a sum."""
        return cls(
            billing_month=total.billing_month,
            consumption=total.consumption,
            readings=total.readings,
        )


@strawberry.type(description="Consumption by months in one unit: units are never added up.")
class ConsumptionSeries:
    """A line of a chart."""

    unit: Unit = strawberry.field(description="Its unit.")
    unit_title: str = strawberry.field(description="The unit as people write it.")
    points: list[ConsumptionPoint] = strawberry.field(
        description="A point for each month that was asked for, the earliest first."
    )


def _lines(series: Series, locale: str) -> list[ConsumptionSeries]:
    return [
        ConsumptionSeries(
            unit=unit,
            unit_title=text.title(unit, locale),
            points=[ConsumptionPoint.of(total) for total in totals],
        )
        for unit, totals in series.items()
    ]


@extends(Meter)
class MeterConsumption:
    """What a meter counted month by month."""

    @strawberry.field(
        description="Its chart: a point for each month, the earliest first, in the meter's unit."
    )
    async def monthly_consumption(
        self,
        info: Info,
        parent: strawberry.Parent[Meter],
        first: FirstMonth = None,
        last: LastMonth = None,
        include_replaced: Annotated[
            bool,
            strawberry.argument(
                description="Whether it goes on with the meters that this one took the place of;"
                " a month of both is their sum."
            ),
        ] = False,
    ) -> list[MonthlyConsumption]:
        """Points of the meter's chart."""
        chart = MeterChart(months_in(parent.building.timezone, first, last), include_replaced)
        found = await info.context.load(ConsumptionByMeter, (parent.uuid, parent.unit, chart))
        return [MonthlyConsumption.of(month, info.context.locale) for month in found]


@extends(Premise)
class PremiseConsumption:
    """What the meters of a premise counted together."""

    @strawberry.field(
        description="Consumption of a resource by all its meters, those in the archive included,"
        " so that a replacement leaves no gap; what rooms' meters count of their flat's is not"
        " added to it. Empty if nothing was read."
    )
    async def monthly_consumption(
        self,
        info: Info,
        parent: strawberry.Parent[Premise],
        resource_kind: Annotated[
            ResourceKind, strawberry.argument(description="The resource (группа учёта).")
        ],
        first: FirstMonth = None,
        last: LastMonth = None,
    ) -> list[ConsumptionSeries]:
        """Lines of the premise's chart."""
        months = months_in(parent.building.timezone, first, last)
        asked = ResourceMonths(resource_kind, months)
        series = await info.context.load(ConsumptionByPremise, (parent.uuid, asked))
        return _lines(series, info.context.locale)


@strawberry.type
class ConsumptionQueries:
    """The chart of the houses' own meters."""

    @query(
        access=SUBMIT,
        description="Consumption by the houses' own meters (ОДПУ) that the actor sees, by months;"
        " null if nothing was read in them. The filters must all hold.",
    )
    async def collective_consumption(
        self,
        info: Info,
        resource_kind: Annotated[
            ResourceKind, strawberry.argument(description="The resource (группа учёта).")
        ],
        first: Annotated[YearMonth, strawberry.argument(name="from", description="First month.")],
        last: Annotated[
            YearMonth,
            strawberry.argument(name="to", description="Last month; 60 months at most."),
        ],
        organization_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of one organization, for those who work in several."),
        ] = None,
        group_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="In a group of buildings.")
        ] = None,
        quarter_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="In a quarter.")
        ] = None,
        building_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="In these buildings, 500 at most."),
        ] = None,
    ) -> list[ConsumptionSeries] | None:
        """Lines of the chart."""
        where = HouseFilter(
            resource_kind=resource_kind,
            organization_id=_key("Organization", organization_id),
            group_id=_key("BuildingGroup", group_id),
            quarter_id=_key("Quarter", quarter_id),
            building_ids=_buildings(building_ids),
        )
        months = months_between(first, last)
        series = await service.collective_consumption(info.context.actor, where, months)
        return _lines(series, info.context.locale) or None


def _key(kind: str, value: strawberry.ID | None) -> UUID | None:
    return None if value is None else uuid_of(kind, value)


def _buildings(ids: list[strawberry.ID] | None) -> tuple[UUID, ...] | None:
    if ids is None:
        return None
    if len(ids) > MAX_BUILDINGS:
        raise BadInput("TOO_MANY_IDS", limit=MAX_BUILDINGS, value=len(ids))
    return tuple(uuid_of("Building", each) for each in ids)
