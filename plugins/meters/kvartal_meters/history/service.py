"""What is seen over time, answered: the steps between the statements and the rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG, MeterType, ResourceKind, Unit
from kvartal_meters.history.queries import consumption, houses
from kvartal_meters.history.queries.consumption import HouseFilter
from kvartal_meters.history.rules import (
    BalanceSide,
    MonthlyBalance,
    MonthPoint,
    MonthRange,
    MonthReading,
    MonthTotal,
    balance_of,
    monthly,
    series_of,
)
from kvartal_meters.readings.rules import months_gap

__all__ = [
    "Balances",
    "HouseFilter",
    "MeterMonth",
    "Series",
    "balance_of_buildings",
    "collective_consumption",
    "consumption_of_meters",
    "consumption_of_premises",
]

Series = Mapping[Unit, list[MonthTotal]]
"""Sums by month, in each unit that something was read in."""

Balances = Mapping[Unit, list[MonthlyBalance]]
"""Months of a house, in each unit that both its own meters and its premises' have."""


@dataclass(frozen=True, slots=True)
class MeterMonth:
    """A month of a meter's chart, with the reading of the meter that stood last in its place."""

    point: MonthPoint
    reading: Record | None


async def consumption_of_meters(
    actor: Actor, meters: Mapping[UUID, Unit], months: MonthRange, *, with_replaced: bool
) -> dict[UUID, list[MeterMonth]]:
    """The chart of each meter, given with its unit: one that counted in another is left out."""
    found: dict[UUID, list[Record]] = {}
    rows = await consumption.of_meters(actor, list(meters), months, with_replaced=with_replaced)
    for row in rows:
        if _unit(row) is meters[row["root_id"]]:
            found.setdefault(row["root_id"], []).append(row)
    return {meter: _chart(found.get(meter, []), months) for meter in meters}


async def consumption_of_premises(
    actor: Actor, premises: Sequence[UUID], kind: ResourceKind, months: MonthRange
) -> dict[UUID, Series]:
    """The sums of those of the premises that something was read in."""
    found: dict[UUID, list[Record]] = {}
    for row in await consumption.of_premises(actor, premises, kind, months):
        found.setdefault(row["premise_id"], []).append(row)
    return {premise: _summed(rows, months) for premise, rows in found.items()}


async def collective_consumption(actor: Actor, where: HouseFilter, months: MonthRange) -> Series:
    """The sums of the houses' own meters; nothing if nothing was read."""
    return _summed(await consumption.of_houses(actor, where, months), months)


async def balance_of_buildings(
    actor: Actor, buildings: Sequence[UUID], kind: ResourceKind, months: MonthRange
) -> dict[UUID, Balances]:
    """The balances of those of the buildings whose readings the actor sees as staff."""
    found: dict[UUID, list[Record]] = {}
    for row in await houses.balance_of_buildings(actor, buildings, kind, months):
        found.setdefault(row["building_id"], []).append(row)
    return {building: _balances(rows, months) for building, rows in found.items()}


def _unit(row: Record) -> Unit:
    return CATALOG[MeterType(row["type"])].unit


def _chart(rows: Sequence[Record], months: MonthRange) -> list[MeterMonth]:
    readings = {YearMonth.of(row["billing_month"]): row for row in rows}
    return [
        MeterMonth(point, readings.get(point.billing_month))
        for point in monthly(_readings(rows), months)
    ]


def _readings(rows: Iterable[Record]) -> Iterable[MonthReading]:
    """The readings with the months that each is of; they come by meter, then by month."""
    before: dict[UUID, YearMonth] = {}
    for row in rows:
        month = YearMonth.of(row["billing_month"])
        gap = months_gap(month, before.get(row["meter_id"]), row["commissioned_on"])
        before[row["meter_id"]] = month
        yield MonthReading(month, row["consumption"], gap)


def _summed(rows: Iterable[Record], months: MonthRange) -> Series:
    return series_of(
        (
            (
                _unit(row),
                MonthTotal(YearMonth.of(row["billing_month"]), row["consumption"], row["readings"]),
            )
            for row in rows
        ),
        months,
    )


def _balances(rows: Iterable[Record], months: MonthRange) -> Balances:
    sides: dict[tuple[Unit, bool], dict[YearMonth, BalanceSide]] = {}
    for row in rows:
        if row["type"] is None:
            continue
        month = YearMonth.of(row["first_day"])
        side = sides.setdefault((_unit(row), row["is_collective"]), {})
        counted = BalanceSide(row["consumption"], row["read"], row["expected"])
        side[month] = side.get(month, BalanceSide()).plus(counted)
    return {
        unit: [
            balance_of(month, sides[unit, True][month], sides[unit, False][month])
            for month in months.months
        ]
        for unit in Unit
        if (unit, True) in sides and (unit, False) in sides
    }
