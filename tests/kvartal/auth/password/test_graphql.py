from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from kvartal.auth import models, tokens
from kvartal.auth.policy import policy
from kvartal.auth.rules import SessionChannel
from kvartal.auth.sessions.service import open_session
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    an_employee,
    token_of,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents, QueryCounter

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EMAIL, OLD, NEW = "maria@example.org", "Пароль-Марии-1", "кошка спит на батарее"

CHANGE = """
mutation ($old: String!, $new: String!) {
  changePassword(input: {oldPassword: $old, newPassword: $new}) {
    ended
    errors { code message path limit }
  }
}
"""

REQUEST = """
mutation ($email: String!) { requestPasswordReset(input: {email: $email}) {
  errors { code message path }
} }
"""

RESET = """
mutation ($token: String!, $new: String!) {
  resetPassword(input: {token: $token, newPassword: $new}) {
    deviceToken
    errors { code message path limit }
  }
}
"""

SIGN_IN = """
mutation ($input: SignInEmployeeInput!) { signInEmployee(input: $input) {
  session { accessToken }
  errors { code }
} }
"""


@pytest.fixture
async def employee(organization: Organization) -> models.Employee:
    return await an_employee(organization, user=await a_user(email=EMAIL, password=OLD))


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def signs_in(gql: GraphQLClient, password: str, device_token: str | None = None) -> bool:
    given = {"email": EMAIL, "password": password, "channel": "CRM", "deviceToken": device_token}
    answer = await gql(SIGN_IN, {"input": given})
    return answer["data"]["signInEmployee"]["session"] is not None


async def test_an_employee_changes_their_password(
    gql: GraphQLClient, employee: models.Employee
) -> None:
    await token_of(employee)

    answer = await gql(CHANGE, {"old": OLD, "new": NEW}, token=await token_of(employee))

    assert answer == {"data": {"changePassword": {"ended": 1, "errors": []}}}
    assert await signs_in(gql, NEW)
    assert not await signs_in(gql, OLD)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (
            "Иной пароль",
            NEW,
            {
                "code": "WRONG_PASSWORD",
                "message": "Нынешний пароль введен неверно. Проверьте раскладку и попробуйте снова",
                "path": ["oldPassword"],
                "limit": None,
            },
        ),
        (
            OLD,
            "коротко",
            {
                "code": "PASSWORD_TOO_SHORT",
                "message": "Пароль слишком короткий: нужно не меньше 12 знаков. Подойдет фраза из"
                " нескольких слов",
                "path": ["newPassword"],
                "limit": 12,
            },
        ),
        (
            OLD,
            "д" * 129,
            {
                "code": "PASSWORD_TOO_LONG",
                "message": "Пароль слишком длинный: можно не больше 128 знаков",
                "path": ["newPassword"],
                "limit": 128,
            },
        ),
        (
            OLD,
            "пароль123456",
            {
                "code": "PASSWORD_COMMON",
                "message": "Такой пароль подберут одним из первых. Придумайте фразу из нескольких"
                " слов",
                "path": ["newPassword"],
                "limit": None,
            },
        ),
        (
            OLD,
            EMAIL,
            {
                "code": "PASSWORD_IS_EMAIL",
                "message": "Пароль повторяет вашу почту. Придумайте другой",
                "path": ["newPassword"],
                "limit": None,
            },
        ),
    ],
)
async def test_a_change_is_refused_with_the_reason(
    gql: GraphQLClient,
    employee: models.Employee,
    events: EmittedEvents,
    old: str,
    new: str,
    error: dict[str, Any],
) -> None:
    other = await open_session(employee.user_id, SessionChannel.CRM)

    answer = await gql(CHANGE, {"old": old, "new": new}, token=await token_of(employee))

    assert answer == {"data": {"changePassword": {"ended": None, "errors": [error]}}}
    assert (await models.Session.get(id=other.session_id)).revoked_at is None
    assert events == []
    assert await signs_in(gql, OLD)


async def test_nobody_but_the_owner_changes_a_password(
    gql: GraphQLClient, employee: models.Employee, organization: Organization
) -> None:
    integrator = (await a_service_token(organization)).token
    resident = await token_of(await a_resident_user(organization))
    variables = {"old": OLD, "new": NEW}

    assert code_of(await gql(CHANGE, variables)) == "UNAUTHENTICATED"
    assert code_of(await gql(CHANGE, variables, token=integrator)) == "FORBIDDEN"
    answer = await gql(CHANGE, variables, token=resident)
    assert answer["data"]["changePassword"]["errors"][0]["code"] == "WRONG_PASSWORD"
    assert await signs_in(gql, OLD)


async def test_a_key_of_retries_would_undo_the_count_and_is_refused(
    gql: GraphQLClient, employee: models.Employee
) -> None:
    answer = await gql(
        CHANGE,
        {"old": OLD, "new": NEW},
        token=await token_of(employee),
        headers={"Idempotency-Key": "key-1"},
    )

    assert code_of(answer) == "BAD_INPUT"
    assert await signs_in(gql, OLD)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
async def test_a_link_is_asked_for_with_the_same_answer_for_any_email(
    gql: GraphQLClient,
    employee: models.Employee,
    queries: QueryCounter,
    frozen_clock: Freeze,
    email: str,
) -> None:
    with frozen_clock(NOW):
        with queries.exactly(5):
            first = await gql(REQUEST, {"email": email})
            await gql("{ viewer { __typename } }")
        second = await gql(REQUEST, {"email": email})

    assert first == {"data": {"requestPasswordReset": {"errors": []}}}
    assert code_of(second) == "RATE_LIMITED"
    assert second["errors"][0]["extensions"]["retryAfter"] == 60


async def test_what_is_no_email_is_told_so(gql: GraphQLClient, db: None) -> None:
    answer = await gql(REQUEST, {"email": "Мария"}, locale="en")

    assert answer["data"]["requestPasswordReset"]["errors"] == [
        {
            "code": "INVALID_EMAIL",
            "message": "This is not an e-mail address. Enter all of it, e.g. name@example.org",
            "path": ["email"],
        }
    ]


async def test_a_password_is_set_by_a_link_once(
    gql: GraphQLClient, employee: models.Employee
) -> None:
    await gql(REQUEST, {"email": EMAIL}, locale="en")
    link = await models.PasswordReset.get()
    token = tokens.reset_token(link.id, policy().reset_keys[0])

    short = await gql(RESET, {"token": token, "new": "коротко"})
    first = await gql(RESET, {"token": token, "new": NEW})
    second = await gql(RESET, {"token": token, "new": "совсем другой пароль"})

    assert link.locale == "en"
    assert short["data"]["resetPassword"]["errors"][0]["code"] == "PASSWORD_TOO_SHORT"
    device_token = first["data"]["resetPassword"]["deviceToken"]
    assert first["data"]["resetPassword"]["errors"] == []
    assert await signs_in(gql, NEW, device_token)
    assert second["data"]["resetPassword"] == {
        "deviceToken": None,
        "errors": [
            {
                "code": "RESET_TOKEN_INVALID",
                "message": "Ссылка уже не действует. Запросите новое письмо",
                "path": ["token"],
                "limit": None,
            }
        ],
    }
