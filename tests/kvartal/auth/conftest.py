from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from argon2 import PasswordHasher

from kvartal import clock, mail
from kvartal.auth import passwords
from kvartal.auth import policy as policies
from kvartal.auth.models import User
from kvartal.auth.policy import policy
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    Mailbox,
    Telephones,
    a_resident_user,
    a_service_token,
    an_employee,
    token_of,
)
from kvartal.testing.factories import an_organization

MANAGE = "auth.role.manage"


@pytest.fixture
def quick_argon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 with parameters that cost nothing: for tests of anything but passwords."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    passwords._dummy_hash.cache_clear()
    yield
    passwords._dummy_hash.cache_clear()


@pytest.fixture
def telephones(monkeypatch: pytest.MonkeyPatch) -> Telephones:
    made = Telephones()
    monkeypatch.setattr(policies, "_policy", replace(policy(), sender=made))
    return made


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    made = Mailbox()
    with mail.configured(made):
        yield made


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization(name="УК «Заря»")


@dataclass(frozen=True)
class Stranger:
    """Who may not manage an organization's staff, and what they are told."""

    title: str
    code: str
    make: Callable[[Organization], Awaitable[str | None]]

    async def token(self, organization: Organization) -> str | None:
        return await self.make(organization)


async def no_token(_: Organization) -> None:
    return None


async def resident(organization: Organization) -> str:
    return await token_of(await a_resident_user(organization))


async def foreign_employee(_: Organization) -> str:
    rights = [MANAGE, "a.b.c"]
    return await token_of(await an_employee(await an_organization(), permissions=rights))


async def employee_without_the_right(organization: Organization) -> str:
    return await token_of(await an_employee(organization, permissions=["a.b.c"]))


async def employee_with_the_right_elsewhere(organization: Organization) -> str:
    here = await an_employee(organization, permissions=["a.b.c"])
    user = await User.get(id=here.user_id)
    await an_employee(await an_organization(), user=user, permissions=[MANAGE])
    return await token_of(here)


async def archived_manager(organization: Organization) -> str:
    manager = await an_employee(organization, permissions=[MANAGE, "a.b.c"])
    user = await User.get(id=manager.user_id)
    await an_employee(await an_organization(), user=user, permissions=[MANAGE])
    token = await token_of(manager)
    await manager.update_from_dict({"archived_at": clock.now()}).save()
    return token


async def integrator(organization: Organization) -> str:
    return (await a_service_token(organization, permissions=[MANAGE, "a.b.c"])).token


READERS = (
    Stranger("nobody", "UNAUTHENTICATED", no_token),
    Stranger("resident", "FORBIDDEN", resident),
    Stranger("employee of another organization", "NOT_FOUND", foreign_employee),
    Stranger("employee without the right", "FORBIDDEN", employee_without_the_right),
    Stranger("right elsewhere", "FORBIDDEN", employee_with_the_right_elsewhere),
    Stranger("archived here", "NOT_FOUND", archived_manager),
)


@pytest.fixture(params=READERS, ids=lambda each: each.title)
def reader(request: pytest.FixtureRequest) -> Stranger:
    """Everybody who may not look at the staff."""
    found: Stranger = request.param
    return found


@pytest.fixture(
    params=(*READERS, Stranger("integrator", "FORBIDDEN", integrator)), ids=lambda each: each.title
)
def stranger(request: pytest.FixtureRequest) -> Stranger:
    """Everybody who may not change the staff."""
    found: Stranger = request.param
    return found
