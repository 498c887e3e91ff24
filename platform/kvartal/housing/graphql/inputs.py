"""Inputs of the estate's mutations."""

from uuid import UUID

import strawberry
from strawberry import UNSET

from kvartal.graphql.node import uuid_of
from kvartal.housing.rules import PremiseKind
from kvartal.housing.service import BuildingFields

__all__ = [
    "AddResidentInput",
    "CreateAccountInput",
    "CreateBuildingInput",
    "CreatePremiseInput",
    "UpdateBuildingInput",
]

Id = strawberry.ID


@strawberry.input(description="A new building.")
class CreateBuildingInput:
    """Fields of a new building."""

    organization_id: Id = strawberry.field(description="The organization that serves it.")
    address: str = strawberry.field(description="Address, 500 characters at most.")
    timezone: str | None = strawberry.field(
        default=None, description="IANA time zone; by default that of the organization."
    )
    quarter_id: Id | None = strawberry.field(default=None, description="Its quarter.")
    group_ids: list[Id] = strawberry.field(default_factory=list, description="Its groups.")
    external_id: str | None = strawberry.field(
        default=None, description="Its id in the billing system."
    )
    fias_guid: UUID | None = strawberry.field(default=None, description="Its GUID in ФИАС.")

    def fields(self) -> BuildingFields:
        """What the service is given; a time zone left out is the organization's."""
        fields = BuildingFields(
            address=self.address,
            quarter_id=_quarter(self.quarter_id),
            group_ids=_groups(self.group_ids),
            external_id=self.external_id,
            fias_guid=self.fias_guid,
        )
        if self.timezone is not None:
            fields["timezone"] = self.timezone
        return fields


@strawberry.input(description="What changes of a building; a field left out stays as it is.")
class UpdateBuildingInput:
    """Changes of a building."""

    id: Id = strawberry.field(description="The building.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was edited; refused if it is no longer so."
    )
    address: str | None = strawberry.field(
        default=UNSET, description="Address, 500 characters at most."
    )
    timezone: str | None = strawberry.field(default=UNSET, description="IANA time zone.")
    quarter_id: Id | None = strawberry.field(
        default=UNSET, description="Its quarter; null takes it out of its quarter."
    )
    group_ids: list[Id] | None = strawberry.field(default=UNSET, description="All its groups.")
    external_id: str | None = strawberry.field(
        default=UNSET, description="Its id in the billing system."
    )
    fias_guid: UUID | None = strawberry.field(default=UNSET, description="Its GUID in ФИАС.")

    def fields(self) -> BuildingFields:
        """What the service is given: the fields that are there."""
        fields = BuildingFields()
        if self.address is not UNSET:
            fields["address"] = self.address
        if self.timezone is not UNSET:
            fields["timezone"] = self.timezone
        if self.quarter_id is not UNSET:
            fields["quarter_id"] = _quarter(self.quarter_id)
        if self.group_ids is not UNSET:
            fields["group_ids"] = _groups(self.group_ids or [])
        if self.external_id is not UNSET:
            fields["external_id"] = self.external_id
        if self.fias_guid is not UNSET:
            fields["fias_guid"] = self.fias_guid
        return fields


@strawberry.input(description="A new premise.")
class CreatePremiseInput:
    """Fields of a new premise."""

    building_id: Id = strawberry.field(description="The building it is in.")
    number: str = strawberry.field(description="Number, 50 characters at most.")
    kind: PremiseKind = strawberry.field(
        default=PremiseKind.RESIDENTIAL, description="What it is used for."
    )
    external_id: str | None = strawberry.field(
        default=None, description="Its id in the billing system."
    )


@strawberry.input(description="A new account.")
class CreateAccountInput:
    """Fields of a new account."""

    premise_id: Id = strawberry.field(description="The premise it is for.")
    number: str = strawberry.field(description="Number, 50 characters at most.")
    unified_number: str | None = strawberry.field(
        default=None, description="Number in the state's housing system (ЕЛС)."
    )
    external_id: str | None = strawberry.field(
        default=None, description="Its id in the billing system."
    )


@strawberry.input(description="A person who lives in a premise.")
class AddResidentInput:
    """Who lives where."""

    premise_id: Id = strawberry.field(description="The premise.")
    full_name: str = strawberry.field(description="Surname, name and patronymic (ФИО).")
    phone: str | None = strawberry.field(
        default=None, description="Telephone; who signs in with it sees the premise."
    )


def _quarter(value: str | None) -> UUID | None:
    return uuid_of("Quarter", value) if value is not None else None


def _groups(values: list[Id]) -> list[UUID]:
    return [uuid_of("BuildingGroup", value) for value in values]
