"""The tenant filter: who sees which rows, and what it refuses to be asked."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from kvartal.auth.access import (
    AccessError,
    visible_to,
    visible_to_resident_of,
    visible_to_staff,
)
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership
from kvartal.db.connection import fetch
from kvartal.db.sql import Args
from kvartal.housing.models import Building, Organization, Premise
from kvartal.plugin import Permission
from kvartal.testing.auth_factories import a_resident_user, a_service_token, a_user, an_employee
from kvartal.testing.factories import a_building, a_premise, a_resident, an_organization

EDIT = Permission(code="housing.premise.edit")
SUBMIT = Permission(code="meters.reading.submit", for_residents=True)


@dataclass(frozen=True, slots=True)
class Estate:
    """Two organizations; the first with two buildings of two premises, the second with one."""

    ours: Organization
    theirs: Organization
    first: Building
    second: Building
    foreign: Building
    premises: dict[str, Premise]

    def names_of(self, found: set[UUID]) -> set[str]:
        return {name for name, premise in self.premises.items() if premise.id in found}


@pytest.fixture
async def estate(db: None) -> Estate:
    ours, theirs = await an_organization(), await an_organization(name="УК «Чужая»")
    first = await a_building(organization=ours)
    second = await a_building(organization=ours)
    foreign = await a_building(organization=theirs)
    premises = {
        "first/1": await a_premise(building=first),
        "first/2": await a_premise(building=first),
        "second/1": await a_premise(building=second),
        "second/2": await a_premise(building=second),
        "foreign/1": await a_premise(building=foreign),
    }
    return Estate(ours, theirs, first, second, foreign, premises)


def staff(*memberships: Membership, kind: ActorKind = ActorKind.EMPLOYEE) -> Actor:
    return Actor(kind=kind, user_id=uuid4(), memberships=memberships)


def resident(user_id: UUID | None) -> Actor:
    return Actor(kind=ActorKind.RESIDENT, user_id=user_id)


async def works_in(
    organization: Organization, *permissions: str, buildings: list[Building] | None = None
) -> Membership:
    employee = await an_employee(organization, buildings=buildings)
    return Membership(organization.id, employee.id, frozenset(permissions), buildings is None)


Condition = Callable[[Args], str]


async def seen(condition: Condition) -> set[UUID]:
    args = Args()
    # Joined with OR FALSE and AND TRUE: a condition that is not closed in itself would show.
    sql = (
        "SELECT p.id FROM kvartal_premise p JOIN kvartal_building b ON b.id = p.building_id"
        f" WHERE FALSE OR {condition(args)} AND TRUE"
    )
    return {row["id"] for row in await fetch(sql, *args)}


def by_premise(actor: Actor, permission: Permission | str | None = None) -> Condition:
    return lambda args: visible_to(
        actor,
        args,
        organization="p.organization_id",
        building="p.building_id",
        premise="p.id",
        permission=permission,
    )


def by_building(actor: Actor, permission: Permission | str | None = None) -> Condition:
    return lambda args: visible_to(
        actor, args, organization="b.organization_id", building="b.id", permission=permission
    )


def by_organization(actor: Actor, permission: Permission | str | None = None) -> Condition:
    return lambda args: visible_to(
        actor, args, organization="b.organization_id", permission=permission
    )


OURS = {"first/1", "first/2", "second/1", "second/2"}
ALL = OURS | {"foreign/1"}


async def test_nobody_sees_nothing(estate: Estate) -> None:
    disguised = Actor(
        kind=ActorKind.ANONYMOUS,
        user_id=uuid4(),
        memberships=(await works_in(estate.ours),),
    )

    for actor in (ANONYMOUS, disguised, staff(), resident(None), resident(uuid4())):
        for condition in (by_premise, by_building, by_organization):
            assert await seen(condition(actor)) == set()


async def test_an_employee_with_all_buildings_sees_their_organization(estate: Estate) -> None:
    actor = staff(await works_in(estate.ours))

    for condition in (by_premise, by_building, by_organization):
        assert estate.names_of(await seen(condition(actor))) == OURS


async def test_an_employee_with_some_buildings_sees_those(estate: Estate) -> None:
    actor = staff(await works_in(estate.ours, buildings=[estate.first]))

    assert estate.names_of(await seen(by_premise(actor))) == {"first/1", "first/2"}
    assert estate.names_of(await seen(by_building(actor))) == {"first/1", "first/2"}


async def test_rows_without_a_building_are_of_the_organization_as_a_whole(estate: Estate) -> None:
    actor = staff(await works_in(estate.ours, buildings=[estate.first]))

    assert estate.names_of(await seen(by_organization(actor))) == OURS


async def test_an_employee_without_buildings_sees_none(estate: Estate) -> None:
    actor = staff(await works_in(estate.ours, buildings=[]))

    assert await seen(by_premise(actor)) == set()


async def test_a_holding_sees_each_organization_by_its_own_access(estate: Estate) -> None:
    whole, partial = await works_in(estate.theirs), await works_in(estate.ours, buildings=[])
    other = await an_organization()
    several = [await works_in(estate.ours, buildings=[estate.second]) for _ in range(2)]

    assert estate.names_of(await seen(by_premise(staff(whole, partial)))) == {"foreign/1"}
    assert estate.names_of(await seen(by_premise(staff(whole, *several)))) == {
        "foreign/1",
        "second/1",
        "second/2",
    }
    assert estate.names_of(await seen(by_premise(staff(whole, await works_in(other))))) == {
        "foreign/1"
    }
    both = staff(await works_in(estate.ours), whole)
    assert estate.names_of(await seen(by_premise(both))) == ALL


async def test_access_is_the_employees_of_that_organization(estate: Estate) -> None:
    granted = await works_in(estate.ours, buildings=[estate.first])
    crossed = Membership(estate.theirs.id, granted.employee_id, frozenset(), all_buildings=False)

    assert await seen(by_premise(staff(crossed))) == set()


async def test_staff_see_rows_where_they_have_the_permission(estate: Estate) -> None:
    actor = staff(
        await works_in(estate.ours, EDIT.code, buildings=[estate.first]),
        await works_in(estate.theirs, SUBMIT.code),
    )

    for permission in (EDIT, EDIT.code):
        assert estate.names_of(await seen(by_premise(actor, permission))) == {"first/1", "first/2"}
    assert estate.names_of(await seen(by_premise(actor, SUBMIT))) == {"foreign/1"}
    assert await seen(by_premise(actor, "auth.role.manage")) == set()


async def test_a_service_sees_its_organization(estate: Estate) -> None:
    membership = Membership(estate.ours.id, uuid4(), frozenset({EDIT.code}), all_buildings=True)
    actor = staff(membership, kind=ActorKind.SERVICE)

    assert estate.names_of(await seen(by_premise(actor, EDIT))) == OURS
    assert await seen(by_premise(actor, SUBMIT)) == set()


async def test_a_resident_sees_their_premises(estate: Estate) -> None:
    user = await a_resident_user(
        estate.ours, premises=[estate.premises["first/1"], estate.premises["second/2"]]
    )

    seen_premises = await seen(by_premise(resident(user.id)))

    assert estate.names_of(seen_premises) == {"first/1", "second/2"}


async def test_a_resident_sees_the_building_and_the_organization_of_a_premise(
    estate: Estate,
) -> None:
    user = await a_resident_user(estate.ours, premises=[estate.premises["first/1"]])

    assert estate.names_of(await seen(by_building(resident(user.id)))) == {"first/1", "first/2"}
    assert estate.names_of(await seen(by_organization(resident(user.id)))) == OURS


async def test_a_resident_of_two_organizations_sees_premises_of_both(estate: Estate) -> None:
    user = await a_user()
    await a_resident(estate.premises["first/2"], user=user)
    await a_resident(estate.premises["foreign/1"], user=user)

    assert estate.names_of(await seen(by_premise(resident(user.id)))) == {"first/2", "foreign/1"}


async def test_who_has_moved_out_sees_nothing(estate: Estate) -> None:
    user = await a_resident_user(estate.ours)

    for condition in (by_premise, by_building, by_organization):
        assert await seen(condition(resident(user.id))) == set()


async def test_residents_have_the_permissions_that_are_declared_theirs(estate: Estate) -> None:
    user = await a_resident_user(estate.ours, premises=[estate.premises["first/1"]])

    assert estate.names_of(await seen(by_premise(resident(user.id), SUBMIT))) == {"first/1"}
    assert estate.names_of(await seen(by_premise(resident(user.id), SUBMIT.code))) == {"first/1"}
    assert await seen(by_premise(resident(user.id), EDIT)) == set()


async def test_a_residents_sign_in_is_not_an_employees(estate: Estate) -> None:
    user = await a_resident_user(estate.ours, premises=[estate.premises["first/1"]])
    membership = await works_in(estate.theirs)

    at_home = Actor(kind=ActorKind.RESIDENT, user_id=user.id, memberships=(membership,))
    at_work = Actor(kind=ActorKind.EMPLOYEE, user_id=user.id, memberships=(membership,))

    assert estate.names_of(await seen(by_premise(at_home))) == {"first/1"}
    assert estate.names_of(await seen(by_premise(at_work))) == {"foreign/1"}


async def test_what_is_for_staff_no_resident_sees(estate: Estate) -> None:
    user = await a_resident_user(estate.ours, premises=[estate.premises["first/1"]])
    employee = staff(await works_in(estate.ours, EDIT.code, buildings=[estate.second]))

    def for_staff(actor: Actor) -> Condition:
        return lambda args: visible_to_staff(
            actor, args, organization="p.organization_id", building="p.building_id", permission=EDIT
        )

    assert await seen(for_staff(resident(user.id))) == set()
    assert estate.names_of(await seen(for_staff(employee))) == {"second/1", "second/2"}


def test_no_list_of_buildings_travels_with_the_statement() -> None:
    args = Args()

    visible_to(
        staff(Membership(uuid4(), uuid4(), frozenset(), all_buildings=False)),
        args,
        organization="b.organization_id",
        building="b.id",
    )

    assert len(list(args)) == 3


@pytest.mark.parametrize(
    ("case", "column"),
    [
        ("bare, it would be an inner table's own", "building_id"),
        ("of an inner table", "kv_premise.building_id"),
        ("an expression", "coalesce(b.id, b.id)"),
        ("a value", "'1'"),
        ("several columns", "b.id OR b.id"),
        ("a line more", "b.id\n"),
        ("nothing", ""),
    ],
)
def test_only_columns_with_their_alias_are_taken(case: str, column: str) -> None:
    with pytest.raises(AccessError):
        visible_to(ANONYMOUS, Args(), organization=column)
    with pytest.raises(AccessError):
        visible_to(ANONYMOUS, Args(), organization="b.organization_id", building=column)
    with pytest.raises(AccessError):
        visible_to_staff(ANONYMOUS, Args(), organization="b.organization_id", building=column)


def test_a_premise_comes_with_its_building() -> None:
    with pytest.raises(AccessError, match="foreign buildings"):
        visible_to(ANONYMOUS, Args(), organization="p.organization_id", premise="p.id")


async def test_a_service_for_some_buildings_sees_those(estate: Estate) -> None:
    token = (await a_service_token(estate.ours, buildings=[estate.first])).row.id
    employee = (await works_in(estate.ours, buildings=[estate.second])).employee_id
    seen_by = {}
    for name, key in (("token", token), ("employee", employee)):
        membership = Membership(estate.ours.id, key, frozenset(), all_buildings=False)
        for kind in (ActorKind.SERVICE, ActorKind.EMPLOYEE):
            actor = staff(membership, kind=kind)
            seen_by[name, kind] = estate.names_of(await seen(by_premise(actor)))

    assert seen_by == {
        ("token", ActorKind.SERVICE): {"first/1", "first/2"},
        ("employee", ActorKind.EMPLOYEE): {"second/1", "second/2"},
        # The id of one is nothing to the other.
        ("token", ActorKind.EMPLOYEE): set(),
        ("employee", ActorKind.SERVICE): set(),
    }


async def test_of_many_residents_each_sees_their_own(estate: Estate) -> None:
    homes = {"first/1": uuid4(), "second/2": uuid4(), "foreign/1": uuid4()}
    for name in homes:
        premise = estate.premises[name]
        organization = await premise.organization
        user = await a_resident_user(organization, premises=[premise])
        homes[name] = user.id
    condition = visible_to_resident_of(
        "asked.user_id", organization="p.organization_id", premise="p.id"
    )

    rows = await fetch(
        "SELECT asked.user_id, p.id FROM kvartal_premise p, unnest($1::uuid[]) AS asked(user_id)"
        f" WHERE FALSE OR {condition} AND TRUE",
        [*homes.values(), uuid4()],
    )

    assert {(row["user_id"], row["id"]) for row in rows} == {
        (user, estate.premises[name].id) for name, user in homes.items()
    }


@pytest.mark.parametrize("wrong", ["user", "organization", "premise"])
def test_of_many_residents_it_asks_columns_alone(wrong: str) -> None:
    columns = {"user": "a.user_id", "organization": "p.organization_id", "premise": "p.id"}
    columns[wrong] = "id"

    with pytest.raises(AccessError, match="is not a column"):
        visible_to_resident_of(columns.pop("user"), **columns)
