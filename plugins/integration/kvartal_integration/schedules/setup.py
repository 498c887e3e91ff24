"""How one direction of an organization's exchange is set up: what the form holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kvartal.months import YearMonth
from kvartal_integration.operations.rules import Direction
from kvartal_integration.schedules.rules import Schedule, file_name

__all__ = ["Exchange", "Setup", "usual"]

NAME_TEMPLATE = "metrics_{companyId}_{date:YYYYMMDD}.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The form of a direction; ``version`` is 0 until it was saved for the first time.

    An import has ``paths`` and ``delete_after_reading``, an export the fields after them.
    """

    direction: Direction
    schedule: Schedule
    version: int = 0
    is_scheduled: bool = False
    emails: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    delete_after_reading: bool = False
    directory: str = "/"
    name_template: str = NAME_TEMPLATE
    whole_month: bool = False
    last_started_at: datetime | None = None

    @property
    def request(self) -> Mapping[str, Any]:
        """What an operation is asked to do by it."""
        if self.direction is Direction.IMPORT:
            return {"paths": list(self.paths), "delete": self.delete_after_reading}
        return {
            "directory": self.directory,
            "name_template": self.name_template,
            "whole_month": self.whole_month,
        }


# As the form is first seen: at two and at four in the morning, and switched off.
_HOURS: Mapping[Direction, str] = MappingProxyType({Direction.IMPORT: "2", Direction.EXPORT: "4"})


def usual(direction: Direction) -> Setup:
    """The form before anybody has saved it."""
    return Setup(direction=direction, schedule=Schedule(minutes="0", hours=_HOURS[direction]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The exchange of an organization, both ways; ``number`` stands in the names of its files."""

    organization_id: UUID
    number: int
    timezone: str
    billing_month_shift: int
    is_connected: bool
    setups: Mapping[Direction, Setup]

    def name_of(self, template: str, moment: datetime) -> str:
        """How a file is called that is exported then; ``moment`` in the organization's zone."""
        month = YearMonth.of(moment.date()).shift(self.billing_month_shift)
        return file_name(template, company=self.number, moment=moment, month=str(month))
