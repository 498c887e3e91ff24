"""The widgets of many premises at once: one batch per widget kind, and one for their places."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from kvartal import registry
from kvartal.graphql.loader import Loader
from kvartal.home.queries import choices_of_organizations, choices_of_premises
from kvartal.home.rules import Placement, placements_of
from kvartal.home.widgets import HomeWidget

__all__ = ["PlacementsByOrganization", "WidgetsByPremise"]


class WidgetsByPremise(Loader[UUID, list[HomeWidget]]):
    """All widgets of a premise, each in the place that its organization has chosen."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[HomeWidget]]:
        """Widgets by premise, for those of the premises that the actor sees."""
        kinds = registry.current().widgets
        choices, *answers = await asyncio.gather(
            choices_of_premises(keys), *(kind.fetch(self.context, keys) for kind in kinds.values())
        )
        made = dict(zip(kinds, answers, strict=True))
        return {
            premise: [
                replace(made[each.key][premise], pinned=each.pinned, position=each.position)
                for each in placements_of(kinds, choices.get(premise, {}))
                if premise in made[each.key]
            ]
            for premise in {key for answer in answers for key in answer}
        }

    def missing(self, key: UUID) -> list[HomeWidget]:
        """A premise that the actor does not see, or an installation without widgets."""
        return []


class PlacementsByOrganization(Loader[UUID, list[Placement]]):
    """The places of all widgets in an organization."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Placement]]:
        """Placements by organization."""
        choices = await choices_of_organizations(keys)
        widgets = registry.current().widgets
        return {key: placements_of(widgets, choices.get(key, {})) for key in keys}
