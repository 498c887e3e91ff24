"""What the workers do about settings: a building that is new or has moved comes under a rule."""

from kvartal.events import on
from kvartal.housing.api import BuildingMoved
from kvartal_meters.resource_settings.service import inherit

__all__ = ["HANDLERS", "inherit_settings"]


async def inherit_settings(moved: BuildingMoved) -> None:
    """Group's settings, else quarter's, else its own; a building that left is free again."""
    entered = set(moved.groups_after) - set(moved.groups_before)
    if moved.quarter_after is not None and moved.quarter_after != moved.quarter_before:
        entered.add(moved.quarter_after)
    await inherit(moved.organization_id, moved.building_id, entered=entered)


HANDLERS = (on(BuildingMoved, inherit_settings),)
