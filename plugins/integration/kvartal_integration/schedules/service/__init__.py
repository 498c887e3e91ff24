"""Setting the exchange up, trying a schedule out, and starting what has fallen due."""

from kvartal_integration.schedules.service.access import exchange_of
from kvartal_integration.schedules.service.changing import (
    ExportChange,
    ImportChange,
    ScheduleChange,
    update,
)
from kvartal_integration.schedules.service.previewing import Preview, next_runs, preview
from kvartal_integration.schedules.service.starting import start_by_hand, start_due

__all__ = [
    "ExportChange",
    "ImportChange",
    "Preview",
    "ScheduleChange",
    "exchange_of",
    "next_runs",
    "preview",
    "start_by_hand",
    "start_due",
    "update",
]
