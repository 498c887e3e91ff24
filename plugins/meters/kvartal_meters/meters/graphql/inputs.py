"""Inputs of the mutations of meters: the form of the card, and what is done with a meter."""

from datetime import date
from decimal import Decimal
from typing import cast

import strawberry
from strawberry import UNSET

from kvartal.graphql.given import given
from kvartal.graphql.node import uuid_of
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.graphql.wording import EXPECTED_VERSION
from kvartal_meters.meters.rules import ArchiveReason, MeterCondition, MeterStatus
from kvartal_meters.meters.service import MeterFields

__all__ = [
    "AddMeterInput",
    "ArchiveMeterInput",
    "CardInput",
    "CompleteVerificationInput",
    "MeterDocumentInput",
    "RestoreMeterInput",
    "UpdateMeterInput",
]

Id = strawberry.ID

_MAY_BE_CLEARED = (
    "account_id",
    "external_id",
    "brand",
    "model",
    "serial_number",
    "commissioned_on",
    "verification_interval",
    "verified_on",
    "next_verification_on",
    "int_digits",
    "initial_values",
    "installation_place",
    "installed_on",
    "sealed_on",
)
_NEVER_EMPTY = (
    "type",
    "status",
    "transformation_ratio",
    "condition",
    "antimagnetic_seal",
    "temperature_sensor",
    "pressure_sensor",
    "remote_reading",
)
_IDENTIFIER = "Number of the meter, unique among those in service; 64 characters at most."


@strawberry.input
class CardInput:
    """The fields that the form has for a new meter and for one that is there."""

    account_id: Id | None = strawberry.field(
        default=UNSET,
        description="The account of the premise that it belongs to; a new meter gets the only one.",
    )
    external_id: str | None = strawberry.field(
        default=UNSET, description="Id in the billing system, 64 characters at most."
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
        default=UNSET, description="Its status; a new meter is in service unless said."
    )
    int_digits: int | None = strawberry.field(
        default=UNSET, description="Digits before the point on its dial, 1 to 12."
    )
    transformation_ratio: Decimal | None = strawberry.field(
        default=UNSET, description="Transformation ratio; another than 1 only of a house meter."
    )
    initial_values: list[Decimal] | None = strawberry.field(
        default=UNSET,
        description="Values at installation, a register each, T1 first; while there are no readings"
        ".",
    )
    installation_place: str | None = strawberry.field(
        default=UNSET, description="Where a house meter is installed, 200 characters at most."
    )
    installed_on: date | None = strawberry.field(
        default=UNSET, description="When a house meter was installed, today or earlier."
    )
    sealed_on: date | None = strawberry.field(
        default=UNSET, description="When a house meter was sealed, today or earlier."
    )
    condition: MeterCondition | None = strawberry.field(
        default=UNSET, description="Whether a house meter works; a new one does unless said."
    )
    antimagnetic_seal: bool | None = strawberry.field(
        default=UNSET, description="Whether a house meter has an antimagnetic seal."
    )
    temperature_sensor: bool | None = strawberry.field(
        default=UNSET, description="Whether a house meter has a temperature sensor."
    )
    pressure_sensor: bool | None = strawberry.field(
        default=UNSET, description="Whether a house meter has a pressure sensor."
    )
    remote_reading: bool | None = strawberry.field(
        default=UNSET, description="Whether a house meter can be read from afar."
    )

    def fields(self) -> MeterFields:
        """What the service is given: the fields that are there."""
        found = given(self, "identifier", *_MAY_BE_CLEARED, not_null=_NEVER_EMPTY)
        if found.get("account_id") is not None:
            found["account_id"] = uuid_of("Account", found["account_id"])
        return cast(MeterFields, found)


@strawberry.input(description="A new meter: of a premise (ИПУ), or of a building (ОДПУ).")
class AddMeterInput(CardInput):
    """The form «Добавить»."""

    premise_id: Id | None = strawberry.field(
        default=None, description="The premise of an individual meter (ИПУ)."
    )
    building_id: Id | None = strawberry.field(
        default=None,
        description="The building of a house meter (ОДПУ); with a premise, the one it is in.",
    )
    type: MeterType = strawberry.field(
        description="Its type; of an individual meter, of a resource that the building has on."
    )
    identifier: str = strawberry.field(description=_IDENTIFIER)


@strawberry.input(
    description="What changes of a meter: a field left out stays as it is, null clears."
)
class UpdateMeterInput(CardInput):
    """The form of a meter that is there."""

    id: Id = strawberry.field(description="The meter.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    type: MeterType | None = strawberry.field(
        default=UNSET,
        description="Its type; only a house meter's may be another, and with readings only one of"
        " the same resource, unit and number of registers.",
    )
    identifier: str | None = strawberry.field(default=UNSET, description=_IDENTIFIER)


@strawberry.input(description="A meter that goes into the archive.")
class ArchiveMeterInput:
    """Which meter, and why."""

    id: Id = strawberry.field(description="The meter.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    reason: ArchiveReason | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="A meter that comes back from the archive.")
class RestoreMeterInput:
    """Which meter."""

    id: Id = strawberry.field(description="The meter.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.input(description="A verification that was carried out.")
class CompleteVerificationInput:
    """The form «Поверка выполнена»."""

    meter_id: Id = strawberry.field(description="The meter.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    verified_on: date = strawberry.field(description="When it was carried out, today or earlier.")
    record_number: str | None = strawberry.field(
        default=None,
        description="Number of the record in ФГИС «Аршин», 100 characters at most.",
    )
    file_id: Id | None = strawberry.field(
        default=None, description="An upload of one's own: the certificate."
    )


@strawberry.input(description="A file as a document of a house meter.")
class MeterDocumentInput:
    """Which file of which meter."""

    meter_id: Id = strawberry.field(description="The meter.")
    file_id: Id = strawberry.field(description="The file: to be attached, an upload of one's own.")
