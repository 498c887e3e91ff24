"""Buildings that move in bulk: all or none, each told of once, in a fixed number of statements."""

import asyncio
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.events import BuildingMoved
from kvartal.housing.models import Building, BuildingGroupMember
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_group, a_quarter
from kvartal.testing.watch import EmittedEvents, QueryCounter

Estate = Any
RIGHTS = (BUILDING_EDIT.code,)

MOVE = """
mutation ($input: MoveBuildingsInput!) {
  moveBuildings(input: $input) { buildings { address version quarter { name } } errors { code } }
}
"""
ADD = """
mutation ($input: GroupMembersInput!) {
  addBuildingsToGroup(input: $input) { buildings { address } errors { code } }
}
"""
REMOVE = """
mutation ($input: GroupMembersInput!) {
  removeBuildingsFromGroup(input: $input) { buildings { address } errors { code } }
}
"""


def moved(answer: dict[str, Any]) -> list[str]:
    [payload] = answer["data"].values()
    assert payload["errors"] == []
    return sorted(each["address"] for each in payload["buildings"])


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_buildings_move_to_a_quarter_and_out_of_it(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    there = await a_building(quarter=estate.quarter, address="ул. Мира, 2")
    group = await a_group(organization=estate.organization, buildings=[estate.building])
    both = [estate.id_of("building"), estate.id(there)]
    given = {"buildingIds": both, "quarterId": estate.id_of("quarter")}

    into = await gql(MOVE, {"input": given}, actor=estate.employee)
    again = await gql(MOVE, {"input": given}, actor=estate.employee)
    out = await gql(MOVE, {"input": {**given, "quarterId": None}}, actor=estate.employee)

    assert into["data"]["moveBuildings"]["buildings"] == [
        {"address": "ул. Мира, 1", "version": 2, "quarter": {"name": "Северный"}}
    ]
    assert moved(again) == []
    assert moved(out) == ["ул. Мира, 1", "ул. Мира, 2"]
    quarter = estate.quarter.id
    told = [
        (each.building_id, each.quarter_before, each.quarter_after, each.groups_after)
        for each in events.of(BuildingMoved)
    ]
    assert told == [
        (estate.building.id, None, quarter, (group.id,)),
        *sorted(
            [
                (estate.building.id, quarter, None, (group.id,)),
                (there.id, quarter, None, ()),
            ]
        ),
    ]


async def test_buildings_come_into_a_group_and_leave_it(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    other = await a_group(organization=estate.organization, buildings=[estate.building])
    second = await a_building(organization=estate.organization, address="ул. Мира, 2")
    both = [estate.id_of("building"), estate.id(second)]
    given = {"groupId": estate.id_of("group"), "buildingIds": both}
    one = {**given, "buildingIds": both[:1]}

    answers = [
        await gql(document, {"input": asked}, actor=estate.employee)
        for document, asked in [(ADD, one), (ADD, given), (REMOVE, given), (REMOVE, given)]
    ]

    assert [moved(each) for each in answers] == [
        ["ул. Мира, 1"],
        ["ул. Мира, 2"],
        ["ул. Мира, 1", "ул. Мира, 2"],
        [],
    ]
    group = estate.group.id
    assert [
        (each.building_id, set(each.groups_before), set(each.groups_after))
        for each in events.of(BuildingMoved)
    ] == [
        (estate.building.id, {other.id}, {other.id, group}),
        (second.id, set(), {group}),
        *sorted(
            [
                (estate.building.id, {other.id, group}, {other.id}),
                (second.id, {group}, set()),
            ],
            key=lambda each: each[0],
        ),
    ]
    assert await BuildingGroupMember.all().values_list("group_id", flat=True) == [other.id]


@pytest.mark.parametrize("document", [MOVE, ADD, REMOVE])
async def test_a_building_out_of_reach_fails_the_move_as_a_whole(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate, document: str
) -> None:
    foreign = await a_building()
    place = {"quarterId": estate.id_of("quarter")} if document == MOVE else {}
    group = {} if document == MOVE else {"groupId": estate.id_of("group")}
    given = {**place, **group, "buildingIds": [estate.id_of("building"), estate.id(foreign)]}

    answer = await gql(document, {"input": given}, actor=estate.employee)

    assert codes(answer) == ["NOT_FOUND"]
    assert await Building.filter(quarter_id__isnull=False).count() == 0
    assert await BuildingGroupMember.all().count() == 0
    assert events == []


async def test_buildings_of_two_organizations_do_not_move_together(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    theirs = await a_building()
    ours = estate.employee
    other = await actor_of(await an_employee(await theirs.organization, permissions=RIGHTS))
    actor = Actor(kind=ours.kind, memberships=(*ours.memberships, *other.memberships))
    both = [estate.id_of("building"), estate.id(theirs)]

    answer = await gql(MOVE, {"input": {"buildingIds": both, "quarterId": None}}, actor=actor)

    assert codes(answer) == ["NOT_FOUND"]
    assert events == []


async def test_nothing_moves_into_the_archive(
    gql: GraphQLClient, events: EmittedEvents, estate: Estate
) -> None:
    for row in (estate.quarter, estate.group):
        row.archived_at = clock.now()
        await row.save()
    building = estate.id_of("building")
    update = (
        "mutation ($input: UpdateBuildingInput!)"
        " { updateBuilding(input: $input) { errors { code } } }"
    )

    answers = [
        await gql(document, {"input": given}, actor=estate.employee)
        for document, given in [
            (MOVE, {"buildingIds": [building], "quarterId": estate.id_of("quarter")}),
            (ADD, {"buildingIds": [building], "groupId": estate.id_of("group")}),
            (update, {"id": building, "quarterId": estate.id_of("quarter")}),
            (update, {"id": building, "groupIds": [estate.id_of("group")]}),
        ]
    ]

    assert [codes(each) for each in answers] == [["NOT_FOUND"]] * 4
    assert events == []


@pytest.mark.parametrize("document", [MOVE, ADD, REMOVE])
async def test_no_buildings_are_no_move(gql: GraphQLClient, estate: Estate, document: str) -> None:
    place = {"quarterId": None} if document == MOVE else {"groupId": estate.id_of("group")}

    answer = await gql(document, {"input": {**place, "buildingIds": []}}, actor=estate.employee)

    assert moved(answer) == []


async def test_more_than_a_thousand_buildings_are_too_many(
    gql: GraphQLClient, estate: Estate
) -> None:
    given = {"buildingIds": [estate.id_of("building")] * 1001, "quarterId": None}

    answer = await gql(MOVE, {"input": given}, actor=estate.employee)

    [error] = answer["errors"]
    assert error["extensions"] | {"requestId": ""} == {
        "code": "BAD_INPUT",
        "reason": "TOO_MANY_ROWS",
        "name": "buildingIds",
        "limit": 1000,
        "value": 1001,
        "requestId": "",
    }


@pytest.mark.parametrize("count", [2, 20])
async def test_a_move_takes_as_many_statements_whatever_it_moves(
    gql: GraphQLClient, queries: QueryCounter, estate: Estate, count: int
) -> None:
    quarter = await a_quarter(organization=estate.organization)
    buildings = [await a_building(quarter=quarter) for _ in range(count)]
    ids = [encode_id("Building", each.id) for each in buildings]

    with queries.exactly(7):  # rights, lock, groups, place, move, outbox, answer
        answer = await gql(
            MOVE,
            {"input": {"buildingIds": ids, "quarterId": estate.id_of("quarter")}},
            actor=estate.employee,
        )
        await asyncio.sleep(0)

    assert len(moved(answer)) == count
