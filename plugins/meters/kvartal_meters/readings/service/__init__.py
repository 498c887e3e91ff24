"""Submitting and correcting readings: the order of steps; the rules decide, the queries write."""

from kvartal_meters.readings.service.correct import correct
from kvartal_meters.readings.service.submit import Entry, submit, submit_collective

__all__ = ["Entry", "correct", "submit", "submit_collective"]
