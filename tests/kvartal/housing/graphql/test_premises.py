"""Changing premises, accounts and residents over HTTP."""

from typing import Any

import pytest

from kvartal.housing.events import AccountsMoved, PlacesRenamed
from kvartal.housing.models import Account, Premise, Residency, Resident
from kvartal.testing.auth_factories import a_resident_user, a_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise, a_resident, an_account
from kvartal.testing.watch import EmittedEvents

Estate = Any

UPDATE_PREMISE = """
mutation ($input: UpdatePremiseInput!) {
  updatePremise(input: $input) {
    premise { number kind externalId version } errors { code path }
  }
}
"""
UPDATE_ACCOUNT = """
mutation ($input: UpdateAccountInput!) {
  updateAccount(input: $input) {
    account { number unifiedNumber externalId version } errors { code path }
  }
}
"""
MOVE_ACCOUNT = """
mutation ($input: MoveAccountInput!) {
  moveAccount(input: $input) { account { premise { number } version } errors { code path } }
}
"""
UPDATE_RESIDENT = """
mutation ($input: UpdateResidentInput!) {
  updateResident(input: $input) { resident { fullName phone version } errors { code path } }
}
"""
REMOVE_RESIDENT = """
mutation ($input: RemoveResidentInput!) {
  removeResident(input: $input) {
    premise { residents { fullName } } errors { code path }
  }
}
"""
MY_PREMISES = "{ premises { nodes { number } } }"


def numbers(answer: dict[str, Any]) -> list[str]:
    return [each["number"] for each in answer["data"]["premises"]["nodes"]]


async def test_given_fields_of_a_premise_change_and_no_others(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    one = estate.id_of("premise")

    async def change(**fields: Any) -> Any:
        answer = await gql(UPDATE_PREMISE, {"input": {"id": one, **fields}}, actor=estate.employee)
        return answer["data"]["updatePremise"]

    premise = {"number": "5", "kind": "NON_RESIDENTIAL", "externalId": "p-1", "version": 2}
    first = await change(kind="NON_RESIDENTIAL", externalId=" p-1 ", expectedVersion=1)
    assert first == {"premise": premise, "errors": []}
    assert events == []
    second = await change(number=" 12  А", kind=None, externalId=None)
    assert second["premise"] == premise | {"number": "12 А", "externalId": None, "version": 3}
    assert events == [PlacesRenamed.of_premises(estate.organization.id, estate.premise.id)]
    row = await Premise.get(id=estate.premise.id)
    assert row.sort_key != estate.premise.sort_key
    assert row.search == " ул мира 1 12 а 7000"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"number": " "}, [("NUMBER_REQUIRED", ["number"])]),
        ({"number": None}, [("NUMBER_REQUIRED", ["number"])]),
        ({"number": "6"}, [("PREMISE_NUMBER_TAKEN", ["number"])]),
        ({"externalId": "taken"}, [("EXTERNAL_ID_TAKEN", ["externalId"])]),
        ({"expectedVersion": 2}, [("VERSION_CONFLICT", ["expectedVersion"])]),
        (
            {"number": "9" * 51, "externalId": "x" * 101},
            [("TEXT_TOO_LONG", ["number"]), ("TEXT_TOO_LONG", ["externalId"])],
        ),
    ],
)
async def test_a_premise_is_not_changed(
    gql: GraphQLClient,
    events: EmittedEvents,
    estate: Estate,
    given: dict[str, Any],
    expected: list[tuple[str, list[str]]],
) -> None:
    await a_premise(building=estate.building, number="6", external_id="taken")

    answer = await gql(
        UPDATE_PREMISE, {"input": {"id": estate.id_of("premise"), **given}}, actor=estate.employee
    )

    payload = answer["data"]["updatePremise"]
    assert [(each["code"], each["path"]) for each in payload["errors"]] == expected
    assert (await Premise.get(id=estate.premise.id)).version == 1
    assert events == []


async def test_given_fields_of_an_account_change_and_no_others(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    one = estate.id_of("account")

    async def change(**fields: Any) -> Any:
        answer = await gql(UPDATE_ACCOUNT, {"input": {"id": one, **fields}}, actor=estate.employee)
        return answer["data"]["updateAccount"]

    account = {"number": "7000", "unifiedNumber": "40АА", "externalId": "a-1", "version": 2}
    first = await change(unifiedNumber="40АА", externalId="a-1", expectedVersion=1)
    assert first == {"account": account, "errors": []}
    assert events == []
    second = await change(number="8000", unifiedNumber=None)
    assert second["account"] == account | {"number": "8000", "unifiedNumber": None, "version": 3}
    assert events == [PlacesRenamed.of_accounts(estate.organization.id, estate.account.id)]
    assert (await Premise.get(id=estate.premise.id)).search == " ул мира 1 5 8000"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"number": " "}, [("NUMBER_REQUIRED", ["number"])]),
        ({"number": "6"}, [("ACCOUNT_NUMBER_TAKEN", ["number"])]),
        ({"externalId": "taken"}, [("EXTERNAL_ID_TAKEN", ["externalId"])]),
        ({"unifiedNumber": "9" * 51}, [("TEXT_TOO_LONG", ["unifiedNumber"])]),
        ({"expectedVersion": 2}, [("VERSION_CONFLICT", ["expectedVersion"])]),
    ],
)
async def test_an_account_is_not_changed(
    gql: GraphQLClient,
    events: EmittedEvents,
    estate: Estate,
    given: dict[str, Any],
    expected: list[tuple[str, list[str]]],
) -> None:
    await an_account(premise=estate.premise, number="6", external_id="taken")

    answer = await gql(
        UPDATE_ACCOUNT, {"input": {"id": estate.id_of("account"), **given}}, actor=estate.employee
    )

    payload = answer["data"]["updateAccount"]
    assert [(each["code"], each["path"]) for each in payload["errors"]] == expected
    assert (await Account.get(id=estate.account.id)).version == 1
    assert events == []


async def test_an_account_goes_to_another_premise(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    target = await a_premise(building=estate.building, number="6")
    given = {"id": estate.id_of("account"), "premiseId": estate.id(target)}

    async def move(**fields: Any) -> Any:
        answer = await gql(MOVE_ACCOUNT, {"input": {**given, **fields}}, actor=estate.employee)
        return answer["data"]["moveAccount"]

    moved = {"account": {"premise": {"number": "6"}, "version": 2}, "errors": []}
    assert await move(expectedVersion=1) == moved
    assert await move() == moved
    assert events == [
        AccountsMoved(organization_id=estate.organization.id, account_ids=(estate.account.id,))
    ]
    left, entered = [(await Premise.get(id=key)).search for key in (estate.premise.id, target.id)]
    assert (left, entered) == (" ул мира 1 5", " ул мира 1 6 7000")
    conflict = [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}]
    assert await move(expectedVersion=1) == {"account": None, "errors": conflict}


async def test_who_gets_another_telephone_is_another_sign_in(
    gql: GraphQLClient, estate: Estate
) -> None:
    old, new = await a_user(phone="+79990000000"), await a_user(phone="+79991111111")
    estate.resident.user = old
    await estate.resident.save()
    await a_resident(await a_premise(number="77"), user=new)
    old_actor, new_actor = await actor_of(old), await actor_of(new)
    one = estate.id_of("resident")

    async def change(**fields: Any) -> Any:
        answer = await gql(UPDATE_RESIDENT, {"input": {"id": one, **fields}}, actor=estate.employee)
        return answer["data"]["updateResident"]

    async def seen_by(actor: Any) -> list[str]:
        return sorted(numbers(await gql(MY_PREMISES, actor=actor)))

    renamed = await change(fullName=" Орлова  В. И.", expectedVersion=1)
    assert renamed["resident"] == {
        "fullName": "Орлова В. И.",
        "phone": "+79990000000",
        "version": 2,
    }
    assert await seen_by(old_actor) == ["5"]

    called = await change(phone="8 999 111-11-11")
    assert called["resident"]["phone"] == "+79991111111"
    assert (await seen_by(old_actor), await seen_by(new_actor)) == ([], ["5", "77"])

    assert (await change(phone=None))["resident"]["phone"] is None
    assert await seen_by(new_actor) == ["77"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"fullName": " "}, [("NAME_REQUIRED", ["fullName"])]),
        ({"phone": "телефон"}, [("INVALID_PHONE", ["phone"])]),
        ({"phone": "+79992222222"}, [("RESIDENT_PHONE_TAKEN", ["phone"])]),
        ({"expectedVersion": 2}, [("VERSION_CONFLICT", ["expectedVersion"])]),
    ],
)
async def test_a_resident_is_not_changed(
    gql: GraphQLClient, estate: Estate, given: dict[str, Any], expected: list[Any]
) -> None:
    await a_resident(estate.premise, phone="+79992222222")

    answer = await gql(
        UPDATE_RESIDENT,
        {"input": {"id": estate.id_of("resident"), **given}},
        actor=estate.employee,
    )

    payload = answer["data"]["updateResident"]
    assert [(each["code"], each["path"]) for each in payload["errors"]] == expected
    assert (await Resident.get(id=estate.resident.id)).version == 1


async def test_who_lives_in_a_premise_no_more_sees_it_no_more(
    gql: GraphQLClient, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []
    monkeypatch.setattr("kvartal.housing.service.residents.touch", touched.append)
    user = await a_resident_user(estate.organization, premises=[estate.premise])
    neighbour = await a_premise(building=estate.building, number="6")
    resident = await Resident.get(user=user)
    await Residency.create(organization=estate.organization, resident=resident, premise=neighbour)
    given = {"residentId": estate.id(resident), "premiseId": estate.id_of("premise")}

    answer = await gql(REMOVE_RESIDENT, {"input": given}, actor=estate.employee)
    again = await gql(REMOVE_RESIDENT, {"input": given}, actor=estate.employee)

    assert answer["data"]["removeResident"] == {
        "premise": {"residents": [{"fullName": "Орлова Вера"}]},
        "errors": [],
    }
    assert again["data"]["removeResident"] == {
        "premise": None,
        "errors": [{"code": "NOT_A_RESIDENT", "path": ["residentId"]}],
    }
    assert numbers(await gql(MY_PREMISES, actor=await actor_of(user))) == ["6"]
    assert touched == [f"premise:{estate.premise.id}"]


async def test_a_person_may_be_an_employee_and_a_resident(
    gql: GraphQLClient, estate: Estate
) -> None:
    user = await a_resident_user(estate.organization, premises=[estate.premise])
    other = await a_premise(building=estate.building, number="6")
    employee = await an_employee(estate.organization, user=user)
    viewer = "{ viewer { __typename } premises { nodes { number } } }"

    as_resident = await gql(viewer, actor=await actor_of(user))
    as_employee = await gql(viewer, actor=await actor_of(employee))

    assert as_resident["data"]["viewer"] == {"__typename": "ResidentViewer"}
    assert numbers(as_resident) == ["5"]
    assert as_employee["data"]["viewer"] == {"__typename": "EmployeeViewer"}
    assert numbers(as_employee) == ["5", other.number]
