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
from kvartal.graphql.rows import Columns, one_of, read_lazily, row_over
from kvartal.housing import sources
from kvartal.housing.graphql.wording import ARCHIVED_AT, EXTERNAL_ID, VERSION
from kvartal.housing.rules import OrganizationKind, PremiseKind

__all__ = ["Account", "Building", "BuildingGroup", "Organization", "Premise", "Quarter"]


def _global_id(row: Node, columns: Columns) -> strawberry.ID:
    return encode_id(type(row).__name__, columns["id"])


def _uuid(_: Node, columns: Columns) -> UUID:
    key: UUID = columns["id"]
    return key


def _organization_uuid(_: Node, columns: Columns) -> UUID:
    key: UUID = columns["organization_id"]
    return key


@read_lazily(
    "number",
    "name",
    "inn",
    "external_id",
    "timezone",
    "billing_month_shift",
    "version",
    id=_global_id,
    uuid=_uuid,
    kind=one_of(OrganizationKind, "kind"),
)
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
        return row_over(cls, Columns(record, prefix))


@read_lazily(
    "name",
    "archived_at",
    "version",
    id=_global_id,
    uuid=_uuid,
    organization_uuid=_organization_uuid,
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
        return row_over(cls, Columns(record, prefix))


@read_lazily(
    "name",
    "archived_at",
    "version",
    id=_global_id,
    uuid=_uuid,
    organization_uuid=_organization_uuid,
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
        return row_over(cls, Columns(record, prefix))

    @classmethod
    def maybe(cls, record: Record, prefix: str) -> "Quarter | None":
        """The row in a record, if the record has one."""
        return cls.of(record, prefix) if record[f"{prefix}id"] else None


@read_lazily(
    "address",
    "timezone",
    "external_id",
    "fias_guid",
    "archived_at",
    "version",
    id=_global_id,
    uuid=_uuid,
    organization_uuid=_organization_uuid,
    quarter=lambda _, columns: Quarter.maybe(columns.record, f"{columns.prefix}quarter_"),
)
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
        return row_over(cls, Columns(record, prefix))


@read_lazily(
    "number",
    "external_id",
    "archived_at",
    "version",
    id=_global_id,
    uuid=_uuid,
    organization_uuid=_organization_uuid,
    kind=one_of(PremiseKind, "kind"),
    building=lambda _, columns: Building.of(columns.record, f"{columns.prefix}building_"),
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
        columns = Columns(record, prefix)
        return row_over(cls, columns, building=building) if building else row_over(cls, columns)


@read_lazily(
    "number",
    "unified_number",
    "external_id",
    "archived_at",
    "version",
    id=_global_id,
    uuid=_uuid,
    organization_uuid=_organization_uuid,
    premise=lambda _, columns: Premise.of(columns.record, f"{columns.prefix}premise_"),
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
        columns = Columns(record, prefix)
        return row_over(cls, columns, premise=premise) if premise else row_over(cls, columns)
