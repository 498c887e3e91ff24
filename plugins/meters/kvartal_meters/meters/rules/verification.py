"""When a meter is due for verification (поверка), and what to warn about."""

from dataclasses import dataclass
from datetime import MAXYEAR, date

from kvartal_meters.meters.rules.kinds import MeterStatus, VerificationReason, VerificationSeverity

__all__ = [
    "SOON_DAYS",
    "Verification",
    "VerificationDates",
    "add_years",
    "effective_next_verification",
    "lapsed_verification",
    "verification_on",
]

SOON_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDates:
    """What a meter's card tells about its verification; the interval (МПИ) is in years."""

    next_verification_on: date | None = None
    verified_on: date | None = None
    commissioned_on: date | None = None
    verification_interval: int | None = None

    def bases(self) -> tuple[tuple[VerificationReason, date | None], ...]:
        """When each of the three dates says that the meter is due, in the order they count."""
        return (
            (VerificationReason.NEXT, self.next_verification_on),
            (VerificationReason.LAST, self._interval_after(self.verified_on)),
            (VerificationReason.COMM, self._interval_after(self.commissioned_on)),
        )

    def _interval_after(self, day: date | None) -> date | None:
        if day is None or self.verification_interval is None:
            return None
        return add_years(day, self.verification_interval)


@dataclass(frozen=True, slots=True)
class Verification:
    """How a meter stands with its verification on a day; ``days_left`` is negative when overdue."""

    severity: VerificationSeverity
    due_on: date | None
    days_left: int | None


def add_years(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes the 28th where there is none."""
    year = min(day.year + years, MAXYEAR)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def effective_next_verification(dates: VerificationDates) -> date | None:
    """The next verification: as written, else from the last one, else from commissioning."""
    return next((due for _, due in dates.bases() if due is not None), None)


def verification_on(today: date, status: MeterStatus, dates: VerificationDates) -> Verification:
    """What to warn about on ``today``: overdue, under 30 days left, or already «На поверке»."""
    due_on = effective_next_verification(dates)
    days_left = None if due_on is None else (due_on - today).days
    return Verification(_severity(status, days_left), due_on, days_left)


def _severity(status: MeterStatus, days_left: int | None) -> VerificationSeverity:
    if status is MeterStatus.ARCHIVED:
        return VerificationSeverity.NONE
    if days_left is not None and days_left < 0:
        return VerificationSeverity.EXPIRED
    if status is MeterStatus.VERIFICATION:
        return VerificationSeverity.ON_VERIFICATION
    if days_left is not None and days_left < SOON_DAYS:
        return VerificationSeverity.SOON
    return VerificationSeverity.NONE


def lapsed_verification(
    dates: VerificationDates, today: date, *, first_basis_only: bool = False
) -> VerificationReason | None:
    """Which date has passed, if any: the nightly check of individual meters in service.

    Each filled date counts by itself, so that an old commissioning date outweighs a recent
    verification; with ``first_basis_only`` (switch «Учитывать последнюю поверку») only the one that
    `effective_next_verification` takes.
    """
    filled = [(reason, due) for reason, due in dates.bases() if due is not None]
    counted = filled[:1] if first_basis_only else filled
    return next((reason for reason, due in counted if due < today), None)
