"""The row types of the estate: basic fields, filled with their to-one relations by one SELECT.

Another plugin's statement fills them too::

    SELECT m.id, {Premise.columns("p", "premise_")} FROM meters_meter m
    JOIN kvartal_premise p ON p.id = m.premise_id {Premise.joins("p")}

and ``Premise.of(record, "premise_")`` reads the row.
"""

from datetime import datetime
from uuid import UUID

import strawberry

from kvartal.db.connection import Record
from kvartal.graphql.node import Node, encode_id
from kvartal.housing import sources
from kvartal.housing.graphql.wording import ARCHIVED_AT, EXTERNAL_ID, VERSION
from kvartal.housing.rules import OrganizationKind, PremiseKind

__all__ = ["Account", "Building", "BuildingGroup", "Organization", "Premise", "Quarter"]


@strawberry.type(description="A legal entity, the boundary of a tenant (организация, юрлицо).")
class Organization(Node):
    """An organization."""

    uuid: strawberry.Private[UUID]
    number: int = strawberry.field(description="Its number in this installation: 1, 2, 3…")
    name: str = strawberry.field(description="Name.")
    kind: OrganizationKind = strawberry.field(description="What it is in the housing trade.")
    inn: str | None = strawberry.field(description="Taxpayer's number (ИНН).")
    external_id: str | None = strawberry.field(
        description="Its id in the billing system (внешний идентификатор)."
    )
    timezone: str = strawberry.field(description="IANA time zone of the days in its lists.")
    billing_month_shift: int = strawberry.field(
        description="−1 if the days before a window count as the last month, else 0."
    )
    version: int = strawberry.field(description=VERSION)

    columns = staticmethod(sources.ORGANIZATION.columns)
    joins = staticmethod(sources.ORGANIZATION.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "Organization":
        """The row in a record."""
        return cls(
            id=encode_id("Organization", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            number=record[f"{prefix}number"],
            name=record[f"{prefix}name"],
            kind=OrganizationKind(record[f"{prefix}kind"]),
            inn=record[f"{prefix}inn"],
            external_id=record[f"{prefix}external_id"],
            timezone=record[f"{prefix}timezone"],
            billing_month_shift=record[f"{prefix}billing_month_shift"],
            version=record[f"{prefix}version"],
        )


@strawberry.type(description="Buildings that are set up together (группа объектов).")
class BuildingGroup(Node):
    """A group of buildings."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    name: str = strawberry.field(description="Name.")
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    version: int = strawberry.field(description=VERSION)

    columns = staticmethod(sources.GROUP.columns)
    joins = staticmethod(sources.GROUP.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "BuildingGroup":
        """The row in a record."""
        return cls(
            id=encode_id("BuildingGroup", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            name=record[f"{prefix}name"],
            archived_at=record[f"{prefix}archived_at"],
            version=record[f"{prefix}version"],
        )


@strawberry.type(description="A territory with buildings (квартал); never a part of the year.")
class Quarter(Node):
    """A quarter."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    name: str = strawberry.field(description="Name.")
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    version: int = strawberry.field(description=VERSION)

    columns = staticmethod(sources.QUARTER.columns)
    joins = staticmethod(sources.QUARTER.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "Quarter":
        """The row in a record."""
        return cls(
            id=encode_id("Quarter", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            name=record[f"{prefix}name"],
            archived_at=record[f"{prefix}archived_at"],
            version=record[f"{prefix}version"],
        )

    @classmethod
    def maybe(cls, record: Record, prefix: str) -> "Quarter | None":
        """The row in a record, if the record has one."""
        return cls.of(record, prefix) if record[f"{prefix}id"] else None


@strawberry.type(description="A building (объект, дом).")
class Building(Node):
    """A building."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    address: str = strawberry.field(description="Address (адрес).")
    timezone: str = strawberry.field(
        description="IANA time zone: readings are taken on the building's days."
    )
    external_id: str | None = strawberry.field(description=EXTERNAL_ID)
    fias_guid: UUID | None = strawberry.field(
        description="Its GUID in the state's register of addresses (ФИАС)."
    )
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    version: int = strawberry.field(description=VERSION)
    quarter: Quarter | None = strawberry.field(description="The quarter it stands in (квартал).")

    columns = staticmethod(sources.BUILDING.columns)
    joins = staticmethod(sources.BUILDING.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "Building":
        """The row in a record."""
        return cls(
            id=encode_id("Building", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            address=record[f"{prefix}address"],
            timezone=record[f"{prefix}timezone"],
            external_id=record[f"{prefix}external_id"],
            fias_guid=record[f"{prefix}fias_guid"],
            archived_at=record[f"{prefix}archived_at"],
            version=record[f"{prefix}version"],
            quarter=Quarter.maybe(record, f"{prefix}quarter_"),
        )


@strawberry.type(description="A flat or another unit of a building (помещение).")
class Premise(Node):
    """A premise."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    number: str = strawberry.field(description="Number as people write it, e.g. `12а`.")
    kind: PremiseKind = strawberry.field(description="What it is used for.")
    external_id: str | None = strawberry.field(description=EXTERNAL_ID)
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    version: int = strawberry.field(description=VERSION)
    building: Building = strawberry.field(description="The building it is in (объект).")

    columns = staticmethod(sources.PREMISE.columns)
    joins = staticmethod(sources.PREMISE.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "", *, building: Building | None = None) -> "Premise":
        """The row in a record; ``building`` where the record has it elsewhere."""
        return cls(
            id=encode_id("Premise", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            number=record[f"{prefix}number"],
            kind=PremiseKind(record[f"{prefix}kind"]),
            external_id=record[f"{prefix}external_id"],
            archived_at=record[f"{prefix}archived_at"],
            version=record[f"{prefix}version"],
            building=building or Building.of(record, f"{prefix}building_"),
        )


@strawberry.type(description="An account of charges for a premise (лицевой счёт, ЛС).")
class Account(Node):
    """An account."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    number: str = strawberry.field(description="Number, unique in the organization.")
    unified_number: str | None = strawberry.field(
        description="Number in the state's housing system (ЕЛС)."
    )
    external_id: str | None = strawberry.field(description=EXTERNAL_ID)
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    version: int = strawberry.field(description=VERSION)
    premise: Premise = strawberry.field(description="The premise it is for (помещение).")

    columns = staticmethod(sources.ACCOUNT.columns)
    joins = staticmethod(sources.ACCOUNT.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "", *, premise: Premise | None = None) -> "Account":
        """The row in a record; ``premise`` where the record has it elsewhere."""
        return cls(
            id=encode_id("Account", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            number=record[f"{prefix}number"],
            unified_number=record[f"{prefix}unified_number"],
            external_id=record[f"{prefix}external_id"],
            archived_at=record[f"{prefix}archived_at"],
            version=record[f"{prefix}version"],
            premise=premise or Premise.of(record, f"{prefix}premise_"),
        )
