"""The shared estate. Unique keys by expression and checks stand in the migration."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, VersionedRow, link
from kvartal.housing.rules import SORT_KEY_LENGTH, OrganizationKind, PremiseKind

__all__ = [
    "Account",
    "Building",
    "BuildingGroup",
    "BuildingGroupMember",
    "Organization",
    "Premise",
    "Quarter",
    "Residency",
    "Resident",
]


def archived_at() -> fields.DatetimeField[Any]:
    """Since when the object is in the archive: kept, but out of the lists."""
    return fields.DatetimeField(null=True)


def external_id() -> fields.CharField[str | None]:
    """The object's id in the billing system; unique in its table and organization."""
    return fields.CharField(max_length=100, null=True)


class Organization(VersionedRow):
    """A legal entity (юрлицо) and the boundary of a tenant.

    ``billing_month_shift``: −1 where the first days of a month count as the last month (domain
    rules, 6.1).
    """

    number = fields.IntField(unique=True)
    name = fields.CharField(max_length=300)
    kind = fields.CharEnumField(
        OrganizationKind, max_length=30, default=OrganizationKind.MANAGEMENT_COMPANY
    )
    inn = fields.CharField(max_length=12, null=True)
    external_id = external_id()
    timezone = fields.CharField(max_length=64, default="Europe/Moscow")
    billing_month_shift = fields.SmallIntField(default=0)

    class Meta:
        app = "kvartal"
        table = "kvartal_organization"


class BuildingGroup(VersionedRow):
    """Buildings that are set up together (группа объектов)."""

    organization_id: UUID
    organization = link("kvartal.Organization", "building_groups", index=False)
    name = fields.CharField(max_length=200)
    sort_key = fields.CharField(max_length=SORT_KEY_LENGTH)
    archived_at = archived_at()

    class Meta:
        app = "kvartal"
        table = "kvartal_building_group"
        indexes = (("organization_id", "sort_key", "id"),)


class Quarter(VersionedRow):
    """A territory (квартал); never a part of the year."""

    organization_id: UUID
    organization = link("kvartal.Organization", "quarters", index=False)
    name = fields.CharField(max_length=200)
    sort_key = fields.CharField(max_length=SORT_KEY_LENGTH)
    archived_at = archived_at()

    class Meta:
        app = "kvartal"
        table = "kvartal_quarter"
        indexes = (("organization_id", "sort_key", "id"),)


class Building(VersionedRow):
    """A building (объект, дом); its time zone rules its windows."""

    organization_id: UUID
    quarter_id: UUID | None
    organization = link("kvartal.Organization", "buildings", index=False)
    quarter = link("kvartal.Quarter", "buildings", null=True)
    address = fields.CharField(max_length=500)
    sort_key = fields.CharField(max_length=SORT_KEY_LENGTH)
    timezone = fields.CharField(max_length=64, default="Europe/Moscow")
    external_id = external_id()
    fias_guid = fields.UUIDField(null=True)
    archived_at = archived_at()

    class Meta:
        app = "kvartal"
        table = "kvartal_building"
        indexes = (("organization_id", "sort_key", "id"),)


class BuildingGroupMember(Row):
    """A building in a group; a building may be in several."""

    organization = link("kvartal.Organization", "building_group_members", index=False)
    group = link("kvartal.BuildingGroup", "members")
    building = link("kvartal.Building", "group_memberships")

    class Meta:
        app = "kvartal"
        table = "kvartal_building_group_member"
        unique_together = (("organization_id", "group_id", "building_id"),)


class Premise(VersionedRow):
    """A flat or another unit of a building (помещение).

    ``search`` is what people type: the address, its number, those of its accounts.
    """

    organization_id: UUID
    building_id: UUID
    organization = link("kvartal.Organization", "premises", index=False)
    building = link("kvartal.Building", "premises")
    number = fields.CharField(max_length=50)
    sort_key = fields.CharField(max_length=SORT_KEY_LENGTH)
    kind = fields.CharEnumField(PremiseKind, max_length=20, default=PremiseKind.RESIDENTIAL)
    external_id = external_id()
    search = fields.TextField(default="")
    archived_at = archived_at()

    class Meta:
        app = "kvartal"
        table = "kvartal_premise"
        indexes = (("organization_id", "building_id", "sort_key", "id"),)


class Account(VersionedRow):
    """An account of charges (лицевой счёт); ``unified_number`` is its ЕЛС in ГИС ЖКХ."""

    organization_id: UUID
    premise_id: UUID
    organization = link("kvartal.Organization", "accounts", index=False)
    premise = link("kvartal.Premise", "accounts")
    number = fields.CharField(max_length=50)
    unified_number = fields.CharField(max_length=50, null=True)
    external_id = external_id()
    archived_at = archived_at()

    class Meta:
        app = "kvartal"
        table = "kvartal_account"


class Resident(VersionedRow):
    """A person whom an organization serves (житель); ``user`` is their sign-in, once they have one.

    The same telephone in an organization is the same resident.
    """

    organization_id: UUID
    user_id: UUID | None
    organization = link("kvartal.Organization", "residents", index=False)
    user = link("kvartal.User", "residents", null=True)
    full_name = fields.CharField(max_length=200)
    phone = fields.CharField(max_length=20, null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_resident"


class Residency(Row):
    """A resident's tie to a premise; it is what lets them see it."""

    premise_id: UUID
    organization = link("kvartal.Organization", "residencies", index=False)
    resident = link("kvartal.Resident", "residencies")
    premise = link("kvartal.Premise", "residencies")

    class Meta:
        app = "kvartal"
        table = "kvartal_residency"
