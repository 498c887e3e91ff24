"""Pages of the CRM's list: nothing is lost or shown twice, whichever way one goes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.paging import encode_cursor
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import a_meter, a_reading

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: ReadingOrder!,
       $filter: ReadingFilterInput, $search: String) {
  readings(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy,
           filter: $filter, search: $search) {
    edges { cursor node { meter { identifier } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
COUNT = """
query ($search: String) {
  readings(first: 1, search: $search) { totalCount { count isExact } }
}
"""
MOMENT = datetime.fromisoformat("2026-11-20T12:00:00.123456+00:00")


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


@pytest.fixture
async def clerk(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=[SUBMIT.code]))


@pytest.fixture
async def readings(organization: Organization) -> list[Reading]:
    """Seven readings in pairs of one instant; the order within a pair is that of their ids."""
    flat = await a_premise(building=await a_building(organization=organization))
    made = []
    for number in range(7):
        meter = await a_meter(premise=flat, identifier=f"С{number}")
        moment = MOMENT + timedelta(seconds=number // 2)
        made.append(await a_reading(meter, "2026-11", "1", submitted_at=moment))
    return made


async def page(
    gql: GraphQLClient, actor: Actor, order: str = "NEWEST_FIRST", **paging: Any
) -> dict[str, Any]:
    with clock.frozen(clock.now() + timedelta(minutes=1)):  # all that was saved is settled
        answer = await gql(PAGE, {"orderBy": order, **paging}, actor=actor)
    found: dict[str, Any] = answer["data"]["readings"]
    return found


def names(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["meter"]["identifier"] for edge in page["edges"]]


ORDERS = {
    "NEWEST_FIRST": ["С6", "С5", "С4", "С3", "С2", "С1", "С0"],
    "OLDEST_FIRST": ["С0", "С1", "С2", "С3", "С4", "С5", "С6"],
    "UPDATED_AT": ["С0", "С1", "С2", "С3", "С4", "С5", "С6"],
}


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("search", [None, "С"])
@pytest.mark.parametrize("order", ORDERS)
async def test_going_forward_shows_each_row_once(
    gql: GraphQLClient,
    clerk: Actor,
    readings: list[Reading],
    order: str,
    search: str | None,
    size: int,
) -> None:
    seen: list[str] = []
    after, more = None, True

    while more:
        found = await page(gql, clerk, order, first=size, after=after, search=search)
        seen += names(found)
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]

    assert seen == ORDERS[order]


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("order", ORDERS)
async def test_going_backward_shows_each_row_once(
    gql: GraphQLClient, clerk: Actor, readings: list[Reading], order: str, size: int
) -> None:
    seen: list[str] = []
    before, more = None, True

    while more:
        found = await page(gql, clerk, order, last=size, before=before)
        seen = names(found) + seen
        before, more = found["pageInfo"]["startCursor"], found["pageInfo"]["hasPreviousPage"]

    assert seen == ORDERS[order]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("search", [None, "С"])
async def test_pages_of_several_places_are_one_list(
    gql: GraphQLClient,
    organization: Organization,
    readings: list[Reading],
    order: str,
    search: str | None,
) -> None:
    employee = await an_employee(organization, permissions=[SUBMIT.code])
    second = await an_organization()
    await an_employee(second, user=await employee.user, permissions=[SUBMIT.code])
    flat = await a_premise(building=await a_building(organization=second))
    expected = list(ORDERS[order])
    for number in range(4):
        meter = await a_meter(premise=flat, identifier=f"С-{number}")
        moment = MOMENT + timedelta(seconds=number)
        await a_reading(meter, "2026-11", "1", submitted_at=moment)
    actor = await actor_of(employee)

    forward, after, more = list[str](), None, True
    while more:
        found = await page(gql, actor, order, first=2, after=after, search=search)
        forward += names(found)
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    backward, before, more = list[str](), None, True
    while more:
        found = await page(gql, actor, order, last=3, before=before, search=search)
        backward = names(found) + backward
        before, more = found["pageInfo"]["startCursor"], found["pageInfo"]["hasPreviousPage"]

    assert forward == backward
    assert len(set(forward)) == 11
    assert [each for each in forward if "-" not in each] == expected


async def test_a_page_knows_where_it_stands(
    gql: GraphQLClient, clerk: Actor, readings: list[Reading]
) -> None:
    first = await page(gql, clerk, first=3)
    middle = await page(gql, clerk, first=3, after=first["pageInfo"]["endCursor"])
    last = await page(gql, clerk, first=3, after=middle["pageInfo"]["endCursor"])
    empty = await page(gql, clerk, first=3, after=last["pageInfo"]["endCursor"])

    assert [
        (each["pageInfo"]["hasPreviousPage"], each["pageInfo"]["hasNextPage"])
        for each in (first, middle, last, empty)
    ] == [(False, True), (True, True), (True, False), (True, False)]
    assert first["pageInfo"]["startCursor"] == first["edges"][0]["cursor"]
    assert first["pageInfo"]["endCursor"] == first["edges"][-1]["cursor"]
    assert (empty["edges"], empty["pageInfo"]["endCursor"]) == ([], None)


async def test_what_arrives_meanwhile_moves_no_page(
    gql: GraphQLClient, clerk: Actor, readings: list[Reading], organization: Organization
) -> None:
    first = await page(gql, clerk, first=3)
    flat = await a_premise(building=await a_building(organization=organization))
    newest = await a_meter(premise=flat, identifier="новый")
    await a_reading(newest, "2026-11", "1", submitted_at=MOMENT + timedelta(days=1))

    second = await page(gql, clerk, first=4, after=first["pageInfo"]["endCursor"])

    assert names(second) == ["С3", "С2", "С1", "С0"]


async def test_an_incremental_pull_goes_on_from_its_cursor(
    gql: GraphQLClient, clerk: Actor, readings: list[Reading]
) -> None:
    everything = await page(gql, clerk, "UPDATED_AT")
    cursor = everything["pageInfo"]["endCursor"]
    nothing = await page(gql, clerk, "UPDATED_AT", after=cursor)
    await readings[2].save()
    await readings[0].save()

    changed = await page(gql, clerk, "UPDATED_AT", after=cursor)
    since = await page(
        gql, clerk, "UPDATED_AT", filter={"updatedAfter": readings[2].updated_at.isoformat()}
    )

    assert names(nothing) == []
    assert names(changed) == ["С2", "С0"]
    assert names(since) == ["С0"]


@pytest.mark.parametrize(
    ("paging", "facts"),
    [
        ({"first": 501}, {"reason": "PAGE_SIZE", "limit": 500, "value": 501}),
        ({"last": 501}, {"reason": "PAGE_SIZE", "limit": 500, "value": 501}),
        ({"first": -1}, {"reason": "PAGE_SIZE", "limit": 500, "value": -1}),
        ({"first": 1, "last": 1}, {"reason": "PAGE_BOTH_WAYS"}),
        ({"first": 1, "before": encode_cursor("x")}, {"reason": "PAGE_CURSOR_WRONG_WAY"}),
        ({"first": 1, "after": "not a cursor"}, {"reason": "BAD_CURSOR"}),
        ({"first": 1, "after": encode_cursor("2026-11-20", "x")}, {"reason": "BAD_CURSOR"}),
        ({"first": 1, "after": encode_cursor(str(MOMENT))}, {"reason": "BAD_CURSOR"}),
    ],
)
async def test_wrong_paging_is_bad_input_and_tells_the_limit(
    gql: GraphQLClient, clerk: Actor, paging: dict[str, Any], facts: dict[str, object]
) -> None:
    answer = await gql(PAGE, {"orderBy": "NEWEST_FIRST", **paging}, actor=clerk)

    [error] = answer["errors"]
    del error["extensions"]["requestId"]
    assert error["extensions"] == {"code": "BAD_INPUT", **facts}


async def test_the_largest_page_and_the_smallest(
    gql: GraphQLClient, clerk: Actor, readings: list[Reading]
) -> None:
    query = """
      query ($first: Int) { readings(first: $first) { nodes { id } pageInfo { hasNextPage } } }
    """
    largest = await gql(query, {"first": 500}, actor=clerk)
    none = await gql(query, {"first": 0}, actor=clerk)

    assert len(largest["data"]["readings"]["nodes"]) == 7
    assert none["data"]["readings"] == {"nodes": [], "pageInfo": {"hasNextPage": True}}


@pytest.mark.parametrize("search", [None, "С", "С0"])
async def test_counting_stops_where_it_gets_dear(
    gql: GraphQLClient,
    clerk: Actor,
    readings: list[Reading],
    monkeypatch: pytest.MonkeyPatch,
    search: str | None,
) -> None:
    for module in ("kvartal.graphql.paging", "kvartal_meters.readings.queries.listing"):
        monkeypatch.setattr(f"{module}.COUNT_LIMIT", 7)

    answer = await gql(COUNT, {"search": search}, actor=clerk)

    few = search == "С0"
    assert answer["data"]["readings"]["totalCount"] == {
        "count": 1 if few else 6,
        "isExact": few,
    }
