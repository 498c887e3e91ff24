"""A schedule in one line, as people say it: «13 числа по пятницам в 08:00»."""

from collections.abc import Iterable

from kvartal.text import say
from kvartal_integration.schedules.rules import Schedule

__all__ = ["spoken"]

TIMES = 8
"""More times of a day than that are not named one by one, but by their hours and minutes."""


def spoken(schedule: Schedule, locale: str) -> str:
    """When the exchange runs, in the client's language."""
    days = _days(schedule, locale)
    if schedule.hours == "*":
        minutes = _numbers(schedule.minutes)
        listed = _listed(map(str, minutes), locale)
        hourly = say("schedule.hourly", locale, minutes=listed, count=minutes[-1])
        return " ".join([*days, hourly])
    if schedule.days == schedule.weekdays == "*":
        days = [say("schedule.daily", locale), *days]
    return " ".join([*days, _times(schedule, locale)])


def _days(schedule: Schedule, locale: str) -> list[str]:
    """On which days, as far as that is said."""
    found = []
    if schedule.days != "*":
        days = _numbers(schedule.days)
        listed = _listed(map(str, days), locale)
        found.append(say("schedule.days", locale, days=listed, count=len(days)))
    if schedule.months != "*":
        months = _titles("schedule.month", schedule.months, locale)
        found.append(say("schedule.months", locale, months=months))
    if schedule.weekdays != "*":
        weekdays = _titles("schedule.weekday", schedule.weekdays, locale)
        found.append(say("schedule.weekdays", locale, weekdays=weekdays))
    return found


def _times(schedule: Schedule, locale: str) -> str:
    hours, minutes = _numbers(schedule.hours), _numbers(schedule.minutes)
    if len(hours) * len(minutes) <= TIMES:
        times = [f"{hour:02}:{minute:02}" for hour in hours for minute in minutes]
        return say("schedule.times", locale, times=_listed(times, locale))
    return say(
        "schedule.hours",
        locale,
        hours=_listed(map(str, hours), locale),
        minutes=_listed(map(str, minutes), locale),
        count=minutes[-1],
    )


def _titles(code: str, numbers: str, locale: str) -> str:
    return _listed((say(f"{code}.{each}", locale) for each in _numbers(numbers)), locale)


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _listed(parts: Iterable[str], locale: str) -> str:
    """Commas, and before the last one «и»."""
    *first, last = parts
    return say("schedule.and", locale, first=", ".join(first), last=last) if first else last
