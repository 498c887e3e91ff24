"""Submitting and correcting readings: the order of steps; the rules decide, the queries write."""

from kvartal_meters.readings.service.correct import correct
from kvartal_meters.readings.service.delete import delete
from kvartal_meters.readings.service.delete_meter import MeterDeletion, delete_meter
from kvartal_meters.readings.service.replace import ClosingReading, Replacement, replace_meter
from kvartal_meters.readings.service.review import Reviewed, review
from kvartal_meters.readings.service.save import Saved
from kvartal_meters.readings.service.submit import Entry, submit, submit_collective

__all__ = [
    "ClosingReading",
    "Entry",
    "MeterDeletion",
    "Replacement",
    "Reviewed",
    "Saved",
    "correct",
    "delete",
    "delete_meter",
    "replace_meter",
    "review",
    "submit",
    "submit_collective",
]
