"""What other plugins may use of meters."""

from kvartal_meters.catalog.rules import MeterType, ResourceKind, Unit
from kvartal_meters.events import (
    MeterChanged,
    MeterDeleted,
    MeterReplaced,
    MetersRegistered,
    ReadingAccepted,
    ReadingCorrected,
    ReadingDeleted,
    ReadingsRegistered,
    VerificationLapsed,
)
from kvartal_meters.extracts.queries import (
    extract_meters,
    extract_readings,
    meters_to_extract,
    readings_to_extract,
)
from kvartal_meters.extracts.rules import Extract, ReadingSelection
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.meters.rules import MeterChange, MeterScope, MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.graphql.rows import Reading

__all__ = [
    "SUBMIT",
    "Extract",
    "Meter",
    "MeterChange",
    "MeterChanged",
    "MeterDeleted",
    "MeterReplaced",
    "MeterScope",
    "MeterStatus",
    "MeterType",
    "MetersRegistered",
    "Reading",
    "ReadingAccepted",
    "ReadingCorrected",
    "ReadingDeleted",
    "ReadingSelection",
    "ReadingsRegistered",
    "ResourceKind",
    "Unit",
    "VerificationLapsed",
    "extract_meters",
    "extract_readings",
    "meters_to_extract",
    "readings_to_extract",
]
