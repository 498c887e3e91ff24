"""What a meter is and when it is due for verification (поверка)."""

from dataclasses import dataclass
from datetime import MAXYEAR, date
from enum import StrEnum

__all__ = [
    "ArchiveReason",
    "AuthorKind",
    "MeterCondition",
    "MeterScope",
    "MeterStatus",
    "Verification",
    "VerificationDates",
    "VerificationReason",
    "VerificationSeverity",
    "account_key",
    "add_years",
    "clean_identifier",
    "effective_next_verification",
    "lapsed_verification",
    "search_text",
    "serial_key",
    "verification_on",
]

SOON_DAYS = 30


class MeterScope(StrEnum):
    """Whose consumption a meter counts (вид ПУ)."""

    INDIVIDUAL = "INDIVIDUAL"
    COLLECTIVE = "COLLECTIVE"
    APARTMENT = "APARTMENT"
    ROOM = "ROOM"


class MeterStatus(StrEnum):
    """Where a meter is in its life: in service, «На поверке», or archived."""

    ACTIVE = "ACTIVE"
    VERIFICATION = "VERIFICATION"
    ARCHIVED = "ARCHIVED"


class ArchiveReason(StrEnum):
    """Why a meter left service (причина вывода в архив), after the state's list of reasons."""

    REPLACED = "REPLACED"
    FAULTY = "FAULTY"
    VERIFICATION_OVERDUE = "VERIFICATION_OVERDUE"
    LIFETIME_EXPIRED = "LIFETIME_EXPIRED"
    REMOVED = "REMOVED"
    OTHER = "OTHER"


class MeterCondition(StrEnum):
    """Whether a collective meter works (состояние ОДПУ)."""

    WORKING = "WORKING"
    FAULTY = "FAULTY"


class AuthorKind(StrEnum):
    """Who saves a reading: the rules differ by it; the names are those of an actor's kind."""

    RESIDENT = "RESIDENT"
    EMPLOYEE = "EMPLOYEE"
    SERVICE = "SERVICE"


class VerificationSeverity(StrEnum):
    """How urgent a meter's verification is."""

    NONE = "NONE"
    SOON = "SOON"
    EXPIRED = "EXPIRED"
    ON_VERIFICATION = "ON_VERIFICATION"


class VerificationReason(StrEnum):
    """Which date put a meter «На поверке» at night."""

    NEXT = "NEXT"
    LAST = "LAST"
    COMM = "COMM"


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


_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХ", "ABEKMHOPCTX")
_SERIAL_NOISE = frozenset("№-‐‑‒–—−")


def clean_identifier(identifier: str) -> str:
    """A meter's identifier as it is stored: trimmed; empty means that there is none."""
    return identifier.strip()


def account_key(number: str) -> str:
    """An account's number as it is compared: no spaces, no case; leading zeros are significant."""
    return "".join(number.split()).casefold()


def serial_key(serial_number: str) -> str:
    """A serial number as it is compared: upper case, Latin look-alikes, no spaces, № or hyphens."""
    upper = "".join(serial_number.split()).upper().translate(_LOOK_ALIKES)
    return "".join(letter for letter in upper if letter not in _SERIAL_NOISE)


def search_text(*parts: str | None) -> str:
    """What people may type to find a meter: address, premise, account, identifier, serial number.

    In the form of the words that a search is split into: lower case, е for ё.
    """
    joined = " ".join(part for part in parts if part)
    return " ".join(joined.lower().replace("ё", "е").replace(",", " ").split())
