"""The only clock: rules get dates as arguments, and everything that asks the time asks here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = ["frozen", "now", "set_offset", "timezone", "today"]

_frozen: ContextVar[datetime | None] = ContextVar("kvartal_frozen_clock", default=None)
_offset = timedelta()


def now() -> datetime:
    """The present instant, in UTC."""
    return _frozen.get() or datetime.now(UTC) + _offset  # noqa: TID251 -- this is the clock


def today(zone: str) -> date:
    """The present date in the time zone named ``zone`` (IANA)."""
    return now().astimezone(timezone(zone)).date()


@lru_cache
def timezone(zone: str) -> ZoneInfo:
    """The time zone by its IANA name."""
    return ZoneInfo(zone)


def set_offset(offset: timedelta) -> None:
    """Let this process live in another time: the demo shows a window's last day on any day."""
    global _offset  # one clock a process
    _offset = offset


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Stop the clock at ``instant`` for this task and those it starts."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} says no offset from UTC")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
