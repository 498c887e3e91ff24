"""When an exchange runs by itself: five fields, stars or lists; all that is set must hold."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from functools import partial
from types import MappingProxyType
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from kvartal.errors import DomainError, Refused

__all__ = [
    "RANGES",
    "ConnectionMissing",
    "EmailInvalid",
    "EmailsTooMany",
    "NameTemplateInvalid",
    "PathInvalid",
    "PathsMissing",
    "PathsTooMany",
    "Schedule",
    "ScheduleFieldInvalid",
    "ScheduleNever",
    "check_path",
    "faults_of",
    "file_name",
    "read_emails",
    "read_paths",
    "read_schedule",
]

T = TypeVar("T")

RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"minutes": (0, 59), "hours": (0, 23), "days": (1, 31), "months": (1, 12), "weekdays": (1, 7)}
)
MAX_EMAIL = 254
MAX_EMAILS = 20
MAX_PATHS = 20
MAX_PATH = 500
MAX_NAME = 200
# A file system takes 255 bytes; the suffix of the part that is being written is among them.
MAX_NAME_BYTES = 240
_EMAIL = re.compile(r"[^@\s,;<>\"()\[\]\\]+@[^@\s,;<>\"()\[\]\\]+\.[^@\s,;<>\"()\[\]\\.]{2,}")
_TOKEN = re.compile(r"\{([^{}]*)\}")
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_LATEST = timedelta(days=5 * 366)
"""A day that comes only in leap years comes within these, with a weekday perhaps never."""


@dataclass(eq=False, kw_only=True)
class ScheduleFieldInvalid(DomainError):
    """A field of a schedule is neither a star nor numbers of its range."""

    code: ClassVar[str] = "SCHEDULE_FIELD_INVALID"
    lowest: int
    highest: int


class ScheduleNever(DomainError):
    """A schedule's day never comes, such as 31 February."""

    code: ClassVar[str] = "SCHEDULE_NEVER"


@dataclass(eq=False, kw_only=True)
class EmailInvalid(DomainError):
    """What stands among the addresses of the report is none."""

    code: ClassVar[str] = "EMAIL_INVALID"
    given: str


@dataclass(eq=False, kw_only=True)
class EmailsTooMany(DomainError):
    """A report goes to so many addresses at most."""

    code: ClassVar[str] = "EMAILS_TOO_MANY"
    limit: int = MAX_EMAILS


@dataclass(eq=False, kw_only=True)
class PathInvalid(DomainError):
    """A path is empty, too long, or leads out of the root."""

    code: ClassVar[str] = "PATH_INVALID"
    given: str


@dataclass(eq=False, kw_only=True)
class PathsTooMany(DomainError):
    """An import reads so many files at most."""

    code: ClassVar[str] = "PATHS_TOO_MANY"
    limit: int = MAX_PATHS


class PathsMissing(DomainError):
    """An import that is to run has no file to read."""

    code: ClassVar[str] = "PATHS_MISSING"


class ConnectionMissing(DomainError):
    """The organization's file server is not set up yet (общие настройки)."""

    code: ClassVar[str] = "CONNECTION_MISSING"


@dataclass(eq=False, kw_only=True)
class NameTemplateInvalid(DomainError):
    """A template of a file's name has a token that there is not, or makes no name."""

    code: ClassVar[str] = "NAME_TEMPLATE_INVALID"
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule as it is kept: in each field a star, or numbers in their order.

    ``weekdays``: 1 is Monday, 7 Sunday. Times are of the organization's time zone.
    """

    minutes: str = "0"
    hours: str = "*"
    days: str = "*"
    months: str = "*"
    weekdays: str = "*"

    def occurrences(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """When it falls due later than that, for ever.

        An hour that the clock leaves out in spring is made up for at once; of one that it repeats
        in autumn a time of the day counts once.
        """
        moments = CronSim(self._cron, after.astimezone(zone))
        while True:
            moment = next(moments)
            if not self._is_weekday(moment):
                midnight = datetime.combine(moment.date(), time(23, 59, 59), tzinfo=zone)
                moments = CronSim(self._cron, midnight)
            # In the hour that autumn repeats, the first one is found once more from the second.
            elif moment > after.astimezone(UTC):
                yield moment

    def latest(self, now: datetime, zone: ZoneInfo, *, within: timedelta) -> datetime | None:
        """When it has last fallen due, if that is not longer ago than so."""
        found = None
        earliest, latest = (now - within).astimezone(UTC), now.astimezone(UTC)
        moments = CronSim(self._cron, earliest.astimezone(zone))
        while (moment := next(moments)) <= latest:
            if self._is_weekday(moment) and moment > earliest:
                found = moment
        return found

    @property
    def _cron(self) -> str:
        # Not the weekday beside a day: cron takes either then, and here both must hold.
        weekdays = self.weekdays if self.days == "*" else "*"
        return f"{self.minutes} {self.hours} {self.days} {self.months} {weekdays}"

    def _is_weekday(self, moment: datetime) -> bool:
        return self.weekdays == "*" or str(moment.isoweekday()) in self.weekdays.split(",")


def faults_of(read: Callable[[], T], found: list[DomainError], *prefix: str) -> T | None:
    """What is read, or nothing and its faults among those that were found."""
    try:
        return read()
    except DomainError as fault:
        found.append(fault.at(*prefix))
    except Refused as refused:
        found += [each.at(*prefix) for each in refused.errors]
    return None


def read_schedule(given: Mapping[str, str], zone: ZoneInfo, now: datetime) -> Schedule:
    """A schedule as it was typed: spaces are of no meaning, the minutes must be said."""
    faults: list[DomainError] = []
    names = [each.name for each in fields(Schedule)]
    read = {name: faults_of(partial(_field, name, given[name]), faults) for name in names}
    if faults:
        raise Refused(faults)
    made = Schedule(**{name: text for name, text in read.items() if text is not None})
    try:
        first = next(made.occurrences(now, zone), None)
    except CronSimError:  # a day that none of the months has
        first = None
    if first is None or first - now > _LATEST:
        raise ScheduleNever(path=("days",))
    return made


def _field(name: str, text: str) -> str:
    lowest, highest = RANGES[name]
    parts = [part.strip() for part in text.strip().split(",")]
    if parts == ["*"] and name != "minutes":
        return "*"
    is_whole = all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts)
    numbers = {int(part) for part in parts} if is_whole else set()
    if not numbers or min(numbers) < lowest or max(numbers) > highest:
        raise ScheduleFieldInvalid(lowest=lowest, highest=highest, path=(name,))
    return ",".join(map(str, sorted(numbers)))


def read_emails(given: Sequence[str]) -> list[str]:
    """The addresses of a report, as they were typed: one by one, or separated by commas."""
    faults: list[DomainError] = []
    found: dict[str, None] = {}
    for place, each in _listed(given):
        if len(each) > MAX_EMAIL or not _EMAIL.fullmatch(each):
            faults.append(EmailInvalid(given=each[:100], path=("emails", place)))
        found[each] = None
    if len(found) > MAX_EMAILS:
        faults.append(EmailsTooMany(path=("emails",)))
    if faults:
        raise Refused(faults)
    return list(found)


def read_paths(given: Sequence[str]) -> list[str]:
    """The files to import, as they were typed: paths from the root, perhaps with commas between."""
    faults: list[DomainError] = []
    found: dict[str, None] = {}
    for place, each in _listed(given):
        path = faults_of(partial(_file_path, each, place), faults)
        if path is not None:
            found[path] = None
    if len(found) > MAX_PATHS:
        faults.append(PathsTooMany(path=("paths",)))
    if faults:
        raise Refused(faults)
    return list(found)


def _listed(given: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What stands between the commas, with the place of the field that it was typed in."""
    for place, text in enumerate(given):
        for part in text.split(","):
            if part.strip():
                yield place, part.strip()


def _file_path(text: str, place: int) -> str:
    if text.endswith("/"):
        raise PathInvalid(given=text[:100], path=("paths", place))
    return check_path(text, "paths", place)


def check_path(text: str, *field: str | int) -> str:
    """A path from the root, with one slash before it; PathInvalid if it leads out."""
    is_text = text.isprintable() and len(text) < MAX_PATH
    if not is_text or ".." in text.replace("\\", "/").split("/"):
        raise PathInvalid(given=text[:100], path=field)
    return "/" + text.strip().strip("/")


def file_name(template: str, *, company: int, moment: datetime, month: str) -> str:
    """The name of a file that is exported at a moment of the organization's day.

    Tokens: ``{companyId}``, ``{date}``, ``{date:YYYYMMDD}``, ``{time:HHmm}``, ``{period:YYYYMM}``;
    ``month``: the billing month, YYYY-MM. NameTemplateInvalid names a token that there is not.
    """

    def value(found: re.Match[str]) -> str:
        token, _, form = found[1].partition(":")
        match token, form:
            case "companyId", "":
                return str(company)
            case "date", _:
                return _formed(form or "YYYY-MM-DD", moment, found[0])
            case "time", _:
                return _formed(form or "HHmm", moment, found[0])
            case "period", _:
                year, number = month.split("-")
                shifted = moment.replace(year=int(year), month=int(number), day=1)
                return _formed(form or "YYYYMM", shifted, found[0])
        raise NameTemplateInvalid(given=found[0][:50], path=("name_template",))

    name = _FORBIDDEN.sub("", _TOKEN.sub(value, template)).strip(" .")
    is_long = len(template) > MAX_NAME or len(name.encode()) > MAX_NAME_BYTES
    if not name or "{" in name or "}" in name or is_long:
        raise NameTemplateInvalid(given=template[:50], path=("name_template",))
    return name


_PARTS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def _formed(form: str, moment: datetime, token: str) -> str:
    rest = re.sub("|".join(_PARTS), "", form)
    if re.search(r"[A-Za-z%]", rest):
        raise NameTemplateInvalid(given=token[:50], path=("name_template",))
    return moment.strftime(re.sub("|".join(_PARTS), lambda part: _PARTS[part[0]], form))
