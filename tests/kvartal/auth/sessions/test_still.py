"""What lives longer than a request hears of a revocation before it tells anything more."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import strawberry

from kvartal import clock
from kvartal.auth import models
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind
from kvartal.auth.sessions.service import revoke_session, sign_out, still
from kvartal.context import Context, Info
from kvartal.errors import Forbidden, Unauthenticated
from kvartal.graphql.fields import SIGNED_IN, subscription
from kvartal.housing.models import Organization
from kvartal.permissions import ROLE_MANAGE
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)

pytestmark = pytest.mark.usefixtures("db")


async def test_an_actor_is_still_the_same_while_nothing_has_changed(
    organization: Organization,
) -> None:
    for person in (
        await an_employee(organization, permissions=["a.b.c"]),
        await a_resident_user(organization),
        await a_service_token(organization, permissions=["a.b.c"]),
    ):
        actor = await actor_of(person)

        assert await still(actor) == actor
    assert await still(ANONYMOUS) == ANONYMOUS


async def test_an_actor_has_the_rights_of_the_moment(organization: Organization) -> None:
    employee = await an_employee(organization, permissions=["a.b.c"])
    token = await a_service_token(organization, permissions=["a.b.c"])
    actors = [await actor_of(employee), await actor_of(token)]
    await models.RolePermission.all().update(permission="x.y.z")
    await models.ServiceTokenPermission.all().update(permission="x.y.z")

    for actor in actors:
        [membership] = (await still(actor)).memberships
        assert membership.permissions == {"x.y.z"}


@pytest.mark.parametrize("case", ["signed out", "barred", "archived"])
async def test_a_session_that_has_ended_is_nobodys(organization: Organization, case: str) -> None:
    employee = await an_employee(organization)
    actor = await actor_of(employee)
    match case:
        case "signed out":
            await sign_out(actor)
        case "barred":
            await models.User.filter(id=employee.user_id).update(is_active=False)
        case "archived":
            await models.Employee.filter(id=employee.id).update(archived_at=clock.now())

    with pytest.raises(Unauthenticated):
        await still(actor)


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
async def test_a_token_that_is_out_of_use_is_nobodys(
    organization: Organization, field: str
) -> None:
    token = await a_service_token(organization)
    actor = await actor_of(token)
    await models.ServiceToken.all().update(**{field: clock.now() - timedelta(seconds=1)})

    with pytest.raises(Unauthenticated):
        await still(actor)


@strawberry.type
class Feed:
    """A subscription that tells numbers."""

    @subscription(access=SIGNED_IN, description="Numbers.")
    async def numbers(self, info: Info) -> AsyncIterator[int]:
        """Three numbers."""
        for number in range(3):
            yield number

    @subscription(access=ROLE_MANAGE, description="Numbers for managers.")
    async def managed(self, info: Info) -> AsyncIterator[int]:
        """Three numbers."""
        for number in range(3):
            yield number


def told(name: str, actor: Actor) -> Any:
    """The events of a field for an actor, as the executor reads them."""
    [field] = [
        each
        for each in Feed.__strawberry_definition__.fields  # type: ignore[attr-defined] # set by Strawberry
        if each.python_name == name
    ]
    return field.base_resolver.wrapped_func(Feed(), info=Asked(Context(actor=actor)))


class Asked:
    """The part of Strawberry's info that a resolver reads."""

    def __init__(self, context: Context) -> None:
        self.context = context


async def test_a_subscription_ends_with_its_session(organization: Organization) -> None:
    employee = await an_employee(organization)
    actor, other = await actor_of(employee), await actor_of(employee)
    assert actor.session_id is not None

    async with aclosing(told("numbers", actor)) as events:
        first = [await anext(events), await anext(events)]
        await revoke_session(other, actor.session_id)
        with pytest.raises(Unauthenticated):
            await anext(events)

    assert first == [0, 1]


async def test_a_subscription_ends_with_its_token(organization: Organization) -> None:
    actor = await actor_of(await a_service_token(organization))

    async with aclosing(told("numbers", actor)) as events:
        assert await anext(events) == 0
        await models.ServiceToken.all().update(revoked_at=clock.now())
        with pytest.raises(Unauthenticated):
            await anext(events)


async def test_a_subscription_ends_with_the_right_to_it(organization: Organization) -> None:
    actor = await actor_of(await an_employee(organization, permissions=[ROLE_MANAGE.code]))

    async with aclosing(told("managed", actor)) as events:
        assert await anext(events) == 0
        await models.RolePermission.all().delete()
        with pytest.raises(Forbidden):
            await anext(events)


async def test_what_was_told_with_rights_since_lost_is_left_out(
    organization: Organization,
) -> None:
    actor = await actor_of(await an_employee(organization, permissions=["a.b.c"]))

    async with aclosing(told("numbers", actor)) as events:
        assert await anext(events) == 0
        await models.RolePermission.all().delete()

        assert [each async for each in events] == [2]


async def test_an_actor_without_a_session_is_not_asked_for(organization: Organization) -> None:
    actor = replace(ANONYMOUS, kind=ActorKind.RESIDENT)

    assert [each async for each in told("numbers", actor)] == [0, 1, 2]
