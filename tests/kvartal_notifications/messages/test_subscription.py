"""``notificationReceived``: the number at the bell, and each notice as it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.kvartal_notifications.messages.sample import SUBMITTED, WINDOW

from kvartal import clock, live
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import User
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Premise
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import Answers, GraphQLClient
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.host import Committed
from kvartal_notifications.messages.graphql import subscriptions
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.messages.rules import AT_ONCE, PremiseNotice, StaffNotice
from kvartal_notifications.messages.service import (
    mark_read_until,
    tell_residents,
    tell_staff,
)
from kvartal_notifications.testing.factories import a_notice

RECEIVED = """
subscription ($afterId: ID) {
  notificationReceived(afterId: $afterId) { unread skipped notification { title } }
}
"""
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]
SILENCE = 0.4
Said = tuple[int, str | None]


@pytest.fixture(autouse=True)
def hardly_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """News are told as they come."""
    monkeypatch.setattr(subscriptions, "PAUSE_SECONDS", 0.01)


async def said(answers: Answers) -> Said:
    """The number, and the title of the notice if one has come."""
    found = (await answers.next())["data"]["notificationReceived"]
    assert found["skipped"] is False
    return found["unread"], found["notification"] and found["notification"]["title"]


async def is_silent(answers: Answers) -> bool:
    try:
        await answers.next(SILENCE)
    except TimeoutError:
        return True
    return False


@asynccontextmanager
async def listening(
    client: GraphQLClient, actor: Actor, after: Notification | None = None
) -> AsyncIterator[Answers]:
    variables = {"afterId": encode_id("Notification", after.id)} if after else {}
    async with client.subscribe(RECEIVED, variables, actor=actor) as answers:
        yield answers


async def a_home() -> tuple[Premise, User]:
    premise = await a_premise()
    return premise, await a_resident_user(await premise.organization, premises=[premise])


def about(premise: Premise, days: int) -> PremiseNotice:
    facts = {"days": days, "until": "2026-11-25", "what": ["ХВС"]}
    return PremiseNotice(
        organization_id=premise.organization_id,
        building_id=premise.building_id,
        premise_id=premise.id,
        occasion=str(days),
        facts=facts,
    )


async def tell(premise: Premise, *days: int) -> None:
    async with unit_of_work():
        notices = [about(premise, each) for each in days]
        await tell_residents(WINDOW, notices, due_at=clock.now())


async def an_old_notice(premise: Premise, user: User, **fields: Any) -> Notification:
    given = {"created_at": clock.now() - timedelta(hours=1), **fields}
    return await a_notice(
        await premise.organization,
        user,
        WINDOW,
        facts={"days": 9, "until": "2026-11-25", "what": ["ХВС"]},
        premise_id=premise.id,
        building_id=premise.building_id,
        **given,
    )


@pytest.mark.committed
async def test_the_number_is_told_at_once_and_then_each_notice(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        await an_old_notice(premise, user)
        async with listening(own.client, await actor_of(user)) as answers:
            heard = [await said(answers)]
            await tell(premise, 1)
            heard.append(await said(answers))
            await tell(premise, 2)
            heard.append(await said(answers))
            silent = await is_silent(answers)

    assert heard == [(1, None), (2, "Осталось 1 день"), (3, "Осталось 2 дня")]
    assert silent


@pytest.mark.committed
async def test_several_at_once_are_told_one_by_one(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        async with listening(own.client, await actor_of(user)) as answers:
            first = await said(answers)
            await tell(premise, 1, 2)
            heard = {await said(answers), await said(answers)}

    assert (first, heard) == ((0, None), {(2, "Осталось 1 день"), (2, "Осталось 2 дня")})


@pytest.mark.committed
async def test_marking_in_another_browser_changes_the_number(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        await an_old_notice(premise, user)
        actor = await actor_of(user)
        async with listening(own.client, actor) as here, listening(own.client, actor) as there:
            before = [await said(here), await said(there)]
            await mark_read_until(actor, clock.now())
            after = [await said(here), await said(there)]
            await mark_read_until(actor, clock.now())
            silent = (await is_silent(here), await is_silent(there))

    assert (before, after) == ([(1, None)] * 2, [(0, None)] * 2)
    assert silent == (True, True)


@pytest.mark.committed
async def test_after_a_lost_connection_what_came_meanwhile_is_told(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        premise, user = await a_home()
        known = await an_old_notice(premise, user)
        await tell(premise, 1)
        await tell(premise, 2)
        async with listening(own.client, await actor_of(user), known) as answers:
            heard = [await said(answers), await said(answers)]
            silent = await is_silent(answers)
            await tell(premise, 3)
            heard.append(await said(answers))

    assert heard == [(3, "Осталось 1 день"), (3, "Осталось 2 дня"), (4, "Осталось 3 дня")]
    assert silent


@pytest.mark.committed
async def test_with_nothing_missed_the_number_is_told(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        known = await an_old_notice(premise, user)
        async with listening(own.client, await actor_of(user), known) as answers:
            assert await said(answers) == (1, None)


@pytest.mark.committed
async def test_a_touch_that_was_not_heard_is_made_up_for(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        async with listening(own.client, await actor_of(user)) as answers:
            first = await said(answers)
            await an_old_notice(premise, user, created_at=clock.now())  # nobody touches
            silent = await is_silent(answers)
            live.hub().wake_all()
            heard = await said(answers)

    assert (first, silent, heard) == ((0, None), True, (1, "Осталось 9 дней"))


@pytest.mark.committed
async def test_what_is_committed_late_is_told_though_later_ones_were_before(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        premise, user = await a_home()
        written, may_commit = asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            async with unit_of_work():
                await tell_residents(WINDOW, [about(premise, 1)], due_at=clock.now())
                written.set()
                await may_commit.wait()

        async with listening(own.client, await actor_of(user)) as answers:
            heard = [await said(answers)]
            slow = asyncio.create_task(slowly())
            await written.wait()
            await asyncio.sleep(0.05)
            await tell(premise, 2)
            heard.append(await said(answers))
            may_commit.set()
            await slow
            heard.append(await said(answers))

    assert heard == [(0, None), (1, "Осталось 2 дня"), (2, "Осталось 1 день")]


@pytest.mark.committed
async def test_of_too_many_the_newest_are_told(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        known = await an_old_notice(premise, user)
        await tell(premise, *range(1, AT_ONCE + 2))
        async with listening(own.client, await actor_of(user), known) as answers:
            told = [(await answers.next())["data"]["notificationReceived"] for _ in range(AT_ONCE)]
            silent = await is_silent(answers)

    assert {(each["skipped"], each["unread"]) for each in told} == {(True, AT_ONCE + 2)}
    assert silent


@pytest.mark.committed
async def test_nobody_hears_of_anothers_notices(committed: OwnDatabase) -> None:
    async with committed() as own:
        premise, user = await a_home()
        next_door = await a_premise(building=await premise.building)
        neighbour = await a_resident_user(await premise.organization, premises=[next_door])
        employee = await an_employee(await premise.organization, user=user)
        async with (
            listening(own.client, await actor_of(neighbour)) as there,
            listening(own.client, await actor_of(employee)) as at_work,
        ):
            first = [await said(there), await said(at_work)]
            await tell(premise, 1)
            silent = (await is_silent(there), await is_silent(at_work))
            async with unit_of_work():
                await tell_staff(
                    StaffNotice(
                        kind=SUBMITTED,
                        organization_id=premise.organization_id,
                        occasion="1",
                        facts={"premise": "кв. 15"},
                        also=(user.id,),
                    )
                )
            heard = await said(at_work)

    assert (first, silent, heard) == (
        [(0, None)] * 2,
        (True, True),
        (1, "Поданы показания"),
    )


async def test_only_people_listen_and_only_to_what_is_theirs(db: None, gql: GraphQLClient) -> None:
    premise, user = await a_home()
    theirs = await an_old_notice(premise, user)
    integrator = await actor_of(await a_service_token(await an_organization()))
    stranger = await actor_of(await an_employee(await an_organization()))
    cases: list[tuple[Actor, Any, str]] = [
        (ANONYMOUS, None, "UNAUTHENTICATED"),
        (integrator, None, "FORBIDDEN"),
        (stranger, encode_id("Notification", theirs.id), "NOT_FOUND"),
        (await actor_of(user), encode_id("Notification", uuid4()), "NOT_FOUND"),
        (await actor_of(user), encode_id("Premise", premise.id), "BAD_INPUT"),
    ]

    for actor, after, code in cases:
        async with gql.subscribe(RECEIVED, {"afterId": after}, actor=actor) as answers:
            answer = await answers.next()
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
