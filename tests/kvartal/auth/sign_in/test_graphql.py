import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from kvartal.auth import models
from kvartal.auth.codes import CodeIssue
from kvartal.auth.policy import policy
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_user,
    an_employee,
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
  session { accessToken expiresAt refreshToken refreshExpiresAt deviceToken }
  errors { code message path }
} }
"""

REQUEST_CODE = """
mutation ($input: RequestSignInCodeInput!) { requestSignInCode(input: $input) {
  challenge
  errors { code message path }
} }
"""

SIGN_IN_RESIDENT = """
mutation ($input: SignInResidentInput!) { signInResident(input: $input) {
  session { accessToken refreshToken }
  errors { code message path }
} }
"""


async def settled(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    found = await answer
    await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later
    return found


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_an_employee_signs_in_and_is_the_viewer(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    await an_employee(organization, user=await a_user(email="maria@example.org", password="Пароль"))
    given = {"email": "Maria@example.org", "password": "Пароль", "channel": "CRM"}

    with frozen_clock(NOW):
        answer = await gql(SIGN_IN_EMPLOYEE, {"input": given})
        session = answer["data"]["signInEmployee"]["session"]
        viewer = await gql("{ viewer { __typename } }", token=session["accessToken"])

    assert answer["data"]["signInEmployee"]["errors"] == []
    assert session["expiresAt"] == "2026-11-20T09:15:00+00:00"
    assert session["refreshExpiresAt"] == "2027-01-19T09:00:00+00:00"
    assert viewer == {"data": {"viewer": {"__typename": "EmployeeViewer"}}}


@pytest.mark.parametrize(
    ("email", "password"),
    [("maria@example.org", "Иной"), ("nobody@example.org", "Пароль"), ("Мария", "Пароль")],
)
async def test_wrong_password_and_unknown_email_are_answered_alike(
    gql: GraphQLClient, organization: Organization, email: str, password: str
) -> None:
    await an_employee(organization, user=await a_user(email="maria@example.org", password="Пароль"))
    given = {"email": email, "password": password, "channel": "CRM"}

    answer = await gql(SIGN_IN_EMPLOYEE, {"input": given})

    assert answer == {
        "data": {
            "signInEmployee": {
                "session": None,
                "errors": [
                    {
                        "code": "INVALID_CREDENTIALS",
                        "message": "Неверная почта или пароль. Проверьте раскладку. Если не"
                        " получается, задайте новый пароль по ссылке из письма",
                        "path": [],
                    }
                ],
            }
        }
    }


async def test_an_employee_does_not_sign_in_to_the_residents_app(gql: GraphQLClient) -> None:
    given = {"email": "maria@example.org", "password": "Пароль", "channel": "RESIDENT_APP"}

    assert code_of(await gql(SIGN_IN_EMPLOYEE, {"input": given})) == "BAD_INPUT"


@pytest.mark.parametrize("known", [True, False])
async def test_a_code_is_asked_for_with_the_same_answer_for_any_telephone(
    gql: GraphQLClient,
    organization: Organization,
    queries: QueryCounter,
    frozen_clock: Freeze,
    known: bool,
) -> None:
    if known:
        await a_resident_user(organization, user=await a_user(phone=PHONE))

    with frozen_clock(NOW):
        with queries.exactly(5):
            first = await settled(gql(REQUEST_CODE, {"input": {"phone": PHONE}}))
        with queries.exactly(2):
            second = await settled(gql(REQUEST_CODE, {"input": {"phone": PHONE}}))

    row = await models.OneTimeCode.get(phone=PHONE)
    assert first == {
        "data": {
            "requestSignInCode": {
                "challenge": encode_id("SignInChallenge", row.id),
                "errors": [],
            }
        }
    }
    assert second["data"] is None
    [error] = second["errors"]
    assert error["message"] == "Слишком много запросов. Повторите через 60 с"
    assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == ("RATE_LIMITED", 60)


async def test_a_code_is_not_sent_to_what_is_no_telephone(gql: GraphQLClient) -> None:
    answer = await gql(REQUEST_CODE, {"input": {"phone": "Мария"}}, locale="en")

    assert answer == {
        "data": {
            "requestSignInCode": {
                "challenge": None,
                "errors": [
                    {
                        "code": "INVALID_PHONE",
                        "message": "This is not a telephone number. Enter all of it,"
                        " e.g. +7 900 123-45-67",
                        "path": ["phone"],
                    }
                ],
            }
        }
    }


async def test_a_resident_signs_in_and_is_the_viewer(
    gql: GraphQLClient, organization: Organization
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    await gql(REQUEST_CODE, {"input": {"phone": PHONE}})
    row = await models.OneTimeCode.get(phone=PHONE)
    code = policy().code(CodeIssue(row.id, row.issued_at))

    answer = await gql(SIGN_IN_RESIDENT, {"input": {"phone": PHONE, "code": code}})

    session = answer["data"]["signInResident"]["session"]
    viewer = await gql("{ viewer { __typename } }", token=session["accessToken"])
    assert answer["data"]["signInResident"]["errors"] == []
    assert viewer == {"data": {"viewer": {"__typename": "ResidentViewer"}}}


@pytest.mark.parametrize("known", [True, False])
async def test_a_wrong_code_is_answered_alike_for_any_telephone(
    gql: GraphQLClient, organization: Organization, queries: QueryCounter, known: bool
) -> None:
    if known:
        await a_resident_user(organization, user=await a_user(phone=PHONE))
    await gql(REQUEST_CODE, {"input": {"phone": PHONE}})

    with queries.exactly(3):
        answer = await settled(gql(SIGN_IN_RESIDENT, {"input": {"phone": PHONE, "code": "000000"}}))

    assert answer == {
        "data": {
            "signInResident": {
                "session": None,
                "errors": [
                    {
                        "code": "INVALID_CODE",
                        "message": "Код не подходит или уже не действует. Проверьте цифры или"
                        " запросите новый код",
                        "path": ["code"],
                    }
                ],
            }
        }
    }


async def test_a_resident_signs_in_from_another_place_by_the_challenge(
    gql: GraphQLClient, organization: Organization
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    asked = await gql(REQUEST_CODE, {"input": {"phone": PHONE}})
    challenge = asked["data"]["requestSignInCode"]["challenge"]
    await models.OneTimeCode.all().update(place="address:203.0.113.7")
    row = await models.OneTimeCode.get(phone=PHONE)
    code = policy().code(CodeIssue(row.id, row.issued_at))

    without = await gql(SIGN_IN_RESIDENT, {"input": {"phone": PHONE, "code": code}})
    answer = await gql(
        SIGN_IN_RESIDENT, {"input": {"phone": PHONE, "code": code, "challenge": challenge}}
    )
    foreign = await gql(
        SIGN_IN_RESIDENT,
        {"input": {"phone": PHONE, "code": code, "challenge": encode_id("Session", row.id)}},
    )

    assert without["data"]["signInResident"]["session"] is None
    assert answer["data"]["signInResident"]["session"]["accessToken"]
    assert code_of(foreign) == "BAD_INPUT"


async def test_failures_of_others_do_not_bar_a_device_that_has_signed_in(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    await an_employee(organization, user=await a_user(email="maria@example.org", password="Пароль"))
    right = {"email": "maria@example.org", "password": "Пароль", "channel": "CRM"}
    with frozen_clock(NOW):
        signed_in = await gql(SIGN_IN_EMPLOYEE, {"input": right})
        device_token = signed_in["data"]["signInEmployee"]["session"]["deviceToken"]
        for _ in range(10):
            await gql(SIGN_IN_EMPLOYEE, {"input": right | {"password": "Иной"}})

        barred = await gql(SIGN_IN_EMPLOYEE, {"input": right})
        answer = await gql(SIGN_IN_EMPLOYEE, {"input": right | {"deviceToken": device_token}})

    assert code_of(barred) == "RATE_LIMITED"
    assert barred["errors"][0]["extensions"]["retryAfter"] == 12
    session = answer["data"]["signInEmployee"]["session"]
    assert session["accessToken"]
    assert session["deviceToken"] == device_token


async def test_many_guesses_in_one_request_are_counted_each(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    await an_employee(organization, user=await a_user(email="maria@example.org", password="Пароль"))
    guesses = " ".join(
        f'g{n}: signInEmployee(input: {{email: "maria@example.org", password: "{n}",'
        " channel: CRM}) { errors { code } }"
        for n in range(12)
    )

    with frozen_clock(NOW):
        answer = await gql(f"mutation {{ {guesses} }}")
        after = await gql(
            SIGN_IN_EMPLOYEE,
            {"input": {"email": "maria@example.org", "password": "Пароль", "channel": "CRM"}},
        )

    codes = [each["extensions"]["code"] for each in answer["errors"]]
    assert set(codes) == {"RATE_LIMITED"}
    assert code_of(after) == "RATE_LIMITED"


async def test_a_session_keeps_what_the_app_calls_itself(
    gql: GraphQLClient, organization: Organization
) -> None:
    await an_employee(organization, user=await a_user(email="maria@example.org", password="Пароль"))
    given = {"email": "maria@example.org", "password": "Пароль", "channel": "CRM"}
    agent = "Kvartal/1.0 (Android 15)"

    await gql(SIGN_IN_EMPLOYEE, {"input": given}, headers={"User-Agent": agent})

    assert (await models.Session.get()).user_agent == agent
