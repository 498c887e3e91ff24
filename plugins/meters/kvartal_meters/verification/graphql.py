"""The service beside a meter's verification, ordering it, and what a policy would spare."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.extend import extends
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import PlaceArchived, TextTooLong
from kvartal.permissions import SERVICE_ORDER
from kvartal.services.api import Service, ServiceOrder, ServiceUnavailable, placed_order
from kvartal_meters.errors import MeterArchived, VerificationNotOffered
from kvartal_meters.meters.graphql.rows import MeterVerification
from kvartal_meters.policy.graphql import MetersPolicy
from kvartal_meters.verification.loaders import LapsedByCommissioning, ServiceByPlace
from kvartal_meters.verification.service import order_verification

__all__ = ["EXTENSIONS", "VerificationMutations"]


@extends(MeterVerification)
class VerificationOffer:
    """What is offered with a meter's verification."""

    @strawberry.field(
        description="The service (услуга поверки) that a tap on the warning opens; null if the"
        " building has none linked, and for house meters. Residents see it while it can be ordered."
    )
    async def service(
        self, info: Info, parent: strawberry.Parent[MeterVerification]
    ) -> Service | None:
        """The linked service."""
        if parent.place is None:
            return None
        found = await info.context.load(ServiceByPlace, parent.place)
        return Service.of(found) if found else None


@extends(MetersPolicy)
class PolicyConsequences:
    """What an organization's policy does to its meters."""

    @strawberry.field(
        description="Meters of the actor's buildings that are «На поверке» only because of their"
        " commissioning, though a later verification holds: `countsLatestVerification` would have"
        " left them in service. They stay so until somebody puts them back."
    )
    async def lapsed_by_commissioning_only(
        self, info: Info, parent: strawberry.Parent[MetersPolicy]
    ) -> int:
        """How many meters the banner speaks of."""
        return await info.context.load(LapsedByCommissioning, parent.organization_uuid)


@strawberry.input(description="The verification of a meter that is ordered.")
class OrderVerificationInput:
    """The card of the service, come to from a meter."""

    meter_id: strawberry.ID = strawberry.field(description="The meter.")
    comment: str | None = strawberry.field(
        default=None, description="What is asked for, 5000 characters at most."
    )


@strawberry.type
class VerificationMutations:
    """Fields of Mutation about verification."""

    @mutation(
        access=SERVICE_ORDER,
        description="Order the verification (поверка) of a meter: the service that is linked to its"
        " resource. While an order for it is open, that one is the answer. Residents order for"
        " their own meters, with or without a warning.",
        raises=(
            VerificationNotOffered,
            MeterArchived,
            ServiceUnavailable,
            PlaceArchived,
            TextTooLong,
        ),
    )
    async def order_verification(self, info: Info, input: OrderVerificationInput) -> ServiceOrder:
        """The order, as whoever made it sees it."""
        key = await order_verification(
            info.context.actor, uuid_of("Meter", input.meter_id), input.comment
        )
        return ServiceOrder.of(await placed_order(key))


EXTENSIONS = (VerificationOffer, PolicyConsequences)
