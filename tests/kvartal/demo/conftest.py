"""The demo's data, made once for a file; every test leaves them as they were."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.api import configured
from kvartal.demo.api import CODE, EMPLOYEES, PASSWORD, RESIDENTS
from kvartal.demo.seed import seed
from kvartal.embedded import Servers
from kvartal.testing.host import Committed, TestHost, committed_host, rolled_back

NOW = datetime.fromisoformat("2026-11-24T12:00+03:00")
TOKEN = "kv_the-token-of-the-demo"

REQUEST_CODE = """
mutation ($phone: String!) { requestSignInCode(input: {phone: $phone}) { errors { code } } }
"""
SIGN_IN_RESIDENT = """
mutation ($phone: String!, $code: String!) {
  signInResident(input: {phone: $phone, code: $code}) {
    session { accessToken } errors { code }
  }
}
"""
SIGN_IN_EMPLOYEE = """
mutation ($email: String!, $password: String!) {
  signInEmployee(input: {email: $email, password: $password, channel: CRM}) {
    session { accessToken } errors { code }
  }
}
"""


@pytest.fixture(scope="module")
async def filled(host: TestHost, servers: Servers, worker_id: str) -> AsyncIterator[Committed]:
    """A database of its own with the demo's data, as they are made at noon of 24 November."""
    async with committed_host(servers, worker_id, host) as own:
        with clock.frozen(NOW):
            await seed(own.host.registry, TOKEN)
        yield own


@pytest.fixture
async def demo(filled: Committed) -> AsyncIterator[Committed]:
    """The filled database at noon of 24 November; what a test changes is rolled back."""
    settings = filled.host.settings.model_copy(update={"demo": True})
    with clock.frozen(NOW), configured(settings):
        async with rolled_back():
            yield filled


@pytest.fixture
def resident(demo: Committed) -> Callable[[int], Awaitable[str]]:
    """Sign in one of the demo's residents, the first being 1; their access token."""

    async def sign_in(number: int) -> str:
        phone = RESIDENTS[number - 1].phone
        await demo.client(REQUEST_CODE, {"phone": phone})
        answer = await demo.client(SIGN_IN_RESIDENT, {"phone": phone, "code": CODE})
        return _token(answer, "signInResident")

    return sign_in


@pytest.fixture
def employee(demo: Committed) -> Callable[[int], Awaitable[str]]:
    """Sign in one of the demo's employees, the first being 1; their access token."""

    async def sign_in(number: int) -> str:
        variables = {"email": EMPLOYEES[number - 1].email, "password": PASSWORD}
        return _token(await demo.client(SIGN_IN_EMPLOYEE, variables), "signInEmployee")

    return sign_in


def _token(answer: dict[str, Any], field: str) -> str:
    assert answer["data"][field]["errors"] == []
    token: str = answer["data"][field]["session"]["accessToken"]
    return token
