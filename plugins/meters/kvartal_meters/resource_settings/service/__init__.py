"""Changing settings: at a building at once, at a quarter or a group as a draft to be applied."""

from kvartal_meters.resource_settings.service.access import require_level_above, require_right
from kvartal_meters.resource_settings.service.apply import Applied, apply, cancel_rule
from kvartal_meters.resource_settings.service.inherit import inherit
from kvartal_meters.resource_settings.service.link import LinkRequest, link, unlink
from kvartal_meters.resource_settings.service.update import set_building_settings, update

__all__ = [
    "Applied",
    "LinkRequest",
    "apply",
    "cancel_rule",
    "inherit",
    "link",
    "require_level_above",
    "require_right",
    "set_building_settings",
    "unlink",
    "update",
]
