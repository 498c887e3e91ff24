"""What is sent to set the exchange up."""

import strawberry

from kvartal.audit.api import PERSONAL
from kvartal_integration.schedules import service
from kvartal_integration.schedules.graphql.rows import (
    DAYS,
    DIRECTORY,
    EMAILS,
    HOURS,
    MINUTES,
    MONTHS,
    NAME_TEMPLATE,
    PATHS,
    WEEKDAYS,
    WHOLE_MONTH,
)

__all__ = ["ExchangeScheduleInput", "UpdateExportSettingsInput", "UpdateImportSettingsInput"]

_TYPED = " Several may stand in one text, separated by commas."
_EXPECTED = "The version that was edited; refused if it is no longer so."
_SCHEDULE = "When it runs by itself."


@strawberry.input(description="When an exchange is to run by itself, as it was typed.")
class ExchangeScheduleInput:
    """The fields of a schedule."""

    is_on: bool | None = strawberry.field(default=None, description="Whether it runs by itself.")
    minutes: str | None = strawberry.field(default=None, description=MINUTES)
    hours: str | None = strawberry.field(default=None, description=HOURS)
    days: str | None = strawberry.field(default=None, description=DAYS)
    months: str | None = strawberry.field(default=None, description=MONTHS)
    weekdays: str | None = strawberry.field(default=None, description=WEEKDAYS)

    def change(self) -> service.ScheduleChange:
        """What is being set."""
        return service.ScheduleChange(
            is_on=self.is_on,
            minutes=self.minutes,
            hours=self.hours,
            days=self.days,
            months=self.months,
            weekdays=self.weekdays,
        )

    def typed(self) -> dict[str, str]:
        """All fields; of minutes that were not said none are supposed."""
        return {
            "minutes": self.minutes or "",
            "hours": self.hours or "*",
            "days": self.days or "*",
            "months": self.months or "*",
            "weekdays": self.weekdays or "*",
        }


@strawberry.input(description="A change of the import; what is left out stays as it is.")
class UpdateImportSettingsInput:
    """Input of updateImportSettings."""

    organization_id: strawberry.ID = strawberry.field(description="The organization (юрлицо).")
    paths: list[str] | None = strawberry.field(default=None, description=PATHS + _TYPED)
    delete_after_reading: bool | None = strawberry.field(
        default=None, description="Whether a file is deleted once it was read without an error."
    )
    emails: list[str] | None = strawberry.field(
        default=None, description=EMAILS + _TYPED, metadata=PERSONAL
    )
    schedule: ExchangeScheduleInput | None = strawberry.field(default=None, description=_SCHEDULE)
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)

    def change(self) -> service.ImportChange:
        """What is being set."""
        return service.ImportChange(
            schedule=(self.schedule or ExchangeScheduleInput()).change(),
            emails=self.emails,
            paths=self.paths,
            delete_after_reading=self.delete_after_reading,
        )


@strawberry.input(description="A change of the export; what is left out stays as it is.")
class UpdateExportSettingsInput:
    """Input of updateExportSettings."""

    organization_id: strawberry.ID = strawberry.field(description="The organization (юрлицо).")
    directory: str | None = strawberry.field(default=None, description=DIRECTORY)
    name_template: str | None = strawberry.field(default=None, description=NAME_TEMPLATE)
    whole_month: bool | None = strawberry.field(default=None, description=WHOLE_MONTH)
    emails: list[str] | None = strawberry.field(
        default=None, description=EMAILS + _TYPED, metadata=PERSONAL
    )
    schedule: ExchangeScheduleInput | None = strawberry.field(default=None, description=_SCHEDULE)
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)

    def change(self) -> service.ExportChange:
        """What is being set."""
        return service.ExportChange(
            schedule=(self.schedule or ExchangeScheduleInput()).change(),
            emails=self.emails,
            directory=self.directory,
            name_template=self.name_template,
            whole_month=self.whole_month,
        )
