"""How far the reminders of a day have come."""

from tortoise import fields

from kvartal.db.models import Row
from kvartal_notifications.sources.rules import ReminderKind

__all__ = ["ReminderRun"]


class ReminderRun(Row):
    """The reminders of one kind, for one time zone, on one day: begun once, ended once.

    ``after_id``: those of all premises up to this one are written; from there it goes on, and
    its deliveries fall due after the ``told`` ones that it has written before.
    """

    kind = fields.CharEnumField(ReminderKind, max_length=20)
    timezone = fields.CharField(max_length=64)
    day = fields.DateField()
    after_id = fields.UUIDField(null=True)
    told = fields.IntField(default=0)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        app = "notifications"
        table = "notifications_reminder_run"
        unique_together = (("kind", "timezone", "day"),)
