"""Many look at once: two statements for all residents, and each sees what is theirs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
import strawberry

from kvartal import registry
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind
from kvartal.auth.sessions.service import authenticate
from kvartal.context import Context
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.home.api import HomeWidget, organization_topic
from kvartal.home.graphql import HomeSubscriptions
from kvartal.home.watching import SHOWN, Look, home_of, look_of
from kvartal.housing.models import Organization, Premise, Residency
from kvartal.live import hub, touch
from kvartal.plugin import HomeWidgetKind, Plugin
from kvartal.registry import LoadedPlugin, Registry
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter

PATIENCE = 10.0


@strawberry.type(description="A lamp.")
class Beacon(HomeWidget):
    turns: int = strawberry.field(description="How often it has turned.")


@dataclass
class Beacons:
    """What the plugin of this test shows, whom it was asked by, and where it fails."""

    turns: int = 0
    asked: list[tuple[Actor, str, int]] = field(default_factory=list)
    broken: UUID | None = None

    async def fetch(self, context: Context, premises: Sequence[UUID]) -> Mapping[UUID, Any]:
        self.asked.append((context.actor, context.locale, len(premises)))
        await fetch("SELECT 1")
        if self.broken in premises:
            raise ValueError("broken")
        title = f"Beacon {context.locale}"
        return dict.fromkeys(premises, Beacon(key="beacon", title=title, turns=self.turns))


@pytest.fixture
def beacons(host: Any, monkeypatch: pytest.MonkeyPatch) -> Beacons:
    beacons = Beacons()
    kind = HomeWidgetKind(key="beacon", type=Beacon, fetch=beacons.fetch)
    plugin = Plugin(name="beacons", title="Beacons", widgets=(kind,))
    own = host.host.registry.plugins[0]
    monkeypatch.setattr(registry, "_current", Registry((own, LoadedPlugin(plugin, ()))))
    return beacons


@dataclass(frozen=True, slots=True)
class Flat:
    premise: Premise
    resident: Actor

    def look(self, *, by: Actor | None = None, locale: str = "ru") -> Look:
        context = Context(actor=by or self.resident, locale=locale)
        return look_of(context, self.premise.id)


async def flats_of(organization: Organization, number: int) -> list[Flat]:
    building = await a_building(organization=organization)
    premises = [await a_premise(building=building) for _ in range(number)]
    return [
        Flat(each, await actor_of(await a_resident_user(organization, premises=[each])))
        for each in premises
    ]


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


async def shown(*looks: Look) -> list[int | BaseException | None]:
    found = await asyncio.gather(*map(SHOWN.get, looks), return_exceptions=True)
    return [
        each if each is None or isinstance(each, BaseException) else len(each) for each in found
    ]


@pytest.mark.parametrize("number", [2, 20])
async def test_all_residents_who_look_at_once_cost_as_many_statements_as_one(
    beacons: Beacons, organization: Organization, queries: QueryCounter, number: int
) -> None:
    flats = await flats_of(organization, number)
    await fetch("SELECT $1::uuid[]", [])  # the connection asks but once what such an array is

    with queries.exactly(3):  # who sees what, where widgets stand, what they show
        assert await shown(*(flat.look() for flat in flats)) == [1] * number

    assert [(locale, count) for _, locale, count in beacons.asked] == [("ru", number)]


async def test_many_who_look_at_one_premise_are_shown_the_same_object(
    beacons: Beacons, organization: Organization
) -> None:
    [flat] = await flats_of(organization, 1)

    found = await asyncio.gather(*(SHOWN.get(flat.look()) for _ in range(300)))

    assert len({id(each) for widgets in found for each in widgets or ()}) == 1
    assert [count for _, _, count in beacons.asked] == [1]


async def test_who_does_not_see_a_premise_is_shown_nothing_among_those_who_do(
    beacons: Beacons, organization: Organization
) -> None:
    first, second = await flats_of(organization, 2)
    [foreign] = await flats_of(await an_organization(name="УК «Чужая»"), 1)
    looks = [
        first.look(),
        second.look(by=first.resident),
        first.look(by=foreign.resident),
        foreign.look(by=first.resident),
        second.look(),
        foreign.look(),
        first.look(by=ANONYMOUS),
        first.look(by=Actor(kind=ActorKind.RESIDENT)),
        Look(first.resident, uuid4(), "ru"),
    ]

    assert await shown(*looks) == [1, None, None, None, 1, 1, None, None, None]
    assert [await home_of(each) is None for each in looks] == [
        count is None for count in await shown(*looks)
    ]


async def test_staff_see_by_their_buildings_and_organizations(
    beacons: Beacons, organization: Organization
) -> None:
    [ours], [other] = await flats_of(organization, 1), await flats_of(organization, 1)
    [foreign] = await flats_of(await an_organization(name="УК «Чужая»"), 1)
    building = await ours.premise.building
    everywhere = await actor_of(await an_employee(organization))
    partly = await actor_of(await an_employee(organization, buildings=[building]))
    integrator = await authenticate((await a_service_token(organization)).token)

    for actor, expected in (
        (everywhere, [1, 1, None]),
        (partly, [1, None, None]),
        (integrator, [1, 1, None]),
    ):
        assert await shown(*(flat.look(by=actor) for flat in (ours, other, foreign))) == expected


async def test_what_is_shown_is_read_for_the_organizations_of_those_who_see_it(
    beacons: Beacons, organization: Organization
) -> None:
    theirs = await an_organization(name="УК «Соседняя»")
    looks = [(await flats_of(each, 1))[0].look() for each in (organization, theirs)]

    assert await shown(*looks) == [1, 1]

    [(reader, _, _)] = beacons.asked
    assert {each.organization_id for each in reader.memberships} == {organization.id, theirs.id}
    assert (reader.user_id, {each.permissions for each in reader.memberships}) == (
        None,
        {frozenset()},
    )


async def test_each_is_shown_it_in_their_language(
    beacons: Beacons, organization: Organization
) -> None:
    [flat] = await flats_of(organization, 1)

    found = await asyncio.gather(*(SHOWN.get(flat.look(locale=each)) for each in ("ru", "en")))

    assert [each.title for widgets in found for each in widgets or ()] == ["Beacon ru", "Beacon en"]


async def test_a_premise_that_fails_spoils_no_other(
    beacons: Beacons, organization: Organization
) -> None:
    flats = await flats_of(organization, 5)
    beacons.broken = flats[3].premise.id

    found = await shown(*(flat.look() for flat in flats))

    assert [str(each) for each in found] == ["1", "1", "1", "broken", "1"]


async def test_a_session_makes_no_difference_to_what_is_seen(organization: Organization) -> None:
    user = await a_resident_user(organization)
    one, other = await actor_of(user), await actor_of(user)
    premise = uuid4()

    assert look_of(Context(actor=one), premise) == look_of(Context(actor=other), premise)


@dataclass
class Asked:
    """The part of Strawberry's info that a resolver reads."""

    context: Context


def watch_of(flat: Flat) -> Any:
    """The events of the subscription, as the executor reads them."""
    [found] = [
        each
        for each in HomeSubscriptions.__strawberry_definition__.fields  # type: ignore[attr-defined] # set by Strawberry
        if each.python_name == "home_widget_changed"
    ]
    return found.base_resolver.wrapped_func(
        HomeSubscriptions(),
        info=Asked(Context(actor=flat.resident)),
        premise_id=encode_id("Premise", flat.premise.id),
    )


class Watches:
    """Residents who watch, each a premise of their own."""

    def __init__(self, flats: Sequence[Flat], events: Sequence[Any]) -> None:
        self.flats = flats
        self._events = events

    async def next(self) -> list[int | str]:
        """What each is told next: a number of turns, or why there is nothing more."""
        async with asyncio.timeout(PATIENCE):
            told = await asyncio.gather(*map(anext, self._events), return_exceptions=True)
        return [getattr(each, "turns", type(each).__name__) for each in told]


@pytest.fixture
async def watches(beacons: Beacons, organization: Organization) -> AsyncIterator[Watches]:
    """Twelve of them, told of the present state and once of a change."""
    flats = await flats_of(organization, 12)
    await asyncio.wait_for(hub().connected.wait(), PATIENCE)
    async with AsyncExitStack() as stack:
        events = [await stack.enter_async_context(aclosing(watch_of(flat))) for flat in flats]
        watches = Watches(flats, events)
        assert await watches.next() == [0] * 12
        await turn(beacons, organization)
        assert await watches.next() == [1] * 12
        beacons.asked.clear()
        yield watches


async def turn(beacons: Beacons, organization: Organization) -> None:
    beacons.turns += 1
    async with unit_of_work():
        touch(organization_topic(organization.id))


async def test_a_change_for_all_is_read_once_for_all_who_watch(
    watches: Watches, beacons: Beacons, organization: Organization, queries: QueryCounter
) -> None:
    with queries.exactly(3):  # who still sees what, where widgets stand now, what they show
        telling = asyncio.create_task(watches.next())
        await turn(beacons, organization)
        assert await telling == [2] * 12

    assert [count for _, _, count in beacons.asked] == [12]


async def test_who_has_moved_out_is_told_no_more_and_the_others_are(
    watches: Watches, beacons: Beacons, organization: Organization
) -> None:
    await Residency.filter(premise_id=watches.flats[4].premise.id).delete()
    telling = asyncio.create_task(watches.next())
    await turn(beacons, organization)

    assert await telling == [2] * 4 + ["NotFound"] + [2] * 7
    assert [count for _, _, count in beacons.asked] == [11]


async def test_who_watches_a_premise_that_fails_is_told_so_alone(
    watches: Watches, beacons: Beacons, organization: Organization
) -> None:
    beacons.broken = watches.flats[7].premise.id
    telling = asyncio.create_task(watches.next())
    await turn(beacons, organization)

    assert await telling == [2] * 7 + ["ValueError"] + [2] * 4
