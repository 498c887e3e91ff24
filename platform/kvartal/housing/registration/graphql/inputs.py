"""Rows of registration: what an integrator sends of buildings, premises, accounts and residents."""

from uuid import UUID

import strawberry
from strawberry import UNSET

from kvartal.audit.api import PERSONAL
from kvartal.graphql.given import given
from kvartal.graphql.node import uuid_of
from kvartal.housing.registration.ledger import Values
from kvartal.housing.rules import PremiseKind

__all__ = [
    "RegisterAccountsInput",
    "RegisterBuildingsInput",
    "RegisterPremisesInput",
    "RegisterResidentsInput",
]

Id = strawberry.ID

_ORGANIZATION = "Whose estate it is."
_ROWS = "The rows, 1000 at most; of several about one object the last wins."
_PREVIEW = "Tell what would become of the rows, and change nothing."
_EXTERNAL_ID = "The object's id in the billing system (внешний идентификатор): it is known by it."
_BUILDING = "The building: by its id here,"
_PREMISE = "The premise: by its id here,"
_AMONG = " by its id in the billing system,"
_OR_ADDRESS = " or by its address. The first that is given counts."
_OR_NUMBER = " or by its number, together with its building. The first that is given counts."

_KINDS = {"quarter_id": "Quarter", "building_id": "Building", "premise_id": "Premise"}
_BUILDING_FIELDS = ("building_id", "building_external_id", "building_address")
_PREMISE_FIELDS = ("premise_id", "premise_external_id", "premise_number", *_BUILDING_FIELDS)


@strawberry.input(description="A building; a field left out stays as it is, null clears it.")
class BuildingRow:
    """What is known of a building."""

    external_id: str | None = strawberry.field(default=UNSET, description=_EXTERNAL_ID)
    address: str | None = strawberry.field(
        default=UNSET,
        description="Address, 500 characters at most; without an external id it is known by it.",
    )
    timezone: str | None = strawberry.field(
        default=UNSET, description="IANA time zone; a new building has the organization's."
    )
    quarter_id: Id | None = strawberry.field(
        default=UNSET, description="Its quarter; null takes it out of its quarter."
    )
    group_ids: list[Id] | None = strawberry.field(default=UNSET, description="All its groups.")
    fias_guid: UUID | None = strawberry.field(default=UNSET, description="Its GUID in ФИАС.")

    def fields(self) -> Values:
        """The fields that are there."""
        names = ("external_id", "address", "timezone", "quarter_id", "group_ids", "fias_guid")
        fields = _keyed(given(self, *names))
        if "group_ids" in fields:
            groups = self.group_ids or []
            fields["group_ids"] = [uuid_of("BuildingGroup", each) for each in groups]
        return fields


@strawberry.input(description="A premise; a field left out stays as it is, null clears it.")
class PremiseRow:
    """What is known of a premise."""

    external_id: str | None = strawberry.field(default=UNSET, description=_EXTERNAL_ID)
    number: str | None = strawberry.field(
        default=UNSET,
        description="Number, 50 characters at most; without an external id it is known by its"
        " building and number.",
    )
    kind: PremiseKind | None = strawberry.field(
        default=UNSET, description="What it is used for; RESIDENTIAL if it is new."
    )
    building_id: Id | None = strawberry.field(default=None, description=_BUILDING)
    building_external_id: str | None = strawberry.field(
        default=None, description=_BUILDING + _AMONG
    )
    building_address: str | None = strawberry.field(
        default=None, description=_BUILDING + _AMONG + _OR_ADDRESS
    )

    def fields(self) -> Values:
        """The fields that are there."""
        names = ("external_id", "number", "kind", *_BUILDING_FIELDS)
        return _keyed(given(self, *names))


@strawberry.input(description="An account; a field left out stays as it is, null clears it.")
class AccountRow:
    """What is known of an account."""

    external_id: str | None = strawberry.field(default=UNSET, description=_EXTERNAL_ID)
    number: str | None = strawberry.field(
        default=UNSET,
        description="Number, 50 characters at most; without an external id it is known by it.",
    )
    unified_number: str | None = strawberry.field(
        default=UNSET, description="Number in the state's housing system (ЕЛС)."
    )
    premise_id: Id | None = strawberry.field(default=None, description=_PREMISE)
    premise_external_id: str | None = strawberry.field(default=None, description=_PREMISE + _AMONG)
    premise_number: str | None = strawberry.field(
        default=None, description=_PREMISE + _AMONG + _OR_NUMBER
    )
    building_id: Id | None = strawberry.field(default=None, description=_BUILDING)
    building_external_id: str | None = strawberry.field(
        default=None, description=_BUILDING + _AMONG
    )
    building_address: str | None = strawberry.field(
        default=None, description=_BUILDING + _AMONG + _OR_ADDRESS
    )

    def fields(self) -> Values:
        """The fields that are there."""
        names = ("external_id", "number", "unified_number", *_PREMISE_FIELDS)
        return _keyed(given(self, *names))


@strawberry.input(description="A person who lives in a premise; a field left out stays as it is.")
class ResidentRow:
    """What is known of a resident."""

    full_name: str | None = strawberry.field(
        metadata=PERSONAL, default=UNSET, description="Surname, name and patronymic (ФИО)."
    )
    phone: str | None = strawberry.field(
        metadata=PERSONAL,
        default=UNSET,
        description="Telephone: they are known by it, else by the name in the premise; who signs"
        " in with it sees the premise.",
    )
    premise_id: Id | None = strawberry.field(default=None, description=_PREMISE)
    premise_external_id: str | None = strawberry.field(default=None, description=_PREMISE + _AMONG)
    premise_number: str | None = strawberry.field(
        default=None, description=_PREMISE + _AMONG + _OR_NUMBER
    )
    building_id: Id | None = strawberry.field(default=None, description=_BUILDING)
    building_external_id: str | None = strawberry.field(
        default=None, description=_BUILDING + _AMONG
    )
    building_address: str | None = strawberry.field(
        default=None, description=_BUILDING + _AMONG + _OR_ADDRESS
    )

    def fields(self) -> Values:
        """The fields that are there."""
        return _keyed(given(self, "full_name", "phone", *_PREMISE_FIELDS))


@strawberry.input(description="Buildings of an organization as another system knows them.")
class RegisterBuildingsInput:
    """Rows about buildings."""

    organization_id: Id = strawberry.field(description=_ORGANIZATION)
    rows: list[BuildingRow] = strawberry.field(description=_ROWS)
    preview: bool = strawberry.field(default=False, description=_PREVIEW)


@strawberry.input(description="Premises of an organization as another system knows them.")
class RegisterPremisesInput:
    """Rows about premises."""

    organization_id: Id = strawberry.field(description=_ORGANIZATION)
    rows: list[PremiseRow] = strawberry.field(description=_ROWS)
    preview: bool = strawberry.field(default=False, description=_PREVIEW)


@strawberry.input(description="Accounts of an organization as another system knows them.")
class RegisterAccountsInput:
    """Rows about accounts."""

    organization_id: Id = strawberry.field(description=_ORGANIZATION)
    rows: list[AccountRow] = strawberry.field(description=_ROWS)
    preview: bool = strawberry.field(default=False, description=_PREVIEW)


@strawberry.input(description="Residents of an organization as another system knows them.")
class RegisterResidentsInput:
    """Rows about residents."""

    organization_id: Id = strawberry.field(description=_ORGANIZATION)
    rows: list[ResidentRow] = strawberry.field(description=_ROWS)
    preview: bool = strawberry.field(default=False, description=_PREVIEW)


def _keyed(fields: dict[str, object]) -> dict[str, object]:
    """The same fields with the keys of ids in place of the ids."""
    for name, kind in _KINDS.items():
        value = fields.get(name)
        if value is not None:
            fields[name] = uuid_of(kind, str(value))
    return fields
