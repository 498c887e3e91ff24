"""Who is told of what, by which channel, on which devices, and when not."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, VersionedRow, link
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider

__all__ = ["Device", "NotificationPolicy", "OptOut", "PersonSettings", "RoleTick"]


class Device(Row):
    """An app or browser that takes pushes, for as long as the session lives that registered it.

    ``address_sealed``: the registration token of FCM, or the subscription of Web Push with its
    keys, as JSON; ``address_hash`` finds it again. ``locale``: of what it is told.
    """

    user_id: UUID
    session_id: UUID
    user = link("kvartal.User", "notifications_devices")
    session: Any = fields.ForeignKeyField(
        "kvartal.Session", related_name="notifications_devices", on_delete=fields.CASCADE
    )
    provider = fields.CharEnumField(PushProvider, max_length=20)
    address_sealed = fields.BinaryField()
    address_hash = fields.CharField(max_length=64, unique=True)
    title = fields.CharField(max_length=100, null=True)
    locale = fields.CharField(max_length=5, default="ru")

    class Meta:
        app = "notifications"
        table = "notifications_device"


class PersonSettings(Row):
    """What a person has set for themselves.

    ``quiet_from`` and ``quiet_until``: minutes after midnight; none if the organization's hours
    hold. ``locale``: of their letters.
    """

    user_id: UUID
    user: Any = fields.OneToOneField(
        "kvartal.User", related_name="notifications_settings", on_delete=fields.RESTRICT
    )
    locale = fields.CharField(max_length=5, default="ru")
    quiet_from = fields.SmallIntField(null=True)
    quiet_until = fields.SmallIntField(null=True)

    class Meta:
        app = "notifications"
        table = "notifications_person_settings"


class OptOut(Row):
    """A person does not want a kind of notices by a channel."""

    user_id: UUID
    user = link("kvartal.User", "notifications_opt_outs", index=False)
    kind = fields.CharField(max_length=100)
    channel = fields.CharEnumField(NotificationChannel, max_length=20)

    class Meta:
        app = "notifications"
        table = "notifications_opt_out"
        unique_together = (("user_id", "kind", "channel"),)


class RoleTick(Row):
    """Who has a role is told of a kind by a channel (галочка роли)."""

    organization_id: UUID
    role_id: UUID
    organization = link("kvartal.Organization", "notifications_role_ticks", index=False)
    role: Any = fields.ForeignKeyField(
        "kvartal.Role",
        related_name="notifications_ticks",
        on_delete=fields.CASCADE,
        db_index=False,
    )
    kind = fields.CharField(max_length=100)
    channel = fields.CharEnumField(NotificationChannel, max_length=20)

    class Meta:
        app = "notifications"
        table = "notifications_role_tick"
        unique_together = (("organization_id", "role_id", "kind", "channel"),)


class NotificationPolicy(VersionedRow):
    """How an organization tells people; the defaults hold where it has set nothing.

    ``quiet_from`` and ``quiet_until``: when no push rings, in minutes after midnight of the
    building's time; equal if it may ring always. ``last_day_to_all``: on a window's last day also
    those are reminded who have submitted everything (domain rules, D16).
    """

    organization_id: UUID
    organization: Any = fields.OneToOneField(
        "kvartal.Organization", related_name="notifications_policy", on_delete=fields.RESTRICT
    )
    quiet_from = fields.SmallIntField(default=22 * 60)
    quiet_until = fields.SmallIntField(default=8 * 60)
    last_day_to_all = fields.BooleanField(default=False)

    class Meta:
        app = "notifications"
        table = "notifications_policy"
