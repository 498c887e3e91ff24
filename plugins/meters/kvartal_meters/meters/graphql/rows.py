"""The row type of meters: filled with its place by one SELECT."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import strawberry

from kvartal import clock, text
from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.node import Node, encode_id
from kvartal.housing.api import Account, Building, Premise
from kvartal_meters.catalog.graphql import RegisterInfo, registers_of
from kvartal_meters.catalog.rules import CATALOG, MeterType, ResourceKind, Unit
from kvartal_meters.meters.graphql import wording  # noqa: F401 -- it describes the closed sets
from kvartal_meters.meters.rules import (
    ArchiveReason,
    MeterCondition,
    MeterScope,
    MeterStatus,
    Verification,
    VerificationDates,
    VerificationReason,
    VerificationSeverity,
    verification_on,
)

__all__ = ["Meter", "MeterVerification"]


@strawberry.type(description="How a meter stands with its verification (поверка).")
class MeterVerification:
    """Verification as of today in the building's time zone.

    ``place``: the building and the resource that a service may be linked to; none for house meters.
    """

    place: strawberry.Private[tuple[UUID, ResourceKind] | None]
    severity: VerificationSeverity = strawberry.field(description="How urgent it is.")
    due_on: date | None = strawberry.field(
        description="Date of the next verification; null if nothing is known."
    )
    days_left: int | None = strawberry.field(description="Days until then; negative when overdue.")
    message: str | None = strawberry.field(
        description="The warning in the client's language; null if there is none."
    )


@strawberry.type(description="A metering device (прибор учёта, ПУ).")
class Meter(Node):
    """A meter with its place."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    kind: strawberry.Private[MeterType]
    replaces_uuid: strawberry.Private[UUID | None]
    scope: MeterScope = strawberry.field(description="Whose consumption it counts.")
    type: MeterType = strawberry.field(description="Its type.")
    resource_kind: ResourceKind = strawberry.field(description="The resource it measures.")
    unit: Unit = strawberry.field(description="Unit of its values.")
    identifier: str = strawberry.field(
        description="Number of the meter in the organization (идентификатор)."
    )
    external_id: str | None = strawberry.field(description="Its id in the billing system.")
    serial_number: str | None = strawberry.field(description="Maker's number (заводской номер).")
    brand: str | None = strawberry.field(description="Brand (марка).")
    model: str | None = strawberry.field(description="Model (модель).")
    commissioned_on: date | None = strawberry.field(
        description="When it was put into service (дата ввода в эксплуатацию)."
    )
    verification_interval: int | None = strawberry.field(
        description="Verification interval (МПИ), years."
    )
    verified_on: date | None = strawberry.field(description="Its last verification.")
    next_verification_on: date | None = strawberry.field(
        description="Its next verification, if the card names one."
    )
    status: MeterStatus = strawberry.field(description="Where it is in its life.")
    verification_reason: VerificationReason | None = strawberry.field(
        description="Which date put it «На поверке» at night; null if a person did."
    )
    archived_at: datetime | None = strawberry.field(description="When it was put into the archive.")
    archive_reason: ArchiveReason | None = strawberry.field(
        description="Why it was put into the archive, if that was said."
    )
    int_digits: int | None = strawberry.field(description="Digits before the point on its dial.")
    transformation_ratio: Decimal = strawberry.field(
        description="Transformation ratio (коэффициент трансформации); 1 without transformers."
    )
    initial_values: list[Decimal] = strawberry.field(
        description="Values at installation, T1 first; empty if unknown."
    )
    installation_place: str | None = strawberry.field(
        description="Where a house meter is installed (место установки)."
    )
    condition: MeterCondition | None = strawberry.field(
        description="Whether a house meter works; null for others."
    )
    installed_on: date | None = strawberry.field(
        description="When a house meter was installed (дата установки)."
    )
    sealed_on: date | None = strawberry.field(
        description="When a house meter was sealed (дата опломбирования)."
    )
    antimagnetic_seal: bool | None = strawberry.field(
        description="Whether a house meter has an antimagnetic seal; null for others."
    )
    temperature_sensor: bool | None = strawberry.field(
        description="Whether a house meter has a temperature sensor; null for others."
    )
    pressure_sensor: bool | None = strawberry.field(
        description="Whether a house meter has a pressure sensor; null for others."
    )
    remote_reading: bool | None = strawberry.field(
        description="Whether a house meter can be read from afar; null for others."
    )
    version: int = strawberry.field(
        description="Grows with every change of the meter; send it back as `expectedVersion`."
    )
    updated_at: datetime = strawberry.field(description="When its card changed last.")
    verification: MeterVerification = strawberry.field(description="Its verification, as of today.")
    building: Building = strawberry.field(description="The building it is in (объект).")
    premise: Premise | None = strawberry.field(
        description="The premise it is in (помещение); null for a house meter."
    )
    account: Account | None = strawberry.field(
        description="The account it belongs to (лицевой счёт), if it has one."
    )

    @classmethod
    def of(cls, record: Record, locale: str, prefix: str = "") -> "Meter":
        """The row in a record."""
        kind = MeterType(record[f"{prefix}type"])
        building = Building.of(record, f"{prefix}building_")
        premise = _premise(record, prefix, building)
        scope = MeterScope(record[f"{prefix}scope"])
        archive_reason = record[f"{prefix}archive_reason"]
        verification_reason = record[f"{prefix}verification_reason"]
        return cls(
            id=encode_id("Meter", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            kind=kind,
            replaces_uuid=record[f"{prefix}replaces_id"],
            scope=scope,
            type=kind,
            resource_kind=CATALOG[kind].kind,
            unit=CATALOG[kind].unit,
            identifier=record[f"{prefix}identifier"],
            external_id=record[f"{prefix}external_id"],
            serial_number=record[f"{prefix}serial_number"],
            brand=record[f"{prefix}brand"],
            model=record[f"{prefix}model"],
            commissioned_on=record[f"{prefix}commissioned_on"],
            verification_interval=record[f"{prefix}verification_interval"],
            verified_on=record[f"{prefix}verified_on"],
            next_verification_on=record[f"{prefix}next_verification_on"],
            status=MeterStatus(record[f"{prefix}status"]),
            verification_reason=(
                VerificationReason(verification_reason) if verification_reason else None
            ),
            archived_at=record[f"{prefix}archived_at"],
            archive_reason=ArchiveReason(archive_reason) if archive_reason else None,
            int_digits=record[f"{prefix}int_digits"],
            transformation_ratio=record[f"{prefix}transformation_ratio"],
            initial_values=[
                record[f"{prefix}initial_t{n}"]
                for n in range(1, len(CATALOG[kind].registers) + 1)
                if record[f"{prefix}initial_t{n}"] is not None
            ],
            version=record[f"{prefix}version"],
            updated_at=record[f"{prefix}updated_at"],
            verification=_verification(record, prefix, building.timezone, locale),
            building=building,
            premise=premise,
            account=_account(record, prefix, premise),
            **_details(record, prefix, scope),
        )

    @strawberry.field(description="Its registers, T1 first.")
    def registers(self, info: Info) -> list[RegisterInfo]:
        """Registers with their labels."""
        return registers_of(self.kind, info.context.locale)

    @strawberry.field(description="Its type's name in the client's language.")
    def type_title(self, info: Info) -> str:
        """The type as people call it."""
        return text.title(self.kind, info.context.locale)


_DETAILS = (
    "installation_place",
    "installed_on",
    "sealed_on",
    "antimagnetic_seal",
    "temperature_sensor",
    "pressure_sensor",
    "remote_reading",
)
# Most meters of a list are not a house's: they share this.
_NO_DETAILS: Mapping[str, Any] = MappingProxyType(dict.fromkeys((*_DETAILS, "condition")))


def _details(record: Record, prefix: str, scope: MeterScope) -> Mapping[str, Any]:
    if scope is not MeterScope.COLLECTIVE:
        return _NO_DETAILS
    return {
        "condition": MeterCondition(record[f"{prefix}condition"]),
        **{name: record[f"{prefix}{name}"] for name in _DETAILS},
    }


def _premise(record: Record, prefix: str, building: Building) -> Premise | None:
    if record[f"{prefix}premise_id"] is None:
        return None
    return Premise.of(record, f"{prefix}premise_", building=building)


def _account(record: Record, prefix: str, premise: Premise | None) -> Account | None:
    if record[f"{prefix}account_id"] is None or premise is None:
        return None
    return Account.of(record, f"{prefix}account_", premise=premise)


def _verification(record: Record, prefix: str, timezone: str, locale: str) -> MeterVerification:
    found = verification_on(
        clock.today(timezone),
        MeterStatus(record[f"{prefix}status"]),
        VerificationDates(
            next_verification_on=record[f"{prefix}next_verification_on"],
            verified_on=record[f"{prefix}verified_on"],
            commissioned_on=record[f"{prefix}commissioned_on"],
            verification_interval=record[f"{prefix}verification_interval"],
        ),
    )
    is_house = record[f"{prefix}scope"] == MeterScope.COLLECTIVE
    kind = CATALOG[MeterType(record[f"{prefix}type"])].kind
    return MeterVerification(
        place=None if is_house else (record[f"{prefix}building_id"], kind),
        severity=found.severity,
        due_on=found.due_on,
        days_left=found.days_left,
        message=_warning(found, locale),
    )


def _warning(found: Verification, locale: str) -> str | None:
    match found.severity:
        case VerificationSeverity.NONE:
            return None
        case VerificationSeverity.SOON:
            return text.say("VERIFICATION_DAYS_LEFT", locale, count=found.days_left)
    return text.title(found.severity, locale)
