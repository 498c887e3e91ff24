"""In whose log a row stands that a person leaves who belongs to several organizations."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.kvartal.audit.conftest import Office

from kvartal import clock
from kvartal.audit import service
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import Actor
from kvartal.auth.models import Employee, User
from kvartal.context import Context
from kvartal.graphql.recording import recorded
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_resident_user, a_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization

PASSWORD = "кошка спит на батарее"
SIGN_IN = """
mutation SignIn($input: SignInEmployeeInput!) {
  signInEmployee(input: $input) { session { accessToken } errors { code } }
}
"""


async def done(actor: Actor, *, is_own_act: bool) -> None:
    async def body(**_: object) -> None:
        if is_own_act:
            service.own_act()

    await recorded("act", body, (), {"info": SimpleNamespace(context=Context(actor=actor))})


async def logs() -> dict[object, str | None]:
    """Whose log has a row, and under which name."""
    rows = await AuditEntry.all()
    assert len({row.id for row in rows}) == len(rows)
    assert len({row.created_at for row in rows}) == 1
    return {row.organization_id: row.actor_name for row in rows}


async def an_employee_of(*organizations: Organization) -> Actor:
    user = await a_user()
    for number, organization in enumerate(organizations):
        employee = await an_employee(organization, user=user, full_name=f"Мария {number}")
    return await actor_of(employee)


@pytest.fixture
async def elsewhere(db: None) -> Organization:
    return await an_organization()


async def test_a_sign_in_stands_in_the_log_of_each_employer(
    gql: GraphQLClient, office: Office, elsewhere: Organization
) -> None:
    user = await a_user(email="maria@example.org", password=PASSWORD)
    await an_employee(office.organization, user=user, full_name="Мария")
    await an_employee(elsewhere, user=user, full_name="Петрова М.")
    given = {"email": "maria@example.org", "password": PASSWORD, "channel": "CRM"}

    answer = await gql(SIGN_IN, {"input": given})

    assert answer["data"]["signInEmployee"]["errors"] == []
    assert await logs() == {office.organization.id: "Мария", elsewhere.id: "Петрова М."}


async def test_a_sign_in_on_anothers_credential_is_not_told_to_those_who_employ_the_other(
    gql: GraphQLClient, office: Office, elsewhere: Organization
) -> None:
    user = await a_user(email="maria@example.org", password=PASSWORD)
    await an_employee(elsewhere, user=user, full_name="Мария")
    given = {"email": "maria@example.org", "password": PASSWORD, "channel": "CRM"}

    answer = await gql(SIGN_IN, {"input": given}, actor=office.chief)

    assert answer["data"]["signInEmployee"]["errors"] == []
    assert await logs() == {elsewhere.id: "Мария"}


async def test_who_no_longer_employs_them_is_not_told(
    office: Office, elsewhere: Organization
) -> None:
    third = await an_organization()
    actor = await an_employee_of(office.organization, elsewhere)
    former = await an_employee(third, user=await User.get(id=actor.user_id))
    former.archived_at = clock.now()
    await former.save()

    await done(actor, is_own_act=True)

    assert await logs() == {office.organization.id: "Мария 0", elsewhere.id: "Мария 1"}


async def test_a_residents_own_act_concerns_each_house(
    office: Office, elsewhere: Organization
) -> None:
    user = await a_user()
    for building in (office.building, await a_building(organization=elsewhere)):
        premises = [await a_premise(building=building) for _ in range(2)]
        organization = await building.organization
        await a_resident_user(organization, premises=premises, user=user, full_name="Иван")

    await done(await actor_of(user), is_own_act=True)

    assert await logs() == {office.organization.id: "Иван", elsewhere.id: "Иван"}


async def test_an_act_of_which_nothing_tells_whose_it_is_is_for_the_operator(
    office: Office, elsewhere: Organization
) -> None:
    actor = await an_employee_of(office.organization, elsewhere)
    first = await Employee.filter(user_id=actor.user_id).order_by("id").first()
    assert first is not None

    await done(actor, is_own_act=False)

    assert await logs() == {None: first.full_name}


async def test_the_only_organization_of_a_person_gets_their_acts(office: Office) -> None:
    actor = await an_employee_of(office.organization)

    await done(actor, is_own_act=False)

    assert await logs() == {office.organization.id: "Мария 0"}


async def test_an_own_act_of_whom_nobody_employs_any_more_is_for_the_operator(
    office: Office,
) -> None:
    employee = await an_employee(office.organization, user=await a_user(), full_name="Мария")
    actor = await actor_of(employee)
    employee.archived_at = clock.now()
    await employee.save()

    await done(replace(actor, memberships=()), is_own_act=True)

    assert await logs() == {None: "Мария"}
