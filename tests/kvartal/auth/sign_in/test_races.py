import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal.auth import models
from kvartal.auth.codes import CodeIssue
from kvartal.auth.policy import policy
from kvartal.auth.rules import SessionChannel
from kvartal.auth.sessions.rules import RefreshTokenInvalid
from kvartal.auth.sessions.service import open_session, refresh_session
from kvartal.auth.sign_in.rules import Client, InvalidCode
from kvartal.auth.sign_in.service import request_code, sign_in_resident
from kvartal.db.connection import fetch
from kvartal.errors import DomainError, RateLimited
from kvartal.testing.auth_factories import a_resident_user, a_user
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed

pytestmark = pytest.mark.committed

Own = Callable[[], AbstractAsyncContextManager[Committed]]

PHONE = "+79001234567"


async def a_resident() -> models.User:
    return await a_resident_user(await an_organization(), user=await a_user(phone=PHONE))


async def right_code() -> str:
    row = await models.OneTimeCode.get(phone=PHONE)
    return policy().code(CodeIssue(row.id, row.issued_at))


async def outcome(call: Awaitable[object]) -> str:
    try:
        await call
    except (DomainError, RateLimited) as error:
        return error.code
    return "accepted"


async def test_requests_at_once_issue_one_code(committed: Own) -> None:
    async with committed():
        found = await asyncio.gather(*(outcome(request_code(phone=PHONE)) for _ in range(8)))

        events = await fetch(
            "SELECT id FROM kvartal_event WHERE name = 'kvartal.sign_in_code_requested'"
        )
        assert Counter(found) == {"accepted": 1, RateLimited.code: 7}
        assert len(events) == 1
        assert await models.OneTimeCode.all().count() == 1


async def test_guesses_at_once_are_five_all_the_same(committed: Own) -> None:
    async with committed():
        await a_resident()
        await request_code(phone=PHONE)
        wrong = f"{(int(await right_code()) + 1) % 1_000_000:06}"

        found = await asyncio.gather(
            *(outcome(sign_in_resident(phone=PHONE, code=wrong)) for _ in range(12))
        )

        assert Counter(found) == {InvalidCode.code: 12}
        assert (await models.OneTimeCode.get(phone=PHONE)).attempts == 5
        with pytest.raises(InvalidCode):
            await sign_in_resident(phone=PHONE, code=await right_code())


async def test_a_code_used_by_several_at_once_opens_one_session(committed: Own) -> None:
    async with committed():
        await a_resident()
        await request_code(phone=PHONE)
        code = await right_code()

        found = await asyncio.gather(
            *(outcome(sign_in_resident(phone=PHONE, code=code)) for _ in range(4))
        )

        assert Counter(found) == {"accepted": 1, InvalidCode.code: 3}
        assert await models.Session.all().count() == 1


async def test_a_refresh_token_used_by_two_at_once_ends_the_session(committed: Own) -> None:
    async with committed():
        user = await a_resident()
        token = (await open_session(user.id, SessionChannel.RESIDENT_APP)).refresh_token

        found = await asyncio.gather(
            *(outcome(refresh_session(refresh_token=token)) for _ in range(2))
        )

        assert Counter(found) == {"accepted": 1, RefreshTokenInvalid.code: 1}
        assert (await models.Session.all().get()).revoked_at is not None


async def test_a_refused_guess_and_a_reused_token_are_not_rolled_back(committed: Own) -> None:
    async with committed() as own:
        user = await a_resident()
        await request_code(phone=PHONE, client=Client("127.0.0.1"))
        token = (await open_session(user.id, SessionChannel.RESIDENT_APP)).refresh_token
        await refresh_session(refresh_token=token)
        wrong = f"{(int(await right_code()) + 1) % 1_000_000:06}"

        answer = await own.client(
            """
            mutation ($phone: String!, $code: String!, $token: String!) {
              signInResident(input: {phone: $phone, code: $code}) { errors { code } }
              refreshSession(input: {refreshToken: $token}) { errors { code } }
            }
            """,
            {"phone": PHONE, "code": wrong, "token": token},
        )

        assert answer["data"]["signInResident"] == {"errors": [{"code": "INVALID_CODE"}]}
        assert answer["data"]["refreshSession"] == {"errors": [{"code": "REFRESH_TOKEN_INVALID"}]}
        assert (await models.OneTimeCode.get(phone=PHONE)).attempts == 1
        assert (await models.Session.all().get()).revoked_at is not None
