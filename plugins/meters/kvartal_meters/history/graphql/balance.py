"""A house's own meters against those of its premises (небаланс)."""

from decimal import Decimal
from typing import Annotated

import strawberry

from kvartal import text
from kvartal.context import Info
from kvartal.graphql.extend import extends
from kvartal.housing.api import Building
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import ResourceKind, Unit
from kvartal_meters.history import rules
from kvartal_meters.history.graphql.arguments import FirstMonth, LastMonth, months_in
from kvartal_meters.history.loaders import BalanceByBuilding, ResourceMonths

__all__ = ["BalanceSide", "BuildingBalance", "MonthlyBalance", "ResourceBalance"]


@strawberry.type(description="What the meters of one side counted in a month.")
class BalanceSide:
    """One side of a month."""

    consumption: Decimal | None = strawberry.field(
        description="Sum of the month's readings (расход); null if they say nothing."
    )
    meters_read: int = strawberry.field(description="Meters with a reading of the month.")
    meters_expected: int = strawberry.field(
        description="They, and those that took readings but have none: in service by the month's"
        " end and, of premises' meters, accepting by the present settings."
    )
    coverage: Decimal | None = strawberry.field(
        description="Meters read of those expected, percent; null if none is expected."
    )

    @classmethod
    def of(cls, side: rules.BalanceSide) -> "BalanceSide":
        """A side of the balance."""
        return cls(
            consumption=side.consumption,
            meters_read=side.read,
            meters_expected=side.expected,
            coverage=side.coverage,
        )


@strawberry.type(description="A month of a house's balance.")
class MonthlyBalance:
    """One month."""

    billing_month: YearMonth = strawberry.field(description="The month (расчётный месяц).")
    collective: BalanceSide = strawberry.field(description="The house's own meters (ОДПУ).")
    individual: BalanceSide = strawberry.field(
        description="The meters of its premises (ИПУ); rooms' ones only where none counts for all"
        " of their flat."
    )
    difference: Decimal | None = strawberry.field(
        description="ОДПУ minus ИПУ; null if one side has no consumption."
    )
    percent: Decimal | None = strawberry.field(
        description="The difference in percent of ОДПУ; null with it, or if ОДПУ counted nothing."
    )
    is_suspicious: bool = strawberry.field(
        description="Whether the difference is negative or above 15 percent."
    )

    @classmethod
    def of(cls, balance: rules.MonthlyBalance) -> "MonthlyBalance":
        """A month of the balance."""
        return cls(
            billing_month=balance.billing_month,
            collective=BalanceSide.of(balance.collective),
            individual=BalanceSide.of(balance.individual),
            difference=balance.difference,
            percent=balance.percent,
            is_suspicious=balance.is_suspicious,
        )


@strawberry.type(description="A house's balance of a resource, in one unit (небаланс).")
class ResourceBalance:
    """A line of the report."""

    unit: Unit = strawberry.field(description="The unit that both sides count in.")
    unit_title: str = strawberry.field(description="The unit as people write it.")
    months: list[MonthlyBalance] = strawberry.field(
        description="Each month that was asked for, the earliest first."
    )


@extends(Building)
class BuildingBalance:
    """What a building tells its staff of its consumption."""

    @strawberry.field(
        description="Its own meters (ОДПУ) against those of its premises, in each unit that both"
        " have; null without the right to see readings, and for residents."
    )
    async def resource_balance(
        self,
        info: Info,
        parent: strawberry.Parent[Building],
        resource_kind: Annotated[
            ResourceKind, strawberry.argument(description="The resource (группа учёта).")
        ],
        first: FirstMonth = None,
        last: LastMonth = None,
    ) -> list[ResourceBalance] | None:
        """Balances of the building."""
        asked = ResourceMonths(resource_kind, months_in(parent.timezone, first, last))
        found = await info.context.load(BalanceByBuilding, (parent.uuid, asked))
        return (
            None
            if found is None
            else [
                ResourceBalance(
                    unit=unit,
                    unit_title=text.title(unit, info.context.locale),
                    months=[MonthlyBalance.of(each) for each in months],
                )
                for unit, months in found.items()
            ]
        )
