"""An employee whom a worker acts for: their present rights, signed in or not."""

from uuid import uuid4

from kvartal import clock
from kvartal.auth.actor import Actor, ActorKind
from kvartal.auth.api import employee_by_id
from kvartal.auth.models import EmployeeRole
from kvartal.testing.auth_factories import a_user, actor_of, an_employee
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import QueryCounter


async def test_they_may_what_they_may_when_signed_in(db: None, queries: QueryCounter) -> None:
    user = await a_user()
    organization = await an_organization()
    house = await a_building(organization=organization)
    employee = await an_employee(
        organization, permissions=["meters.reading.submit"], buildings=[house], user=user
    )
    await an_employee(await an_organization(), user=user)
    signed_in = await actor_of(employee)

    with queries.exactly(1):
        found = await employee_by_id(user.id, channel="EXCEL")

    assert found == Actor(
        kind=ActorKind.EMPLOYEE,
        user_id=user.id,
        channel="EXCEL",
        memberships=signed_in.memberships,
    )
    assert len(found.memberships) == 2
    assert found.may("meters.reading.submit", organization.id)


async def test_what_was_taken_from_them_is_gone(db: None) -> None:
    employee = await an_employee(await an_organization(), permissions=["meters.reading.submit"])

    await EmployeeRole.filter(employee_id=employee.id).delete()
    powerless = await employee_by_id(employee.user_id, channel="EXCEL")
    employee.archived_at = clock.now()
    await employee.save()
    archived = await employee_by_id(employee.user_id, channel="EXCEL")

    assert [each.permissions for each in powerless.memberships] == [frozenset()]
    assert archived.memberships == ()


async def test_who_is_barred_or_unknown_may_nothing(db: None) -> None:
    barred = await a_user(is_active=False)
    await an_employee(await an_organization(), permissions=["meters.reading.submit"], user=barred)

    for user_id in (barred.id, uuid4()):
        assert (await employee_by_id(user_id, channel="EXCEL")).memberships == ()
