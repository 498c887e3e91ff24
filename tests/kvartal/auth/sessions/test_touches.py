"""Whatever ends a credential or changes its rights says so in the same unit of work."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.auth import models, tokens
from kvartal.auth.actor import Actor
from kvartal.auth.password.queries import issue_link
from kvartal.auth.password.service import change_password, reset_password
from kvartal.auth.policy import policy
from kvartal.auth.rules import ResetKind, SessionChannel
from kvartal.auth.service_tokens.service import revoke_service_token
from kvartal.auth.sessions import service
from kvartal.auth.sessions.rules import MAX_SESSIONS, RefreshTokenInvalid
from kvartal.auth.sessions.topics import person_topic, staff_topic
from kvartal.auth.staff.service import access, employees, roles
from kvartal.db.transaction import UnitOfWork, on_commit
from kvartal.housing.models import Organization, Resident
from kvartal.housing.service.residents import update_resident
from kvartal.permissions import PREMISE_EDIT, ROLE_MANAGE
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.factories import a_building, a_premise

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

EMAIL, PASSWORD, NEW = "maria@example.org", "Пароль-Марии-1", "кошка спит на батарее"


@dataclass(frozen=True)
class People:
    """A manager who acts, and an employee with a password to whom things happen."""

    organization: Organization
    manager: Actor
    employee: models.Employee
    actor: Actor

    @property
    def person(self) -> str:
        return person_topic(self.employee.user_id)

    @property
    def staff(self) -> str:
        return staff_topic(self.organization.id)

    async def role(self) -> UUID:
        tie = await models.EmployeeRole.get(employee=self.employee).prefetch_related("role")
        found: UUID = tie.role.id
        return found


@pytest.fixture
async def people(organization: Organization) -> People:
    manager = await an_employee(organization, permissions=[ROLE_MANAGE.code, PREMISE_EDIT.code])
    user = await a_user(email=EMAIL, password=PASSWORD)
    employee = await an_employee(organization, permissions=[PREMISE_EDIT.code], user=user)
    return People(organization, await actor_of(manager), employee, await actor_of(employee))


@pytest.fixture
async def touched(people: People) -> AsyncIterator[set[str]]:
    """All topics that have been touched."""
    found: set[str] = set()

    async def note(work: UnitOfWork) -> None:
        found.update(work.touched)

    async with on_commit(note):
        yield found


Step = Callable[[People], Awaitable[object]]


async def sign_out(people: People) -> None:
    await service.sign_out(people.actor)


async def revoke(people: People) -> None:
    other = await service.open_session(people.employee.user_id, SessionChannel.CRM)
    await service.revoke_session(people.actor, other.session_id)


async def revoke_others(people: People) -> None:
    await service.revoke_other_sessions(people.actor)


async def use_a_refresh_token_twice(people: People) -> None:
    opened = await service.open_session(people.employee.user_id, SessionChannel.CRM)
    await service.refresh_session(refresh_token=opened.refresh_token)
    with pytest.raises(RefreshTokenInvalid):
        await service.refresh_session(refresh_token=opened.refresh_token)


async def sign_in_too_often(people: People) -> None:
    for _ in range(MAX_SESSIONS):
        await service.open_session(people.employee.user_id, SessionChannel.CRM)


async def set_another_password(people: People) -> None:
    await change_password(people.actor, old_password=PASSWORD, new_password=NEW)


async def forget_the_password(people: People) -> None:
    link = await issue_link(EMAIL, ResetKind.RESET, locale="ru", now=clock.now())
    await reset_password(token=tokens.reset_token(link, policy().reset_keys[0]), new_password=NEW)


async def archive(people: People) -> None:
    await employees.archive_employee(people.manager, people.employee.id)


async def restore(people: People) -> None:
    await models.Employee.filter(id=people.employee.id).update(archived_at=clock.now())
    await employees.restore_employee(people.manager, people.employee.id)


async def take_on(people: People) -> None:
    await models.EmployeeRole.filter(employee=people.employee).delete()
    await models.Employee.filter(id=people.employee.id).delete()
    await employees.create_employee(
        people.manager, people.organization.id, email=EMAIL, full_name="Орлова Вера"
    )


async def change_the_role(people: People) -> None:
    await roles.update_role(people.manager, await people.role(), permissions=[])


async def take_the_role(people: People) -> None:
    await access.assign_roles(people.manager, people.employee.id, [])


async def close_buildings(people: People) -> None:
    await access.grant_buildings(
        people.manager, people.employee.id, all_buildings=False, building_ids=[]
    )


async def revoke_the_token(people: People) -> None:
    token = await a_service_token(people.organization)
    await revoke_service_token(people.manager, token_id=token.row.id)


@pytest.mark.parametrize(
    "step",
    [
        sign_out,
        revoke,
        revoke_others,
        use_a_refresh_token_twice,
        sign_in_too_often,
        set_another_password,
        forget_the_password,
        archive,
        restore,
        take_on,
    ],
)
async def test_the_persons_credentials_are_looked_at(
    people: People, touched: set[str], step: Step
) -> None:
    await step(people)

    assert people.person in touched


@pytest.mark.parametrize(
    "step", [archive, restore, change_the_role, take_the_role, close_buildings, revoke_the_token]
)
async def test_the_credentials_of_the_staff_are_looked_at(
    people: People, touched: set[str], step: Step
) -> None:
    await step(people)

    assert people.staff in touched


async def test_a_resident_whose_telephone_is_anothers_is_looked_at(
    people: People, touched: set[str]
) -> None:
    premise = await a_premise(building=await a_building(organization=people.organization))
    user = await a_resident_user(people.organization, premises=[premise])
    resident = await Resident.get(user=user)

    await update_resident(people.manager, resident.id, {"full_name": "Орлова Вера"})
    assert person_topic(user.id) not in touched

    await update_resident(people.manager, resident.id, {"phone": "+79005554433"})
    assert person_topic(user.id) in touched


async def test_an_everyday_sign_in_disturbs_nobody(people: People, touched: set[str]) -> None:
    await service.open_session(people.employee.user_id, SessionChannel.CRM)
    await roles.update_role(people.manager, await people.role(), title="Другое название")

    assert touched == set()
