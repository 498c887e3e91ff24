"""Expected refusals of the meters plugin; the sentences stand in ``locale/``.

DomainError
├── about the meter and the time: ResourceDisabled, VerificationExpired, MeterArchived,
│   ReadingPlaceArchived, StaffOnly, PeriodClosed, EditedByStaff, LaterReadingExists,
│   TakenOnInvalid, BillingMonthInvalid
├── about its name: NameTooLong
├── about its end: ReadingsNotConfirmed, ReplacementTypeInvalid
├── about the values: RegistersMismatch, InvalidValue, FractionNotAllowed, DigitsExceeded,
│   ReadingBelowPrevious, ReadingAboveNext, RolloverNotPlausible, AnomalyConfirmationRequired
└── about settings: WindowDaysIncomplete, WindowDayInvalid, RuleLocked, ServiceNotVerification,
    AnomalyFactorInvalid, VerificationNotOffered
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from kvartal.errors import DomainError
from kvartal.housing.api import PlaceArchived
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import Unit
from kvartal_meters.resource_settings.levels import SettingsLevel

__all__ = [
    "AnomalyConfirmationRequired",
    "AnomalyFactorInvalid",
    "BillingMonthInvalid",
    "DigitsExceeded",
    "EditedByStaff",
    "FractionNotAllowed",
    "InvalidValue",
    "LaterReadingExists",
    "MeterArchived",
    "NameTooLong",
    "PeriodClosed",
    "ReadingAboveNext",
    "ReadingBelowPrevious",
    "ReadingPlaceArchived",
    "ReadingsNotConfirmed",
    "RegistersMismatch",
    "ReplacementTypeInvalid",
    "ResourceDisabled",
    "RolloverHint",
    "RolloverNotPlausible",
    "RuleLocked",
    "ServiceNotVerification",
    "StaffOnly",
    "TakenOnInvalid",
    "VerificationExpired",
    "VerificationNotOffered",
    "WindowDayInvalid",
    "WindowDaysIncomplete",
]


@dataclass(eq=False, kw_only=True)
class ResourceDisabled(DomainError):
    """The building does not take readings of the meter's resource."""

    code: ClassVar[str] = "RESOURCE_DISABLED"


@dataclass(eq=False, kw_only=True)
class VerificationExpired(DomainError):
    """The meter is «На поверке», and the building takes no readings of such meters."""

    code: ClassVar[str] = "VERIFICATION_EXPIRED"


@dataclass(eq=False, kw_only=True)
class MeterArchived(DomainError):
    """An archived meter takes no readings from anybody."""

    code: ClassVar[str] = "METER_ARCHIVED"


@dataclass(eq=False, kw_only=True)
class ReadingPlaceArchived(PlaceArchived):
    """The meter's premise or building is in the archive: nothing in it takes readings."""

    @property
    def message_code(self) -> str:
        """It is a reading that is refused here, not something new in the place."""
        return f"{self.code}.READING"


@dataclass(eq=False, kw_only=True)
class StaffOnly(DomainError):
    """Readings of a collective meter (ОДПУ) are the staff's to submit."""

    code: ClassVar[str] = "STAFF_ONLY"


@dataclass(eq=False, kw_only=True)
class PeriodClosed(DomainError):
    """The collection period is closed; without ``opens_on`` it will not open again."""

    code: ClassVar[str] = "PERIOD_CLOSED"
    opens_on: date | None = None

    @property
    def message_code(self) -> str:
        """A month that is over has a sentence without a date."""
        return self.code if self.opens_on else f"{self.code}.OVER"


@dataclass(eq=False, kw_only=True)
class EditedByStaff(DomainError):
    """A resident may not change what somebody else saved last."""

    code: ClassVar[str] = "EDITED_BY_STAFF"


@dataclass(eq=False, kw_only=True)
class LaterReadingExists(DomainError):
    """Only the latest reading may be touched, and there is a later one."""

    code: ClassVar[str] = "LATER_READING_EXISTS"


@dataclass(eq=False, kw_only=True)
class TakenOnInvalid(DomainError):
    """The day of reading is in the future or before the meter was commissioned."""

    code: ClassVar[str] = "TAKEN_ON_INVALID"
    taken_on: date


@dataclass(eq=False, kw_only=True)
class BillingMonthInvalid(DomainError):
    """A reading may not be put into that billing month."""

    code: ClassVar[str] = "BILLING_MONTH_INVALID"
    billing_month: YearMonth


@dataclass(eq=False, kw_only=True)
class NameTooLong(DomainError):
    """A resident's name of a meter has more letters than ``limit``."""

    code: ClassVar[str] = "NAME_TOO_LONG"
    limit: int


@dataclass(eq=False, kw_only=True)
class RegistersMismatch(DomainError):
    """A reading has all registers of the meter's type, no more and no less."""

    code: ClassVar[str] = "REGISTERS_MISMATCH"
    expected: int
    given: int


@dataclass(eq=False, kw_only=True)
class InvalidValue(DomainError):
    """Not a value of a meter: no number, negative, too large or with too many decimals."""

    code: ClassVar[str] = "INVALID_VALUE"
    decimals: int


@dataclass(eq=False, kw_only=True)
class FractionNotAllowed(DomainError):
    """The building takes whole numbers of this resource."""

    code: ClassVar[str] = "FRACTION_NOT_ALLOWED"


@dataclass(eq=False, kw_only=True)
class DigitsExceeded(DomainError):
    """The meter's dial cannot show so large a value."""

    code: ClassVar[str] = "DIGITS_EXCEEDED"
    digits: int


class RolloverHint(StrEnum):
    """What to advise when a value is lower because the dial may have passed zero."""

    ASK_STAFF = "ASK_STAFF"
    TICK = "TICK"


@dataclass(eq=False, kw_only=True)
class ReadingBelowPrevious(DomainError):
    """The value is lower than the one before, of ``previous_month`` if it is not an initial one."""

    code: ClassVar[str] = "READING_BELOW_PREVIOUS"
    previous: Decimal
    previous_month: YearMonth | None = field(default=None, metadata={"fact": False})
    hint: RolloverHint | None = field(default=None, metadata={"fact": False})

    @property
    def message_code(self) -> str:
        """If the dial may have passed zero, the sentence says what to do about it."""
        return f"{self.code}.{self.hint.name}" if self.hint else self.code


@dataclass(eq=False, kw_only=True)
class ReadingAboveNext(DomainError):
    """The value is higher than the one of the next month."""

    code: ClassVar[str] = "READING_ABOVE_NEXT"
    next: Decimal


@dataclass(eq=False, kw_only=True)
class RolloverNotPlausible(DomainError):
    """So large a step is not a dial that passed zero."""

    code: ClassVar[str] = "ROLLOVER_NOT_PLAUSIBLE"


@dataclass(eq=False, kw_only=True)
class AnomalyConfirmationRequired(DomainError):
    """The monthly consumption is far above the average: save only if a person confirms it.

    ``average`` is none while fewer than three months are known.
    """

    code: ClassVar[str] = "ANOMALY_CONFIRMATION_REQUIRED"
    consumption: Decimal
    average: Decimal | None
    unit: Unit

    @property
    def message_code(self) -> str:
        """Without an average there is nothing to compare with in the sentence."""
        return self.code if self.average is not None else f"{self.code}.NO_AVERAGE"


@dataclass(eq=False, kw_only=True)
class WindowDaysIncomplete(DomainError):
    """A window has both its days or none."""

    code: ClassVar[str] = "WINDOW_DAYS_INCOMPLETE"


@dataclass(eq=False, kw_only=True)
class WindowDayInvalid(DomainError):
    """A window's day is a day of a month, 1 to 31."""

    code: ClassVar[str] = "WINDOW_DAY_INVALID"


@dataclass(eq=False, kw_only=True)
class RuleLocked(DomainError):
    """A quarter's or a group's rule decides here; ``level`` and ``name`` say whose.

    ``building_taken``: the rule of one group is refused, since another's holds a building of it.
    """

    code: ClassVar[str] = "RULE_LOCKED"
    level: SettingsLevel
    name: str
    building_taken: bool = field(default=False, metadata={"fact": False})

    @property
    def message_code(self) -> str:
        """What to do depends on whose rule it is and on what it refuses."""
        return self.code if self.building_taken else f"{self.code}.{self.level.name}"


@dataclass(eq=False, kw_only=True)
class ReadingsNotConfirmed(DomainError):
    """So many readings go with the meter (``count``): it takes somebody who knows that."""

    code: ClassVar[str] = "READINGS_NOT_CONFIRMED"
    count: int


@dataclass(eq=False, kw_only=True)
class ReplacementTypeInvalid(DomainError):
    """A meter is replaced by one that measures the same, if perhaps with other tariffs."""

    code: ClassVar[str] = "REPLACEMENT_TYPE_INVALID"


@dataclass(eq=False, kw_only=True)
class ServiceNotVerification(DomainError):
    """Only a service of the kind VERIFICATION is offered beside a meter's verification."""

    code: ClassVar[str] = "SERVICE_NOT_VERIFICATION"


@dataclass(eq=False, kw_only=True)
class AnomalyFactorInvalid(DomainError):
    """How many times the average is too much: out of bounds, or finer than a hundredth."""

    code: ClassVar[str] = "ANOMALY_FACTOR_INVALID"
    minimum: Decimal
    maximum: Decimal


@dataclass(eq=False, kw_only=True)
class VerificationNotOffered(DomainError):
    """The building offers no service of verification for the meter's resource."""

    code: ClassVar[str] = "VERIFICATION_NOT_OFFERED"
