"""Inputs about buildings, premises, accounts and those who live there."""

from typing import cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from kvartal.audit.api import PERSONAL
from kvartal.graphql.given import given
from kvartal.graphql.node import uuid_of
from kvartal.housing.graphql.wording import EXPECTED_VERSION, EXTERNAL_ID
from kvartal.housing.rules import PremiseKind
from kvartal.housing.service.buildings import BuildingFields
from kvartal.housing.service.premises import AccountFields, PremiseFields
from kvartal.housing.service.residents import ResidentFields

__all__ = [
    "AddResidentInput",
    "CreateAccountInput",
    "CreateBuildingInput",
    "CreatePremiseInput",
    "MoveAccountInput",
    "RemoveResidentInput",
    "UpdateAccountInput",
    "UpdateBuildingInput",
    "UpdatePremiseInput",
    "UpdateResidentInput",
]

Id = strawberry.ID

_ADDRESS = "Address, 500 characters at most."
_NUMBER = "Number, 50 characters at most."
_UNIFIED_NUMBER = "Number in the state's housing system (ЕЛС)."
_FULL_NAME = "Surname, name and patronymic (ФИО)."
_FIAS = "Its GUID in ФИАС."


@strawberry.input(description="A new building.")
class CreateBuildingInput:
    """Fields of a new building."""

    organization_id: Id = strawberry.field(description="The organization that serves it.")
    address: str = strawberry.field(description=_ADDRESS)
    timezone: str | None = strawberry.field(
        default=None, description="IANA time zone; by default that of the organization."
    )
    quarter_id: Id | None = strawberry.field(default=None, description="Its quarter.")
    group_ids: list[Id] = strawberry.field(default_factory=list, description="Its groups.")
    external_id: str | None = strawberry.field(default=None, description=EXTERNAL_ID)
    fias_guid: UUID | None = strawberry.field(default=None, description=_FIAS)

    def fields(self) -> BuildingFields:
        """What the service is given; a time zone left out is the organization's."""
        names = ("address", "quarter_id", "group_ids", "external_id", "fias_guid")
        return _building(given(self, *names, not_null=("timezone",)))


@strawberry.input(description="What changes of a building; a field left out stays as it is.")
class UpdateBuildingInput:
    """Changes of a building."""

    id: Id = strawberry.field(description="The building.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    address: str | None = strawberry.field(default=UNSET, description=_ADDRESS)
    timezone: str | None = strawberry.field(default=UNSET, description="IANA time zone.")
    quarter_id: Id | None = strawberry.field(
        default=UNSET, description="Its quarter; null takes it out of its quarter."
    )
    group_ids: list[Id] | None = strawberry.field(default=UNSET, description="All its groups.")
    external_id: str | None = strawberry.field(default=UNSET, description=EXTERNAL_ID)
    fias_guid: UUID | None = strawberry.field(default=UNSET, description=_FIAS)

    def fields(self) -> BuildingFields:
        """What the service is given: the fields that are there."""
        names = ("address", "timezone", "quarter_id", "group_ids", "external_id", "fias_guid")
        return _building(given(self, *names))


@strawberry.input(description="A new premise.")
class CreatePremiseInput:
    """Fields of a new premise."""

    building_id: Id = strawberry.field(description="The building it is in.")
    number: str = strawberry.field(description=_NUMBER)
    kind: PremiseKind = strawberry.field(
        default=PremiseKind.RESIDENTIAL, description="What it is used for."
    )
    external_id: str | None = strawberry.field(default=None, description=EXTERNAL_ID)

    def fields(self) -> PremiseFields:
        """What the service is given."""
        return cast(PremiseFields, given(self, "number", "kind", "external_id"))


@strawberry.input(description="What changes of a premise; a field left out stays as it is.")
class UpdatePremiseInput:
    """Changes of a premise."""

    id: Id = strawberry.field(description="The premise.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    number: str | None = strawberry.field(default=UNSET, description=_NUMBER)
    kind: PremiseKind | None = strawberry.field(default=UNSET, description="What it is used for.")
    external_id: str | None = strawberry.field(default=UNSET, description=EXTERNAL_ID)

    def fields(self) -> PremiseFields:
        """What the service is given: the fields that are there."""
        return cast(PremiseFields, given(self, "number", "external_id", not_null=("kind",)))


@strawberry.input(description="A new account.")
class CreateAccountInput:
    """Fields of a new account."""

    premise_id: Id = strawberry.field(description="The premise it is for.")
    number: str = strawberry.field(description=_NUMBER)
    unified_number: str | None = strawberry.field(default=None, description=_UNIFIED_NUMBER)
    external_id: str | None = strawberry.field(default=None, description=EXTERNAL_ID)

    def fields(self) -> AccountFields:
        """What the service is given."""
        return cast(AccountFields, given(self, "number", "unified_number", "external_id"))


@strawberry.input(description="What changes of an account; a field left out stays as it is.")
class UpdateAccountInput:
    """Changes of an account."""

    id: Id = strawberry.field(description="The account.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    number: str | None = strawberry.field(default=UNSET, description=_NUMBER)
    unified_number: str | None = strawberry.field(default=UNSET, description=_UNIFIED_NUMBER)
    external_id: str | None = strawberry.field(default=UNSET, description=EXTERNAL_ID)

    def fields(self) -> AccountFields:
        """What the service is given: the fields that are there."""
        return cast(AccountFields, given(self, "number", "unified_number", "external_id"))


@strawberry.input(description="An account that goes to another premise of its organization.")
class MoveAccountInput:
    """Which account goes where."""

    id: Id = strawberry.field(description="The account.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    premise_id: Id = strawberry.field(description="The premise it is for from now on.")


@strawberry.input(description="A person who lives in a premise.")
class AddResidentInput:
    """Who lives where."""

    premise_id: Id = strawberry.field(description="The premise.")
    full_name: str = strawberry.field(metadata=PERSONAL, description=_FULL_NAME)
    phone: str | None = strawberry.field(
        metadata=PERSONAL,
        default=None,
        description="Telephone; who signs in with it sees the premise.",
    )


@strawberry.input(description="What changes of a resident; a field left out stays as it is.")
class UpdateResidentInput:
    """Changes of a resident."""

    id: Id = strawberry.field(description="The resident.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    full_name: str | None = strawberry.field(
        default=UNSET, metadata=PERSONAL, description=_FULL_NAME
    )
    phone: str | None = strawberry.field(
        metadata=PERSONAL,
        default=UNSET,
        description="Telephone; from now on who signs in with this one sees the premises.",
    )

    def fields(self) -> ResidentFields:
        """What the service is given: the fields that are there."""
        return cast(ResidentFields, given(self, "full_name", "phone"))


@strawberry.input(description="A person who lives in a premise no more.")
class RemoveResidentInput:
    """Who leaves what."""

    resident_id: Id = strawberry.field(description="The resident.")
    premise_id: Id = strawberry.field(description="The premise.")


def _building(fields: dict[str, object]) -> BuildingFields:
    quarter, groups = fields.get("quarter_id"), fields.get("group_ids")
    if quarter is not None:
        fields["quarter_id"] = uuid_of("Quarter", str(quarter))
    if "group_ids" in fields:
        chosen = groups if isinstance(groups, list) else []
        fields["group_ids"] = [uuid_of("BuildingGroup", each) for each in chosen]
    return cast(BuildingFields, fields)
