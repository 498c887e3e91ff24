"""The home screen without any plugin of ours: two widgets of a test, and what is told of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import strawberry

from kvartal import clock, registry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.context import Context
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.graphql.schema import Schema, build_schema
from kvartal.home.api import HomeWidget, building_topic, organization_topic, premise_topic
from kvartal.housing.models import Premise
from kvartal.live import touch
from kvartal.plugin import HomeWidgetKind, Plugin
from kvartal.registry import LoadedPlugin, Registry
from kvartal.testing.auth_factories import a_resident_user, actor_of
from kvartal.testing.factories import a_building, a_premise, an_organization

PATIENCE = 5.0
SILENCE = 0.2
WATCH = """
subscription ($id: ID!) {
  homeWidgetChanged(premiseId: $id) { key title ... on Lamp { lit } }
}
"""
SCREEN = "query ($id: ID!) { premise(id: $id) { homeWidgets { key title } } }"


@strawberry.type(description="A lamp that is lit or not.")
class Lamp(HomeWidget):
    lit: bool = strawberry.field(description="Whether it is lit.")


@dataclass
class House:
    """What the lamps of this test show, and how often they were looked at."""

    lit: dict[str, bool] = field(default_factory=lambda: {"hall": False, "attic": False})
    next_change: Any = None
    looked: int = 0
    seen: bool = True

    def kind(self, key: str) -> HomeWidgetKind:
        async def fetch(context: Context, premises: Sequence[UUID]) -> Mapping[UUID, Any]:
            self.looked += 1
            lamp = Lamp(
                key=key, title=f"Lamp {key}", lit=self.lit[key], next_change=self.next_change
            )
            return dict.fromkeys(premises, lamp) if self.seen else {}

        return HomeWidgetKind(key=key, type=Lamp, fetch=fetch)


@pytest.fixture
def house(host: Any, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose plugin has a lamp in the hall and one in the attic."""
    house = House()
    lamps = Plugin(name="lamps", title="Lamps", widgets=(house.kind("hall"), house.kind("attic")))
    own = host.host.registry.plugins[0]
    monkeypatch.setattr(registry, "_current", Registry((own, LoadedPlugin(lamps, ()))))
    return house


@pytest.fixture
def schema(house: House) -> Schema:
    return build_schema(registry.current().plugins)


@pytest.fixture
async def premise(db: None) -> Premise:
    building = await a_building(organization=await an_organization())
    return await a_premise(building=building)


@pytest.fixture
async def resident(premise: Premise) -> Actor:
    organization = await premise.organization
    return await actor_of(await a_resident_user(organization, premises=[premise]))


class Watch:
    """What a client is told, one by one."""

    def __init__(self, told: AsyncIterator[Any]) -> None:
        self._told = told
        self._next: asyncio.Task[Any] | None = None

    async def next(self) -> tuple[str, bool]:
        answer = await asyncio.wait_for(self._ask(), PATIENCE)
        self._next = None
        assert answer.errors is None
        shown = answer.data["homeWidgetChanged"]
        assert shown["title"] == f"Lamp {shown['key']}"
        return shown["key"], shown["lit"]

    async def refusal(self) -> type[Exception]:
        answer = await asyncio.wait_for(self._ask(), PATIENCE)
        [error] = answer.errors
        return type(error.original_error)

    async def is_silent(self) -> bool:
        done, _ = await asyncio.wait([self._ask()], timeout=SILENCE)
        return not done

    async def close(self) -> None:
        if self._next is not None and not self._next.done():
            self._next.cancel()
            await asyncio.wait([self._next])
        close: Any = getattr(self._told, "aclose", None)
        if close is not None:
            await close()

    def _ask(self) -> "asyncio.Task[Any]":
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._told))
        return self._next


async def watching(schema: Schema, actor: Actor, premise: UUID) -> Watch:
    told: Any = await schema.subscribe(
        WATCH,
        variable_values={"id": encode_id("Premise", premise)},
        context_value=Context(actor=actor),
    )
    return Watch(told)


async def test_the_screen_shows_widgets_by_their_keys(
    schema: Schema, premise: Premise, resident: Actor
) -> None:
    answer = await schema.execute(
        SCREEN,
        variable_values={"id": encode_id("Premise", premise.id)},
        context_value=Context(actor=resident),
    )

    assert answer.data == {
        "premise": {
            "homeWidgets": [
                {"key": "attic", "title": "Lamp attic"},
                {"key": "hall", "title": "Lamp hall"},
            ]
        }
    }


async def test_a_plugin_that_knows_no_answer_shows_no_widget(
    schema: Schema, house: House, premise: Premise, resident: Actor
) -> None:
    house.seen = False

    answer = await schema.execute(
        SCREEN,
        variable_values={"id": encode_id("Premise", premise.id)},
        context_value=Context(actor=resident),
    )

    assert answer.data == {"premise": {"homeWidgets": []}}


async def test_only_the_widget_that_changes_is_told(
    schema: Schema, house: House, premise: Premise, resident: Actor
) -> None:
    watch = await watching(schema, resident, premise.id)
    assert [await watch.next(), await watch.next()] == [("attic", False), ("hall", False)]

    house.lit["hall"] = True
    async with unit_of_work():
        touch(premise_topic(premise.id))

    assert await watch.next() == ("hall", True)
    assert await watch.is_silent()
    await watch.close()


@pytest.mark.parametrize("level", ["premise", "building", "organization"])
async def test_every_level_wakes_the_screen(
    schema: Schema, house: House, premise: Premise, resident: Actor, level: str
) -> None:
    topics = {
        "premise": premise_topic(premise.id),
        "building": building_topic(premise.building_id),
        "organization": organization_topic(premise.organization_id),
    }
    watch = await watching(schema, resident, premise.id)
    assert [await watch.next(), await watch.next()] == [("attic", False), ("hall", False)]

    house.lit["attic"] = True
    async with unit_of_work():
        touch(topics[level])

    assert await watch.next() == ("attic", True)
    await watch.close()


async def test_others_topics_wake_nobody(
    schema: Schema, house: House, premise: Premise, resident: Actor
) -> None:
    watch = await watching(schema, resident, premise.id)
    assert [await watch.next(), await watch.next()] == [("attic", False), ("hall", False)]
    looked = house.looked

    async with unit_of_work():
        touch(premise_topic(uuid4()))
        touch(building_topic(uuid4()))
        touch(organization_topic(uuid4()))

    assert await watch.is_silent()
    assert house.looked == looked
    await watch.close()


async def test_the_screen_looks_again_at_the_moment_that_a_widget_names(
    schema: Schema, house: House, premise: Premise, resident: Actor
) -> None:
    house.next_change = clock.now() + timedelta(seconds=0.3)
    watch = await watching(schema, resident, premise.id)
    assert [await watch.next(), await watch.next()] == [("attic", False), ("hall", False)]

    house.lit["hall"] = True
    house.next_change = clock.now() + timedelta(seconds=0.6)
    assert await watch.next() == ("hall", True)

    # The later moment was told to nobody, and is kept all the same.
    house.lit["attic"] = True
    house.next_change = None
    assert await watch.next() == ("attic", True)
    await watch.close()


async def test_a_premise_without_widgets_waits_for_one(
    schema: Schema, house: House, premise: Premise, resident: Actor
) -> None:
    house.seen = False
    watch = await watching(schema, resident, premise.id)
    assert await watch.is_silent()

    house.seen = True
    async with unit_of_work():
        touch(premise_topic(premise.id))

    assert await watch.next() == ("attic", False)
    await watch.close()


@pytest.mark.parametrize(
    ("who", "refusal"), [("nobody", "Unauthenticated"), ("a neighbour", "NotFound")]
)
async def test_strangers_are_refused_before_anything_is_looked_at(
    schema: Schema, house: House, premise: Premise, who: str, refusal: str
) -> None:
    actor = ANONYMOUS
    if who == "a neighbour":
        flat = await a_premise(building=await premise.building)
        user = await a_resident_user(await premise.organization, premises=[flat])
        actor = await actor_of(user)

    watch = await watching(schema, actor, premise.id)

    assert (await watch.refusal()).__name__ == refusal
    assert house.looked == 0
