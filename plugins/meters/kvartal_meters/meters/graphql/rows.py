"""The row type of meters: filled with its place by one SELECT."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from kvartal import clock, text
from kvartal.db.connection import Record
from kvartal.graphql.node import Node, encode_id
from kvartal.graphql.rows import Columns, one_of, read_lazily, row_over
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


_OF_A_HOUSE = (
    "installation_place",
    "installed_on",
    "sealed_on",
    "antimagnetic_seal",
    "temperature_sensor",
    "pressure_sensor",
    "remote_reading",
)


def _initial_values(row: "Meter", columns: Columns) -> list[Decimal]:
    places = range(1, len(CATALOG[row.kind].registers) + 1)
    values = [columns[f"initial_t{n}"] for n in places]
    return [value for value in values if value is not None]


def _of_a_house(name: str) -> Callable[["Meter", Columns], Any]:
    """The reader of what only a house meter has."""

    def read(row: "Meter", columns: Columns) -> Any:
        return columns[name] if row.scope is MeterScope.COLLECTIVE else None

    return read


def _condition(row: "Meter", columns: Columns) -> MeterCondition | None:
    is_house = row.scope is MeterScope.COLLECTIVE
    return MeterCondition(columns["condition"]) if is_house else None


def _premise(row: "Meter", columns: Columns) -> Premise | None:
    if columns["premise_id"] is None:
        return None
    return Premise.of(columns.record, f"{columns.prefix}premise_", building=row.building)


def _account(row: "Meter", columns: Columns) -> Account | None:
    premise = row.premise
    if columns["account_id"] is None or premise is None:
        return None
    return Account.of(columns.record, f"{columns.prefix}account_", premise=premise)


def _verification(row: "Meter", columns: Columns) -> MeterVerification:
    found = verification_on(
        clock.today(row.building.timezone),
        row.status,
        VerificationDates(
            next_verification_on=row.next_verification_on,
            verified_on=row.verified_on,
            commissioned_on=row.commissioned_on,
            verification_interval=row.verification_interval,
        ),
    )
    is_house = row.scope is MeterScope.COLLECTIVE
    return MeterVerification(
        place=None if is_house else (columns["building_id"], row.resource_kind),
        severity=found.severity,
        due_on=found.due_on,
        days_left=found.days_left,
        message=_warning(found, columns.locale),
    )


def _warning(found: Verification, locale: str) -> str | None:
    match found.severity:
        case VerificationSeverity.NONE:
            return None
        case VerificationSeverity.SOON:
            return text.say("VERIFICATION_DAYS_LEFT", locale, count=found.days_left)
    return text.title(found.severity, locale)


@read_lazily(
    "identifier",
    "external_id",
    "serial_number",
    "brand",
    "model",
    "commissioned_on",
    "verification_interval",
    "verified_on",
    "next_verification_on",
    "archived_at",
    "int_digits",
    "transformation_ratio",
    "version",
    "updated_at",
    id=lambda _, columns: encode_id("Meter", columns["id"]),
    uuid=lambda _, columns: columns["id"],
    organization_uuid=lambda _, columns: columns["organization_id"],
    replaces_uuid=lambda _, columns: columns["replaces_id"],
    kind=one_of(MeterType, "type"),
    type=lambda row, _: row.kind,
    type_title=lambda row, columns: text.title(row.kind, columns.locale),
    scope=one_of(MeterScope, "scope"),
    resource_kind=lambda row, _: CATALOG[row.kind].kind,
    unit=lambda row, _: CATALOG[row.kind].unit,
    registers=lambda row, columns: registers_of(row.kind, columns.locale),
    status=one_of(MeterStatus, "status"),
    verification_reason=one_of(VerificationReason, "verification_reason"),
    archive_reason=one_of(ArchiveReason, "archive_reason"),
    initial_values=_initial_values,
    condition=_condition,
    **{name: _of_a_house(name) for name in _OF_A_HOUSE},
    building=lambda _, columns: Building.of(columns.record, f"{columns.prefix}building_"),
    premise=_premise,
    account=_account,
    verification=_verification,
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
    registers: list[RegisterInfo] = strawberry.field(description="Its registers, T1 first.")
    type_title: str = strawberry.field(description="Its type's name in the client's language.")
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
        return row_over(cls, Columns(record, prefix, locale))
