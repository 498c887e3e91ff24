"""A subscription hears at once that its credential has ended or changed, and asks for nothing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import strawberry
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.auth import models
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership
from kvartal.auth.sessions import vigil
from kvartal.auth.sessions.service import sign_out, still
from kvartal.auth.sessions.topics import person_topic, staff_topic, topics_of
from kvartal.context import Context, Info
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, Unauthenticated
from kvartal.graphql.fields import SIGNED_IN, subscription
from kvartal.housing.models import Organization
from kvartal.live import hub, touch
from kvartal.permissions import ROLE_MANAGE
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.watch import QueryCounter, until

pytestmark = pytest.mark.usefixtures("db")

news: asyncio.Queue[int] = asyncio.Queue()


@strawberry.type
class Feed:
    """Subscriptions that tell what they are given, and begin with how often they have begun."""

    @subscription(access=SIGNED_IN, description="Numbers.")
    async def numbers(self, info: Info) -> AsyncGenerator[tuple[str, int], None]:
        """Zero at once, then the news."""
        yield rights_of(info.context.actor), 0
        while True:
            yield rights_of(info.context.actor), await news.get()

    @subscription(access=ROLE_MANAGE, description="Numbers for managers.")
    async def managed(self, info: Info) -> AsyncGenerator[int, None]:
        """Zero at once, then the news."""
        yield 0
        while True:
            yield await news.get()

    @subscription(access=SIGNED_IN, description="Three numbers.")
    async def three(self, info: Info) -> AsyncIterator[int]:
        """Three of them, and an end."""
        for number in range(3):
            yield number

    @subscription(access=SIGNED_IN, description="A number that comes too late.")
    async def late(self, info: Info) -> AsyncIterator[int]:
        """Nothing in time."""
        raise TimeoutError
        yield 0


def rights_of(actor: Actor) -> str:
    return " ".join(sorted(code for each in actor.memberships for code in each.permissions))


@dataclass
class Asked:
    """The part of Strawberry's info that a resolver reads."""

    context: Context


def told(name: str, actor: Actor) -> Any:
    """The events of a field for an actor, as the executor reads them."""
    [field] = [
        each
        for each in Feed.__strawberry_definition__.fields  # type: ignore[attr-defined] # set by Strawberry
        if each.python_name == name
    ]
    return field.base_resolver.wrapped_func(Feed(), info=Asked(Context(actor=actor)))


@pytest.fixture(autouse=True)
async def _heard() -> None:
    """The hub is there, and there is no news; the connection knows what an array of ids is."""
    await asyncio.wait_for(hub().connected.wait(), 10)
    await fetch("SELECT $1::uuid[]", [])
    while not news.empty():
        news.get_nowait()


@pytest.fixture
async def actor(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=["a.b.c"]))


async def soon(events: Any) -> Any:
    """The next event, which comes by itself."""
    return await asyncio.wait_for(anext(events), 10)


@contextmanager
def deaf() -> Iterator[None]:
    """The hub has lost its connection."""
    hub().connected.clear()
    yield
    hub().connected.set()


async def test_an_event_asks_nothing_of_the_database(actor: Actor, queries: QueryCounter) -> None:
    async with aclosing(told("numbers", actor)) as events:
        assert await soon(events) == ("a.b.c", 0)
        news.put_nowait(1)
        with queries.exactly(1):  # what may have happened before it listened
            assert await soon(events) == ("a.b.c", 1)

        with queries.exactly(0):
            for number in range(2, 50):
                news.put_nowait(number)
                assert await soon(events) == ("a.b.c", number)


async def test_what_ends_by_itself_ends(actor: Actor) -> None:
    assert [each async for each in told("three", actor)] == [0, 1, 2]


async def test_an_end_of_the_session_interrupts_what_waits(actor: Actor) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        await sign_out(actor)

        with pytest.raises(Unauthenticated):
            await asyncio.wait_for(waiting, 10)


async def test_an_end_of_the_session_is_heard_before_what_was_ready(actor: Actor) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        news.put_nowait(1)
        await soon(events)
        news.put_nowait(2)
        heard = asyncio.Event()
        with hub().heeding(topics_of(actor), heard.set):
            await sign_out(actor)
            await asyncio.wait_for(heard.wait(), 10)

        with pytest.raises(Unauthenticated):
            await soon(events)


async def test_a_right_that_is_lost_ends_what_asks_for_it(organization: Organization) -> None:
    actor = await actor_of(await an_employee(organization, permissions=[ROLE_MANAGE.code]))

    async with aclosing(told("managed", actor)) as events:
        await soon(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        async with unit_of_work():
            await models.RolePermission.all().delete()
            touch(staff_topic(organization.id))

        with pytest.raises(Forbidden):
            await asyncio.wait_for(waiting, 10)


@pytest.mark.parametrize("rights", ["", "x.y.z"])
async def test_with_other_rights_it_begins_anew(
    organization: Organization, actor: Actor, rights: str
) -> None:
    async with aclosing(told("numbers", actor)) as events:
        assert await soon(events) == ("a.b.c", 0)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        async with unit_of_work():
            if rights:
                await models.RolePermission.all().update(permission=rights)
            else:
                await models.RolePermission.all().delete()
            touch(staff_topic(organization.id))

        assert await asyncio.wait_for(waiting, 10) == (rights, 0)
        news.put_nowait(1)
        assert await soon(events) == (rights, 1)


async def test_what_was_made_with_rights_since_lost_is_not_told(
    organization: Organization, actor: Actor
) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        # Nobody says so: the event itself asks, for the first time since it listens.
        await models.RolePermission.all().delete()
        news.put_nowait(1)

        assert await soon(events) == ("", 0)


async def test_a_touch_that_changes_nothing_disturbs_nothing(
    organization: Organization, actor: Actor
) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        for _ in range(3):
            hub().forget([staff_topic(organization.id)])
            await asyncio.sleep(0.02)
        news.put_nowait(1)

        assert await asyncio.wait_for(waiting, 10) == ("a.b.c", 1)


async def test_a_touch_while_it_is_looked_at_is_looked_at_again(
    organization: Organization, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Actor] = []

    async def slow(asking: Actor) -> Actor:
        asked.append(asking)
        if len(asked) > 1:
            raise Unauthenticated
        hub().forget([staff_topic(organization.id)])  # too late for what has been read
        return asking

    monkeypatch.setattr(vigil, "still", slow)
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        hub().forget([staff_topic(organization.id)])

        with pytest.raises(Unauthenticated):
            await asyncio.wait_for(waiting, 10)
    assert len(asked) == 2


async def test_another_organization_is_listened_to_from_now_on(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert actor.user_id is not None
    elsewhere = Membership(uuid4(), uuid4(), frozenset({"x.y.z"}), all_buildings=True)
    worth = [replace(actor, memberships=(*actor.memberships, elsewhere)), actor]

    async def fewer(_: Actor) -> Actor:
        return worth.pop(0)

    monkeypatch.setattr(vigil, "still", fewer)
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        hub().forget([person_topic(actor.user_id)])
        assert await asyncio.wait_for(waiting, 10) == ("a.b.c x.y.z", 0)

        hub().forget([staff_topic(elsewhere.organization_id)])
        assert await soon(events) == ("a.b.c", 0)


async def _asks(events: Any, queries: QueryCounter, statements: int) -> None:
    news.put_nowait(7)
    with queries.exactly(statements):
        await soon(events)


async def test_while_nothing_is_heard_each_event_asks(actor: Actor, queries: QueryCounter) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        await _asks(events, queries, 1)
        with deaf():
            for _ in range(3):
                await _asks(events, queries, 1)

        await _asks(events, queries, 0)


async def test_after_a_gap_it_is_asked_once(actor: Actor, queries: QueryCounter) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        await _asks(events, queries, 1)
        hub().gaps += 1

        await _asks(events, queries, 1)
        await _asks(events, queries, 0)


async def test_a_gap_ends_what_has_lost_its_credential(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kvartal.live.JITTER_SECONDS", 0.01)
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        await models.Session.all().update(revoked_at=clock.now())
        hub().wake_all()

        with pytest.raises(Unauthenticated):
            await asyncio.wait_for(waiting, 10)


async def test_what_nobody_tells_of_is_found_sooner_or_later(
    actor: Actor, queries: QueryCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        await _asks(events, queries, 1)
        await _asks(events, queries, 0)
        monkeypatch.setattr(vigil, "ASK_AGAIN_AFTER", 0.0)
        await _asks(events, queries, 1)

        await models.User.all().update(is_active=False)
        news.put_nowait(8)
        with pytest.raises(Unauthenticated):
            await soon(events)


async def test_without_the_database_the_next_event_asks_again(
    organization: Organization, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def unreachable(_: Actor) -> Actor:
        asked.set()
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        monkeypatch.setattr(vigil, "still", unreachable)
        with capture_logs() as logs:
            hub().forget([staff_topic(organization.id)])
            await until(_is_set(asked))
            await asyncio.sleep(0.02)
        monkeypatch.setattr(vigil, "still", still)
        await models.Session.all().update(revoked_at=clock.now())
        news.put_nowait(1)

        with pytest.raises(Unauthenticated):
            await soon(events)
    assert [each["event"] for each in logs] == ["auth.credential_not_looked_at"]


def _is_set(event: asyncio.Event) -> Any:
    async def ask() -> bool:
        return event.is_set()

    return ask


async def test_a_time_out_of_its_own_is_its_own(actor: Actor) -> None:
    with pytest.raises(TimeoutError):
        await anext(told("late", actor))


async def test_it_listens_no_longer_than_it_lives(organization: Organization, actor: Actor) -> None:
    async with aclosing(told("numbers", actor)) as events:
        await soon(events)
        assert topics_of(actor) <= hub()._heeding.keys()
        hub().forget([staff_topic(organization.id)])

    assert not topics_of(actor) & hub()._heeding.keys()


async def test_a_token_of_an_integrator_is_watched_too(organization: Organization) -> None:
    actor = await actor_of(await a_service_token(organization, permissions=["a.b.c"]))

    async with aclosing(told("numbers", actor)) as events:
        assert await soon(events) == ("a.b.c", 0)
        async with unit_of_work():
            await models.ServiceTokenPermission.all().update(permission="x.y.z")
            touch(staff_topic(organization.id))

        assert await soon(events) == ("x.y.z", 0)


async def test_an_actor_without_a_credential_has_nothing_to_lose(queries: QueryCounter) -> None:
    actor = replace(ANONYMOUS, kind=ActorKind.RESIDENT)

    with queries.exactly(0):
        assert [each async for each in told("three", actor)] == [0, 1, 2]


async def test_only_a_credential_that_was_looked_at_is_certain(
    organization: Organization, actor: Actor
) -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(9):
            yield number

    events = numbers()
    with vigil.watched(actor, lambda _: None) as watching:
        assert not watching.is_certain
        await watching.next(events)
        assert not watching.is_certain  # what may have happened before it listened
        await watching.next(events)
        assert watching.is_certain

        hub().forget([staff_topic(organization.id)])
        assert not watching.is_certain
        await watching.next(events)
        assert watching.is_certain
        hub().gaps += 1
        assert not watching.is_certain
        await watching.next(events)
        with deaf():
            assert not watching.is_certain
        await sign_out(actor)
        assert not watching.is_certain
        await asyncio.sleep(0.1)
        assert not watching.is_certain


async def test_with_other_rights_it_is_certain_only_when_begun_anew(actor: Actor) -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(9):
            yield number

    events = numbers()
    with vigil.watched(actor, lambda _: None) as watching:
        for _ in range(2):
            await watching.next(events)
        await models.RolePermission.all().delete()
        hub().gaps += 1
        with pytest.raises(vigil.RightsChanged):
            await watching.next(events)
        assert not watching.is_certain
        watching.begin_anew()
        assert watching.is_certain


async def test_who_has_nothing_to_lose_is_always_certain() -> None:
    with vigil.watched(Actor(ActorKind.RESIDENT), lambda _: None) as watching:
        assert watching.is_certain
