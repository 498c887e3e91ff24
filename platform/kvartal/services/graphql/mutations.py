"""What can be changed of services and orders."""

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.queries.rows import by_ids
from kvartal.housing.rules import NotAResident, PlaceArchived, TextTooLong
from kvartal.permissions import ORDER_MANAGE, SERVICE_EDIT, SERVICE_ORDER
from kvartal.services import service
from kvartal.services.graphql.inputs import (
    CancelServiceOrderInput,
    CreateServiceInput,
    OrderServiceInput,
    ServiceInput,
    UpdateServiceInput,
    UpdateServiceOrderInput,
)
from kvartal.services.graphql.rows import Service, ServiceOrder
from kvartal.services.queries import placed_order
from kvartal.services.rules import (
    OrderClosed,
    OrderTakenUp,
    ServiceUnavailable,
    TitleRequired,
)
from kvartal.services.sources import ORDERS, SERVICES

__all__ = ["ServiceMutations"]


@strawberry.type
class ServiceMutations:
    """Fields of Mutation about services."""

    @mutation(
        access=SERVICE_EDIT,
        description="Offer a service (услуга).",
        raises=(TitleRequired, TextTooLong),
    )
    async def create_service(self, info: Info, input: CreateServiceInput) -> Service:
        """A new service."""
        organization_id = uuid_of("Organization", input.organization_id)
        created = await service.create_service(info.context.actor, organization_id, input.fields())
        return Service.of((await by_ids(SERVICES, info.context.actor, [created.id]))[created.id])

    @mutation(
        access=SERVICE_EDIT,
        description="Change a service (услуга): only the fields that are given.",
        raises=(TitleRequired, TextTooLong, VersionConflict),
    )
    async def update_service(self, info: Info, input: UpdateServiceInput) -> Service:
        """A changed service."""
        actor, key = info.context.actor, uuid_of("Service", input.id)
        await service.update_service(
            actor, key, input.fields(), expected_version=input.expected_version
        )
        return Service.of((await by_ids(SERVICES, actor, [key]))[key])

    @mutation(
        access=SERVICE_EDIT,
        description="Put a service (услуга) into the archive: it is offered no more.",
        raises=(VersionConflict,),
    )
    async def archive_service(self, info: Info, input: ServiceInput) -> Service:
        """A service in the archive."""
        actor, key = info.context.actor, uuid_of("Service", input.id)
        await service.archive_service(actor, key, expected_version=input.expected_version)
        return Service.of((await by_ids(SERVICES, actor, [key]))[key])

    @mutation(
        access=SERVICE_EDIT,
        description="Take a service (услуга) out of the archive.",
        raises=(VersionConflict,),
    )
    async def restore_service(self, info: Info, input: ServiceInput) -> Service:
        """A service on offer again."""
        actor, key = info.context.actor, uuid_of("Service", input.id)
        await service.restore_service(actor, key, expected_version=input.expected_version)
        return Service.of((await by_ids(SERVICES, actor, [key]))[key])

    @mutation(
        access=SERVICE_ORDER,
        description="Order a service (услуга) for a premise: residents for their own.",
        raises=(ServiceUnavailable, PlaceArchived, NotAResident, TextTooLong),
    )
    async def order_service(self, info: Info, input: OrderServiceInput) -> ServiceOrder:
        """A new order, as whoever made it sees it."""
        key = await service.order_service(
            info.context.actor,
            service_id=uuid_of("Service", input.service_id),
            premise_id=uuid_of("Premise", input.premise_id),
            comment=input.comment,
            resident_id=uuid_of("Resident", input.resident_id) if input.resident_id else None,
        )
        return ServiceOrder.of(await placed_order(key))

    @mutation(
        access=SERVICE_ORDER,
        description="Take back an order of a service that nobody has taken up yet: residents their"
        " own. One that is cancelled already stays so.",
        raises=(OrderTakenUp, OrderClosed, VersionConflict),
    )
    async def cancel_service_order(
        self, info: Info, input: CancelServiceOrderInput
    ) -> ServiceOrder:
        """A cancelled order."""
        actor, key = info.context.actor, uuid_of("ServiceOrder", input.id)
        await service.cancel_order(actor, key, expected_version=input.expected_version)
        return ServiceOrder.of((await by_ids(ORDERS, actor, [key]))[key])

    @mutation(
        access=ORDER_MANAGE,
        description="Say how far an order of a service has come.",
        raises=(OrderClosed, VersionConflict),
    )
    async def update_service_order(
        self, info: Info, input: UpdateServiceOrderInput
    ) -> ServiceOrder:
        """A changed order."""
        actor, key = info.context.actor, uuid_of("ServiceOrder", input.id)
        await service.set_order_status(
            actor, key, input.status, expected_version=input.expected_version
        )
        return ServiceOrder.of((await by_ids(ORDERS, actor, [key]))[key])
