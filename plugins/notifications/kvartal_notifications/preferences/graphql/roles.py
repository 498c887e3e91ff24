"""The ticks of roles over GraphQL."""

import strawberry

from kvartal.auth.api import Role, SessionKind
from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.permissions import ROLE_MANAGE
from kvartal_notifications.channels.graphql import NotificationChannel
from kvartal_notifications.kinds import kinds
from kvartal_notifications.preferences.graphql.rows import NotificationKind, in_order
from kvartal_notifications.preferences.loaders import TicksByRole
from kvartal_notifications.preferences.rules import (
    NotificationKindRepeated,
    NotificationKindUnknown,
)
from kvartal_notifications.preferences.service import update_ticks

__all__ = ["KindQueries", "RoleNotifications", "TickMutations"]


@strawberry.type(description="By which ways those who have a role are told of a kind (галочки).")
class RoleNotification:
    """A row of the role's tab."""

    kind: NotificationKind = strawberry.field(description="What they are told of.")
    channels: list[NotificationChannel] = strawberry.field(description="The ways that are ticked.")


@strawberry.type
class KindQueries:
    """Fields of Query about kinds of notices."""

    @query(access=SIGNED_IN, description="All kinds of notices that there are.")
    async def notification_kinds(self, info: Info) -> list[NotificationKind]:
        """The kinds of the plugins that are on."""
        return [NotificationKind.of(each, info.context.locale) for each in kinds().values()]


@extends(Role)
class RoleNotifications:
    """What those are told of who have a role."""

    @strawberry.field(
        description="What those who have the role are told of, a row for each kind that employees"
        " can be told of (вкладка «Уведомления»). They are told about the buildings that they"
        " work with, and only of what they have the right to see."
    )
    async def notifications(
        self, info: Info, parent: strawberry.Parent[Role]
    ) -> list[RoleNotification]:
        """The rows of the tab."""
        ticks = await info.context.load(TicksByRole, parent.uuid)
        return [
            RoleNotification(
                kind=NotificationKind.of(kind, info.context.locale),
                channels=in_order(ticks.get(key, frozenset())),
            )
            for key, kind in kinds().items()
            if kind.audience is SessionKind.EMPLOYEE
        ]


@strawberry.input(description="By which ways those who have the role are to be told of a kind.")
class RoleNotificationInput:
    """A row of the form."""

    kind: str = strawberry.field(description="Key of the kind.")
    channels: list[NotificationChannel] = strawberry.field(
        description="The ways that are ticked; none: they are not told."
    )


@strawberry.input(description="The ticks of a role; kinds that are left out stay as they are.")
class UpdateRoleNotificationsInput:
    """Input of updateRoleNotifications."""

    role_id: strawberry.ID = strawberry.field(description="The role.")
    notifications: list[RoleNotificationInput] = strawberry.field(
        description="A row for each kind that changes; each kind once."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The role's version that was edited; refused if it is another."
    )


@strawberry.type
class TickMutations:
    """Fields of Mutation about the ticks of roles."""

    @mutation(
        access=ROLE_MANAGE,
        description="Choose of what, and by which ways, those who have a role are told.",
        raises=(NotificationKindUnknown, NotificationKindRepeated, VersionConflict),
    )
    async def update_role_notifications(
        self, info: Info, input: UpdateRoleNotificationsInput
    ) -> Role:
        """The role after the change."""
        wanted = [(each.kind, frozenset(each.channels)) for each in input.notifications]
        return Role.of(
            await update_ticks(
                info.context.actor,
                uuid_of("Role", input.role_id),
                wanted,
                expected_version=input.expected_version,
            )
        )
