"""Registration by another system: row by row in its outcome, set-based in its work."""

from kvartal_meters.registration.service.meters import register_meters
from kvartal_meters.registration.service.readings import register_readings

__all__ = ["register_meters", "register_readings"]
