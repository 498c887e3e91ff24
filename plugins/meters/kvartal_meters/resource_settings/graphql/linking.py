"""Linking services of verification over GraphQL."""

from uuid import UUID

import strawberry

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import Building
from kvartal.permissions import BUILDING_EDIT
from kvartal.services.api import Service, ServiceUnavailable
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import RuleLocked, ServiceNotVerification
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.graphql.application import SkippedBuilding, skipped_of
from kvartal_meters.resource_settings.graphql.rows import ResourceSettings, rows_of, service_of
from kvartal_meters.resource_settings.queries.linking import LinkJudgement
from kvartal_meters.resource_settings.rules import LinkOutcome, LinkScope

__all__ = ["VerificationLinkMutations"]

describe_enum(
    LinkScope,
    "Where a service is linked.",
    THIS_BUILDING="In one building («Применить к текущему объекту»).",
    ALL_ACCESSIBLE="In all buildings that the employee may change («Применить ко всем объектам»).",
)


@strawberry.type(description="A building that gets the service.")
class LinkedBuilding:
    """What it had before."""

    service_uuid: strawberry.Private[UUID | None]
    building: Building = strawberry.field(description="The building.")

    @strawberry.field(description="The service that is replaced; null if there was none.")
    async def replaces(self, info: Info) -> Service | None:
        """The service it had."""
        return await service_of(info, self.service_uuid)


@strawberry.type(description="What linking a service does to the buildings.")
class VerificationServiceLinking:
    """Counts, and the first buildings by address."""

    preview: bool = strawberry.field(description="Nothing was written: it would be so.")
    changed: int = strawberry.field(description="Buildings that get the service.")
    replaced: int = strawberry.field(description="Those of them that had another service.")
    unchanged: int = strawberry.field(description="Buildings that have it already.")
    skipped_locked: int = strawberry.field(
        description="Buildings under the rule of a quarter or a group."
    )
    changed_buildings: list[LinkedBuilding] = strawberry.field(
        description="The first 20 of those that change."
    )
    skipped_buildings: list[SkippedBuilding] = strawberry.field(
        description="The first 20 of those under a rule."
    )


@strawberry.input(description="Which service is linked to which resource, and where.")
class LinkVerificationServiceInput:
    """The dialog «Привязать к услуге»."""

    resource_kind: ResourceKind = strawberry.field(description="The resource.")
    service_id: strawberry.ID = strawberry.field(
        description="The service: an active one of the kind VERIFICATION."
    )
    scope: LinkScope = strawberry.field(description="One building, or all.")
    building_id: strawberry.ID | None = strawberry.field(
        default=None, description="The building, with THIS_BUILDING alone."
    )
    preview: bool = strawberry.field(
        default=False, description="Only tell what would happen; nothing is written."
    )

    def asked(self) -> service.LinkRequest:
        """The dialog as the steps read it."""
        return service.LinkRequest(
            resource_kind=self.resource_kind,
            service_id=uuid_of("Service", self.service_id),
            scope=self.scope,
            building_id=uuid_of("Building", self.building_id) if self.building_id else None,
        )


@strawberry.input(description="Which link is taken away.")
class UnlinkVerificationServiceInput:
    """The button beside the linked service."""

    building_id: strawberry.ID = strawberry.field(description="The building.")
    resource_kind: ResourceKind = strawberry.field(description="The resource.")


@strawberry.type
class VerificationLinkMutations:
    """Fields of Mutation about the links of services."""

    @mutation(
        access=BUILDING_EDIT,
        description="Link a service of verification (услуга поверки) to a resource, in place of the"
        " one that is linked: in a building, or in all that the employee may change, save those"
        " under a rule.",
        raises=(RuleLocked, ServiceNotVerification, ServiceUnavailable),
        payload="linking",
    )
    async def link_verification_service(
        self, info: Info, input: LinkVerificationServiceInput
    ) -> VerificationServiceLinking:
        """What it did to the buildings."""
        judgement = await service.link(info.context.actor, input.asked(), preview=input.preview)
        return _linking_of(judgement, preview=input.preview)

    @mutation(
        access=BUILDING_EDIT,
        description="Take the link of a service of verification away from a building's resource.",
        raises=(RuleLocked,),
        payload="resource_settings",
    )
    async def unlink_verification_service(
        self, info: Info, input: UnlinkVerificationServiceInput
    ) -> list[ResourceSettings]:
        """The building's settings after it."""
        building_id = uuid_of("Building", input.building_id)
        return rows_of(await service.unlink(info.context.actor, building_id, input.resource_kind))


def _linking_of(judgement: LinkJudgement, *, preview: bool) -> VerificationServiceLinking:
    return VerificationServiceLinking(
        preview=preview,
        changed=judgement.changes,
        replaced=judgement.counts[LinkOutcome.REPLACED],
        unchanged=judgement.counts[LinkOutcome.UNCHANGED],
        skipped_locked=judgement.counts[LinkOutcome.LOCKED],
        changed_buildings=[_linked(row) for row in judgement.changed],
        skipped_buildings=[skipped_of(row) for row in judgement.locked],
    )


def _linked(row: Record) -> LinkedBuilding:
    return LinkedBuilding(building=Building.of(row, "building_"), service_uuid=row["service_id"])
