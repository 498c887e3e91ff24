"""What is seen over time, over GraphQL."""

from kvartal_meters.history.graphql.balance import BuildingBalance
from kvartal_meters.history.graphql.consumption import (
    ConsumptionQueries,
    MeterConsumption,
    PremiseConsumption,
)
from kvartal_meters.history.graphql.houses import BuildingResources, MeterValidity
from kvartal_meters.history.graphql.readings import PremiseHistory

__all__ = ["EXTENSIONS", "ConsumptionQueries"]

EXTENSIONS = (
    PremiseHistory,
    MeterConsumption,
    PremiseConsumption,
    BuildingResources,
    MeterValidity,
    BuildingBalance,
)
