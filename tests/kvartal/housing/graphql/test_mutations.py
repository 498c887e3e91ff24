"""Changing the estate over HTTP: rights, refusals, and that a refusal changes nothing."""

from dataclasses import dataclass
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Account, Building, Organization, Premise, Residency, Resident
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import a_resident_user, a_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_premise,
    a_resident,
    an_account,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents

CREATE_BUILDING = """
mutation ($input: CreateBuildingInput!) {
  createBuilding(input: $input) {
    building { id address timezone externalId fiasGuid version quarter { name } }
    errors { code path message limit }
  }
}
"""
UPDATE_BUILDING = """
mutation ($input: UpdateBuildingInput!) {
  updateBuilding(input: $input) {
    building { address timezone externalId fiasGuid version quarter { name } }
    errors { code path version }
  }
}
"""
CREATE_PREMISE = """
mutation ($input: CreatePremiseInput!) {
  createPremise(input: $input) {
    premise { number kind externalId building { address } }
    errors { code path }
  }
}
"""
CREATE_ACCOUNT = """
mutation ($input: CreateAccountInput!) {
  createAccount(input: $input) {
    account { number unifiedNumber externalId premise { number } }
    errors { code path }
  }
}
"""
ADD_RESIDENT = """
mutation ($input: AddResidentInput!) {
  addResident(input: $input) { resident { id fullName phone } errors { code path } }
}
"""
RIGHTS = (BUILDING_EDIT.code, PREMISE_EDIT.code)


@dataclass(frozen=True, slots=True)
class Place:
    """A premise with all that it stands in, and an employee who may change it."""

    organization: Organization
    building: Building
    premise: Premise
    employee: Actor

    def input_of(self, mutation: str) -> dict[str, Any]:
        return {
            CREATE_BUILDING: {
                "organizationId": encode_id("Organization", self.organization.id),
                "address": "ул. Новая, 1",
            },
            UPDATE_BUILDING: {"id": encode_id("Building", self.building.id), "address": "новый"},
            CREATE_PREMISE: {"buildingId": encode_id("Building", self.building.id), "number": "99"},
            CREATE_ACCOUNT: {"premiseId": encode_id("Premise", self.premise.id), "number": "7001"},
            ADD_RESIDENT: {
                "premiseId": encode_id("Premise", self.premise.id),
                "fullName": "Орлова Вера",
            },
        }[mutation]


@pytest.fixture
async def place(db: None) -> Place:
    organization = await an_organization(timezone="Asia/Yekaterinburg")
    building = await a_building(organization=organization, address="ул. Мира, 1")
    premise = await a_premise(building=building, number="5")
    employee = await an_employee(organization, permissions=RIGHTS)
    return Place(organization, building, premise, await actor_of(employee))


async def rows() -> tuple[Any, ...]:
    """All that the mutations write."""
    counts = [await model.all().count() for model in (Premise, Account, Resident, Residency)]
    return (*counts, sorted(await Building.all().values_list("address", "version")))


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def refusals(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    [payload] = answer["data"].values()
    assert [value for name, value in payload.items() if name != "errors"] == [None]
    return [(error["code"], error["path"]) for error in payload["errors"]]


MUTATIONS = [CREATE_BUILDING, UPDATE_BUILDING, CREATE_PREMISE, CREATE_ACCOUNT, ADD_RESIDENT]
NAMES = ["createBuilding", "updateBuilding", "createPremise", "createAccount", "addResident"]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=NAMES)
async def test_who_may_not_change_the_estate(
    gql: GraphQLClient, events: EmittedEvents, place: Place, mutation: str
) -> None:
    at_home = await a_resident_user(place.organization, premises=[place.premise])
    elsewhere = await a_building(organization=place.organization)
    without_right = await an_employee(place.organization)
    of_other_buildings = await an_employee(
        place.organization, permissions=RIGHTS, buildings=[elsewhere]
    )
    of_another = await an_employee(await an_organization(), permissions=RIGHTS)
    holding = await actor_of(of_another)
    visitor = await actor_of(await an_employee(place.organization))
    in_both = Actor(
        kind=holding.kind,
        user_id=holding.user_id,
        memberships=(*holding.memberships, *visitor.memberships),
    )
    variables = {"input": place.input_of(mutation)}
    before = await rows()

    async def answer_to(actor: Actor | None) -> list[str]:
        return codes(await gql(mutation, variables, actor=actor))

    assert await answer_to(None) == ["UNAUTHENTICATED"]
    assert await answer_to(await actor_of(at_home)) == ["FORBIDDEN"]
    assert await answer_to(await actor_of(without_right)) == ["FORBIDDEN"]
    assert await answer_to(holding) == ["NOT_FOUND"]
    assert await answer_to(in_both) == ["FORBIDDEN"]
    forbidden = "FORBIDDEN" if mutation is CREATE_BUILDING else "NOT_FOUND"
    assert await answer_to(await actor_of(of_other_buildings)) == [forbidden]
    assert await rows() == before
    assert events == []


async def test_an_employee_of_some_buildings_changes_those(
    gql: GraphQLClient, place: Place
) -> None:
    employee = await an_employee(place.organization, permissions=RIGHTS, buildings=[place.building])
    actor = await actor_of(employee)

    for mutation in MUTATIONS[1:]:
        answer = await gql(mutation, {"input": place.input_of(mutation)}, actor=actor)
        [payload] = answer["data"].values()
        assert payload["errors"] == []


@pytest.mark.parametrize("mutation", MUTATIONS[:4], ids=NAMES[:4])
async def test_an_external_id_that_is_taken_is_refused(
    gql: GraphQLClient, events: EmittedEvents, place: Place, mutation: str
) -> None:
    taken = await a_building(organization=place.organization, external_id="taken")
    premise = await a_premise(building=taken, external_id="taken")
    await an_account(premise=premise, external_id="taken")
    given = {**place.input_of(mutation), "externalId": "taken"}
    before = await rows()

    answer = await gql(mutation, {"input": given}, actor=place.employee)

    assert refusals(answer) == [("EXTERNAL_ID_TAKEN", ["externalId"])]
    assert await rows() == before
    assert events == []


async def test_a_premise_is_created(gql: GraphQLClient, place: Place) -> None:
    given = {
        "buildingId": encode_id("Building", place.building.id),
        "number": " 12 А ",
        "kind": "NON_RESIDENTIAL",
        "externalId": "p-1",
    }

    answer = await gql(CREATE_PREMISE, {"input": given}, actor=place.employee)

    assert answer["data"]["createPremise"] == {
        "premise": {
            "number": "12 А",
            "kind": "NON_RESIDENTIAL",
            "externalId": "p-1",
            "building": {"address": "ул. Мира, 1"},
        },
        "errors": [],
    }


@pytest.mark.parametrize(
    ("number", "code"),
    [(" ", "NUMBER_REQUIRED"), ("9" * 51, "TEXT_TOO_LONG"), ("5", "PREMISE_NUMBER_TAKEN")],
)
async def test_a_premise_needs_a_number_of_its_own(
    gql: GraphQLClient, place: Place, number: str, code: str
) -> None:
    given = {**place.input_of(CREATE_PREMISE), "number": number}
    before = await rows()

    answer = await gql(CREATE_PREMISE, {"input": given}, actor=place.employee)

    assert refusals(answer) == [(code, ["number"])]
    assert await rows() == before


async def test_an_account_is_created(gql: GraphQLClient, place: Place) -> None:
    given = {
        **place.input_of(CREATE_ACCOUNT),
        "unifiedNumber": "40ТТ123456",
        "externalId": "",
    }

    answer = await gql(CREATE_ACCOUNT, {"input": given}, actor=place.employee)

    assert answer["data"]["createAccount"] == {
        "account": {
            "number": "7001",
            "unifiedNumber": "40ТТ123456",
            "externalId": None,
            "premise": {"number": "5"},
        },
        "errors": [],
    }


@pytest.mark.parametrize(
    ("number", "code"),
    [("", "NUMBER_REQUIRED"), ("9" * 51, "TEXT_TOO_LONG"), ("7000", "ACCOUNT_NUMBER_TAKEN")],
)
async def test_an_account_needs_a_number_of_its_own(
    gql: GraphQLClient, place: Place, number: str, code: str
) -> None:
    await an_account(premise=place.premise, number="7000")
    given = {**place.input_of(CREATE_ACCOUNT), "number": number}
    before = await rows()

    answer = await gql(CREATE_ACCOUNT, {"input": given}, actor=place.employee)

    assert refusals(answer) == [(code, ["number"])]
    assert await rows() == before


async def test_a_resident_without_a_telephone_is_added(gql: GraphQLClient, place: Place) -> None:
    given = place.input_of(ADD_RESIDENT)

    answers = [await gql(ADD_RESIDENT, {"input": given}, actor=place.employee) for _ in range(2)]

    found = [answer["data"]["addResident"]["resident"] for answer in answers]
    assert [(each["fullName"], each["phone"]) for each in found] == [("Орлова Вера", None)] * 2
    assert await Residency.filter(premise_id=place.premise.id).count() == 2


async def test_a_user_with_the_telephone_sees_the_premise_at_once(
    gql: GraphQLClient, place: Place
) -> None:
    user = await a_user(phone="+79990000000")
    given = {**place.input_of(ADD_RESIDENT), "phone": "8 (999) 000-00-00"}

    answer = await gql(ADD_RESIDENT, {"input": given}, actor=place.employee)
    seen = await gql("{ premises { nodes { number } } }", actor=await actor_of(user))

    assert answer["data"]["addResident"]["resident"]["phone"] == "+79990000000"
    assert seen == {"data": {"premises": {"nodes": [{"number": "5"}]}}}


async def test_a_telephone_the_organization_knows_is_the_resident_who_has_it(
    gql: GraphQLClient, place: Place
) -> None:
    known = await a_resident(
        await a_premise(building=place.building), full_name="Орлова В.", phone="+79990000000"
    )
    foreign = await a_resident(phone="+79990000000")
    user = await a_user(phone="+79990000000")
    given = {**place.input_of(ADD_RESIDENT), "phone": "+79990000000"}

    answer = await gql(ADD_RESIDENT, {"input": given}, actor=place.employee)

    assert answer["data"]["addResident"]["resident"] == {
        "id": encode_id("Resident", known.id),
        "fullName": "Орлова В.",
        "phone": "+79990000000",
    }
    await known.refresh_from_db()
    await foreign.refresh_from_db()
    assert (known.user_id, foreign.user_id) == (user.id, None)


async def test_a_resident_is_not_added_twice(gql: GraphQLClient, place: Place) -> None:
    await a_resident(place.premise, phone="+79990000000")
    given = {**place.input_of(ADD_RESIDENT), "phone": "+79990000000"}
    before = await rows()

    answer = await gql(ADD_RESIDENT, {"input": given}, actor=place.employee)

    assert refusals(answer) == [("ALREADY_RESIDENT", ["phone"])]
    assert await rows() == before


async def test_all_faults_of_a_resident_are_told_at_once(gql: GraphQLClient, place: Place) -> None:
    given = {**place.input_of(ADD_RESIDENT), "fullName": " ", "phone": "телефон"}
    before = await rows()

    answer = await gql(ADD_RESIDENT, {"input": given}, actor=place.employee)

    assert refusals(answer) == [("NAME_REQUIRED", ["fullName"]), ("INVALID_PHONE", ["phone"])]
    assert await rows() == before
