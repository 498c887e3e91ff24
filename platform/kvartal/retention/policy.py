"""For how long each thing is kept in this installation; the jobs of the night ask here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from kvartal.retention.settings import RetentionSettings

__all__ = ["Retention", "configure", "configured", "retention"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The settings as the jobs use them; ``audit``: None keeps the log for ever."""

    audit: timedelta | None = timedelta(days=1095)
    outbox: timedelta = timedelta(days=7)
    failed: timedelta = timedelta(days=90)
    session: timedelta = timedelta(days=30)
    address: timedelta = timedelta(days=180)
    orphan: timedelta = timedelta(hours=24)

    @classmethod
    def of(cls, settings: RetentionSettings) -> "Retention":
        """The retention of an installation."""
        audit = settings.retention_audit_days
        return cls(
            audit=timedelta(days=audit) if audit else None,
            outbox=timedelta(days=settings.retention_outbox_days),
            failed=timedelta(days=settings.retention_failed_days),
            session=timedelta(days=settings.retention_session_days),
            address=timedelta(days=settings.retention_address_days),
            orphan=timedelta(hours=settings.retention_orphan_hours),
        )


_present = Retention()


def configure(settings: RetentionSettings) -> None:
    """Make the settings this process's own; once, at start."""
    global _present  # one retention a process
    _present = Retention.of(settings)


@contextmanager
def configured(changed: Retention) -> Iterator[None]:
    """Keep for other times while the block runs."""
    global _present
    before, _present = _present, changed
    try:
        yield
    finally:
        _present = before


def retention() -> Retention:
    """For how long this process keeps what."""
    return _present
