"""Readings over GraphQL."""

from kvartal_meters.readings.graphql.history import MeterReadings
from kvartal_meters.readings.graphql.mutations import ReadingMutations
from kvartal_meters.readings.graphql.queries import NODES, ReadingQueries
from kvartal_meters.readings.graphql.submission import MeterSubmissions

__all__ = ["NODES", "MeterReadings", "MeterSubmissions", "ReadingMutations", "ReadingQueries"]
