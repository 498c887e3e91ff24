"""Meters over GraphQL."""

from kvartal_meters.meters.graphql.listing import MeterListQueries
from kvartal_meters.meters.graphql.mutations import MeterMutations
from kvartal_meters.meters.graphql.queries import (
    NODES,
    BuildingMeters,
    MeterQueries,
    PremiseMeters,
    meters_by_ids,
)
from kvartal_meters.meters.graphql.records import MeterRecords
from kvartal_meters.meters.graphql.rows import Meter

__all__ = [
    "NODES",
    "BuildingMeters",
    "Meter",
    "MeterListQueries",
    "MeterMutations",
    "MeterQueries",
    "MeterRecords",
    "PremiseMeters",
    "meters_by_ids",
]
