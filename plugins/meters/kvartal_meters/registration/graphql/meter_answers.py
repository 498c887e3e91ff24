"""What the registration of meters answers: an outcome for each row."""

from collections.abc import Sequence

import strawberry

from kvartal import text
from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.graphql.bulk import row_error_codes, row_path
from kvartal.graphql.node import encode_id
from kvartal.housing.api import (
    BuildingUnknown,
    ExternalIdTaken,
    PlaceArchived,
    PremiseUnknown,
    TextTooLong,
)
from kvartal_meters import errors
from kvartal_meters.meters.rules import refusals
from kvartal_meters.registration.errors import (
    AccountUnknown,
    MeterAmbiguous,
    MeterElsewhere,
    MeterUnknown,
    PlaceOverruled,
    TypeRequired,
)
from kvartal_meters.registration.graphql.outcomes import counted
from kvartal_meters.registration.rules.entries import MeterVerdict

__all__ = ["MeterRegistration"]

MeterRowErrorCode = row_error_codes(
    "MeterRowErrorCode",
    "Why a row about a meter may be rejected.",
    (
        MeterUnknown,
        MeterAmbiguous,
        MeterElsewhere,
        BuildingUnknown,
        PremiseUnknown,
        AccountUnknown,
        PlaceArchived,
        TypeRequired,
        TextTooLong,
        ExternalIdTaken,
        refusals.DateInFuture,
        refusals.DigitsContradictReadings,
        refusals.DigitsInvalid,
        refusals.IdentifierRequired,
        refusals.IdentifierTaken,
        refusals.InitialValuesFixed,
        refusals.IntervalInvalid,
        refusals.RatioInvalid,
        refusals.TypeFixed,
        refusals.VerificationOrderInvalid,
        errors.DigitsExceeded,
        errors.InvalidValue,
        errors.MeterArchived,
        errors.RegistersMismatch,
        errors.ResourceDisabled,
    ),
)
MeterRowWarningCode = row_error_codes(
    "MeterRowWarningCode",
    "What is to be known of a row about a meter that was not rejected.",
    (PlaceOverruled,),
)


@strawberry.type(description="Why a row about a meter was rejected.")
class MeterRowError:
    """A fault of a row."""

    code: MeterRowErrorCode = strawberry.field(description="Machine-readable reason.")  # type: ignore[valid-type] # made at run time
    message: str = strawberry.field(
        description="What is wrong and what to do, in the client's language."
    )
    path: list[str] = strawberry.field(
        description='The input field at fault, e.g. `["meters", "2", "identifier"]`.'
    )

    @classmethod
    def of(cls, error: DomainError, locale: str) -> "MeterRowError":
        """An error as the client sees it."""
        return cls(
            code=error.code,
            message=text.say(error.message_code, locale, **error.facts()),
            path=row_path(error),
        )


@strawberry.type(description="What is to be known of a row about a meter that was not rejected.")
class MeterRowWarning:
    """A remark on a row."""

    code: MeterRowWarningCode = strawberry.field(description="Machine-readable reason.")  # type: ignore[valid-type] # made at run time
    message: str = strawberry.field(description="What was done, in the client's language.")
    path: list[str] = strawberry.field(description="The input field that it is about.")

    @classmethod
    def of(cls, warning: DomainError, locale: str) -> "MeterRowWarning":
        """A warning as the client sees it."""
        return cls(
            code=warning.code,
            message=text.say(warning.message_code, locale, **warning.facts()),
            path=row_path(warning),
        )


@strawberry.type(description="What has become of a row about a meter.")
class RegisteredMeter:
    """One row's outcome."""

    outcome: RowOutcome = strawberry.field(description="What was done.")
    id: strawberry.ID | None = strawberry.field(
        description="The meter that the row is about; null if it was rejected."
    )
    errors: list[MeterRowError] = strawberry.field(
        description="Why it was rejected; empty otherwise."
    )
    warnings: list[MeterRowWarning] = strawberry.field(
        description="What is to be known although it was not rejected."
    )

    @classmethod
    def of(cls, verdict: MeterVerdict, place: int, locale: str) -> "RegisteredMeter":
        """A verdict as the client sees it."""
        return cls(
            outcome=verdict.outcome,
            id=encode_id("Meter", verdict.id) if verdict.id else None,
            errors=[MeterRowError.of(e.at("meters", place), locale) for e in verdict.errors],
            warnings=[MeterRowWarning.of(w.at("meters", place), locale) for w in verdict.warnings],
        )


@strawberry.type(description="What has become of the rows of a registration of meters.")
class MeterRegistration:
    """All outcomes, and how many there are of each."""

    rows: list[RegisteredMeter] = strawberry.field(description="The outcomes in the order of rows.")
    created: int = strawberry.field(description="Rows that made a meter.")
    updated: int = strawberry.field(description="Rows that changed one.")
    unchanged: int = strawberry.field(description="Rows that said nothing new.")
    rejected: int = strawberry.field(description="Rows that were refused.")

    @classmethod
    def of(cls, verdicts: Sequence[MeterVerdict], locale: str) -> "MeterRegistration":
        """The verdicts on the rows."""
        return cls(
            rows=[RegisteredMeter.of(each, n, locale) for n, each in enumerate(verdicts)],
            **counted(each.outcome for each in verdicts),
        )
