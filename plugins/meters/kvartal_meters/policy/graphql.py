"""The policy of an organization over GraphQL."""

from decimal import Decimal
from uuid import UUID

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.extend import extends
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import Organization
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import AnomalyFactorInvalid
from kvartal_meters.policy.loaders import PolicyByOrganization
from kvartal_meters.policy.rules import Policy
from kvartal_meters.policy.service import PolicyChange, update_policy

__all__ = ["MetersPolicy", "OrganizationMetersPolicy", "PolicyMutations"]

_FACTOR = (
    "How many times the average of three months a month's consumption may be before one is asked"
    " whether it is right: 1.5 to 10."
)
_LATEST = (
    "Whether at night only the first date that is filled decides over a meter's verification"
    " («Учитывать последнюю поверку»): the next one, else the last one with the interval, else"
    " commissioning with it. Without the switch each of them counts, so that an old commissioning"
    " outweighs a recent verification."
)


@strawberry.type(description="When a consumption of a resource is taken for an anomaly.")
class AnomalyThreshold:
    """The factor of a resource."""

    resource_kind: ResourceKind = strawberry.field(description="The resource.")
    factor: Decimal = strawberry.field(description=_FACTOR)


@strawberry.type(description="What an organization decides for all its meters.")
class MetersPolicy:
    """The switches of an organization."""

    organization_uuid: strawberry.Private[UUID]
    counts_latest_verification: bool = strawberry.field(description=_LATEST)
    anomaly_thresholds: list[AnomalyThreshold] = strawberry.field(
        description="A row for each resource."
    )
    version: int = strawberry.field(
        description="Grows with every change, 0 until there is one; the `expectedVersion`."
    )

    @classmethod
    def of(cls, organization_id: UUID, policy: Policy) -> "MetersPolicy":
        """The policy as clients see it."""
        return cls(
            organization_uuid=organization_id,
            counts_latest_verification=policy.counts_latest_verification,
            anomaly_thresholds=[
                AnomalyThreshold(resource_kind=kind, factor=policy.factor_of(kind))
                for kind in ResourceKind
            ],
            version=policy.version,
        )


@extends(Organization)
class OrganizationMetersPolicy:
    """What an organization decides for its meters."""

    @strawberry.field(description="What it decides for all its meters; null to residents.")
    async def meters_policy(
        self, info: Info, parent: strawberry.Parent[Organization]
    ) -> MetersPolicy | None:
        """The organization's policy."""
        found = await info.context.load(PolicyByOrganization, parent.uuid)
        return MetersPolicy.of(parent.uuid, found) if found else None


@strawberry.input(description="When a consumption of a resource is to be taken for an anomaly.")
class AnomalyThresholdInput:
    """A row of the form."""

    resource_kind: ResourceKind = strawberry.field(description="The resource.")
    factor: Decimal = strawberry.field(description=_FACTOR)


@strawberry.input(description="What an organization decides; a field left out stays as it is.")
class UpdateMetersPolicyInput:
    """The form of the policy."""

    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    counts_latest_verification: bool | None = strawberry.field(default=None, description=_LATEST)
    anomaly_thresholds: list[AnomalyThresholdInput] | None = strawberry.field(
        default=None, description="A row for each resource that changes."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was edited; refused if it is no longer so."
    )

    def change(self) -> PolicyChange:
        """What is being set."""
        return PolicyChange(
            counts_latest_verification=self.counts_latest_verification,
            factors=[(row.resource_kind, row.factor) for row in self.anomaly_thresholds or ()],
        )


@strawberry.type
class PolicyMutations:
    """Fields of Mutation about the policy."""

    @mutation(
        access=ORGANIZATION_EDIT,
        description="Change what an organization decides for all its meters; readings and nights"
        " from now on follow it.",
        raises=(AnomalyFactorInvalid, VersionConflict),
    )
    async def update_meters_policy(
        self, info: Info, input: UpdateMetersPolicyInput
    ) -> MetersPolicy:
        """The policy after the change."""
        organization_id = uuid_of("Organization", input.organization_id)
        policy = await update_policy(
            info.context.actor,
            organization_id,
            input.change(),
            expected_version=input.expected_version,
        )
        return MetersPolicy.of(organization_id, policy)
