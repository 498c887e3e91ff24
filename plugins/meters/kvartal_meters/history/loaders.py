"""Loaders of what is seen over time; all parents of a list ask for the same months as a rule."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal_meters.catalog.rules import ResourceKind, Unit
from kvartal_meters.history import service
from kvartal_meters.history.queries import houses
from kvartal_meters.history.queries.readings import months_of_premises
from kvartal_meters.history.rules import HistoryPage, MonthRange
from kvartal_meters.history.service import Balances, MeterMonth, Series

__all__ = [
    "BalanceByBuilding",
    "CollectiveMetersByBuilding",
    "ConsumptionByMeter",
    "ConsumptionByPremise",
    "MeterChart",
    "MonthsByPremise",
    "ResourceMonths",
]

P = TypeVar("P")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class MeterChart:
    """The months of a chart, and whether it goes on with the meters that were replaced."""

    months: MonthRange
    with_replaced: bool = False


@dataclass(frozen=True, slots=True)
class ResourceMonths:
    """The months of a resource."""

    resource_kind: ResourceKind
    months: MonthRange


async def _by_question(
    keys: Sequence[tuple[UUID, P]],
    ask: Callable[[Sequence[UUID], P], Awaitable[Mapping[UUID, V]]],
) -> dict[tuple[UUID, P], V]:
    """Ask once for all parents that have the same question."""
    parents: dict[P, list[UUID]] = {}
    for parent, question in keys:
        parents.setdefault(question, []).append(parent)
    answers = await asyncio.gather(*(ask(ids, question) for question, ids in parents.items()))
    return {
        (parent, question): found
        for question, answer in zip(parents, answers, strict=True)
        for parent, found in answer.items()
    }


class MonthsByPremise(Loader[tuple[UUID, HistoryPage], list[Record]]):
    """Months of a premise's history, newest first, each with its ``readings``."""

    async def batch(
        self, keys: Sequence[tuple[UUID, HistoryPage]]
    ) -> Mapping[tuple[UUID, HistoryPage], list[Record]]:
        """Months by premise and page."""
        return await _by_question(keys, self._ask)

    async def _ask(
        self, premises: Sequence[UUID], page: HistoryPage
    ) -> Mapping[UUID, list[Record]]:
        return await months_of_premises(self.context.actor, premises, page)

    def missing(self, key: tuple[UUID, HistoryPage]) -> list[Record]:
        """A premise without readings."""
        return []


class ConsumptionByMeter(Loader[tuple[UUID, Unit, MeterChart], list[MeterMonth]]):
    """The chart of a meter, which is given with its unit."""

    async def batch(
        self, keys: Sequence[tuple[UUID, Unit, MeterChart]]
    ) -> Mapping[tuple[UUID, Unit, MeterChart], list[MeterMonth]]:
        """Charts by meter."""
        units = {meter: unit for meter, unit, _ in keys}

        async def ask(meters: Sequence[UUID], chart: MeterChart) -> Mapping[UUID, list[MeterMonth]]:
            return await service.consumption_of_meters(
                self.context.actor,
                {meter: units[meter] for meter in meters},
                chart.months,
                with_replaced=chart.with_replaced,
            )

        found = await _by_question([(meter, chart) for meter, _, chart in keys], ask)
        return {(meter, unit, chart): found[meter, chart] for meter, unit, chart in keys}


class ConsumptionByPremise(Loader[tuple[UUID, ResourceMonths], Series]):
    """The sums of a premise's meters of a resource."""

    async def batch(
        self, keys: Sequence[tuple[UUID, ResourceMonths]]
    ) -> Mapping[tuple[UUID, ResourceMonths], Series]:
        """Sums by premise."""
        return await _by_question(keys, self._ask)

    async def _ask(self, premises: Sequence[UUID], asked: ResourceMonths) -> Mapping[UUID, Series]:
        return await service.consumption_of_premises(
            self.context.actor, premises, asked.resource_kind, asked.months
        )

    def missing(self, key: tuple[UUID, ResourceMonths]) -> Series:
        """A premise in which nothing was read."""
        return {}


class BalanceByBuilding(Loader[tuple[UUID, ResourceMonths], Balances | None]):
    """The balance of a building; none for whom it does not concern."""

    async def batch(
        self, keys: Sequence[tuple[UUID, ResourceMonths]]
    ) -> Mapping[tuple[UUID, ResourceMonths], Balances | None]:
        """Balances by building."""
        return await _by_question(keys, self._ask)

    async def _ask(
        self, buildings: Sequence[UUID], asked: ResourceMonths
    ) -> Mapping[UUID, Balances | None]:
        return {
            **await service.balance_of_buildings(
                self.context.actor, buildings, asked.resource_kind, asked.months
            )
        }

    def missing(self, key: tuple[UUID, ResourceMonths]) -> Balances | None:
        """A building whose readings the actor does not see as staff."""
        return None


class CollectiveMetersByBuilding(Loader[UUID, list[Record]]):
    """The collective meters (ОДПУ) of a building that are in service."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Meters by building."""
        found: dict[UUID, list[Record]] = {}
        for row in await houses.collective_meters(self.context.actor, keys):
            found.setdefault(row["building_id"], []).append(row)
        return found

    def missing(self, key: UUID) -> list[Record]:
        """A building without meters of its own."""
        return []
