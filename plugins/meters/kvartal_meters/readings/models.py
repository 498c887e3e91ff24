"""Readings, one per meter and billing month, and the immutable history of their changes."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, VersionedRow, link
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.models import register
from kvartal_meters.meters.rules import AuthorKind, MeterScope
from kvartal_meters.readings.rules import SubmissionChannel

__all__ = ["Reading", "ReadingRevision"]


def _held_together(to: str, name: str, **options: Any) -> Any:
    """A link without a key of its own: one of several columns holds it (docs/adr/0008)."""
    return fields.ForeignKeyField(
        to,
        related_name=name,
        db_constraint=False,
        **{"on_delete": fields.RESTRICT, "db_index": False, **options},
    )


class Reading(VersionedRow):
    """A reading (показание) of all registers of a meter for one billing month.

    ``previous_*`` and ``consumption`` are kept beside the values for speed and always recomputable;
    organization, building, premise, scope and resource repeat the meter's: lists filter by them.
    ``resident``: who submitted it, or on whose behalf staff did. ``transformation_ratio``: the
    meter's when it was read; a new ratio applies to later readings alone.
    """

    organization_id: UUID
    meter_id: UUID
    organization = _held_together("kvartal.Organization", "meters_readings")
    building = _held_together("kvartal.Building", "meters_readings")
    premise = link("kvartal.Premise", "meters_readings", null=True)
    meter = _held_together("meters.Meter", "readings", on_delete=fields.CASCADE, db_index=True)
    scope = fields.CharEnumField(MeterScope, max_length=20)
    resource_kind = fields.CharEnumField(ResourceKind, max_length=20)
    billing_month = fields.DateField()
    taken_on = fields.DateField()
    submitted_at = fields.DatetimeField()
    submitted_by = link("kvartal.User", "meters_readings", null=True, index=False)
    resident = _held_together("kvartal.Resident", "meters_readings", null=True)
    author_kind = fields.CharEnumField(AuthorKind, max_length=20)
    channel = fields.CharEnumField(SubmissionChannel, max_length=20)
    t1 = register(null=False)
    t2 = register()
    t3 = register()
    previous_t1 = register()
    previous_t2 = register()
    previous_t3 = register()
    consumption = register()
    transformation_ratio = fields.DecimalField(max_digits=12, decimal_places=4, default=1)
    needs_review = fields.BooleanField(default=False)

    class Meta:
        app = "meters"
        table = "meters_reading"
        unique_together = (("organization", "meter", "billing_month"),)


class ReadingRevision(Row):
    """One change of a reading: who saved which values when, over which channel.

    ``is_review``: nobody saved anything, somebody found the values right («Требуют проверки»).
    """

    organization = link("kvartal.Organization", "meters_reading_revisions", index=False)
    reading: Any = fields.ForeignKeyField(
        "meters.Reading", related_name="revisions", on_delete=fields.CASCADE, db_index=True
    )
    changed_by = link("kvartal.User", "meters_reading_revisions", null=True, index=False)
    author_kind = fields.CharEnumField(AuthorKind, max_length=20)
    channel = fields.CharEnumField(SubmissionChannel, max_length=20)
    old_t1 = register()
    old_t2 = register()
    old_t3 = register()
    new_t1 = register(null=False)
    new_t2 = register()
    new_t3 = register()
    # The database's default too: a save names the columns that it knows.
    is_review = fields.BooleanField(default=False, db_default=False)

    class Meta:
        app = "meters"
        table = "meters_reading_revision"
