import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal.auth import models
from kvartal.auth.staff.service.access import assign_roles
from kvartal.auth.staff.service.employees import archive_employee, create_employee
from kvartal.auth.staff.service.roles import create_role, delete_role
from kvartal.errors import DomainError, NotFound
from kvartal.testing.auth_factories import a_role, actor_of, an_employee
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed

pytestmark = pytest.mark.committed

Own = Callable[[], AbstractAsyncContextManager[Committed]]

MANAGE = "auth.role.manage"


async def outcome(call: Awaitable[object]) -> str:
    try:
        await call
    except (DomainError, NotFound) as error:
        return error.code
    return "accepted"


async def test_two_managers_do_not_remove_each_other(committed: Own) -> None:
    async with committed():
        organization = await an_organization()
        one, two = [await an_employee(organization, permissions=[MANAGE]) for _ in range(2)]
        by_one, by_two = await actor_of(one), await actor_of(two)

        found = await asyncio.gather(
            outcome(archive_employee(by_one, two.id)), outcome(assign_roles(by_two, one.id, []))
        )

        assert Counter(found) == {"accepted": 1, "LAST_ROLE_MANAGER": 1}


async def test_one_employee_is_taken_on_once(committed: Own) -> None:
    async with committed():
        organization = await an_organization()
        actor = await actor_of(await an_employee(organization, permissions=[MANAGE]))

        found = await asyncio.gather(
            *(
                outcome(
                    create_employee(
                        actor, organization.id, email="maria@example.org", full_name="Иванова"
                    )
                )
                for _ in range(4)
            )
        )

        assert Counter(found) == {"accepted": 1, "EMPLOYEE_EXISTS": 3}
        assert await models.User.filter(email="maria@example.org").count() == 1


async def test_a_person_is_taken_on_by_two_organizations_at_once(committed: Own) -> None:
    async with committed():
        places = [await an_organization() for _ in range(2)]
        actors = [await actor_of(await an_employee(each, permissions=[MANAGE])) for each in places]

        found = await asyncio.gather(
            *(
                outcome(
                    create_employee(actor, each.id, email="maria@example.org", full_name="Иванова")
                )
                for actor, each in zip(actors, places, strict=True)
            )
        )

        user = await models.User.get(email="maria@example.org")
        assert found == ["accepted", "accepted"]
        assert await models.Employee.filter(user_id=user.id).count() == 2


async def test_one_of_several_roles_of_a_title_is_made(committed: Own) -> None:
    async with committed():
        organization = await an_organization()
        actor = await actor_of(await an_employee(organization, permissions=[MANAGE]))

        found = await asyncio.gather(
            *(
                outcome(create_role(actor, organization.id, title=title, permissions=[]))
                for title in ("Диспетчер", "диспетчер", "ДИСПЕТЧЕР")
            )
        )

        assert Counter(found) == {"accepted": 1, "ROLE_TITLE_TAKEN": 2}


async def test_a_role_is_given_or_deleted_but_not_both(committed: Own) -> None:
    async with committed():
        organization = await an_organization()
        actor = await actor_of(await an_employee(organization, permissions=[MANAGE]))
        employee = await an_employee(organization)
        role = await a_role(organization, [])

        found = await asyncio.gather(
            outcome(delete_role(actor, role.id)),
            outcome(assign_roles(actor, employee.id, [role.id])),
            outcome(delete_role(actor, role.id)),
        )

        assert sorted(found) in [
            ["NOT_FOUND", "NOT_FOUND", "accepted"],
            ["ROLE_IN_USE", "ROLE_IN_USE", "accepted"],
        ]
