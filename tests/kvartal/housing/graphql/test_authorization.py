"""Who may change what of the estate: strangers find nothing, and a refusal changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from strawberry.types.base import get_object_definition

from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.graphql.node import encode_id
from kvartal.housing.graphql import GRAPHQL
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents

RIGHTS = (
    "housing.building.edit",
    "housing.estate.register",
    "housing.organization.edit",
    "housing.premise.edit",
)
TABLES = (
    "organization",
    "building_group",
    "building_group_member",
    "quarter",
    "building",
    "premise",
    "account",
    "resident",
    "residency",
)
Estate = Any
Input = Callable[[Estate], dict[str, Any]]


def place(name: str) -> Input:
    return lambda estate: {"id": estate.id_of(name)}


def renamed(name: str) -> Input:
    return lambda estate: {"id": estate.id_of(name), "name": "Новое"}


def named(estate: Estate) -> dict[str, Any]:
    return {"organizationId": estate.id_of("organization"), "name": "Новое"}


def members(estate: Estate) -> dict[str, Any]:
    return {"groupId": estate.id_of("group"), "buildingIds": [estate.id_of("building")]}


def registered(**row: str) -> Input:
    return lambda estate: {
        "organizationId": estate.id_of("organization"),
        "rows": [{**row, "buildingAddress": "ул. Мира, 1"} if "number" in row else row],
    }


OF_ORGANIZATION: dict[str, tuple[str, Input]] = {
    "updateOrganization": ("UpdateOrganizationInput", renamed("organization")),
    "createQuarter": ("CreateTerritoryInput", named),
    "updateQuarter": ("UpdateTerritoryInput", renamed("quarter")),
    "archiveQuarter": ("PlaceInput", place("quarter")),
    "restoreQuarter": ("PlaceInput", place("quarter")),
    "createBuildingGroup": ("CreateTerritoryInput", named),
    "updateBuildingGroup": ("UpdateTerritoryInput", renamed("group")),
    "archiveBuildingGroup": ("PlaceInput", place("group")),
    "restoreBuildingGroup": ("PlaceInput", place("group")),
}
OF_ALL_BUILDINGS: dict[str, tuple[str, Input]] = {
    "createBuilding": (
        "CreateBuildingInput",
        lambda estate: {"organizationId": estate.id_of("organization"), "address": "новый"},
    ),
    "registerBuildings": ("RegisterBuildingsInput", registered(address="ул. Новая, 1")),
    "registerPremises": ("RegisterPremisesInput", registered(number="99")),
    "registerAccounts": ("RegisterAccountsInput", registered(number="7000", unifiedNumber="1")),
    "registerResidents": (
        "RegisterResidentsInput",
        lambda estate: {
            "organizationId": estate.id_of("organization"),
            "rows": [{"fullName": "Новый", "premiseId": estate.id_of("premise")}],
        },
    ),
}
OF_BUILDING: dict[str, tuple[str, Input]] = {
    "updateBuilding": (
        "UpdateBuildingInput",
        lambda estate: {"id": estate.id_of("building"), "address": "новый"},
    ),
    "archiveBuilding": ("PlaceInput", place("building")),
    "restoreBuilding": ("PlaceInput", place("building")),
    "moveBuildings": (
        "MoveBuildingsInput",
        lambda estate: {
            "buildingIds": [estate.id_of("building")],
            "quarterId": estate.id_of("quarter"),
        },
    ),
    "addBuildingsToGroup": ("GroupMembersInput", members),
    "removeBuildingsFromGroup": ("GroupMembersInput", members),
    "createPremise": (
        "CreatePremiseInput",
        lambda estate: {"buildingId": estate.id_of("building"), "number": "99"},
    ),
    "updatePremise": (
        "UpdatePremiseInput",
        lambda estate: {"id": estate.id_of("premise"), "number": "99"},
    ),
    "archivePremise": ("PlaceInput", place("premise")),
    "restorePremise": ("PlaceInput", place("premise")),
    "createAccount": (
        "CreateAccountInput",
        lambda estate: {"premiseId": estate.id_of("premise"), "number": "7001"},
    ),
    "updateAccount": (
        "UpdateAccountInput",
        lambda estate: {"id": estate.id_of("account"), "number": "7001"},
    ),
    "moveAccount": (
        "MoveAccountInput",
        lambda estate: {"id": estate.id_of("account"), "premiseId": estate.id_of("premise")},
    ),
    "archiveAccount": ("PlaceInput", place("account")),
    "restoreAccount": ("PlaceInput", place("account")),
    "addResident": (
        "AddResidentInput",
        lambda estate: {"premiseId": estate.id_of("premise"), "fullName": "Новый"},
    ),
    "updateResident": (
        "UpdateResidentInput",
        lambda estate: {"id": estate.id_of("resident"), "fullName": "Новый"},
    ),
    "removeResident": (
        "RemoveResidentInput",
        lambda estate: {
            "residentId": estate.id_of("resident"),
            "premiseId": estate.id_of("premise"),
        },
    ),
}
ALL = OF_ORGANIZATION | OF_ALL_BUILDINGS | OF_BUILDING


def document(name: str) -> str:
    kind, _ = ALL[name]
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code }} }} }}"


async def everything() -> list[Any]:
    """All rows of the estate, as text."""
    return [
        sorted(str(dict(row)) for row in await fetch(f"SELECT * FROM kvartal_{table}"))
        for table in TABLES
    ]


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_every_mutation_of_the_estate_is_here() -> None:
    names = {
        field.name
        for kind in GRAPHQL.mutations
        for field in get_object_definition(kind, strict=True).fields
    }

    assert len(ALL) == len(names) == 32


@pytest.mark.parametrize("name", ALL)
async def test_who_may_not_change_the_estate(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate, name: str
) -> None:
    elsewhere = await a_building(organization=estate.organization)
    at_home = await a_resident_user(estate.organization, premises=[estate.premise])
    next_door = await a_resident_user(
        estate.organization, premises=[await a_premise(building=estate.building)]
    )
    without_right = await an_employee(estate.organization)
    token_without_right = await a_service_token(estate.organization)
    of_others = await an_employee(estate.organization, permissions=RIGHTS, buildings=[elsewhere])
    stranger = await actor_of(await an_employee(await an_organization(), permissions=RIGHTS))
    visitor = await actor_of(without_right)
    in_both = Actor(
        kind=stranger.kind,
        user_id=stranger.user_id,
        memberships=(*stranger.memberships, *visitor.memberships),
    )
    variables = {"input": ALL[name][1](estate)}
    before = await everything()

    async def told(actor: Actor | None) -> list[str]:
        return codes(await gql(document(name), variables, actor=actor))

    assert await told(None) == ["UNAUTHENTICATED"]
    assert await told(await actor_of(at_home)) == ["FORBIDDEN"]
    assert await told(await actor_of(next_door)) == ["FORBIDDEN"]
    assert await told(visitor) == ["FORBIDDEN"]
    assert await told(await actor_of(token_without_right)) == ["FORBIDDEN"]
    assert await told(stranger) == ["NOT_FOUND"]
    assert await told(in_both) == ["FORBIDDEN"]
    if name not in OF_ORGANIZATION:
        expected = "FORBIDDEN" if name in OF_ALL_BUILDINGS else "NOT_FOUND"
        assert await told(await actor_of(of_others)) == [expected]
    assert await everything() == before
    assert events == []


@pytest.mark.parametrize("name", ALL)
async def test_who_has_the_right_changes_the_estate(
    gql: GraphQLClient, estate: Estate, name: str
) -> None:
    answer = await gql(document(name), {"input": ALL[name][1](estate)}, actor=estate.employee)

    assert answer == {"data": {name: {"errors": []}}}


@pytest.mark.parametrize("name", OF_BUILDING)
async def test_an_employee_of_some_buildings_changes_those(
    gql: GraphQLClient, estate: Estate, name: str
) -> None:
    employee = await an_employee(
        estate.organization, permissions=RIGHTS, buildings=[estate.building]
    )

    answer = await gql(
        document(name), {"input": ALL[name][1](estate)}, actor=await actor_of(employee)
    )

    assert answer == {"data": {name: {"errors": []}}}


@pytest.mark.parametrize("name", sorted(OF_ALL_BUILDINGS))
async def test_a_service_token_with_the_right_registers(
    gql: GraphQLClient, estate: Estate, name: str
) -> None:
    token = await a_service_token(estate.organization, permissions=RIGHTS)

    answer = await gql(document(name), {"input": ALL[name][1](estate)}, actor=await actor_of(token))

    assert answer == {"data": {name: {"errors": []}}}


@pytest.mark.parametrize(
    ("name", "field", "kind"),
    [
        ("moveBuildings", "quarterId", "Quarter"),
        ("addBuildingsToGroup", "groupId", "BuildingGroup"),
        ("moveAccount", "premiseId", "Premise"),
    ],
)
async def test_nothing_goes_to_another_organization(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate, name: str, field: str, kind: str
) -> None:
    theirs = await an_organization()
    targets = {
        "Quarter": await a_quarter(organization=theirs),
        "BuildingGroup": await a_group(organization=theirs),
        "Premise": await a_premise(building=await a_building(organization=theirs)),
    }
    ours = estate.employee
    both = await actor_of(await an_employee(theirs, permissions=RIGHTS))
    actor = Actor(
        kind=ours.kind, user_id=ours.user_id, memberships=(*ours.memberships, *both.memberships)
    )
    given = {**ALL[name][1](estate), field: encode_id(kind, targets[kind].id)}
    before = await everything()

    answer = await gql(document(name), {"input": given}, actor=actor)

    assert codes(answer) == ["NOT_FOUND"]
    assert await everything() == before
    assert events == []
