"""The rights of the meters plugin; their titles stand in ``locale/``."""

from kvartal.plugin import Permission

__all__ = [
    "ALL",
    "CORRECT_PAST",
    "DELETE",
    "METER_REGISTER",
    "READING_REGISTER",
    "SUBMIT",
    "SUBMIT_OUTSIDE_PERIOD",
]

SUBMIT = Permission(code="meters.reading.submit", for_residents=True)
"""«Показания ПУ»: see, submit and correct readings."""

SUBMIT_OUTSIDE_PERIOD = Permission(code="meters.reading.submit_outside_period")
"""«Возможность внесения показаний вне периода сбора показаний»."""

CORRECT_PAST = Permission(code="meters.reading.correct_past")
"""«Исправление прошлых периодов»."""

DELETE = Permission(code="meters.reading.delete")
"""«Удаление показаний»."""

METER_REGISTER = Permission(code="meters.meter.register")
"""Meters by another system, many at once."""

READING_REGISTER = Permission(code="meters.reading.register")
"""Readings by another system, many at once."""

ALL = (
    SUBMIT,
    SUBMIT_OUTSIDE_PERIOD,
    CORRECT_PAST,
    DELETE,
    METER_REGISTER,
    READING_REGISTER,
)
