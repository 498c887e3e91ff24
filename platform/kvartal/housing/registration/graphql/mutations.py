"""Mutations of registration: what becomes of each row, in their order."""

from collections import Counter
from collections.abc import Sequence

import strawberry

from kvartal import text
from kvartal.auth.rules import InvalidPhone
from kvartal.bulk import RowOutcome
from kvartal.context import Info
from kvartal.errors import DomainError
from kvartal.graphql.bulk import row_error_codes, row_path
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import encode_id, uuid_of
from kvartal.housing.registration.graphql.inputs import (
    RegisterAccountsInput,
    RegisterBuildingsInput,
    RegisterPremisesInput,
    RegisterResidentsInput,
)
from kvartal.housing.registration.ledger import Verdict
from kvartal.housing.registration.references import (
    AddressAmbiguous,
    AddressTaken,
    BuildingUnknown,
    GroupUnknown,
    PremiseOfAnotherBuilding,
    PremiseUnknown,
    QuarterUnknown,
)
from kvartal.housing.registration.service import (
    register_accounts,
    register_buildings,
    register_premises,
    register_residents,
)
from kvartal.housing.rules import (
    AccountNumberTaken,
    AddressRequired,
    NameRequired,
    NumberRequired,
    PlaceArchived,
    PremiseNumberTaken,
    TextTooLong,
    TimezoneUnknown,
)
from kvartal.permissions import ESTATE_REGISTER

__all__ = ["RegistrationMutations"]

_RULES = (
    " Up to 1000 rows a call, applied in their order; a row that is rejected stops no other, and a"
    " call that is repeated changes nothing. For who works with all buildings."
)

EstateRowErrorCode = row_error_codes(
    "EstateRowErrorCode",
    "Why a row about the estate may be rejected.",
    (
        AccountNumberTaken,
        AddressAmbiguous,
        AddressRequired,
        AddressTaken,
        BuildingUnknown,
        GroupUnknown,
        InvalidPhone,
        NameRequired,
        NumberRequired,
        PlaceArchived,
        PremiseNumberTaken,
        PremiseOfAnotherBuilding,
        PremiseUnknown,
        QuarterUnknown,
        TextTooLong,
        TimezoneUnknown,
    ),
)


@strawberry.type(description="Why a row about the estate was rejected.")
class EstateRowError:
    """A fault of a row."""

    code: EstateRowErrorCode = strawberry.field(description="Machine-readable reason.")  # type: ignore[valid-type] # made at run time
    message: str = strawberry.field(
        description="What is wrong and what to do, in the client's language."
    )
    path: list[str] = strawberry.field(
        description='The input field at fault, e.g. `["rows", "2", "number"]`.'
    )

    @classmethod
    def of(cls, error: DomainError, locale: str) -> "EstateRowError":
        """An error as the client sees it."""
        return cls(
            code=error.code,
            message=text.say(error.message_code, locale, **error.facts()),
            path=row_path(error),
        )


@strawberry.type(description="What has become of a row about the estate.")
class RegisteredRow:
    """One row's outcome."""

    outcome: RowOutcome = strawberry.field(description="What was done.")
    id: strawberry.ID | None = strawberry.field(
        description="The object that the row is about; null if it was rejected."
    )
    errors: list[EstateRowError] = strawberry.field(
        description="Why it was rejected; empty otherwise."
    )


@strawberry.type(description="What has become of the rows of a registration.")
class EstateRegistration:
    """All outcomes, and how many there are of each."""

    rows: list[RegisteredRow] = strawberry.field(description="The outcomes in the order of rows.")
    created: int = strawberry.field(description="Rows that made an object.")
    updated: int = strawberry.field(description="Rows that changed one.")
    unchanged: int = strawberry.field(description="Rows that said nothing new.")
    rejected: int = strawberry.field(description="Rows that were refused.")

    @classmethod
    def of(cls, kind: str, verdicts: Sequence[Verdict], locale: str) -> "EstateRegistration":
        """The verdicts on the rows about one kind of object."""
        count = Counter(each.outcome for each in verdicts)
        return cls(
            rows=[
                RegisteredRow(
                    outcome=each.outcome,
                    id=encode_id(kind, each.id) if each.id else None,
                    errors=[EstateRowError.of(error, locale) for error in each.errors],
                )
                for each in verdicts
            ],
            created=count[RowOutcome.CREATED],
            updated=count[RowOutcome.UPDATED],
            unchanged=count[RowOutcome.UNCHANGED],
            rejected=count[RowOutcome.REJECTED],
        )


@strawberry.type
class RegistrationMutations:
    """Fields of Mutation about the estate as another system knows it."""

    @mutation(
        access=ESTATE_REGISTER,
        description="Make or change buildings (объекты), known by external id, else by address."
        + _RULES,
        payload="registration",
    )
    async def register_buildings(
        self, info: Info, input: RegisterBuildingsInput
    ) -> EstateRegistration:
        """Registered buildings."""
        organization_id = uuid_of("Organization", input.organization_id)
        rows = [row.fields() for row in input.rows]
        verdicts = await register_buildings(
            info.context.actor, organization_id, rows, preview=input.preview
        )
        return EstateRegistration.of("Building", verdicts, info.context.locale)

    @mutation(
        access=ESTATE_REGISTER,
        description="Make or change premises (помещения), known by external id, else by building"
        " and number." + _RULES,
        payload="registration",
    )
    async def register_premises(
        self, info: Info, input: RegisterPremisesInput
    ) -> EstateRegistration:
        """Registered premises."""
        organization_id = uuid_of("Organization", input.organization_id)
        rows = [row.fields() for row in input.rows]
        verdicts = await register_premises(
            info.context.actor, organization_id, rows, preview=input.preview
        )
        return EstateRegistration.of("Premise", verdicts, info.context.locale)

    @mutation(
        access=ESTATE_REGISTER,
        description="Make or change accounts (лицевые счета), known by external id, else by"
        " number; one with another premise goes there." + _RULES,
        payload="registration",
    )
    async def register_accounts(
        self, info: Info, input: RegisterAccountsInput
    ) -> EstateRegistration:
        """Registered accounts."""
        organization_id = uuid_of("Organization", input.organization_id)
        rows = [row.fields() for row in input.rows]
        verdicts = await register_accounts(
            info.context.actor, organization_id, rows, preview=input.preview
        )
        return EstateRegistration.of("Account", verdicts, info.context.locale)

    @mutation(
        access=ESTATE_REGISTER,
        description="Make or change residents (жители), known by telephone, else by name in their"
        " premise, and let them live there." + _RULES,
        payload="registration",
    )
    async def register_residents(
        self, info: Info, input: RegisterResidentsInput
    ) -> EstateRegistration:
        """Registered residents."""
        organization_id = uuid_of("Organization", input.organization_id)
        rows = [row.fields() for row in input.rows]
        verdicts = await register_residents(
            info.context.actor, organization_id, rows, preview=input.preview
        )
        return EstateRegistration.of("Resident", verdicts, info.context.locale)
