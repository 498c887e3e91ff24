"""The row type of meters, and the closed sets it is made of."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import strawberry

from kvartal import clock, text
from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import Node, encode_id
from kvartal.housing.api import Account, Building, Premise
from kvartal_meters.catalog.graphql import RegisterInfo, registers_of
from kvartal_meters.catalog.rules import CATALOG, MeterType, ResourceKind, Unit
from kvartal_meters.meters.rules import (
    MeterCondition,
    MeterScope,
    MeterStatus,
    Verification,
    VerificationDates,
    VerificationSeverity,
    verification_on,
)

__all__ = ["Meter", "MeterVerification"]

describe_enum(
    MeterScope,
    "Whose consumption a meter counts (вид ПУ).",
    INDIVIDUAL="One premise's (индивидуальный, ИПУ).",
    COLLECTIVE="The whole building's (общедомовой, ОДПУ).",
    APARTMENT="A shared flat's (общеквартирный).",
    ROOM="A room's (комнатный).",
)
describe_enum(
    MeterStatus,
    "Where a meter is in its life (статус).",
    ACTIVE="In service (Действующий).",
    VERIFICATION="Due for verification (На поверке).",
    ARCHIVED="Out of use, kept with its readings (Архивный).",
)
describe_enum(
    MeterCondition,
    "Whether a house meter works (состояние).",
    WORKING="It works (исправен).",
    FAULTY="It is out of order (неисправен).",
)
describe_enum(
    VerificationSeverity,
    "How urgent a meter's verification is.",
    NONE="Nothing to do.",
    SOON="Due in fewer than 30 days (yellow).",
    EXPIRED="Overdue (red).",
    ON_VERIFICATION="Marked «На поверке» before its date.",
)


@strawberry.type(description="How a meter stands with its verification (поверка).")
class MeterVerification:
    """Verification as of today in the building's time zone."""

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
    kind: strawberry.Private[MeterType]
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
    version: int = strawberry.field(description="Grows with every change of the meter.")
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
        condition = record[f"{prefix}condition"]
        return cls(
            id=encode_id("Meter", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            kind=kind,
            scope=MeterScope(record[f"{prefix}scope"]),
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
            int_digits=record[f"{prefix}int_digits"],
            transformation_ratio=record[f"{prefix}transformation_ratio"],
            initial_values=[
                record[f"{prefix}initial_t{n}"]
                for n in range(1, len(CATALOG[kind].registers) + 1)
                if record[f"{prefix}initial_t{n}"] is not None
            ],
            installation_place=record[f"{prefix}installation_place"],
            condition=MeterCondition(condition) if condition else None,
            version=record[f"{prefix}version"],
            verification=_verification(record, prefix, building.timezone, locale),
            building=building,
            premise=premise,
            account=_account(record, prefix, premise),
        )

    @strawberry.field(description="Its registers, T1 first.")
    def registers(self, info: Info) -> list[RegisterInfo]:
        """Registers with their labels."""
        return registers_of(self.kind, info.context.locale)

    @strawberry.field(description="Its type's name in the client's language.")
    def type_title(self, info: Info) -> str:
        """The type as people call it."""
        return text.title(self.kind, info.context.locale)


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
    return MeterVerification(
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
