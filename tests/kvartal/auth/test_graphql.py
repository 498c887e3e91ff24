import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from kvartal.auth import models, tokens
from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.auth.codes import CodeIssue
from kvartal.auth.policy import policy
from kvartal.auth.rules import SessionChannel
from kvartal.db.models import uuid7
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
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PHONE = "+79001234567"
MANAGE = "auth.role.manage"

VIEWER = """
{ viewer {
  __typename
  ... on ResidentViewer { residentName: fullName premises { id number building { address } } }
  ... on EmployeeViewer {
    fullName email channel
    memberships { allBuildings permissions organization { id name number } }
  }
  ... on ServiceViewer { title permissions organization { id number } }
} }
"""

SIGN_IN_EMPLOYEE = """
mutation ($input: SignInEmployeeInput!) { signInEmployee(input: $input) {
  session { accessToken expiresAt refreshToken refreshExpiresAt }
  errors { code message path }
} }
"""

REQUEST_CODE = """
mutation ($input: RequestSignInCodeInput!) { requestSignInCode(input: $input) {
  errors { code message path }
} }
"""

SIGN_IN_RESIDENT = """
mutation ($input: SignInResidentInput!) { signInResident(input: $input) {
  session { accessToken refreshToken }
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

CREATE = """
mutation ($input: CreateServiceTokenInput!) { createServiceToken(input: $input) {
  issued { token permissions serviceToken { id title expiresAt revokedAt } }
  errors { code message path permission }
} }
"""

REVOKE = """
mutation ($input: RevokeServiceTokenInput!) { revokeServiceToken(input: $input) {
  serviceToken { id title revokedAt }
  errors { code }
} }
"""


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization(name="УК «Заря»")


async def settled(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    found = await answer
    await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later
    return found


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_the_viewer_of_nobody_is_null(gql: GraphQLClient) -> None:
    assert await gql(VIEWER) == {"data": {"viewer": None}}


async def test_the_viewer_is_the_resident_with_their_premises(
    gql: GraphQLClient, organization: Organization
) -> None:
    building = await a_building(organization=organization, address="ул. Мира, 1")
    mine = [await a_premise(building=building, number=number) for number in ("10", "9")]
    await a_premise(building=building, number="11")
    user = await a_resident_user(organization, premises=mine, full_name="Петров Иван")

    answer = await gql(VIEWER, token=await token_of(user))

    assert answer == {
        "data": {
            "viewer": {
                "__typename": "ResidentViewer",
                "residentName": "Петров Иван",
                "premises": [
                    {
                        "id": encode_id("Premise", premise.id),
                        "number": premise.number,
                        "building": {"address": "ул. Мира, 1"},
                    }
                    for premise in reversed(mine)
                ],
            }
        }
    }


@pytest.mark.parametrize("organizations", [1, 5])
async def test_the_viewer_is_the_employee_with_their_organizations(
    gql: GraphQLClient, organization: Organization, queries: QueryCounter, organizations: int
) -> None:
    user = await a_user(email="maria@example.org")
    employee = await an_employee(
        organization, user=user, permissions=[MANAGE, "a.b.c"], full_name="Иванова Мария"
    )
    others = [await an_organization() for _ in range(organizations - 1)]
    for each in others:
        await an_employee(each, user=user, buildings=[])
    token = await token_of(employee, SessionChannel.EMPLOYEE_APP)

    await gql(
        VIEWER, token=token
    )  # a connection learns PostgreSQL's types by statements of its own

    with queries.exactly(3):
        answer = await settled(gql(VIEWER, token=token))

    viewer = answer["data"]["viewer"]
    memberships = viewer.pop("memberships")
    assert viewer == {
        "__typename": "EmployeeViewer",
        "fullName": "Иванова Мария",
        "email": "maria@example.org",
        "channel": "EMPLOYEE_APP",
    }
    assert sorted(memberships, key=lambda each: each["organization"]["number"]) == [
        {
            "allBuildings": each is organization,
            "permissions": ["a.b.c", MANAGE] if each is organization else [],
            "organization": {
                "id": encode_id("Organization", each.id),
                "name": "УК «Заря»",
                "number": each.number,
            },
        }
        for each in (organization, *others)
    ]


async def test_the_viewer_is_the_service_token(
    gql: GraphQLClient, organization: Organization
) -> None:
    issued = await a_service_token(organization, permissions=["a.b.d", "a.b.c"], title="1С")

    answer = await gql(VIEWER, token=issued.token)

    assert answer == {
        "data": {
            "viewer": {
                "__typename": "ServiceViewer",
                "title": "1С",
                "permissions": ["a.b.c", "a.b.d"],
                "organization": {
                    "id": encode_id("Organization", organization.id),
                    "number": organization.number,
                },
            }
        }
    }


@pytest.mark.parametrize("kind", [ActorKind.RESIDENT, ActorKind.EMPLOYEE, ActorKind.SERVICE])
async def test_a_viewer_who_has_just_been_deleted_is_not_found(
    gql: GraphQLClient, kind: ActorKind
) -> None:
    membership = Membership(uuid7(), uuid7(), frozenset(), all_buildings=True)

    answer = await gql(VIEWER, actor=Actor(kind, uuid7(), memberships=(membership,)))

    assert code_of(answer) == "NOT_FOUND"


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
                        "message": "Неверная почта или пароль. Проверьте раскладку и попробуйте"
                        " снова",
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
    gql: GraphQLClient, organization: Organization, queries: QueryCounter, known: bool
) -> None:
    if known:
        await a_resident_user(organization, user=await a_user(phone=PHONE))

    with queries.exactly(3):
        first = await gql(REQUEST_CODE, {"input": {"phone": PHONE}})
        second = await settled(gql(REQUEST_CODE, {"input": {"phone": PHONE}}))

    assert first == second == {"data": {"requestSignInCode": {"errors": []}}}


async def test_a_code_is_not_sent_to_what_is_no_telephone(gql: GraphQLClient) -> None:
    answer = await gql(REQUEST_CODE, {"input": {"phone": "Мария"}}, locale="en")

    assert answer == {
        "data": {
            "requestSignInCode": {
                "errors": [
                    {
                        "code": "INVALID_PHONE",
                        "message": "This is not a telephone number. Enter all of it,"
                        " e.g. +7 900 123-45-67",
                        "path": ["phone"],
                    }
                ]
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

    with queries.exactly(1):
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


def wanted(organization: Organization, **changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "organizationId": encode_id("Organization", organization.id),
        "title": " Биллинг ",
        "permissions": ["a.b.c"],
    }
    return {"input": usual | changes}


async def test_an_employee_makes_a_token_of_some_of_their_rights(
    gql: GraphQLClient, organization: Organization
) -> None:
    maker = await an_employee(organization, permissions=[MANAGE, "a.b.c", "a.b.d"])
    variables = wanted(
        organization, permissions=["a.b.d", "a.b.c", "a.b.d"], expiresAt="2099-01-01T00:00:00Z"
    )

    with capture_logs() as logs:
        answer = await gql(CREATE, variables, token=await token_of(maker))

    payload = answer["data"]["createServiceToken"]
    row = await models.ServiceToken.get(organization_id=organization.id)
    token = payload["issued"]["token"]
    assert payload == {
        "issued": {
            "token": token,
            "permissions": ["a.b.c", "a.b.d"],
            "serviceToken": {
                "id": encode_id("ServiceToken", row.id),
                "title": "Биллинг",
                "expiresAt": "2099-01-01T00:00:00+00:00",
                "revokedAt": None,
            },
        },
        "errors": [],
    }
    assert row.token_hash == tokens.fingerprint(token)
    assert token not in str(logs)
    viewer = await gql(VIEWER, token=token)
    assert viewer["data"]["viewer"]["permissions"] == ["a.b.c", "a.b.d"]


@dataclass(frozen=True)
class Stranger:
    """Who may not make or revoke tokens of an organization, and what they are told."""

    title: str
    code: str
    token: Callable[[Organization], Any]


async def no_token(_: Organization) -> None:
    return None


async def resident(organization: Organization) -> str:
    return await token_of(await a_resident_user(organization))


async def foreign_employee(_: Organization) -> str:
    return await token_of(await an_employee(await an_organization(), permissions=[MANAGE, "a.b.c"]))


async def employee_without_the_right(organization: Organization) -> str:
    return await token_of(await an_employee(organization, permissions=["a.b.c"]))


async def employee_with_the_right_elsewhere(organization: Organization) -> str:
    here = await an_employee(organization, permissions=["a.b.c"])
    user = await models.User.get(id=here.user_id)
    await an_employee(await an_organization(), user=user, permissions=[MANAGE])
    return await token_of(here)


async def integrator(organization: Organization) -> str:
    return (await a_service_token(organization, permissions=[MANAGE, "a.b.c"])).token


STRANGERS = pytest.mark.parametrize(
    "stranger",
    [
        Stranger("nobody", "UNAUTHENTICATED", no_token),
        Stranger("resident", "FORBIDDEN", resident),
        Stranger("employee of another organization", "NOT_FOUND", foreign_employee),
        Stranger("employee without the right", "FORBIDDEN", employee_without_the_right),
        Stranger("right elsewhere", "FORBIDDEN", employee_with_the_right_elsewhere),
        Stranger("integrator", "FORBIDDEN", integrator),
    ],
    ids=lambda each: each.title,
)


@STRANGERS
async def test_a_stranger_makes_no_token(
    gql: GraphQLClient, organization: Organization, stranger: Stranger
) -> None:
    token = await stranger.token(organization)
    before = await models.ServiceToken.all().count()

    answer = await gql(CREATE, wanted(organization), token=token)

    assert code_of(answer) == stranger.code
    assert await models.ServiceToken.all().count() == before


async def test_a_token_of_no_organization_is_not_made(
    gql: GraphQLClient, organization: Organization
) -> None:
    token = await token_of(await an_employee(organization, permissions=[MANAGE]))
    nowhere = wanted(organization, organizationId=encode_id("Organization", uuid7()))

    assert code_of(await gql(CREATE, nowhere, token=token)) == "NOT_FOUND"


async def test_a_token_beyond_its_makers_rights_is_refused_naming_each(
    gql: GraphQLClient, organization: Organization
) -> None:
    maker = await an_employee(organization, permissions=[MANAGE], buildings=[])
    user = await models.User.get(id=maker.user_id)
    await an_employee(await an_organization(), user=user, permissions=["a.b.c"])

    answer = await gql(CREATE, wanted(organization, title=" "), token=await token_of(maker))

    payload = answer["data"]["createServiceToken"]
    found = [(each["code"], each["path"], each["permission"]) for each in payload["errors"]]
    assert payload["issued"] is None
    assert found == [
        ("NEEDS_ALL_BUILDINGS", ["organizationId"], None),
        ("TOKEN_TITLE_INVALID", ["title"], None),
        ("PERMISSION_NOT_HELD", ["permissions", "0"], "a.b.c"),
    ]
    assert payload["errors"][2]["message"] == (
        "Права a.b.c у вас нет, поэтому выдать его нельзя. Уберите его из списка"
    )
    assert await models.ServiceToken.all().count() == 0


async def test_a_revoked_token_is_worth_nothing_and_stays_revoked(
    gql: GraphQLClient, organization: Organization, frozen_clock: Freeze
) -> None:
    issued = await a_service_token(organization, title="1С")
    maker = await an_employee(organization, permissions=[MANAGE])
    variables = {"input": {"id": encode_id("ServiceToken", issued.row.id)}}

    with frozen_clock(NOW):
        token = await token_of(maker)
        first = await gql(REVOKE, variables, token=token)
    with frozen_clock(NOW + timedelta(minutes=1)):
        second = await gql(REVOKE, variables, token=token)

    assert first == second
    assert first["data"]["revokeServiceToken"] == {
        "serviceToken": {
            "id": encode_id("ServiceToken", issued.row.id),
            "title": "1С",
            "revokedAt": "2026-11-20T09:00:00+00:00",
        },
        "errors": [],
    }
    assert code_of(await gql(VIEWER, token=issued.token)) == "UNAUTHENTICATED"


@STRANGERS
async def test_a_stranger_revokes_no_token(
    gql: GraphQLClient, organization: Organization, stranger: Stranger
) -> None:
    issued = await a_service_token(organization)
    token = await stranger.token(organization)

    answer = await gql(
        REVOKE, {"input": {"id": encode_id("ServiceToken", issued.row.id)}}, token=token
    )

    assert code_of(answer) == stranger.code
    assert (await models.ServiceToken.get(id=issued.row.id)).revoked_at is None
