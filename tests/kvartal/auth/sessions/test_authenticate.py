import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from kvartal.auth import models, tokens
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership
from kvartal.auth.policy import policy
from kvartal.auth.sessions.service import authenticate
from kvartal.auth.tokens import AccessClaims
from kvartal.db.models import uuid7
from kvartal.errors import Unauthenticated
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_role,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
    token_of,
)
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter

pytestmark = pytest.mark.usefixtures("db")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


async def counted(token: str | None) -> Actor:
    actor = await authenticate(token)
    await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later
    return actor


async def why_refused(token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await authenticate(token)
    return refused.value.message_code


async def test_without_a_token_nobody_acts(queries: QueryCounter) -> None:
    with queries.exactly(0):
        assert await counted(None) == ANONYMOUS


@pytest.mark.parametrize("token", ["", "kv_", "kv_unknown", "Мария", "a.b.c"])
async def test_a_token_of_nobody_is_invalid(token: str) -> None:
    assert await why_refused(token) == "TOKEN_INVALID"


async def test_a_token_of_no_session_is_invalid() -> None:
    claims = AccessClaims(uuid7(), NOW + timedelta(days=9999))
    token = tokens.sign_access_token(claims, policy().access_key, issued_at=NOW)

    assert await why_refused(token) == "TOKEN_INVALID"


async def test_an_employee_has_the_rights_of_all_roles_of_each_organization(
    organization: Organization, queries: QueryCounter
) -> None:
    building = await a_building(organization=organization)
    employee = await an_employee(organization, permissions=["a.b.c", "a.b.d"], buildings=[building])
    second_role = await a_role(organization, ["a.b.d", "a.b.e"])
    await models.EmployeeRole.create(organization=organization, employee=employee, role=second_role)
    await a_role(organization, ["role.of.nobody"])
    elsewhere = await an_organization()
    user = await models.User.get(id=employee.user_id)
    deputy = await an_employee(elsewhere, user=user)
    left = await an_employee(
        await an_organization(), user=user, permissions=["x.y.z"], is_archived=True
    )
    await an_employee(organization, permissions=["right.of.another"])
    token = await token_of(employee)

    with queries.exactly(1):
        actor = await counted(token)

    assert actor.kind is ActorKind.EMPLOYEE
    assert actor.user_id == user.id
    assert actor.channel == "CRM"
    assert left.id not in {each.employee_id for each in actor.memberships}
    assert set(actor.memberships) == {
        Membership(organization.id, employee.id, frozenset({"a.b.c", "a.b.d", "a.b.e"}), False),
        Membership(elsewhere.id, deputy.id, frozenset(), True),
    }


async def test_a_resident_has_no_memberships(
    organization: Organization, queries: QueryCounter
) -> None:
    premise = await a_premise(building=await a_building(organization=organization))
    user = await a_resident_user(organization, premises=[premise])
    await an_employee(organization, user=user, permissions=["a.b.c"])
    token = await token_of(user)

    with queries.exactly(1):
        actor = await counted(token)

    assert actor.is_resident
    assert (actor.user_id, actor.channel, actor.memberships) == (user.id, "RESIDENT_APP", ())


async def test_a_service_token_acts_in_its_organization_alone(
    organization: Organization, queries: QueryCounter
) -> None:
    issued = await a_service_token(organization, permissions=["a.b.c", "a.b.d"])
    await a_service_token(organization, permissions=["right.of.another"])
    # The connection learns the type of an array by statements of its own, once.
    await authenticate(issued.token)

    with queries.exactly(1):
        actor = await counted(issued.token)

    assert actor == Actor(
        kind=ActorKind.SERVICE,
        channel="API",
        memberships=(
            Membership(organization.id, issued.row.id, frozenset({"a.b.c", "a.b.d"}), True),
        ),
    )
    assert actor == await actor_of(issued)


async def test_an_access_token_expires_by_our_clock(
    organization: Organization, frozen_clock: Freeze
) -> None:
    employee = await an_employee(organization)
    with frozen_clock(NOW):
        token = await token_of(employee)

    with frozen_clock(NOW + timedelta(minutes=14, seconds=59)):
        actor = await authenticate(token)
    with frozen_clock(NOW + timedelta(minutes=15)):
        reason = await why_refused(token)

    assert actor.expires_at == (NOW + timedelta(minutes=15)).timestamp()
    assert reason == "TOKEN_EXPIRED"


@pytest.mark.parametrize(
    "case", ["revoked", "expired", "barred", "left the organization", "another key"]
)
async def test_a_session_that_is_over_is_invalid_at_once(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    employee = await an_employee(organization)
    token = await token_of(employee)
    match case:
        case "revoked":
            await models.Session.all().update(revoked_at=NOW)
        case "expired":
            await models.Session.all().update(expires_at=NOW - timedelta(days=9999))
        case "barred":
            await models.User.filter(id=employee.user_id).update(is_active=False)
        case "left the organization":
            await models.Employee.filter(id=employee.id).update(archived_at=NOW)
        case "another key":
            [head, payload, _] = token.split(".")
            token = f"{head}.{payload}.{'A' * 43}"

    assert await why_refused(token) == "TOKEN_INVALID"


async def test_a_residents_session_ends_with_the_last_residence(
    organization: Organization,
) -> None:
    token = await token_of(await a_user(phone="+79001234567"))

    assert await why_refused(token) == "TOKEN_INVALID"


async def test_a_service_token_that_is_revoked_is_invalid(organization: Organization) -> None:
    issued = await a_service_token(organization)
    await models.ServiceToken.filter(id=issued.row.id).update(revoked_at=NOW)

    assert await why_refused(issued.token) == "TOKEN_INVALID"
    assert (await models.ServiceToken.get(id=issued.row.id)).last_used_at is None


async def test_a_service_token_expires(organization: Organization, frozen_clock: Freeze) -> None:
    issued = await a_service_token(organization)
    await models.ServiceToken.filter(id=issued.row.id).update(expires_at=NOW)

    with frozen_clock(NOW - timedelta(seconds=1)):
        actor = await authenticate(issued.token)
    with frozen_clock(NOW):
        reason = await why_refused(issued.token)

    assert actor.expires_at == NOW.timestamp()
    assert reason == "TOKEN_EXPIRED"


async def test_the_use_of_a_service_token_is_noted_every_five_minutes(
    organization: Organization, frozen_clock: Freeze
) -> None:
    issued = await a_service_token(organization)
    noted = []

    for minutes in (0, 4, 5, 6):
        with frozen_clock(NOW + timedelta(minutes=minutes)):
            await authenticate(issued.token)
        noted.append((await models.ServiceToken.get(id=issued.row.id)).last_used_at)

    assert noted == [NOW, NOW, NOW, NOW + timedelta(minutes=6)]
