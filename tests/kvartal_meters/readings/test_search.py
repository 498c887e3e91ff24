"""Searching the CRM's list, where its rows are looked for, and what it costs."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_group, a_premise, a_resident, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import a_collective_meter, a_meter, a_reading

ALL = ["ОДПУ 11", "ЭЛ 11", "ХВС 11", "ХВС 10"]
ROWS = """
query ($filter: ReadingFilterInput, $search: String, $first: Int) {
  readings(filter: $filter, search: $search, first: $first) {
    nodes {
      billingMonth takenOn submittedAt channelTitle consumption unit
      values { number value previous consumption }
      meter {
        identifier type typeTitle serialNumber
        building { address quarter { name } } premise { number } account { number }
      }
    }
    totalCount { count isExact }
  }
}
"""


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("тёплая", ["ХВС 11", "ХВС 10"]),
        ("ТЕПЛАЯ", ["ХВС 11", "ХВС 10"]),
        ("Тепл", ["ХВС 11", "ХВС 10"]),
        ("пермь, теплая,  5", ["ХВС 11", "ХВС 10"]),
        ("5 лесная", ["ОДПУ 11", "ЭЛ 11"]),
        ("лесная теплая", []),
        ("г. Пермь, ул. Тёплая, 5, кв. 15", ["ХВС 11", "ХВС 10"]),
        ("тёплая 5 квартира 15", ["ХВС 11", "ХВС 10"]),
        ("тёплая кв.15", ["ХВС 11", "ХВС 10"]),
        ("тёплая, 5, кв. 1", []),
        ("пермь, кв.", ALL),
        ("7700415", ["ХВС 11", "ХВС 10"]),
        ("18-0345", ["ХВС 11", "ХВС 10"]),
        ("одпу", ["ОДПУ 11"]),
        ("100%", ["ЭЛ 11"]),
        ("0%0", []),
        ("5_а", ["ОДПУ 11", "ЭЛ 11"]),
        ("__", []),
        ("\\", []),
        ("чужой", []),
        ("   ", ALL),
        ("", ALL),
    ],
)
async def test_search_finds_all_words_wherever_they_stand(
    find: Any, search: str, expected: list[str]
) -> None:
    assert await find(search) == expected


async def test_search_and_filters_hold_together(find: Any, town: Any) -> None:
    assert await find("пермь", latestOnly=True, scope="INDIVIDUAL") == ["ЭЛ 11", "ХВС 11"]
    assert await find("пермь", buildingId=town.ids["buildingId"]) == ["ХВС 11", "ХВС 10"]
    assert await find("пермь", groupId=town.ids["groupId"]) == ["ОДПУ 11", "ЭЛ 11"]


async def test_a_common_word_is_looked_for_among_the_readings(
    find: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kvartal_meters.meters.queries.searching.FEW_METERS", 2)

    assert await find("пермь") == ALL
    assert await find("пермь", latestOnly=True) == ["ОДПУ 11", "ЭЛ 11", "ХВС 11"]
    assert await find("лесная") == ["ОДПУ 11", "ЭЛ 11"]


async def part_of_the_staff(town: Any) -> Actor:
    """An employee who works with the southern house alone."""
    return await actor_of(
        await an_employee(town.organization, permissions=[SUBMIT.code], buildings=[town.south])
    )


async def staff_of_two_organizations(town: Any) -> Actor:
    """An employee of a holding."""
    employee = await an_employee(town.organization, permissions=[SUBMIT.code])
    other = await an_organization()
    await an_employee(other, user=await employee.user, permissions=[SUBMIT.code])
    flat = await a_premise(building=await a_building(organization=other, address="Лесная, 7"))
    meter = await a_meter(premise=flat, identifier="ВТОРОЙ")
    newest = datetime.fromisoformat("2026-11-30T12:00+00:00")
    await a_reading(meter, "2020-01", "1", submitted_at=newest)
    return await actor_of(employee)


@pytest.mark.parametrize("few", [0, 100], ids=["walked", "from their roots"])
async def test_places_are_found_however_many_they_are(
    find: Any, town: Any, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("kvartal_meters.readings.queries.roots.FEW_BUILDINGS", few)
    partial = await part_of_the_staff(town)
    north = {"quarterId": town.ids["quarterId"]}
    south = {"groupId": town.ids["groupId"]}

    assert await find(**north) == ["ХВС 11", "ХВС 10"]
    assert await find(**south) == ["ОДПУ 11", "ЭЛ 11"]
    assert await find(**north, **south) == []
    assert await find(actor=partial) == ["ОДПУ 11", "ЭЛ 11"]
    assert await find("пермь", actor=partial) == ["ОДПУ 11", "ЭЛ 11"]
    assert await find(actor=partial, **north) == []
    assert await find(actor=partial, buildingId=town.ids["buildingId"]) == []
    assert await find(actor=partial, scope="COLLECTIVE") == ["ОДПУ 11"]


async def test_a_group_of_another_organization_narrows_to_nothing(find: Any, town: Any) -> None:
    foreign = await a_group()

    assert await find(groupId=encode_id("BuildingGroup", foreign.id)) == []


async def test_a_holding_sees_its_organizations_in_one_list(find: Any, town: Any) -> None:
    actor = await staff_of_two_organizations(town)

    assert await find(actor=actor) == ["ВТОРОЙ 01", *ALL]
    assert await find(actor=actor, organizationId=town.ids["organizationId"]) == ALL
    assert await find("лесная", actor=actor, scope="INDIVIDUAL") == ["ВТОРОЙ 01", "ЭЛ 11"]


async def test_a_resident_of_two_homes_sees_both_and_their_houses(find: Any, town: Any) -> None:
    north = await a_premise(building=town.north)
    elsewhere = await a_premise()
    user = await a_resident_user(town.organization, premises=[north])
    await a_resident(elsewhere, user=user)
    await a_reading(await a_meter(premise=north, identifier="А"), "2026-09", "1")
    await a_reading(await a_meter(premise=elsewhere, identifier="Б"), "2026-09", "1")
    house = await a_collective_meter(building=town.north, identifier="В")
    await a_reading(house, "2026-09", "1")
    actor = await actor_of(user)

    assert await find(actor=actor) == ["В 09", "Б 09", "А 09"]
    assert await find(actor=actor, scope="COLLECTIVE") == ["В 09"]
    assert await find(actor=actor, premiseId=encode_id("Premise", north.id)) == ["А 09"]
    assert await find("теплая", actor=actor) == ["В 09", "А 09"]


@pytest.mark.parametrize(
    ("case", "variables", "limit"),
    [
        ("the list and its count", {}, 2),
        ("with every filter", {"filter": {"latestOnly": True, "submittedFrom": "2026-01-01"}}, 2),
        ("with a search", {"search": "лесная"}, 3),
        ("with a search in vain", {"search": "нет такой"}, 1),
    ],
)
async def test_a_list_costs_the_same_for_two_rows_and_for_twenty(
    gql: GraphQLClient,
    town: Any,
    queries: QueryCounter,
    case: str,
    variables: dict[str, Any],
    limit: int,
) -> None:
    flat = await a_premise(
        building=await a_building(organization=town.organization, address="Лесная, 1")
    )
    for number in range(20):
        meter = await a_meter(premise=flat, scope=MeterScope.ROOM)
        await a_reading(meter, "2026-11", str(number))

    for rows in (2, 20):
        with queries.exactly(limit):
            answer = await gql(ROWS, variables | {"first": rows}, actor=town.clerk)
            await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
        assert len(answer["data"]["readings"]["nodes"]) == (0 if "vain" in case else rows)


@pytest.mark.parametrize(
    ("who", "limit"), [(part_of_the_staff, 3), (staff_of_two_organizations, 2)]
)
async def test_a_list_costs_at_most_three_statements_for_anybody(
    gql: GraphQLClient, town: Any, queries: QueryCounter, who: Any, limit: int
) -> None:
    actor = await who(town)

    for search, expected in ((None, limit), ("лесная", 3)):
        with queries.exactly(expected):
            await gql(ROWS, {"search": search}, actor=actor)
            await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
