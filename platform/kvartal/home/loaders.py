"""The widgets of many premises at once: one batch per widget kind."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal import registry
from kvartal.graphql.loader import Loader
from kvartal.home.widgets import HomeWidget

__all__ = ["WidgetsByPremise"]


class WidgetsByPremise(Loader[UUID, list[HomeWidget]]):
    """All widgets of a premise, in the order of their keys."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[HomeWidget]]:
        found: dict[UUID, list[HomeWidget]] = {key: [] for key in keys}
        kinds = registry.current().widgets
        for key in sorted(kinds):
            for premise_id, widget in (await kinds[key].fetch(self.context, keys)).items():  # lint-skip: query-in-loop -- one batch per kind of widget
                found[premise_id].append(widget)
        return found
