"""Registration by another system: row by row in its outcome, set-based in its work."""

from kvartal_meters.registration.service.readings import register_readings

__all__ = ["register_readings"]
