"""The resident's home screen over GraphQL: widgets and their live changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry

from kvartal.context import Info
from kvartal.errors import NotFound, VersionConflict
from kvartal.followed import Followed
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import SIGNED_IN, subscription
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.home.api import building_topic, organization_topic, premise_topic
from kvartal.home.loaders import HomePremise, PlacementsByOrganization, WidgetsByPremise
from kvartal.home.rules import HomeWidgetUnknown, Placement, PositionInvalid
from kvartal.home.service import place_widget
from kvartal.home.watching import SHOWN, Look, home_of, look_of
from kvartal.home.widgets import HomeWidget
from kvartal.housing.api import Organization, Premise
from kvartal.permissions import WIDGET_MANAGE

__all__ = ["HomeMutations", "HomeSubscriptions", "OrganizationHome", "PremiseHome"]


@extends(Premise)
class PremiseHome:
    """The home screen of a premise."""

    @strawberry.field(
        description="Widgets of the resident's home screen in their places, with live counts; those"
        " that are not pinned too."
    )
    async def home_widgets(
        self, info: Info, parent: strawberry.Parent[Premise]
    ) -> list[HomeWidget]:
        """All widgets of the premise."""
        home = HomePremise(parent.uuid, parent.organization_uuid)
        return await info.context.load(WidgetsByPremise, home)


@strawberry.type(description="Where a widget stands on the home screens of an organization.")
class HomeWidgetPlacement:
    """A widget's place."""

    key: str = strawberry.field(description="Which widget it is, e.g. `meters`.")
    pinned: bool = strawberry.field(description="Whether residents see it on the home screen.")
    position: int = strawberry.field(description="Its place, counted from 0.")
    version: int = strawberry.field(
        description="Grows with every change, 0 until there is one; the `expectedVersion`."
    )

    @classmethod
    def of(cls, placement: Placement) -> "HomeWidgetPlacement":
        """A placement as the client sees it."""
        return cls(
            key=placement.key,
            pinned=placement.pinned,
            position=placement.position,
            version=placement.version,
        )


@extends(Organization)
class OrganizationHome:
    """What an organization has on its residents' home screens."""

    @strawberry.field(description="The widgets of its residents' home screens, in their places.")
    async def home_widgets(
        self, info: Info, parent: strawberry.Parent[Organization]
    ) -> list[HomeWidgetPlacement]:
        """All widgets that there are."""
        found = await info.context.load(PlacementsByOrganization, parent.uuid)
        return [HomeWidgetPlacement.of(each) for each in found]


@strawberry.input(description="Where a widget is to stand; a field left out stays as it is.")
class UpdateHomeWidgetInput:
    """A widget's new place."""

    organization_id: strawberry.ID = strawberry.field(description="Whose residents see it.")
    key: str = strawberry.field(description="Which widget, e.g. `meters`.")
    pinned: bool | None = strawberry.field(
        default=None, description="Whether residents see it on the home screen."
    )
    position: int | None = strawberry.field(
        default=None, description="Its place: from 0 to 999, those of one place by their keys."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was edited; refused if it is no longer so."
    )


@strawberry.type
class HomeMutations:
    """Fields of Mutation about the home screen."""

    @mutation(
        access=WIDGET_MANAGE,
        description="Pin a widget of the residents' home screen, or not, and give it a place.",
        raises=(HomeWidgetUnknown, PositionInvalid, VersionConflict),
        payload="placement",
    )
    async def update_home_widget(
        self, info: Info, input: UpdateHomeWidgetInput
    ) -> HomeWidgetPlacement:
        """A widget in its new place."""
        return HomeWidgetPlacement.of(
            await place_widget(
                info.context.actor,
                uuid_of("Organization", input.organization_id),
                input.key,
                pinned=input.pinned,
                position=input.position,
                expected_version=input.expected_version,
            )
        )


@strawberry.type
class HomeSubscriptions:
    """Live changes of the home screen."""

    @subscription(
        access=SIGNED_IN,
        description=(
            "The widgets of a premise: the present state of each at once, then each that changes:"
            " by a reading, by settings, or by a window that opens or closes at local midnight."
        ),
        shared=True,
    )
    async def home_widget_changed(
        self,
        info: Info,
        premise_id: Annotated[strawberry.ID, strawberry.argument(description="The premise.")],
    ) -> AsyncGenerator[HomeWidget, None]:
        """Each widget whenever it differs from what was sent last."""
        look = look_of(info.context, uuid_of("Premise", premise_id))
        topics = await _topics(look)
        shown = _Shown()
        followed = Followed(
            SHOWN,
            look,
            news=shown.news,
            next_change=shown.next_change,
            tell=info.context.tell_at_once,
        )
        async with aclosing(followed.events(topics)) as events:
            async for widget in events:
                yield widget


class _Shown(dict[str, HomeWidget]):
    """The widgets that somebody was shown last, by their keys."""

    def news(self, widgets: list[HomeWidget] | None) -> list[HomeWidget]:
        """Those that differ; NotFound once the premise is no longer the viewer's."""
        if widgets is None:
            raise NotFound
        differing = [each for each in widgets if each != self.get(each.key)]
        self.update((each.key, each) for each in widgets)
        return differing

    def next_change(self) -> datetime | None:
        """When the first of them changes by itself."""
        return min((each.next_change for each in self.values() if each.next_change), default=None)


async def _topics(look: Look) -> tuple[str, ...]:
    """What the widgets may change with; NotFound if the viewer does not see the premise."""
    home = await home_of(look)
    if home is None:
        raise NotFound
    return (
        premise_topic(look.premise),
        building_topic(home["building_id"]),
        organization_topic(home["organization_id"]),
    )
