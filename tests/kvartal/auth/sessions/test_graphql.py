import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kvartal.auth import models
from kvartal.auth.rules import SessionChannel
from kvartal.auth.sessions.service import open_session
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    an_employee,
    token_of,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import QueryCounter

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PHONE = "+79001234567"
MANAGE = "auth.role.manage"

SIGN_IN_EMPLOYEE = """
mutation ($input: SignInEmployeeInput!) { signInEmployee(input: $input) {
  session { accessToken expiresAt refreshToken refreshExpiresAt }
  errors { code message path }
} }
"""

REFRESH = """
mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
  session { accessToken refreshToken }
  errors { code message path }
} }
"""

SIGN_OUT = "mutation { signOut { errors { code } } }"


async def settled(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    found = await answer
    await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later
    return found


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_a_session_is_refreshed_once_with_a_token(
    gql: GraphQLClient, organization: Organization
) -> None:
    employee = await an_employee(
        organization, user=await a_user(email="maria@example.org", password="Пароль")
    )
    given = {"email": "maria@example.org", "password": "Пароль", "channel": "CRM"}
    signed_in = await gql(SIGN_IN_EMPLOYEE, {"input": given})
    first = signed_in["data"]["signInEmployee"]["session"]["refreshToken"]

    second = await gql(REFRESH, {"input": {"refreshToken": first}})
    reused = await gql(REFRESH, {"input": {"refreshToken": first}})

    session = second["data"]["refreshSession"]["session"]
    assert second["data"]["refreshSession"]["errors"] == []
    assert session["refreshToken"] != first
    assert reused == {
        "data": {
            "refreshSession": {
                "session": None,
                "errors": [
                    {
                        "code": "REFRESH_TOKEN_INVALID",
                        "message": "Сеанс завершен. Войдите снова",
                        "path": ["refreshToken"],
                    }
                ],
            }
        }
    }
    ended = await gql("{ viewer { __typename } }", token=session["accessToken"])
    assert code_of(ended) == "UNAUTHENTICATED"
    assert await models.Session.filter(user_id=employee.user_id, revoked_at=None).count() == 0


@pytest.mark.parametrize(
    ("locale", "message"),
    [
        ("ru", "Время входа истекло. Обновите сеанс или войдите снова"),
        ("en", "Your sign-in has expired. Refresh the session or sign in again"),
    ],
)
async def test_an_expired_token_is_refused_with_the_reason(
    gql: GraphQLClient,
    organization: Organization,
    frozen_clock: Freeze,
    locale: str,
    message: str,
) -> None:
    with frozen_clock(NOW):
        token = await token_of(await an_employee(organization))

    with frozen_clock(NOW + timedelta(minutes=15)):
        answer = await gql("{ viewer { __typename } }", token=token, locale=locale)

    assert code_of(answer) == "UNAUTHENTICATED"
    assert answer["errors"][0]["message"] == message


async def test_a_sign_out_ends_the_session(gql: GraphQLClient, organization: Organization) -> None:
    token = await token_of(await a_resident_user(organization))

    assert await gql(SIGN_OUT, token=token) == {"data": {"signOut": {"errors": []}}}

    assert code_of(await gql(SIGN_OUT, token=token)) == "UNAUTHENTICATED"


async def test_nobody_signs_out_without_a_session(
    gql: GraphQLClient, organization: Organization
) -> None:
    issued = await a_service_token(organization)

    assert code_of(await gql(SIGN_OUT)) == "UNAUTHENTICATED"
    assert code_of(await gql(SIGN_OUT, token=issued.token)) == "FORBIDDEN"


SESSIONS = """
{ sessions {
  id kind channel createdAt lastUsedAt expiresAt endedAt userAgent isCurrent
} }
"""

REVOKE_SESSION = """
mutation ($id: ID!) { revokeSession(input: {id: $id}) {
  session { id endedAt isCurrent }
  errors { code }
} }
"""

REVOKE_OTHERS = "mutation { revokeOtherSessions { ended errors { code } } }"


@pytest.mark.parametrize("number", [2, 20])
async def test_a_person_sees_where_they_are_signed_in(
    gql: GraphQLClient,
    organization: Organization,
    queries: QueryCounter,
    frozen_clock: Freeze,
    number: int,
) -> None:
    employee = await an_employee(organization)
    await a_resident_user(organization, user=await models.User.get(id=employee.user_id))
    await token_of(await an_employee(organization))
    with frozen_clock(NOW):
        for _ in range(number - 1):
            await token_of(employee, SessionChannel.RESIDENT_APP)
    with frozen_clock(NOW + timedelta(minutes=1)):
        own = await open_session(employee.user_id, SessionChannel.CRM, user_agent="Opera")
        await gql(SESSIONS, token=own.access_token)
        with queries.exactly(2):
            answer = await settled(gql(SESSIONS, token=own.access_token))

    first, *others = answer["data"]["sessions"]
    assert first == {
        "id": encode_id("Session", own.session_id),
        "kind": "EMPLOYEE",
        "channel": "CRM",
        "createdAt": "2026-11-20T09:01:00+00:00",
        "lastUsedAt": "2026-11-20T09:01:00+00:00",
        "expiresAt": "2027-01-19T09:01:00+00:00",
        "endedAt": None,
        "userAgent": "Opera",
        "isCurrent": True,
    }
    assert len(others) == number - 1
    assert {(each["kind"], each["isCurrent"]) for each in others} == {("RESIDENT", False)}


async def test_a_session_is_ended_by_its_owner_alone(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    employee = await an_employee(organization)
    with frozen_clock(NOW):
        lost = await open_session(employee.user_id, SessionChannel.EMPLOYEE_APP)
        own, strange = await token_of(employee), await token_of(await an_employee(organization))
        integrator = (await a_service_token(organization)).token
        variables = {"id": encode_id("Session", lost.session_id)}

        refused = [await gql(REVOKE_SESSION, variables, token=each) for each in (strange, None)]
        refused.append(await gql(REVOKE_SESSION, variables, token=integrator))
        live = await gql("{ viewer { __typename } }", token=lost.access_token)
        answer = await gql(REVOKE_SESSION, variables, token=own)
        ended = await gql("{ viewer { __typename } }", token=lost.access_token)

    assert [code_of(each) for each in refused] == ["NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN"]
    assert live["data"]["viewer"] == {"__typename": "EmployeeViewer"}
    assert answer["data"]["revokeSession"] == {
        "session": {
            "id": encode_id("Session", lost.session_id),
            "endedAt": "2026-11-20T09:00:00+00:00",
            "isCurrent": False,
        },
        "errors": [],
    }
    assert code_of(ended) == "UNAUTHENTICATED"


async def test_all_other_sessions_are_ended_at_once(
    gql: GraphQLClient, organization: Organization
) -> None:
    employee = await an_employee(organization)
    strange = await token_of(await an_employee(organization))
    others = [await token_of(employee) for _ in range(2)]
    own = await token_of(employee)

    answer = await gql(REVOKE_OTHERS, token=own)

    assert answer == {"data": {"revokeOtherSessions": {"ended": 2, "errors": []}}}
    for each in others:
        assert code_of(await gql("{ viewer { __typename } }", token=each)) == "UNAUTHENTICATED"
    for each in (own, strange):
        assert "errors" not in await gql("{ viewer { __typename } }", token=each)


async def test_nobody_has_no_sessions_and_a_token_none(
    gql: GraphQLClient, organization: Organization
) -> None:
    issued = await a_service_token(organization)

    assert code_of(await gql(SESSIONS)) == "UNAUTHENTICATED"
    assert code_of(await gql(REVOKE_OTHERS)) == "UNAUTHENTICATED"
    assert await gql(SESSIONS, token=issued.token) == {"data": {"sessions": []}}
    assert code_of(await gql(REVOKE_OTHERS, token=issued.token)) == "FORBIDDEN"
