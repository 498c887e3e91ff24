"""The form of the exchange, as clients see it."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from kvartal import clock
from kvartal.errors import DomainError
from kvartal.text import say
from kvartal_integration.operations.rules import Direction
from kvartal_integration.schedules.service import Preview, next_runs
from kvartal_integration.schedules.setup import Exchange, Setup
from kvartal_integration.schedules.wording import spoken

__all__ = [
    "DAYS",
    "DIRECTORY",
    "EMAILS",
    "FIELD",
    "HOURS",
    "MINUTES",
    "MONTHS",
    "NAME_TEMPLATE",
    "PATHS",
    "WEEKDAYS",
    "WHOLE_MONTH",
    "ExchangePreview",
    "ExchangeSettings",
    "ExportSettings",
    "ImportSettings",
]

FIELD = "a star (whenever) or numbers separated by commas"
MINUTES = "Minutes, 0 to 59: numbers separated by commas; they must be said."
HOURS = f"Hours, 0 to 23: {FIELD}."
DAYS = f"Days of the month, 1 to 31: {FIELD}. With `weekdays` both must hold."
MONTHS = f"Months, 1 to 12: {FIELD}."
WEEKDAYS = f"Days of the week, 1 (Monday) to 7 (Sunday): {FIELD}."
EMAILS = (
    "Who gets the report of each run (уведомлять на email), 20 at most. Who starts a run by hand"
    " gets it too."
)
PATHS = (
    "The files on the server from its root, 20 at most, e.g. `/objects/z84/metrics.xml`; read in"
    " their order."
)
DIRECTORY = "Where the file is put, from the server's root (каталог экспорта)."
NAME_TEMPLATE = (
    "The name of the file (шаблон имени файла): `{companyId}` is the organization's number,"
    " `{date}` and `{date:YYYYMMDD}` the day, `{time:HHmm}` the time, `{period:YYYYMM}` the billing"
    " month. Characters of paths are left out."
)
WHOLE_MONTH = (
    "Whether all readings of the billing month leave each time (все показания расчетного месяца),"
    " and not those that are new or corrected since the last export."
)
_VERSION = "Grows with every change, 0 until there is one; the `expectedVersion`."
_DELETE = "Whether a file is deleted once it was read without an error."


@strawberry.type(description="When an exchange runs by itself (расписание); all fields must hold.")
class ExchangeSchedule:
    """The schedule of a direction."""

    is_on: bool = strawberry.field(description="Whether it runs by itself at all.")
    minutes: str = strawberry.field(description=MINUTES)
    hours: str = strawberry.field(description=HOURS)
    days: str = strawberry.field(description=DAYS)
    months: str = strawberry.field(description=MONTHS)
    weekdays: str = strawberry.field(description=WEEKDAYS)
    text: str = strawberry.field(
        description="The same in words of the client's language, e.g. «каждый день в 02:00»."
    )
    next_runs: list[datetime] = strawberry.field(
        description="When it runs next, three times, in the organization's time zone; empty if it"
        " is off. A run that falls due while the former goes on is left out."
    )

    @classmethod
    def of(cls, setup: Setup, timezone: str, locale: str) -> "ExchangeSchedule":
        """The schedule of a form."""
        schedule = setup.schedule
        return cls(
            is_on=setup.is_scheduled,
            minutes=schedule.minutes,
            hours=schedule.hours,
            days=schedule.days,
            months=schedule.months,
            weekdays=schedule.weekdays,
            text=spoken(schedule, locale),
            next_runs=next_runs(schedule, timezone) if setup.is_scheduled else [],
        )


@strawberry.type(description="How meters and readings come in from files (импорт).")
class ImportSettings:
    """The form of the import."""

    paths: list[str] = strawberry.field(description=PATHS)
    delete_after_reading: bool = strawberry.field(description=_DELETE)
    emails: list[str] = strawberry.field(description=EMAILS)
    schedule: ExchangeSchedule = strawberry.field(description="When it runs by itself.")
    version: int = strawberry.field(description=_VERSION)

    @classmethod
    def of(cls, exchange: Exchange, locale: str) -> "ImportSettings":
        """The form of the import in an exchange."""
        setup = exchange.setups[Direction.IMPORT]
        return cls(
            paths=list(setup.paths),
            delete_after_reading=setup.delete_after_reading,
            emails=list(setup.emails),
            schedule=ExchangeSchedule.of(setup, exchange.timezone, locale),
            version=setup.version,
        )


@strawberry.type(description="How readings go out in files (экспорт).")
class ExportSettings:
    """The form of the export."""

    directory: str = strawberry.field(description=DIRECTORY)
    name_template: str = strawberry.field(description=NAME_TEMPLATE)
    file_name: str = strawberry.field(description="The name that the template makes now.")
    whole_month: bool = strawberry.field(description=WHOLE_MONTH)
    exported_until: datetime | None = strawberry.field(
        description="Readings that were saved before this have left; null before the first export."
    )
    emails: list[str] = strawberry.field(description=EMAILS)
    schedule: ExchangeSchedule = strawberry.field(description="When it runs by itself.")
    version: int = strawberry.field(description=_VERSION)

    @classmethod
    def of(cls, exchange: Exchange, locale: str) -> "ExportSettings":
        """The form of the export in an exchange."""
        setup = exchange.setups[Direction.EXPORT]
        moment = clock.now().astimezone(clock.timezone(exchange.timezone))
        return cls(
            directory=setup.directory,
            name_template=setup.name_template,
            file_name=exchange.name_of(setup.name_template, moment),
            whole_month=setup.whole_month,
            exported_until=setup.last_started_at,
            emails=list(setup.emails),
            schedule=ExchangeSchedule.of(setup, exchange.timezone, locale),
            version=setup.version,
        )


@strawberry.type(description="How an organization exchanges files with another system.")
class ExchangeSettings:
    """The forms of both directions."""

    timezone: str = strawberry.field(description="The time zone of the schedules (IANA).")
    is_connected: bool = strawberry.field(
        description="Whether the file server is set up (общие настройки)."
    )
    import_settings: ImportSettings = strawberry.field(description="What comes in.")
    export_settings: ExportSettings = strawberry.field(description="What goes out.")

    @classmethod
    def of(cls, exchange: Exchange, locale: str) -> "ExchangeSettings":
        """The exchange of an organization."""
        return cls(
            timezone=exchange.timezone,
            is_connected=exchange.is_connected,
            import_settings=ImportSettings.of(exchange, locale),
            export_settings=ExportSettings.of(exchange, locale),
        )


@strawberry.type(description="Something that is wrong in what was typed.")
class ExchangeFault:
    """A refusal that a preview tells of."""

    code: str = strawberry.field(description="As of updateImportSettings and updateExportSettings.")
    message: str = strawberry.field(description="What is wrong, in the client's language.")
    path: list[str] = strawberry.field(description="The field at fault.")


@strawberry.type(description="What the form would do if it were saved.")
class ExchangePreview:
    """A schedule and a template, tried out."""

    text: str | None = strawberry.field(
        description="The schedule in words; null if it is wrong or was not asked for."
    )
    next_runs: list[datetime] = strawberry.field(
        description="When it would run next, three times, in the organization's time zone."
    )
    file_name: str | None = strawberry.field(
        description="The name that the template makes now; null if it makes none."
    )
    errors: list[ExchangeFault] = strawberry.field(description="All that is wrong.")

    @classmethod
    def of(cls, found: Preview, locale: str) -> "ExchangePreview":
        """The preview for people."""
        return cls(
            text=spoken(found.schedule, locale) if found.schedule else None,
            next_runs=found.runs,
            file_name=found.file_name,
            errors=_faults(found.faults, locale),
        )


def _faults(faults: Sequence[DomainError], locale: str) -> list[ExchangeFault]:
    return [
        ExchangeFault(
            code=each.code,
            message=say(each.message_code, locale, **each.facts()),
            path=["nameTemplate" if step == "name_template" else str(step) for step in each.path],
        )
        for each in faults
    ]
