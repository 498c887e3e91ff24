"""A meter's earlier values: pages of one meter, and of many meters in one statement."""

import asyncio
from typing import Any

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import QueryCounter
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_meter, a_reading

HISTORY = """
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  meter(id: $id) {
    readings(first: $first, after: $after, last: $last, before: $before) {
      nodes { billingMonth consumption values { value previous consumption } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""
PREMISE = """
query ($id: ID!) {
  premise(id: $id) {
    meters { identifier latest: readings(first: 1) { nodes { billingMonth } } }
  }
}
"""


async def page(gql: GraphQLClient, actor: Actor, meter: Meter, **paging: Any) -> dict[str, Any]:
    answer = await gql(HISTORY, {"id": encode_id("Meter", meter.id), **paging}, actor=actor)
    found: dict[str, Any] = answer["data"]["meter"]["readings"]
    return found


def months(page: dict[str, Any]) -> list[str]:
    return [each["billingMonth"] for each in page["nodes"]]


async def test_the_newest_month_comes_first(gql: GraphQLClient, home: Home) -> None:
    await a_reading(home.meter, "2026-11", "105.25")

    answer = await page(gql, home.resident, home.meter)

    assert answer["nodes"] == [
        {
            "billingMonth": "2026-11",
            "consumption": "4.75",
            "values": [{"value": "105.25", "previous": "100.5", "consumption": "4.75"}],
        },
        {
            "billingMonth": "2026-10",
            "consumption": None,
            "values": [{"value": "100.5", "previous": None, "consumption": None}],
        },
    ]
    assert (answer["pageInfo"]["hasNextPage"], answer["pageInfo"]["hasPreviousPage"]) == (
        False,
        False,
    )


async def test_pages_go_back_in_time_and_return(gql: GraphQLClient, home: Home) -> None:
    meter = await a_meter(premise=home.premise)
    for month in range(1, 6):
        await a_reading(meter, f"2026-0{month}", str(month))

    first = await page(gql, home.resident, meter, first=2)
    second = await page(gql, home.resident, meter, first=2, after=first["pageInfo"]["endCursor"])
    third = await page(gql, home.resident, meter, first=2, after=second["pageInfo"]["endCursor"])
    back = await page(gql, home.resident, meter, last=2, before=third["pageInfo"]["startCursor"])
    oldest = await page(gql, home.resident, meter, last=2)

    assert [months(each) for each in (first, second, third, back, oldest)] == [
        ["2026-05", "2026-04"],
        ["2026-03", "2026-02"],
        ["2026-01"],
        ["2026-03", "2026-02"],
        ["2026-02", "2026-01"],
    ]
    assert (first["pageInfo"]["hasNextPage"], third["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_cursor_of_the_crms_list_does_not_fit(gql: GraphQLClient, home: Home) -> None:
    listed = await gql("{ readings(first: 1) { pageInfo { endCursor } } }", actor=home.resident)
    cursor = listed["data"]["readings"]["pageInfo"]["endCursor"]

    answer = await gql(
        HISTORY,
        {"id": encode_id("Meter", home.meter.id), "after": cursor},
        actor=home.resident,
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]


async def test_an_archived_meter_keeps_its_history(gql: GraphQLClient, home: Home) -> None:
    home.meter.status, home.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await home.meter.save()

    assert months(await page(gql, home.resident, home.meter)) == ["2026-10"]


async def test_without_the_right_a_meter_has_no_history(gql: GraphQLClient, home: Home) -> None:
    outsider = await actor_of(await an_employee(home.organization))
    insider = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))

    assert months(await page(gql, outsider, home.meter)) == []
    assert months(await page(gql, insider, home.meter)) == ["2026-10"]


async def test_many_meters_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    async def ask() -> Any:
        answer = await gql(
            PREMISE, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident
        )
        await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
        return answer["data"]["premise"]["meters"]

    await a_reading(await a_meter(premise=home.premise, identifier="ХВС-2"), "2026-11", "1")
    with queries.exactly(3):
        two = await ask()
    for number in range(18):
        await a_reading(await a_meter(premise=home.premise), "2026-11", str(number))
    with queries.exactly(3):
        twenty = await ask()

    assert two == [
        {"identifier": "ХВС-15", "latest": {"nodes": [{"billingMonth": "2026-10"}]}},
        {"identifier": "ХВС-2", "latest": {"nodes": [{"billingMonth": "2026-11"}]}},
    ]
    assert len(twenty) == 20
