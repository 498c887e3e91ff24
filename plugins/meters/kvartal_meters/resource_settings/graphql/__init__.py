"""Settings of resources over GraphQL."""

from kvartal_meters.resource_settings.graphql.extensions import (
    BuildingGroupResourceSettings,
    BuildingResourceSettings,
    QuarterResourceSettings,
)
from kvartal_meters.resource_settings.graphql.linking import VerificationLinkMutations
from kvartal_meters.resource_settings.graphql.mutations import ResourceSettingsMutations
from kvartal_meters.resource_settings.graphql.progress import SettingsApplicationSubscriptions
from kvartal_meters.resource_settings.graphql.queries import ResourceSettingsQueries

__all__ = [
    "EXTENSIONS",
    "BuildingGroupResourceSettings",
    "BuildingResourceSettings",
    "QuarterResourceSettings",
    "ResourceSettingsMutations",
    "ResourceSettingsQueries",
    "SettingsApplicationSubscriptions",
    "VerificationLinkMutations",
]

EXTENSIONS = (
    BuildingResourceSettings,
    QuarterResourceSettings,
    BuildingGroupResourceSettings,
)
