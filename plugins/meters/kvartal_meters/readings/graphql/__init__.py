"""Readings over GraphQL."""

from kvartal_meters.readings.graphql.changes import EXTENSIONS as CHANGE_EXTENSIONS
from kvartal_meters.readings.graphql.changes import MUTATIONS as CHANGES
from kvartal_meters.readings.graphql.form import FormQueries
from kvartal_meters.readings.graphql.history import MeterReadings
from kvartal_meters.readings.graphql.mutations import ReadingMutations
from kvartal_meters.readings.graphql.people import (
    PremiseReadings,
    ReadingResident,
    ResidentReadings,
)
from kvartal_meters.readings.graphql.queries import NODES, ReadingQueries
from kvartal_meters.readings.graphql.submission import MeterSubmissions

__all__ = [
    "CHANGES",
    "CHANGE_EXTENSIONS",
    "NODES",
    "FormQueries",
    "MeterReadings",
    "MeterSubmissions",
    "PremiseReadings",
    "ReadingMutations",
    "ReadingQueries",
    "ReadingResident",
    "ResidentReadings",
]
