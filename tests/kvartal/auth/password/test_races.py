import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal import clock
from kvartal.auth import models, tokens
from kvartal.auth.password.queries import issue_link
from kvartal.auth.password.service import change_password, reset_password
from kvartal.auth.policy import policy
from kvartal.auth.rules import ResetKind
from kvartal.db.connection import fetch
from kvartal.errors import DomainError
from kvartal.testing.auth_factories import a_user, actor_of, an_employee
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("quick_argon")]

Own = Callable[[], AbstractAsyncContextManager[Committed]]

EMAIL, OLD = "maria@example.org", "Пароль-Марии-1"


async def an_owner() -> models.Employee:
    return await an_employee(await an_organization(), user=await a_user(email=EMAIL, password=OLD))


async def a_token() -> str:
    link = await issue_link(EMAIL, ResetKind.RESET, locale="ru", now=clock.now())
    return tokens.reset_token(link, policy().reset_keys[0])


async def outcome(call: Awaitable[object]) -> str:
    try:
        await call
    except DomainError as error:
        return error.code
    return "accepted"


async def changes() -> int:
    return len(await fetch("SELECT id FROM kvartal_event WHERE name = 'kvartal.password_changed'"))


async def test_one_of_several_resets_by_a_link_at_once_is_accepted(committed: Own) -> None:
    async with committed():
        await an_owner()
        token = await a_token()

        found = await asyncio.gather(
            *(
                outcome(reset_password(token=token, new_password=f"пароль номер {number} хорош"))
                for number in range(4)
            )
        )

        assert Counter(found) == {"accepted": 1, "RESET_TOKEN_INVALID": 3}
        assert await changes() == 1


async def test_one_of_several_links_at_once_is_accepted(committed: Own) -> None:
    async with committed():
        await an_owner()
        links = [await a_token() for _ in range(4)]

        found = await asyncio.gather(
            *(
                outcome(reset_password(token=each, new_password="кошка спит на батарее"))
                for each in links
            )
        )

        assert Counter(found) == {"accepted": 1, "RESET_TOKEN_INVALID": 3}
        assert await changes() == 1


async def test_of_a_change_and_a_reset_at_once_no_session_of_a_thief_survives(
    committed: Own,
) -> None:
    async with committed():
        employee = await an_owner()
        actor, token = await actor_of(employee), await a_token()

        found = await asyncio.gather(
            outcome(change_password(actor, old_password=OLD, new_password="пароль из сеанса вора")),
            outcome(reset_password(token=token, new_password="кошка спит на батарее")),
        )

        # The change may come first, or late; if the link is used, the reset has the last word.
        live = await models.Session.filter(user_id=employee.user_id, revoked_at=None).count()
        assert (*found, live) in [
            ("accepted", "RESET_TOKEN_INVALID", 1),
            ("WRONG_PASSWORD", "accepted", 0),
        ]
