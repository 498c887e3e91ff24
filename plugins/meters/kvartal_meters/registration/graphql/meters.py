"""Rows of bulk calls: what another system sends of meters."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from kvartal.errors import BadInput
from kvartal.graphql.bulk import row_input
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import cleaned
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import MeterCondition, MeterScope, MeterStatus
from kvartal_meters.registration.rules.places import PlaceReference
from kvartal_meters.registration.service.meters import MeterRowInput

__all__ = ["RegisterMetersInput", "key_of", "sent_meter"]

_NEVER_EMPTY = frozenset(
    {
        "type",
        "status",
        "transformation_ratio",
        "condition",
        "antimagnetic_seal",
        "temperature_sensor",
        "pressure_sensor",
        "remote_reading",
    }
)
_PLACE = frozenset(
    {
        "account_number",
        "premise_id",
        "premise_external_id",
        "premise_number",
        "building_id",
        "building_external_id",
    }
)
_NAMED = _PLACE | {"id", "scope"}
_HOUSE = " Of house meters only; of others it is left aside."


@row_input(
    "A meter; a field left out stays as it is, null clears it. It is known by its id here, by its"
    " external id, by its identifier, by account, type and serial number, in this order; and at"
    " last, if a serial number is missing here or there, as the only meter in service of its type"
    " on the account. With an identifier that nobody has it is so known only to be given its"
    " external id, else it is a new one."
)
class MeterRow:
    """What is known of a meter."""

    id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The meter by its id here; a new one is known by no id."
    )
    external_id: str | None = strawberry.field(
        default=UNSET, description="Id in the billing system, 64 characters at most."
    )
    identifier: str | None = strawberry.field(
        default=UNSET,
        description="Number of the meter, unique among those in service; 64 characters at most.",
    )
    type: MeterType | None = strawberry.field(
        default=UNSET, description="Its type, which never changes; a new meter has one."
    )
    scope: MeterScope | None = strawberry.field(
        default=UNSET,
        description="Whose consumption it counts; INDIVIDUAL if it is new and nothing is said.",
    )
    account_number: str | None = strawberry.field(
        default=UNSET,
        description="The account (лицевой счёт) that it belongs to; its premise is the meter's."
        " A new meter of a premise gets the only one if none is given.",
    )
    premise_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The premise by its id here."
    )
    premise_external_id: str | None = strawberry.field(
        default=UNSET, description="The premise by its id in the billing system."
    )
    premise_number: str | None = strawberry.field(
        default=UNSET, description="The premise by its number, together with its building."
    )
    building_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The building by its id here."
    )
    building_external_id: str | None = strawberry.field(
        default=UNSET, description="The building by its id in the billing system."
    )
    brand: str | None = strawberry.field(default=UNSET, description="Brand (марка).")
    model: str | None = strawberry.field(default=UNSET, description="Model (модель).")
    serial_number: str | None = strawberry.field(
        default=UNSET, description="Maker's number (заводской номер), 50 characters at most."
    )
    commissioned_on: date | None = strawberry.field(
        default=UNSET, description="When it was put into service, today or earlier."
    )
    verification_interval: int | None = strawberry.field(
        default=UNSET, description="Verification interval (МПИ), 1 to 30 years."
    )
    verified_on: date | None = strawberry.field(
        default=UNSET, description="Its last verification, today or earlier."
    )
    next_verification_on: date | None = strawberry.field(
        default=UNSET, description="Its next verification, not before the last one."
    )
    status: MeterStatus | None = strawberry.field(
        default=UNSET, description="ARCHIVED puts it into the archive; only people bring it back."
    )
    int_digits: int | None = strawberry.field(
        default=UNSET, description="Digits before the point on its dial, 1 to 12."
    )
    initial_values: list[Decimal] | None = strawberry.field(
        default=UNSET, description="Values at installation, T1 first; while there are no readings."
    )
    transformation_ratio: Decimal | None = strawberry.field(
        default=UNSET, description="Transformation ratio, above zero." + _HOUSE
    )
    installation_place: str | None = strawberry.field(
        default=UNSET, description="Where it is installed." + _HOUSE
    )
    installed_on: date | None = strawberry.field(
        default=UNSET, description="When it was installed, today or earlier." + _HOUSE
    )
    sealed_on: date | None = strawberry.field(
        default=UNSET, description="When it was sealed, today or earlier." + _HOUSE
    )
    condition: MeterCondition | None = strawberry.field(
        default=UNSET, description="Whether it works; a new one does unless said." + _HOUSE
    )
    antimagnetic_seal: bool | None = strawberry.field(
        default=UNSET, description="Whether it has an antimagnetic seal." + _HOUSE
    )
    temperature_sensor: bool | None = strawberry.field(
        default=UNSET, description="Whether it has a temperature sensor." + _HOUSE
    )
    pressure_sensor: bool | None = strawberry.field(
        default=UNSET, description="Whether it has a pressure sensor." + _HOUSE
    )
    remote_reading: bool | None = strawberry.field(
        default=UNSET, description="Whether it can be read from afar." + _HOUSE
    )


@strawberry.input(description="Meters of an organization as another system knows them.")
class RegisterMetersInput:
    """Rows about meters."""

    organization_id: strawberry.ID = strawberry.field(description="Whose meters they are.")
    meters: list[MeterRow] = strawberry.field(
        description="The rows, 1000 at most; of several about one meter the last wins."
    )


def sent_meter(row: Mapping[str, Any]) -> MeterRowInput:
    """A row, as the resolver gets it, in the words of the service."""
    key, is_malformed = key_of("Meter", row.get("id"))
    return MeterRowInput(
        id=key,
        is_malformed=is_malformed,
        scope=row.get("scope"),
        place=_place(row),
        clears_account="account_number" in row and row["account_number"] is None,
        fields={
            name: value
            for name, value in row.items()
            if name not in _NAMED and not (value is None and name in _NEVER_EMPTY)
        },
    )


def _place(row: Mapping[str, Any]) -> PlaceReference:
    if _PLACE.isdisjoint(row):
        return PlaceReference()
    premise, premise_malformed = key_of("Premise", row.get("premise_id"))
    building, building_malformed = key_of("Building", row.get("building_id"))
    malformed = {"premise_id": premise_malformed, "building_id": building_malformed}
    return PlaceReference(
        account_number=_text(row.get("account_number")),
        premise_id=premise,
        premise_external_id=_text(row.get("premise_external_id")),
        premise_number=_text(row.get("premise_number")),
        building_id=building,
        building_external_id=_text(row.get("building_external_id")),
        malformed=frozenset(name for name, is_so in malformed.items() if is_so),
    )


def _text(value: str | None) -> str | None:
    return cleaned(value or "") or None


def key_of(kind: str, value: str | None) -> tuple[UUID | None, bool]:
    """The key of an id, and whether it is none of that kind: then the row alone is at fault."""
    if value is None:
        return None, False
    try:
        return uuid_of(kind, value), False
    except BadInput:
        return None, True
