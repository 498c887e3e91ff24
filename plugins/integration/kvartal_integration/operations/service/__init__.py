"""Starting, carrying out and cancelling operations: what the imports and exports stand on."""

from kvartal_integration.operations.service.cancelling import cancel
from kvartal_integration.operations.service.run import Run, running
from kvartal_integration.operations.service.starting import (
    DueOperation,
    ScheduledStart,
    start,
    start_scheduled,
)

__all__ = [
    "DueOperation",
    "Run",
    "ScheduledStart",
    "cancel",
    "running",
    "start",
    "start_scheduled",
]
