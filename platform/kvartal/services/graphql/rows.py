"""The row types of services and orders."""

from datetime import datetime
from uuid import UUID

import strawberry

from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import Node, encode_id
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import Premise
from kvartal.services import sources
from kvartal.services.rules import ServiceKind, ServiceOrderStatus

__all__ = ["Service", "ServiceOrder"]

describe_enum(
    ServiceKind,
    "What a service is about.",
    VERIFICATION="Verification of meters (поверка).",
    REPLACEMENT="Replacement of meters (замена).",
    REPAIR="Something is repaired.",
    OTHER="Anything else.",
)
describe_enum(
    ServiceOrderStatus,
    "How far an order has come.",
    NEW="Nobody has taken it up yet.",
    IN_PROGRESS="It is being worked on.",
    DONE="It is done.",
    CANCELLED="It will not be done.",
)


@strawberry.type(description="Something that residents can order (услуга).")
class Service(Node):
    """A service."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    kind: ServiceKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="Title.")
    description: str | None = strawberry.field(description="What is done, in a few lines.")
    price: str | None = strawberry.field(description="Price as people read it, e.g. «от 500 ₽».")
    is_active: bool = strawberry.field(description="Whether it can be ordered now.")
    archived_at: datetime | None = strawberry.field(
        description="Since when it is in the archive; null while it is in use."
    )
    version: int = strawberry.field(
        description="Grows with every change; send it back as `expectedVersion`."
    )

    columns = staticmethod(sources.SERVICE.columns)
    joins = staticmethod(sources.SERVICE.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "Service":
        """The row in a record."""
        return cls(
            id=encode_id("Service", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            kind=ServiceKind(record[f"{prefix}kind"]),
            title=record[f"{prefix}title"],
            description=record[f"{prefix}description"],
            price=record[f"{prefix}price"],
            is_active=record[f"{prefix}is_active"],
            archived_at=record[f"{prefix}archived_at"],
            version=record[f"{prefix}version"],
        )


@strawberry.type(description="A service that was ordered for a premise (заказ услуги).")
class ServiceOrder(Node):
    """An order."""

    uuid: strawberry.Private[UUID]
    service: Service = strawberry.field(description="The service.")
    premise: Premise = strawberry.field(description="The premise it is for (помещение).")
    resident: Resident | None = strawberry.field(
        description="Who ordered it (житель); null if staff did, for nobody in particular."
    )
    status: ServiceOrderStatus = strawberry.field(description="How far it has come.")
    comment: str | None = strawberry.field(description="What was asked for, in a few lines.")
    source_id: strawberry.ID | None = strawberry.field(
        description="The object it was ordered for, e.g. a meter; `node` finds it."
    )
    created_at: datetime = strawberry.field(description="When it was ordered.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    version: int = strawberry.field(
        description="Grows with every change; send it back as `expectedVersion`."
    )

    columns = staticmethod(sources.ORDER.columns)
    joins = staticmethod(sources.ORDER.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "ServiceOrder":
        """The row in a record."""
        source = record[f"{prefix}source_id"]
        return cls(
            id=encode_id("ServiceOrder", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            service=Service.of(record, f"{prefix}service_"),
            premise=Premise.of(record, f"{prefix}premise_"),
            resident=Resident.of(record, f"{prefix}resident_")
            if record[f"{prefix}resident_id"]
            else None,
            status=ServiceOrderStatus(record[f"{prefix}status"]),
            comment=record[f"{prefix}comment"],
            source_id=encode_id(record[f"{prefix}source_kind"], source) if source else None,
            created_at=record[f"{prefix}created_at"],
            updated_at=record[f"{prefix}updated_at"],
            version=record[f"{prefix}version"],
        )
