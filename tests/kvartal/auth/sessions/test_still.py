"""What an actor is still worth, asked of the database."""

import asyncio
from datetime import timedelta

import pytest

from kvartal import clock
from kvartal.auth import models
from kvartal.auth.actor import ANONYMOUS
from kvartal.auth.sessions.service import sign_out, still
from kvartal.errors import Unauthenticated
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.watch import QueryCounter

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


@pytest.mark.parametrize("number", [2, 20])
async def test_many_sessions_are_asked_about_at_once(
    organization: Organization, queries: QueryCounter, number: int
) -> None:
    actors = [await actor_of(await a_resident_user(organization)) for _ in range(number)]
    await sign_out(actors[1])
    await still(actors[0])  # the connection asks but once what an array of ids is

    with queries.exactly(1):
        found = await asyncio.gather(*map(still, actors), return_exceptions=True)

    assert isinstance(found[1], Unauthenticated)
    assert [*found[:1], *found[2:]] == [*actors[:1], *actors[2:]]
