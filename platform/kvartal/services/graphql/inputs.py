"""Inputs of the mutations of services."""

from typing import cast

import strawberry
from strawberry import UNSET

from kvartal.graphql.given import given
from kvartal.services.rules import ServiceKind, ServiceOrderStatus
from kvartal.services.service import ServiceFields

__all__ = [
    "CancelServiceOrderInput",
    "CreateServiceInput",
    "OrderServiceInput",
    "ServiceInput",
    "UpdateServiceInput",
    "UpdateServiceOrderInput",
]

Id = strawberry.ID

_EXPECTED = "The version that was edited; refused if it is no longer so."
_TITLE = "Title, 200 characters at most."
_DESCRIPTION = "What is done, 5000 characters at most."
_PRICE = "Price as people read it, 100 characters at most."


@strawberry.input(description="A new service of an organization.")
class CreateServiceInput:
    """Fields of a new service."""

    organization_id: Id = strawberry.field(description="Who offers it.")
    title: str = strawberry.field(description=_TITLE)
    kind: ServiceKind = strawberry.field(default=ServiceKind.OTHER, description="What it is about.")
    description: str | None = strawberry.field(default=None, description=_DESCRIPTION)
    price: str | None = strawberry.field(default=None, description=_PRICE)
    is_active: bool = strawberry.field(
        default=True, description="Whether it can be ordered at once."
    )

    def fields(self) -> ServiceFields:
        """What the service is given."""
        return cast(
            ServiceFields, given(self, "title", "kind", "description", "price", "is_active")
        )


@strawberry.input(description="What changes of a service; a field left out stays as it is.")
class UpdateServiceInput:
    """Changes of a service."""

    id: Id = strawberry.field(description="The service.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)
    title: str | None = strawberry.field(default=UNSET, description=_TITLE)
    kind: ServiceKind | None = strawberry.field(default=UNSET, description="What it is about.")
    description: str | None = strawberry.field(default=UNSET, description=_DESCRIPTION)
    price: str | None = strawberry.field(default=UNSET, description=_PRICE)
    is_active: bool | None = strawberry.field(
        default=UNSET, description="Whether it can be ordered."
    )

    def fields(self) -> ServiceFields:
        """What the service is given: the fields that are there."""
        names = ("title", "description", "price")
        return cast(ServiceFields, given(self, *names, not_null=("kind", "is_active")))


@strawberry.input(description="A service that goes into the archive, or comes back.")
class ServiceInput:
    """Which service, as it was seen."""

    id: Id = strawberry.field(description="The service.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)


@strawberry.input(description="An order of a service for a premise.")
class OrderServiceInput:
    """What is ordered, where."""

    service_id: Id = strawberry.field(description="The service.")
    premise_id: Id = strawberry.field(description="The premise it is for.")
    comment: str | None = strawberry.field(
        default=None, description="What is asked for, 5000 characters at most."
    )
    resident_id: Id | None = strawberry.field(
        default=None, description="For whom staff order it; residents order for themselves."
    )


@strawberry.input(description="An order that is taken back.")
class CancelServiceOrderInput:
    """Which order, as it was seen."""

    id: Id = strawberry.field(description="The order.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)


@strawberry.input(description="How far an order has come.")
class UpdateServiceOrderInput:
    """Another status of an order."""

    id: Id = strawberry.field(description="The order.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)
    status: ServiceOrderStatus = strawberry.field(
        description="Its status from now on; one that is done or cancelled stays so."
    )
