"""How an organization tells people, over GraphQL."""

from uuid import UUID

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.extend import extends
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import Organization
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal_notifications.preferences.graphql.rows import QuietHours, QuietHoursInput
from kvartal_notifications.preferences.loaders import NotificationPolicyByOrganization
from kvartal_notifications.preferences.rules import Policy, QuietHoursInvalid
from kvartal_notifications.preferences.service import PolicyChange, update_policy

__all__ = ["OrganizationNotifications", "PolicyMutations"]

_LAST_DAY = (
    "Whether on the last day of a window also those are reminded who have submitted everything."
)


@strawberry.type(description="How an organization tells people.")
class NotificationPolicy:
    """The switches of an organization."""

    organization_uuid: strawberry.Private[UUID]
    quiet_hours: QuietHours = strawberry.field(
        description="When no push rings, unless the person has hours of their own."
    )
    last_day_to_all: bool = strawberry.field(description=_LAST_DAY)
    version: int = strawberry.field(
        description="Grows with every change, 0 until there is one; the `expectedVersion`."
    )

    @classmethod
    def of(cls, organization_id: UUID, policy: Policy) -> "NotificationPolicy":
        """The policy as clients see it."""
        return cls(
            organization_uuid=organization_id,
            quiet_hours=QuietHours.of(policy.quiet_from, policy.quiet_until),
            last_day_to_all=policy.last_day_to_all,
            version=policy.version,
        )


@extends(Organization)
class OrganizationNotifications:
    """How an organization tells people."""

    @strawberry.field(description="How it tells people; null to residents.")
    async def notification_policy(
        self, info: Info, parent: strawberry.Parent[Organization]
    ) -> NotificationPolicy | None:
        """The organization's policy."""
        found = await info.context.load(NotificationPolicyByOrganization, parent.uuid)
        return NotificationPolicy.of(parent.uuid, found) if found else None


@strawberry.input(description="How an organization tells people; a field left out stays as it is.")
class UpdateNotificationPolicyInput:
    """The form of the policy."""

    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    quiet_hours: QuietHoursInput | None = strawberry.field(
        default=None, description="When no push rings."
    )
    last_day_to_all: bool | None = strawberry.field(default=None, description=_LAST_DAY)
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was edited; refused if it is no longer so."
    )


@strawberry.type
class PolicyMutations:
    """Fields of Mutation about the policy."""

    @mutation(
        access=ORGANIZATION_EDIT,
        description="Change how an organization tells people.",
        raises=(QuietHoursInvalid, VersionConflict),
    )
    async def update_notification_policy(
        self, info: Info, input: UpdateNotificationPolicyInput
    ) -> NotificationPolicy:
        """The policy after the change."""
        organization_id = uuid_of("Organization", input.organization_id)
        change = PolicyChange(
            quiet=input.quiet_hours.plain if input.quiet_hours is not None else None,
            last_day_to_all=input.last_day_to_all,
        )
        policy = await update_policy(
            info.context.actor, organization_id, change, expected_version=input.expected_version
        )
        return NotificationPolicy.of(organization_id, policy)
