"""The widgets of many premises at once: one batch per widget kind; their places are remembered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from kvartal import registry
from kvartal.graphql.loader import Loader
from kvartal.home.api import organization_topic
from kvartal.home.queries import choices_of_organizations
from kvartal.home.rules import Placement, placements_of
from kvartal.home.widgets import HomeWidget
from kvartal.live import Remembered

__all__ = ["HomePremise", "PlacementsByOrganization", "WidgetsByPremise"]

choices = Remembered(organization_topic, choices_of_organizations)


class HomePremise(NamedTuple):
    """A premise with a home screen, and the organization that has chosen what stands there."""

    premise: UUID
    organization: UUID


class WidgetsByPremise(Loader[HomePremise, list[HomeWidget]]):
    """All widgets of a premise, each in the place that its organization has chosen."""

    async def batch(self, keys: Sequence[HomePremise]) -> Mapping[HomePremise, list[HomeWidget]]:
        """Widgets by premise, for those of the premises that the actor sees."""
        kinds = registry.current().widgets
        premises = [key.premise for key in keys]
        chosen, *answers = await asyncio.gather(
            choices.get(key.organization for key in keys),
            *(kind.fetch(self.context, premises) for kind in kinds.values()),
        )
        made = dict(zip(kinds, answers, strict=True))
        places = {each: placements_of(kinds, chosen[each]) for each in chosen}
        placed = _Placed()
        return {
            key: [
                placed.at(place, made[place.key][key.premise])
                for place in places[key.organization]
                if key.premise in made[place.key]
            ]
            for key in keys
        }

    def missing(self, key: HomePremise) -> list[HomeWidget]:
        """A premise that the actor does not see, or an installation without widgets."""
        return []


class _Placed:
    """Widgets in their places; what a plugin says of several premises at once is one widget."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bool, int], tuple[HomeWidget, HomeWidget]] = {}

    def at(self, place: Placement, widget: HomeWidget) -> HomeWidget:
        """The widget where it is to stand."""
        key = (id(widget), place.pinned, place.position)
        known = self._known.get(key)
        if known is None:
            placed = replace(widget, pinned=place.pinned, position=place.position)
            known = self._known[key] = (widget, placed)  # the first is kept, and so its id
        return known[1]


class PlacementsByOrganization(Loader[UUID, list[Placement]]):
    """The places of all widgets in an organization."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Placement]]:
        """Placements by organization."""
        chosen = await choices.get(keys)
        widgets = registry.current().widgets
        return {key: placements_of(widgets, chosen[key]) for key in keys}
