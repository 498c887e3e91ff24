"""What an organization decides once for all its meters."""

from tortoise import fields

from kvartal.db.models import Row, VersionedRow, link
from kvartal_meters.catalog.rules import ResourceKind

__all__ = ["AnomalyThreshold", "MetersPolicy"]


class MetersPolicy(VersionedRow):
    """The switches of an organization.

    ``counts_latest_verification`` («Учитывать последнюю поверку»): at night only the first date
    that is filled decides, so that an old commissioning does not outweigh a recent verification.
    """

    organization = link("kvartal.Organization", "meters_policies", index=False)
    counts_latest_verification = fields.BooleanField(default=False)

    class Meta:
        app = "meters"
        table = "meters_policy"
        unique_together = (("organization_id",),)


class AnomalyThreshold(Row):
    """How many times the average a resource's consumption may be before one is asked about it."""

    organization = link("kvartal.Organization", "meters_anomaly_thresholds", index=False)
    resource_kind = fields.CharEnumField(ResourceKind, max_length=20)
    factor = fields.DecimalField(max_digits=4, decimal_places=2)

    class Meta:
        app = "meters"
        table = "meters_anomaly_threshold"
        unique_together = (("organization_id", "resource_kind"),)
