"""The resident's home screen over GraphQL: widgets and their live changes."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from kvartal import live
from kvartal.context import Info
from kvartal.errors import NotFound
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN, subscription
from kvartal.graphql.node import uuid_of
from kvartal.home.api import premise_topic
from kvartal.home.loaders import WidgetsByPremise
from kvartal.home.widgets import HomeWidget
from kvartal.housing.api import Premise

__all__ = ["HomeSubscriptions", "PremiseHome"]


@extends(Premise)
class PremiseHome:
    """The home screen of a premise."""

    @strawberry.field(description="Widgets of the resident's home screen, with live counts.")
    async def home_widgets(self, info: Info, parent: strawberry.Parent[Premise]) -> list[HomeWidget]:
        """All widgets of the premise."""
        return await info.context.load(WidgetsByPremise, parent.uuid)


@strawberry.type
class HomeSubscriptions:
    """Live changes of the home screen."""

    @subscription(
        access=SIGNED_IN,
        description=(
            "The widgets of a premise: the present state of each at once, then each that changes:"
            " by a reading, by settings, or by a window that opens or closes at local midnight."
        ),
    )
    async def home_widget_changed(
        self,
        info: Info,
        premise_id: Annotated[strawberry.ID, strawberry.argument(description="The premise.")],
    ) -> AsyncIterator[HomeWidget]:
        """Each widget whenever it differs from what was sent last."""
        premise = uuid_of("Premise", premise_id)
        sent: dict[str, HomeWidget] = {}

        def next_change() -> datetime | None:
            moments = [widget.next_change for widget in sent.values() if widget.next_change]
            return min(moments, default=None)

        async for _ in live.changes(premise_topic(premise), next_change=next_change):
            info.context.loaders.clear()
            widgets = await info.context.load(WidgetsByPremise, premise)
            if not widgets:
                raise NotFound
            for widget in widgets:
                if sent.get(widget.key) != widget:
                    sent[widget.key] = widget
                    yield widget
