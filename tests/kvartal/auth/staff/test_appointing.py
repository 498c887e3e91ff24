"""Administrators by the operator's word."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from kvartal.audit.models import AuditEntry
from kvartal.auth import models
from kvartal.auth.api import authenticate
from kvartal.auth.events import EmployeeChanged, RoleChanged
from kvartal.auth.staff.service.appointing import CannotAppoint, appoint
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_role, a_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents

RIGHTS = ("garden.bed.dig", "auth.role.manage")
EMAIL = "first@example.org"
SET = """
mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { code } } }
"""
SIGN_IN = """
mutation ($input: SignInEmployeeInput!) {
  signInEmployee(input: $input) { session { accessToken } errors { code } }
}
"""


async def employees(number: int) -> list[dict[str, Any]]:
    rows = await models.Employee.filter(organization__number=number).prefetch_related("user")
    return [
        {
            "email": row.user.email,
            "all": row.all_buildings,
            "archived": row.archived_at is not None,
            "roles": [
                {"title": held.role.title, "version": held.role.version}
                for held in await models.EmployeeRole.filter(employee=row).prefetch_related("role")
            ],
        }
        for row in rows
    ]


async def test_an_organization_gets_its_first_administrator(
    gql: GraphQLClient, events: EmittedEvents
) -> None:
    made = await appoint(f" {EMAIL.upper()} ", RIGHTS, number=7, name="  УК  «Луч» ")

    assert (made.organization, made.added) == ("УК «Луч»", tuple(sorted(RIGHTS)))
    assert await employees(7) == [
        {
            "email": EMAIL,
            "all": True,
            "archived": False,
            "roles": [{"title": "Администратор", "version": 1}],
        }
    ]
    assert [type(each) for each in events] == [RoleChanged, EmployeeChanged]
    assert made.link is not None

    password = "лодка плывёт в гору"
    given = {"token": made.link, "newPassword": password}
    assert await gql(SET, {"input": given}) == {"data": {"resetPassword": {"errors": []}}}
    credentials = {"email": EMAIL, "password": password, "channel": "CRM"}
    answer = await gql(SIGN_IN, {"input": credentials})
    actor = await authenticate(answer["data"]["signInEmployee"]["session"]["accessToken"])
    [membership] = actor.memberships
    assert (membership.permissions, membership.all_buildings) == (frozenset(RIGHTS), True)


async def test_again_it_gives_what_is_new_and_nothing_else(db: None, events: EmittedEvents) -> None:
    await appoint(EMAIL, RIGHTS, number=7, name="УК «Луч»")
    events.clear()

    nothing = await appoint(EMAIL, RIGHTS, number=7, name="Другая")
    assert (nothing.organization, nothing.added, events) == ("УК «Луч»", (), [])

    more = await appoint(EMAIL, [*RIGHTS, "garden.bed.water"], number=7)
    assert more.added == ("garden.bed.water",)
    [changed] = events
    assert isinstance(changed, RoleChanged)
    assert changed.added == ("garden.bed.water",)
    [employee] = await employees(7)
    assert employee["roles"] == [{"title": "Администратор", "version": 2}]


async def test_a_new_right_is_there_for_who_is_signed_in(db: None) -> None:
    organization = await an_organization()
    await a_role(organization, ["auth.role.manage"], title="администратор")
    employee = await an_employee(organization, user=await a_user(email=EMAIL, password="x" * 12))
    before = await actor_of(employee)

    made = await appoint(EMAIL, RIGHTS, number=organization.number)

    assert not before.may("garden.bed.dig")
    assert (await actor_of(employee)).may("garden.bed.dig", organization.id)
    assert (made.added, made.link) == (("garden.bed.dig",), None)


async def test_who_was_let_go_or_works_with_some_buildings_gets_them_all(
    db: None, events: EmittedEvents
) -> None:
    organization = await an_organization()
    building = await a_building(organization=organization)
    gone, partial = [
        await an_employee(
            organization,
            user=await a_user(email=f"{name}@example.org"),
            buildings=[building],
            is_archived=name == "gone",
        )
        for name in ("gone", "partial")
    ]

    for employee in (gone, partial):
        user = await employee.user
        await appoint(user.email, RIGHTS, number=organization.number)

    assert [(each["all"], each["archived"]) for each in await employees(organization.number)] == [
        (True, False),
        (True, False),
    ]
    assert [each.employee_id for each in events.of(EmployeeChanged)] == [gone.id, partial.id]


async def test_the_log_tells_of_it_without_the_address(db: None) -> None:
    with capture_logs() as logs:
        await appoint(EMAIL, RIGHTS, number=7, name="УК «Луч»")

    [entry] = await AuditEntry.all()
    assert (entry.action, entry.object_kind) == ("kvartal.administrator_appointed", "Employee")
    assert entry.input == {"rights": sorted(RIGHTS)}
    assert [each["event"] for each in logs] == ["auth.administrator_appointed"]
    assert EMAIL not in str(logs) + str(entry.input)


@pytest.mark.parametrize(
    ("email", "name", "sentence"),
    [
        ("nobody", "УК «Луч»", "nobody is not an e-mail address"),
        (EMAIL, None, "There is no organization 7: --name makes it"),
        (EMAIL, "  ", "An organization's name has 1 to 300 characters"),
        (EMAIL, "У" * 301, "An organization's name has 1 to 300 characters"),
    ],
)
async def test_what_makes_no_administrator_is_refused(
    db: None, email: str, name: str | None, sentence: str
) -> None:
    with pytest.raises(CannotAppoint) as refused:
        await appoint(email, RIGHTS, number=7, name=name)

    assert str(refused.value) == sentence
    assert not await Organization.filter(number=7).exists()
    assert not await models.User.filter(email=EMAIL).exists()
