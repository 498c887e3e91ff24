"""Why a meter's card is refused; the sentences stand in ``locale/``."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar
from uuid import UUID

from kvartal.errors import DomainError
from kvartal_meters.errors import MeterArchived, ResourceDisabled

__all__ = [
    "AccountElsewhere",
    "AnotherMeter",
    "CardArchived",
    "CollectiveOnly",
    "DateInFuture",
    "DigitsContradictReadings",
    "DigitsInvalid",
    "IdentifierRequired",
    "IdentifierTaken",
    "InitialValuesFixed",
    "IntervalInvalid",
    "MeterReplaced",
    "RatioInvalid",
    "ResourceOff",
    "TooManyDocuments",
    "TypeFixed",
    "VerificationExists",
    "VerificationOrderInvalid",
    "VerificationOutdated",
]


class IdentifierRequired(DomainError):
    """A meter has no identifier, or one without a visible character."""

    code: ClassVar[str] = "IDENTIFIER_REQUIRED"


@dataclass(eq=False, kw_only=True)
class AnotherMeter(DomainError):
    """A refusal that a meter of the database stands behind; ``meter_id``: which, if it is known."""

    meter_id: UUID | None = field(default=None, metadata={"fact": False})


class IdentifierTaken(AnotherMeter):
    """Another meter of the organization that is not archived has the identifier."""

    code: ClassVar[str] = "IDENTIFIER_TAKEN"


class AccountElsewhere(DomainError):
    """The account is in the archive, or another premise's."""

    code: ClassVar[str] = "ACCOUNT_ELSEWHERE"


class CollectiveOnly(DomainError):
    """Only a house meter (ОДПУ) has this."""

    code: ClassVar[str] = "COLLECTIVE_ONLY"


@dataclass(eq=False, kw_only=True)
class DateInFuture(DomainError):
    """What has happened was not later than today, which is the building's."""

    code: ClassVar[str] = "DATE_IN_FUTURE"
    today: date


class VerificationOrderInvalid(DomainError):
    """The next verification would be earlier than the last one."""

    code: ClassVar[str] = "VERIFICATION_ORDER_INVALID"


class IntervalInvalid(DomainError):
    """A verification interval (МПИ) is 1 to 30 whole years."""

    code: ClassVar[str] = "INTERVAL_INVALID"


class DigitsInvalid(DomainError):
    """A dial has 1 to 12 digits before the point."""

    code: ClassVar[str] = "DIGITS_INVALID"


class DigitsContradictReadings(DomainError):
    """Readings show more digits, or passed zero on a dial of another size."""

    code: ClassVar[str] = "DIGITS_CONTRADICT_READINGS"


class RatioInvalid(DomainError):
    """A transformation ratio is above zero, below 100 000 000, with four decimals at most."""

    code: ClassVar[str] = "RATIO_INVALID"


@dataclass(eq=False, kw_only=True)
class TypeFixed(AnotherMeter):
    """An individual meter keeps its type; a house meter with readings its resource and registers.

    ``has_readings``: it is they that keep it.
    """

    code: ClassVar[str] = "TYPE_FIXED"
    has_readings: bool = field(default=False, metadata={"fact": False})

    @property
    def message_code(self) -> str:
        """What to do instead depends on what keeps the type."""
        return f"{self.code}.READINGS" if self.has_readings else self.code


class InitialValuesFixed(DomainError):
    """Readings have been counted from the initial values."""

    code: ClassVar[str] = "INITIAL_VALUES_FIXED"


class MeterReplaced(DomainError):
    """Another meter has taken the place of this one."""

    code: ClassVar[str] = "METER_REPLACED"


class VerificationExists(DomainError):
    """A verification of that day is recorded already."""

    code: ClassVar[str] = "VERIFICATION_EXISTS"


@dataclass(eq=False, kw_only=True)
class VerificationOutdated(DomainError):
    """The card knows of a later verification, of ``verified_on``."""

    code: ClassVar[str] = "VERIFICATION_OUTDATED"
    verified_on: date


@dataclass(eq=False, kw_only=True)
class TooManyDocuments(DomainError):
    """A meter has as many documents as one may have."""

    code: ClassVar[str] = "TOO_MANY_DOCUMENTS"
    limit: int


@dataclass(eq=False, kw_only=True)
class ResourceOff(ResourceDisabled):
    """The building does not take readings of the resource: no meter of it is put into service."""

    @property
    def message_code(self) -> str:
        """It is a meter that is refused here, not a reading."""
        return f"{self.code}.METER"


@dataclass(eq=False, kw_only=True)
class CardArchived(MeterArchived):
    """The meter is in the archive, and what is asked is for a meter in service."""

    @property
    def message_code(self) -> str:
        """It is a change of the card that is refused here, not a reading."""
        return f"{self.code}.CARD"
