"""The archive over HTTP: what goes there leaves the lists, keeps its id and frees its number."""

from typing import Any

import pytest

from kvartal import clock
from kvartal.housing.api import ArchiveChanged
from kvartal.housing.models import Account, Building, Premise
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import EmittedEvents

Estate = Any

LISTS = """
query ($all: Boolean!) {
  buildings(includeArchived: $all) { nodes { address archivedAt } totalCount { count isExact } }
  premises(includeArchived: $all) { nodes { number archivedAt } totalCount { count isExact } }
}
"""
NESTED = """
query ($id: ID!, $all: Boolean!) {
  building(id: $id) {
    premises(includeArchived: $all) {
      nodes { number accounts(includeArchived: $all) { number archivedAt } }
      totalCount { count }
    }
  }
}
"""
KINDS = [("Building", "building", Building), ("Premise", "premise", Premise)]
KINDS += [("Account", "account", Account)]


def mutation(verb: str, kind: str) -> str:
    field = kind.lower()
    return (
        f"mutation ($input: PlaceInput!) {{ {verb}{kind}(input: $input) {{"
        f" {field} {{ id version archivedAt }} errors {{ code path }} }} }}"
    )


@pytest.mark.parametrize(("kind", "name", "model"), KINDS)
async def test_a_place_goes_into_the_archive_and_comes_back(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate, kind: str, name: str, model: Any
) -> None:
    given = {"id": estate.id_of(name), "expectedVersion": 1}

    async def change(verb: str, **fields: Any) -> Any:
        answer = await gql(
            mutation(verb, kind), {"input": {**given, **fields}}, actor=estate.employee
        )
        return answer["data"][f"{verb}{kind}"]

    archived = await change("archive")
    place = archived[name]
    assert place["archivedAt"] is not None
    assert (place["id"], place["version"], archived["errors"]) == (given["id"], 2, [])

    assert await change("archive", expectedVersion=2) == archived

    late = [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}]
    assert await change("restore") == {name: None, "errors": late}

    restored = await change("restore", expectedVersion=2)
    assert restored == {name: {**place, "version": 3, "archivedAt": None}, "errors": []}
    assert await change("restore", expectedVersion=3) == restored
    assert (await model.get(id=getattr(estate, name).id)).version == 3
    place_id, organization_id = getattr(estate, name).id, estate.organization.id
    assert events == [
        ArchiveChanged(
            organization_id=organization_id, kind=kind, place_id=place_id, is_archived=is_archived
        )
        for is_archived in (True, False)
    ]


async def test_what_is_in_the_archive_leaves_the_lists(gql: GraphQLClient, estate: Estate) -> None:
    gone = await a_premise(building=estate.building, number="6", archived_at=clock.now())
    await an_account(premise=estate.premise, number="7001", archived_at=clock.now())
    old = await a_building(
        organization=estate.organization, address="ул. Мира, 2", archived_at=clock.now()
    )
    await a_premise(building=old, number="7")
    by_id = await gql(
        "query ($id: ID!) { node(id: $id) { id } }",
        {"id": estate.id(gone)},
        actor=estate.employee,
    )

    async def ask(document: str, **variables: Any) -> Any:
        return (await gql(document, variables, actor=estate.employee))["data"]

    live, whole = [await ask(LISTS, all=all_of_them) for all_of_them in (False, True)]
    assert [each["address"] for each in live["buildings"]["nodes"]] == ["ул. Мира, 1"]
    assert [each["number"] for each in live["premises"]["nodes"]] == ["5"]
    assert live["buildings"]["totalCount"] == {"count": 1, "isExact": True}
    assert live["premises"]["totalCount"] == {"count": 1, "isExact": True}
    assert [each["number"] for each in whole["premises"]["nodes"]] == ["5", "6", "7"]
    assert [each["archivedAt"] is None for each in whole["premises"]["nodes"]] == [
        True,
        False,
        True,
    ]
    assert whole["buildings"]["totalCount"] == {"count": 2, "isExact": True}

    building = estate.id_of("building")
    assert (await ask(NESTED, id=building, all=False))["building"]["premises"] == {
        "nodes": [{"number": "5", "accounts": [{"number": "7000", "archivedAt": None}]}],
        "totalCount": {"count": 1},
    }
    nested = (await ask(NESTED, id=building, all=True))["building"]["premises"]
    assert [each["number"] for each in nested["nodes"]] == ["5", "6"]
    assert [each["number"] for each in nested["nodes"][0]["accounts"]] == ["7000", "7001"]
    assert nested["totalCount"] == {"count": 2}
    assert by_id["data"]["node"] == {"id": estate.id(gone)}


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        ("Premise", "premise", "PREMISE_NUMBER_TAKEN"),
        ("Account", "account", "ACCOUNT_NUMBER_TAKEN"),
    ],
)
async def test_a_number_freed_by_the_archive_may_have_another_owner(
    gql: GraphQLClient, estate: Estate, kind: str, name: str, code: str
) -> None:
    given = {"input": {"id": estate.id_of(name)}}
    await gql(mutation("archive", kind), given, actor=estate.employee)
    if kind == "Premise":
        await a_premise(building=estate.building, number="5")
    else:
        await an_account(premise=estate.premise, number="7000")

    answer = await gql(mutation("restore", kind), given, actor=estate.employee)

    assert answer["data"][f"restore{kind}"] == {
        name: None,
        "errors": [{"code": code, "path": ["number"]}],
    }


@pytest.mark.parametrize(
    ("field", "input_type", "given", "path"),
    [
        ("createPremise", "CreatePremiseInput", {"number": "9"}, "buildingId"),
        ("createAccount", "CreateAccountInput", {"number": "9"}, "premiseId"),
        ("addResident", "AddResidentInput", {"fullName": "Новый"}, "premiseId"),
        ("moveAccount", "MoveAccountInput", {}, "premiseId"),
    ],
)
async def test_nothing_new_comes_into_the_archive(
    gql: GraphQLClient,
    estate: Estate,
    field: str,
    input_type: str,
    given: dict[str, Any],
    path: str,
) -> None:
    old = await a_premise(building=estate.building, number="6", archived_at=clock.now())
    estate.building.archived_at = clock.now()
    await estate.building.save()
    place = estate.id_of("building") if path == "buildingId" else estate.id(old)
    account = {"id": estate.id_of("account")} if field == "moveAccount" else {}

    answer = await gql(
        f"mutation ($input: {input_type}!)"
        f" {{ {field}(input: $input) {{ errors {{ code path }} }} }}",
        {"input": {**given, **account, path: place}},
        actor=estate.employee,
    )

    assert answer["data"][field]["errors"] == [{"code": "PLACE_ARCHIVED", "path": [path]}]


async def test_an_archived_account_is_found_no_more(gql: GraphQLClient, estate: Estate) -> None:
    given = {"input": {"id": estate.id_of("account")}}

    async def found() -> list[str]:
        answer = await gql(
            '{ premises(search: "7000") { nodes { number } } }', actor=estate.employee
        )
        return [each["number"] for each in answer["data"]["premises"]["nodes"]]

    assert await found() == ["5"]
    await gql(mutation("archive", "Account"), given, actor=estate.employee)
    assert await found() == []
    await gql(mutation("restore", "Account"), given, actor=estate.employee)
    assert await found() == ["5"]
