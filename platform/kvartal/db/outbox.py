"""The outbox: what happened and who is still to be told, committed together with the change."""

from tortoise import fields

from kvartal.db.models import Row, link

__all__ = ["CronClaim", "Delivery", "OutboxEvent"]


class OutboxEvent(Row):
    """Something that happened, in its wire form."""

    name = fields.CharField(max_length=100)
    payload = fields.JSONField[object]()

    class Meta:
        app = "kvartal"
        table = "kvartal_event"


class Delivery(Row):
    """One handler to be told of one event, or one actor to be run; done when it has committed.

    ``due_at``: when the relay sends it (again); ``locked_until``: a worker is at it.
    """

    event = link("kvartal.OutboxEvent", "deliveries", null=True)
    target = fields.CharField(max_length=150)
    payload = fields.JSONField[object](null=True)
    due_at = fields.DatetimeField()
    locked_until = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    last_error = fields.TextField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_delivery"


class CronClaim(Row):
    """One occurrence of a scheduled actor, claimed by whichever scheduler came first."""

    task = fields.CharField(max_length=150)
    occurs_at = fields.DatetimeField()

    class Meta:
        app = "kvartal"
        table = "kvartal_cron_claim"
        unique_together = (("task", "occurs_at"),)
