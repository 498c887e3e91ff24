"""Settings of a resource, materialised: a submission reads one row and walks no hierarchy."""

from tortoise import fields

from kvartal.db.models import VersionedRow, link
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.rules import SettingsLevel

__all__ = ["ResourceRule", "ResourceSettings"]


class ResourceRule(VersionedRow):
    """A rule that a quarter or a group keeps applied (применять правило); the snapshot it applied.

    While it is active it locks lower levels, and new buildings inherit the snapshot.
    """

    organization = link("kvartal.Organization", "meters_resource_rules", index=False)
    level = fields.CharEnumField(SettingsLevel, max_length=10)
    quarter = link("kvartal.Quarter", "meters_resource_rules", null=True)
    group = link("kvartal.BuildingGroup", "meters_resource_rules", null=True)
    snapshot = fields.JSONField[object]()
    cancelled_at = fields.DatetimeField(null=True)

    class Meta:
        app = "meters"
        table = "meters_resource_rule"


class ResourceSettings(VersionedRow):
    """Parameters of a resource at one level: of a building, or a quarter's or group's draft.

    Both days empty: always open. ``service``: the verification that residents are offered.
    ``locked_by``: the rule that forbids changes here.
    """

    organization = link("kvartal.Organization", "meters_resource_settings", index=False)
    level = fields.CharEnumField(SettingsLevel, max_length=10)
    building = link("kvartal.Building", "meters_resource_settings", null=True)
    quarter = link("kvartal.Quarter", "meters_resource_settings", null=True, index=False)
    group = link("kvartal.BuildingGroup", "meters_resource_settings", null=True, index=False)
    resource_kind = fields.CharEnumField(ResourceKind, max_length=20)
    active = fields.BooleanField(default=False)
    start_day = fields.SmallIntField(null=True)
    end_day = fields.SmallIntField(null=True)
    fractions_allowed = fields.BooleanField(default=True)
    accepts_expired = fields.BooleanField(default=False)
    service = link("kvartal.Service", "meters_resource_settings", null=True)
    locked_by = link("meters.ResourceRule", "locked_settings", null=True)

    class Meta:
        app = "meters"
        table = "meters_resource_settings"
