"""Which reminders there are, and when they are due."""

from datetime import time
from enum import StrEnum

__all__ = ["REMIND_AT", "ReminderKind"]

# By the clock of the building (domain rules, 6.9).
REMIND_AT = time(10)


class ReminderKind(StrEnum):
    """What people are reminded of by the day."""

    WINDOW = "WINDOW"
    VERIFICATION = "VERIFICATION"
