"""Meters of both scopes in one table; what only a house meter has, in a second."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, VersionedRow, link
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import (
    ArchiveReason,
    MeterCondition,
    MeterScope,
    MeterStatus,
    VerificationReason,
)

__all__ = ["CollectiveDetails", "Meter", "MeterName", "MeterVerification"]


def register(*, null: bool = True) -> Any:
    """A value of a register: numeric(16,4), exact from end to end."""
    return fields.DecimalField(max_digits=16, decimal_places=4, null=null)  # type: ignore[call-overload] # overloaded by literals


class Meter(VersionedRow):
    """A metering device (прибор учёта, ПУ).

    ``latest_*`` repeats its newest reading, so that widget, lists and reminders are one indexed
    read; ``search`` is what people type: address, premise, account, identifier, serial number.
    ``verification_reason``: which date put it «На поверке» at night; null if a person did.
    """

    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    account_id: UUID | None
    replaces_id: UUID | None
    organization = link("kvartal.Organization", "meters_meters", index=False)
    building = link("kvartal.Building", "meters_meters")
    premise = link("kvartal.Premise", "meters_meters", null=True)
    account = link("kvartal.Account", "meters_meters", null=True)
    scope = fields.CharEnumField(MeterScope, max_length=20)
    type = fields.CharEnumField(MeterType, max_length=30)
    resource_kind = fields.CharEnumField(ResourceKind, max_length=20)
    identifier = fields.CharField(max_length=64)
    external_id = fields.CharField(max_length=64, null=True)
    brand = fields.CharField(max_length=100, null=True)
    model = fields.CharField(max_length=100, null=True)
    serial_number = fields.CharField(max_length=50, null=True)
    commissioned_on = fields.DateField(null=True)
    verification_interval = fields.SmallIntField(null=True)
    verified_on = fields.DateField(null=True)
    next_verification_on = fields.DateField(null=True)
    status = fields.CharEnumField(MeterStatus, max_length=20, default=MeterStatus.ACTIVE)
    verification_reason = fields.CharEnumField(VerificationReason, max_length=10, null=True)
    archived_at = fields.DatetimeField(null=True)
    archive_reason = fields.CharEnumField(ArchiveReason, max_length=30, null=True)
    replaces: Any = fields.OneToOneField(
        "meters.Meter", related_name="replaced_by", on_delete=fields.RESTRICT, null=True
    )
    int_digits = fields.SmallIntField(null=True)
    transformation_ratio = fields.DecimalField(max_digits=12, decimal_places=4, default=1)
    initial_t1 = register()
    initial_t2 = register()
    initial_t3 = register()
    latest_reading_id = fields.UUIDField(null=True)
    latest_month = fields.DateField(null=True)
    latest_submitted_at = fields.DatetimeField(null=True)
    search = fields.TextField(default="")

    class Meta:
        app = "meters"
        table = "meters_meter"


class CollectiveDetails(Row):
    """What only a house meter (ОДПУ) has."""

    organization = link("kvartal.Organization", "meters_collective_details", index=False)
    meter: Any = fields.OneToOneField(
        "meters.Meter", related_name="collective", on_delete=fields.RESTRICT
    )
    installation_place = fields.CharField(max_length=200, null=True)
    installed_on = fields.DateField(null=True)
    sealed_on = fields.DateField(null=True)
    condition = fields.CharEnumField(MeterCondition, max_length=20, default=MeterCondition.WORKING)
    antimagnetic_seal = fields.BooleanField(default=False)
    temperature_sensor = fields.BooleanField(default=False)
    pressure_sensor = fields.BooleanField(default=False)
    remote_reading = fields.BooleanField(default=False)

    class Meta:
        app = "meters"
        table = "meters_collective_details"


class MeterVerification(Row):
    """A verification that was carried out (поверка выполнена).

    ``record_number``: of the state's electronic record (ФГИС «Аршин»), which alone is the proof.
    """

    organization = link("kvartal.Organization", "meters_verifications", index=False)
    meter: Any = fields.ForeignKeyField(
        "meters.Meter", related_name="verifications", on_delete=fields.CASCADE, db_index=True
    )
    verified_on = fields.DateField()
    next_verification_on = fields.DateField(null=True)
    record_number = fields.CharField(max_length=100, null=True)
    recorded_by = link("kvartal.User", "meters_verifications", null=True, index=False)

    class Meta:
        app = "meters"
        table = "meters_verification"
        unique_together = (("organization_id", "meter_id", "verified_on"),)


class MeterName(Row):
    """How a resident calls a meter; nobody else sees it."""

    organization = link("kvartal.Organization", "meters_names", index=False)
    user = link("kvartal.User", "meters_names", index=False)
    meter: Any = fields.ForeignKeyField(
        "meters.Meter", related_name="names", on_delete=fields.CASCADE, db_index=True
    )
    name = fields.CharField(max_length=100)

    class Meta:
        app = "meters"
        table = "meters_name"
        unique_together = (("user_id", "meter_id"),)
