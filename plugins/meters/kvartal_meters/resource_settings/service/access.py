"""The way to a place's settings for whoever wants to change them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kvartal.audit.api import belongs_to
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, Forbidden, NotFound
from kvartal.permissions import BUILDING_EDIT
from kvartal_meters.errors import RuleLocked
from kvartal_meters.resource_settings.queries import reading, writing
from kvartal_meters.resource_settings.queries.reading import LevelSettings, PlaceRight
from kvartal_meters.resource_settings.rules import Place, SettingsLevel

__all__ = ["changing", "refuse_if_locked", "require_level_above", "require_right"]


@asynccontextmanager
async def changing(actor: Actor, place: Place) -> AsyncIterator[LevelSettings]:
    """A unit of work with the settings of a place that the actor may change.

    Until it has committed, no other change of the organization's settings runs.
    """
    async with unit_of_work():
        right = await require_right(actor, place)
        belongs_to(right.organization_id)
        await writing.hold_settings(right.organization_id)
        # Read after the wait: what stood there before it may have been changed meanwhile.
        yield (await reading.settings_of(actor, place.level, [place.id]))[place.id]


async def require_right(actor: Actor, place: Place) -> PlaceRight:
    """What the actor may do at a place, refused unless they may change its settings."""
    right = await reading.right_at(actor, place)
    if right is None:
        raise NotFound
    if not right.may_change:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=BUILDING_EDIT.code)
    return right


def require_level_above(place: Place) -> None:
    """BadInput at a building: a quarter and a group alone hand their settings down."""
    if place.level is SettingsLevel.BUILDING:
        raise BadInput("SETTINGS_NOT_APPLICABLE")


def refuse_if_locked(settings: LevelSettings) -> None:
    """RuleLocked if another level's rule decides here."""
    owner = settings.locked_by
    if owner is not None:
        raise RuleLocked(level=owner.place.level, name=owner.name)
