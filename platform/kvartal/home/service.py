"""Choosing which widgets stand on the home screens of an organization's residents, and where."""

from uuid import UUID

from kvartal import registry
from kvartal.audit.api import changed
from kvartal.auth.actor import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import VersionConflict
from kvartal.home.api import organization_topic
from kvartal.home.models import HomeWidgetChoice
from kvartal.home.queries import choices_of_organizations
from kvartal.home.rules import (
    HomeWidgetUnknown,
    Placement,
    PositionInvalid,
    placements_of,
)
from kvartal.housing.models import Organization
from kvartal.housing.service.access import require
from kvartal.housing.sources import ORGANIZATIONS
from kvartal.live import touch
from kvartal.permissions import WIDGET_MANAGE

__all__ = ["place_widget"]

MAX_POSITION = 1000


async def place_widget(
    actor: Actor,
    organization_id: UUID,
    key: str,
    *,
    pinned: bool | None = None,
    position: int | None = None,
    expected_version: int | None = None,
) -> Placement:
    """A widget pinned or not, and in its place; what is None stays as it is."""
    async with unit_of_work():
        await require(actor, ORGANIZATIONS, organization_id, WIDGET_MANAGE)
        if key not in registry.current().widgets:
            raise HomeWidgetUnknown(path=("key",))
        if position is not None and not 0 <= position < MAX_POSITION:
            raise PositionInvalid(path=("position",))
        # One choice at a time: there may be no row yet to hold.
        await Organization.select_for_update().get(id=organization_id)
        before = await _placement(organization_id, key)
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version, path=("expected_version",))
        values = {
            "pinned": before.pinned if pinned is None else pinned,
            "position": before.position if position is None else position,
            "version": before.version + 1,
        }
        await HomeWidgetChoice.update_or_create(
            organization_id=organization_id, key=key, defaults=values
        )
        touch(organization_topic(organization_id))
        after = await _placement(organization_id, key)
        changed(before, after)
        return after


async def _placement(organization_id: UUID, key: str) -> Placement:
    chosen = (await choices_of_organizations([organization_id]))[organization_id]
    placed = placements_of(registry.current().widgets, chosen)
    return next(each for each in placed if each.key == key)
