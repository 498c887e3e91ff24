"""Meters over GraphQL."""

from kvartal_meters.meters.graphql.queries import (
    NODES,
    BuildingMeters,
    MeterQueries,
    PremiseMeters,
    meters_by_ids,
)
from kvartal_meters.meters.graphql.rows import Meter

__all__ = ["NODES", "BuildingMeters", "Meter", "MeterQueries", "PremiseMeters", "meters_by_ids"]
