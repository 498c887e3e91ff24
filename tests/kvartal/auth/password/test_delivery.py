"""From the request to the letter, through the outbox and the workers' code."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal.auth import models, tokens
from kvartal.auth.policy import policy
from kvartal.auth.staff.service.employees import create_employee
from kvartal.db.connection import fetch
from kvartal.host import Host
from kvartal.testing.auth_factories import Mailbox, a_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("quick_argon")]

Own = Callable[[], AbstractAsyncContextManager[Committed]]

EMAIL, NEW = "maria@example.org", "кошка спит на батарее"

REQUEST = """
mutation ($email: String!) { requestPasswordReset(input: {email: $email}) { errors { code } } }
"""
RESET = """
mutation ($token: String!, $new: String!) {
  resetPassword(input: {token: $token, newPassword: $new}) { deviceToken errors { code } }
}
"""
SIGN_IN = """
mutation ($input: SignInEmployeeInput!) { signInEmployee(input: $input) {
  session { accessToken } errors { code }
} }
"""


async def work(host: Host) -> None:
    """Carry out all that is to be done, as the workers do."""
    while True:
        due = await fetch(
            "SELECT id FROM kvartal_delivery WHERE done_at IS NULL AND failed_at IS NULL"
        )
        if not due:
            return
        for row in due:
            await host.deliveries.carry_out(row["id"])


async def sign_in(client: GraphQLClient, device_token: str | None = None) -> bool:
    given = {"email": EMAIL, "password": NEW, "channel": "CRM", "deviceToken": device_token}
    answer = await client(SIGN_IN, {"input": given})
    return answer["data"]["signInEmployee"]["session"] is not None


async def test_a_forgotten_password_is_set_anew(committed: Own, mailbox: Mailbox) -> None:
    async with committed() as own:
        await an_employee(
            await an_organization(), user=await a_user(email=EMAIL, password="Пароль-Марии-1")
        )

        await own.client(REQUEST, {"email": EMAIL})
        await own.client(REQUEST, {"email": "nobody@example.org"})
        await work(own.host)
        [letter] = mailbox
        token = letter.text.split("\n\n")[2]
        answer = await own.client(RESET, {"token": token, "new": NEW})
        await work(own.host)

        device_token = answer["data"]["resetPassword"]["deviceToken"]
        assert await sign_in(own.client, device_token)
        assert [each.subject for each in mailbox] == ["Новый пароль", "Пароль изменен"]
        assert {each.to for each in mailbox} == {EMAIL}
        failed = await fetch("SELECT last_error FROM kvartal_delivery WHERE last_error IS NOT NULL")
        assert failed == []


async def test_who_is_taken_on_sets_a_first_password(committed: Own, mailbox: Mailbox) -> None:
    async with committed() as own:
        organization = await an_organization(name="УК «Заря»")
        manager = await actor_of(await an_employee(organization, permissions=["auth.role.manage"]))

        await create_employee(manager, organization.id, email=EMAIL, full_name="Иванова")
        await work(own.host)
        link = await models.PasswordReset.get()
        token = tokens.reset_token(link.id, policy().reset_keys[0])

        assert not await sign_in(own.client)
        assert token in mailbox[0].text
        await own.client(RESET, {"token": token, "new": NEW})
        assert await sign_in(own.client)
