"""The row type of people."""

from uuid import UUID

import strawberry

from kvartal.db.connection import Record
from kvartal.graphql.node import Node, encode_id
from kvartal.housing import sources
from kvartal.housing.graphql.wording import VERSION

__all__ = ["Resident"]


@strawberry.type(description="A person whom an organization serves (житель); staff see them.")
class Resident(Node):
    """A resident."""

    uuid: strawberry.Private[UUID]
    organization_uuid: strawberry.Private[UUID]
    full_name: str = strawberry.field(description="Surname, name and patronymic (ФИО).")
    phone: str | None = strawberry.field(description="Telephone in the form +79990000000.")
    version: int = strawberry.field(description=VERSION)

    columns = staticmethod(sources.RESIDENT.columns)
    joins = staticmethod(sources.RESIDENT.joins)

    @classmethod
    def of(cls, record: Record, prefix: str = "") -> "Resident":
        """The row in a record."""
        return cls(
            id=encode_id("Resident", record[f"{prefix}id"]),
            uuid=record[f"{prefix}id"],
            organization_uuid=record[f"{prefix}organization_id"],
            full_name=record[f"{prefix}full_name"],
            phone=record[f"{prefix}phone"],
            version=record[f"{prefix}version"],
        )
