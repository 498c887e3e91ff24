"""What an organization exchanges and when: one row for import, one for export."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from kvartal.db.models import VersionedRow, link
from kvartal_integration.operations.rules import Direction

__all__ = ["ExchangeSettings"]


class ExchangeSettings(VersionedRow):
    """The settings of one direction of the exchange (вкладка «Обмен данными»).

    ``minutes`` … ``weekdays``: the schedule as it was typed, a star or numbers separated by commas.
    ``paths``: the files to import. ``directory``, ``name_template``: where an export is put, and
    how it is called. ``whole_month``: export all readings of the billing month, not those that are
    new. ``last_started_at``: when the last export that succeeded had begun.
    """

    organization_id: UUID
    last_started_at: datetime | None
    organization = link("kvartal.Organization", "integration_settings", index=False)
    direction = fields.CharEnumField(Direction, max_length=10)
    is_scheduled = fields.BooleanField(default=False)
    minutes = fields.CharField(max_length=200, default="0")
    hours = fields.CharField(max_length=100, default="*")
    days = fields.CharField(max_length=100, default="*")
    months = fields.CharField(max_length=50, default="*")
    weekdays = fields.CharField(max_length=20, default="*")
    emails = fields.JSONField[list[str]](default=list)
    paths = fields.JSONField[list[str]](default=list)
    delete_after_reading = fields.BooleanField(default=False)
    directory = fields.CharField(max_length=500, default="/")
    name_template = fields.CharField(
        max_length=200, default="metrics_{companyId}_{date:YYYYMMDD}.xml"
    )
    whole_month = fields.BooleanField(default=False)
    last_started_at = fields.DatetimeField(null=True)

    class Meta:
        app = "integration"
        table = "integration_settings"
        unique_together = (("organization_id", "direction"),)
