"""Notices to persons, and their way to them by each channel."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.auth.api import SessionKind
from kvartal.db.models import Row, link
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.messages.rules import DeliveryStatus

__all__ = ["Notification", "NotificationDelivery", "SuppressedAddress"]


class Notification(Row):
    """One notice to one person (уведомление), once for its kind and occasion.

    ``audience``: in which capacity they are told; ``occasion``: what it is about, in words of its
    kind (a submission, a premise on a day); ``facts``: what its template tells, so that it is
    written in the language of whoever reads it. ``subject_kind`` and ``subject_id``: the object
    that a tap opens; it may be gone, as the building may, so they are no links. ``in_inbox``: it
    is shown in the app; ``expires_at``: from then on nobody wants to hear it by push or mail.
    """

    organization_id: UUID
    user_id: UUID
    organization = link("kvartal.Organization", "notifications_notices", index=False)
    user = link("kvartal.User", "notifications_notices", index=False)
    audience = fields.CharEnumField(SessionKind, max_length=20)
    kind = fields.CharField(max_length=100)
    occasion = fields.CharField(max_length=200)
    facts = fields.JSONField[dict[str, Any]](default=dict)
    building_id = fields.UUIDField(null=True)
    premise_id = fields.UUIDField(null=True)
    subject_kind = fields.CharField(max_length=40, null=True)
    subject_id = fields.UUIDField(null=True)
    in_inbox = fields.BooleanField(default=True)
    read_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        app = "notifications"
        table = "notifications_notification"
        unique_together = (("organization_id", "user_id", "kind", "occasion"),)


class NotificationDelivery(Row):
    """A notice's way to a person by mail, or by push to one of their devices (доставка).

    ``due_at``: when it is to be tried; while a worker has it, until when. ``started_at``: when the
    attempt began whose outcome is not noted yet. An attempt that was begun and never noted may
    have arrived: of such ``unknown_attempts`` there are two at most. ``problem``: the code of what
    went wrong last.
    """

    organization_id: UUID
    organization = link("kvartal.Organization", "notifications_deliveries", index=False)
    notification: Any = fields.ForeignKeyField(
        "notifications.Notification",
        related_name="deliveries",
        on_delete=fields.CASCADE,
        db_index=False,
    )
    channel = fields.CharEnumField(NotificationChannel, max_length=20)
    device_id = fields.UUIDField(null=True)
    provider = fields.CharEnumField(PushProvider, max_length=20, null=True)
    status = fields.CharEnumField(DeliveryStatus, max_length=20, default=DeliveryStatus.PENDING)
    attempts = fields.SmallIntField(default=0)
    unknown_attempts = fields.SmallIntField(default=0)
    due_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    problem = fields.CharField(max_length=100, null=True)
    provider_message = fields.CharField(max_length=200, null=True)

    class Meta:
        app = "notifications"
        table = "notifications_delivery"


class SuppressedAddress(Row):
    """An e-mail address that its server refuses for good: nothing is sent to it for a while."""

    email = fields.CharField(max_length=254, unique=True)
    problem = fields.CharField(max_length=100)

    class Meta:
        app = "notifications"
        table = "notifications_suppressed_address"
