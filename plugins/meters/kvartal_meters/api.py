"""What other plugins may use of meters."""

from kvartal_meters.catalog.rules import MeterType, ResourceKind, Unit, resource_of, unit_of
from kvartal_meters.errors import ReadingBelowPrevious
from kvartal_meters.events import (
    METER_EVENTS,
    READING_EVENTS,
    MeterChanged,
    MeterDeleted,
    MeterReplaced,
    MetersRegistered,
    ReadingAccepted,
    ReadingCorrected,
    ReadingDeleted,
    ReadingsRegistered,
    ReadingsReviewed,
    ReadingsSubmitted,
    VerificationLapsed,
)
from kvartal_meters.extracts.queries import (
    extract_meters,
    extract_readings,
    meters_to_extract,
    readings_to_extract,
)
from kvartal_meters.extracts.rules import Extract, MeterSelection, ReadingSelection
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.meters.rules import MeterChange, MeterCondition, MeterScope, MeterStatus
from kvartal_meters.meters.rules.refusals import AnotherMeter
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER, SUBMIT
from kvartal_meters.readings.graphql.rows import Reading
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.registration.rules.entries import MeterVerdict
from kvartal_meters.registration.rules.matching import MeterReference, cleaned_reference
from kvartal_meters.registration.rules.places import PlaceReference
from kvartal_meters.registration.rules.readings import JudgedReading
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading
from kvartal_meters.registration.service import register_meters, register_readings
from kvartal_meters.registration.service.meters import MeterRowInput
from kvartal_meters.reminders.rules import (
    ClosingResources,
    MeterToVerify,
    PremiseToVerify,
    WindowEdge,
    WindowPremise,
)
from kvartal_meters.reminders.service import meters_to_verify, premises_of_window_day
from kvartal_meters.sheets.rules import SheetReference
from kvartal_meters.sheets.service import save_sheet_rows

__all__ = [
    "METER_EVENTS",
    "METER_REGISTER",
    "READING_EVENTS",
    "READING_REGISTER",
    "SUBMIT",
    "AnotherMeter",
    "ClosingResources",
    "Extract",
    "JudgedReading",
    "Meter",
    "MeterChange",
    "MeterChanged",
    "MeterCondition",
    "MeterDeleted",
    "MeterReference",
    "MeterReplaced",
    "MeterRowInput",
    "MeterScope",
    "MeterSelection",
    "MeterStatus",
    "MeterToVerify",
    "MeterType",
    "MeterVerdict",
    "MetersRegistered",
    "PlaceReference",
    "PremiseToVerify",
    "Reading",
    "ReadingAccepted",
    "ReadingBelowPrevious",
    "ReadingCorrected",
    "ReadingDeleted",
    "ReadingSelection",
    "ReadingsMode",
    "ReadingsRegistered",
    "ReadingsReviewed",
    "ReadingsSubmitted",
    "ResourceKind",
    "SentReading",
    "SheetReference",
    "SubmissionChannel",
    "Unit",
    "VerificationLapsed",
    "WindowEdge",
    "WindowPremise",
    "cleaned_reference",
    "extract_meters",
    "extract_readings",
    "meters_to_extract",
    "meters_to_verify",
    "premises_of_window_day",
    "readings_to_extract",
    "register_meters",
    "register_readings",
    "resource_of",
    "save_sheet_rows",
    "unit_of",
]
