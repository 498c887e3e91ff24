"""Why a row of a bulk call is rejected, and what is to be known of one that was not.

DomainError
├── about the meter that a row means: MeterUnknown, MeterAmbiguous, MeterElsewhere
├── about a meter's row: AccountUnknown, TypeRequired, PlaceOverruled
└── about a reading's row: ReadingExists, ReadingDuplicated, FractionTruncated, NeedsReview
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import Unit
from kvartal_meters.meters.rules.refusals import AnotherMeter
from kvartal_meters.readings.rules import SubmissionChannel

__all__ = [
    "AccountUnknown",
    "FractionTruncated",
    "MeterAmbiguous",
    "MeterElsewhere",
    "MeterUnknown",
    "NeedsReview",
    "PlaceOverruled",
    "ReadingDuplicated",
    "ReadingExists",
    "TypeRequired",
]


@dataclass(eq=False, kw_only=True)
class MeterUnknown(DomainError):
    """The organization has no such meter, or the row names none."""

    code: ClassVar[str] = "METER_UNKNOWN"


@dataclass(eq=False, kw_only=True)
class MeterAmbiguous(DomainError):
    """Several meters fit, or what the row names is not one and the same meter."""

    code: ClassVar[str] = "METER_AMBIGUOUS"


@dataclass(eq=False, kw_only=True)
class MeterElsewhere(AnotherMeter):
    """The meter is in another place than the row says: a meter is not moved."""

    code: ClassVar[str] = "METER_ELSEWHERE"


@dataclass(eq=False, kw_only=True)
class AccountUnknown(DomainError):
    """The organization, or the building that the row names, has no such account."""

    code: ClassVar[str] = "ACCOUNT_UNKNOWN"


@dataclass(eq=False, kw_only=True)
class TypeRequired(DomainError):
    """A new meter has a type."""

    code: ClassVar[str] = "TYPE_REQUIRED"


@dataclass(eq=False, kw_only=True)
class PlaceOverruled(DomainError):
    """The account belongs to another premise than the row names: the account's one counts."""

    code: ClassVar[str] = "PLACE_OVERRULED"


@dataclass(eq=False, kw_only=True)
class ReadingExists(DomainError):
    """The month has another reading, and existing ones are kept: it stays as it is.

    ``channel``: how that one has come.
    """

    code: ClassVar[str] = "READING_EXISTS"
    billing_month: YearMonth
    existing: Decimal
    channel: SubmissionChannel | None = None


@dataclass(eq=False, kw_only=True)
class ReadingDuplicated(DomainError):
    """A later row of the call is about the same meter and month: that one counts."""

    code: ClassVar[str] = "READING_DUPLICATED"


@dataclass(eq=False, kw_only=True)
class FractionTruncated(DomainError):
    """The building takes whole numbers of this resource: the whole part was saved."""

    code: ClassVar[str] = "FRACTION_TRUNCATED"
    given: Decimal
    saved: Decimal


@dataclass(eq=False, kw_only=True)
class NeedsReview(DomainError):
    """The monthly consumption is far above the average: saved, to be reviewed by the staff.

    ``average`` is none while fewer than three months are known.
    """

    code: ClassVar[str] = "NEEDS_REVIEW"
    consumption: Decimal
    average: Decimal | None
    unit: Unit

    @property
    def message_code(self) -> str:
        """Without an average there is nothing to compare with in the sentence."""
        return self.code if self.average is not None else f"{self.code}.NO_AVERAGE"
