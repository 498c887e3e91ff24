"""What the registration of readings answers: an outcome for each row, and what is to be known."""

from collections.abc import Sequence
from decimal import Decimal

import strawberry

from kvartal import text
from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.graphql.bulk import row_error_codes, row_path
from kvartal.graphql.node import encode_id
from kvartal_meters import errors
from kvartal_meters.registration.errors import (
    FractionTruncated,
    MeterAmbiguous,
    MeterUnknown,
    NeedsReview,
    ReadingDuplicated,
    ReadingExists,
)
from kvartal_meters.registration.graphql.outcomes import counted
from kvartal_meters.registration.rules.readings import JudgedReading

__all__ = ["ReadingRegistration"]

ReadingRowErrorCode = row_error_codes(
    "ReadingRowErrorCode",
    "Why a row about a reading may be rejected.",
    (
        MeterUnknown,
        MeterAmbiguous,
        ReadingExists,
        ReadingDuplicated,
        errors.ResourceDisabled,
        errors.VerificationExpired,
        errors.MeterArchived,
        errors.ReadingPlaceArchived,
        errors.TakenOnInvalid,
        errors.BillingMonthInvalid,
        errors.RegistersMismatch,
        errors.InvalidValue,
        errors.DigitsExceeded,
        errors.ReadingBelowPrevious,
        errors.ReadingAboveNext,
        errors.RolloverNotPlausible,
    ),
)
ReadingRowWarningCode = row_error_codes(
    "ReadingRowWarningCode",
    "What is to be known of a row about a reading that was not rejected.",
    (FractionTruncated, NeedsReview, ReadingDuplicated),
)


@strawberry.type(description="Why a row about a reading was rejected.")
class ReadingRowError:
    """A fault of a row."""

    code: ReadingRowErrorCode = strawberry.field(description="Machine-readable reason.")  # type: ignore[valid-type] # made at run time
    message: str = strawberry.field(
        description="What is wrong and what to do, in the client's language."
    )
    path: list[str] = strawberry.field(
        description='The input field at fault, e.g. `["readings", "2", "values", "0"]`.'
    )
    previous: Decimal | None = strawberry.field(
        description="With READING_BELOW_PREVIOUS: the value that it is lower than."
    )
    next: Decimal | None = strawberry.field(
        description="With READING_ABOVE_NEXT: the value that it is higher than."
    )
    existing: Decimal | None = strawberry.field(
        description="With READING_EXISTS: the value that was kept."
    )

    @classmethod
    def of(cls, error: DomainError, locale: str) -> "ReadingRowError":
        """An error as the client sees it."""
        facts = error.facts()
        return cls(
            code=error.code,
            message=text.say(error.message_code, locale, **facts),
            path=row_path(error),
            previous=facts.get("previous"),
            next=facts.get("next"),
            existing=facts.get("existing"),
        )


@strawberry.type(description="What is to be known of a row about a reading that was saved.")
class ReadingRowWarning:
    """A remark on a row."""

    code: ReadingRowWarningCode = strawberry.field(description="Machine-readable reason.")  # type: ignore[valid-type] # made at run time
    message: str = strawberry.field(description="What was done, in the client's language.")
    path: list[str] = strawberry.field(description="The input field that it is about.")
    saved: Decimal | None = strawberry.field(
        description="With FRACTION_TRUNCATED: the value that was saved."
    )
    consumption: Decimal | None = strawberry.field(
        description="With NEEDS_REVIEW: the monthly consumption."
    )
    average: Decimal | None = strawberry.field(
        description="With NEEDS_REVIEW: the average of three months; null if it is not known."
    )

    @classmethod
    def of(cls, warning: DomainError, locale: str) -> "ReadingRowWarning":
        """A warning as the client sees it."""
        facts = warning.facts()
        return cls(
            code=warning.code,
            message=text.say(warning.message_code, locale, **facts),
            path=row_path(warning),
            saved=facts.get("saved"),
            consumption=facts.get("consumption"),
            average=facts.get("average"),
        )


@strawberry.type(description="What has become of a row about a reading.")
class RegisteredReading:
    """One row's outcome."""

    outcome: RowOutcome = strawberry.field(description="What was done.")
    id: strawberry.ID | None = strawberry.field(
        description="The reading that the row is about; null if it was rejected."
    )
    errors: list[ReadingRowError] = strawberry.field(
        description="Why it was rejected; empty otherwise."
    )
    warnings: list[ReadingRowWarning] = strawberry.field(
        description="What is to be known although it was not rejected."
    )

    @classmethod
    def of(
        cls, judged: JudgedReading | DomainError, place: int, locale: str
    ) -> "RegisteredReading":
        """A verdict as the client sees it."""
        if isinstance(judged, DomainError):
            outcome, key, faults, remarks = RowOutcome.REJECTED, None, [judged], []
        else:
            outcome, key = judged.outcome, judged.id
            faults, remarks = list(judged.errors), judged.warnings
        return cls(
            outcome=outcome,
            id=encode_id("Reading", key) if key and not faults else None,
            errors=[ReadingRowError.of(e.at("readings", place), locale) for e in faults],
            warnings=[ReadingRowWarning.of(w.at("readings", place), locale) for w in remarks],
        )


@strawberry.type(description="What has become of the rows of a registration of readings.")
class ReadingRegistration:
    """All outcomes, and how many there are of each."""

    rows: list[RegisteredReading] = strawberry.field(
        description="The outcomes in the order of rows."
    )
    created: int = strawberry.field(description="Rows that made a reading.")
    updated: int = strawberry.field(description="Rows that changed one.")
    unchanged: int = strawberry.field(description="Rows that said nothing new.")
    rejected: int = strawberry.field(description="Rows that were refused.")

    @classmethod
    def of(
        cls, verdicts: Sequence[JudgedReading | DomainError], locale: str
    ) -> "ReadingRegistration":
        """The verdicts on the rows."""
        rows = [RegisteredReading.of(each, n, locale) for n, each in enumerate(verdicts)]
        return cls(rows=rows, **counted(each.outcome for each in rows))
