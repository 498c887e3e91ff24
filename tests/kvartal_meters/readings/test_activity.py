"""The tab «Активность»: what was submitted of a premise, and by or for a resident."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Resident
from kvartal.permissions import PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_meter, a_reading, submission, values_of

NOON = "2026-11-20T12:00+03:00"
PREMISES = """
query ($first: Int, $after: String) {
  premises { nodes { number readings(first: $first, after: $after) {
    nodes { billingMonth meter { identifier } resident { fullName } }
    pageInfo { endCursor }
  } } }
}
"""
RESIDENT = """
query ($id: ID!) {
  node(id: $id) { ... on Resident { readings {
    nodes { billingMonth authorKind meter { identifier } resident { id } }
  } } }
}
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id resident { id } } errors { code } }
}
"""


@pytest.fixture
async def clerk(home: Home) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))


@pytest.fixture
async def lodger(home: Home) -> Resident:
    return await Resident.get(user_id=home.user.id)


async def activity(gql: GraphQLClient, actor: Actor, resident: Resident) -> Any:
    answer = await gql(RESIDENT, {"id": encode_id("Resident", resident.id)}, actor=actor)
    return answer["data"]["node"]


async def test_a_premise_shows_all_that_was_submitted_newest_first(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    start = datetime.fromisoformat("2026-09-20T12:00+03:00")
    old = await a_meter(premise=home.premise, identifier="СТАРЫЙ", status=MeterStatus.ARCHIVED)
    await a_reading(old, "2026-09", "90", submitted_at=start)
    await Reading.filter(meter=home.meter).update(submitted_at=start + timedelta(days=30))
    await a_reading(home.meter, "2026-11", "104", submitted_at=start + timedelta(days=60))

    answer = await gql(PREMISES, {"first": 2}, actor=clerk)
    [flat] = answer["data"]["premises"]["nodes"]
    more = await gql(
        PREMISES, {"first": 2, "after": flat["readings"]["pageInfo"]["endCursor"]}, actor=clerk
    )

    shown = [
        (each["billingMonth"], each["meter"]["identifier"]) for each in flat["readings"]["nodes"]
    ]
    assert shown == [("2026-11", "ХВС-15"), ("2026-10", "ХВС-15")]
    [flat] = more["data"]["premises"]["nodes"]
    assert [each["meter"]["identifier"] for each in flat["readings"]["nodes"]] == ["СТАРЫЙ"]


async def test_a_residents_own_submission_is_shown_in_the_clients_card(
    gql: GraphQLClient, home: Home, clerk: Actor, lodger: Resident
) -> None:
    with clock.frozen(datetime.fromisoformat(NOON)):
        own = submission(home.premise, values_of(home.meter, "105"))
        assert (await gql(SUBMIT_READINGS, own, actor=home.resident))["data"]["submitReadings"][
            "errors"
        ] == []

    assert await activity(gql, clerk, lodger) == {
        "readings": {
            "nodes": [
                {
                    "billingMonth": "2026-11",
                    "authorKind": "RESIDENT",
                    "meter": {"identifier": "ХВС-15"},
                    "resident": {"id": encode_id("Resident", lodger.id)},
                }
            ]
        }
    }


async def test_what_staff_submit_on_behalf_of_a_resident_is_shown_there_too(
    gql: GraphQLClient, home: Home, lodger: Resident
) -> None:
    staff = await an_employee(home.organization, permissions=[SUBMIT.code, PREMISE_EDIT.code])
    clerk = await actor_of(staff)
    behalf = submission(
        home.premise,
        values_of(home.meter, "105"),
        residentId=encode_id("Resident", lodger.id),
    )
    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(SUBMIT_READINGS, behalf, actor=clerk)

    saved = answer["data"]["submitReadings"]
    assert saved["errors"] == []
    assert saved["readings"][0]["resident"] == {"id": encode_id("Resident", lodger.id)}
    [shown] = (await activity(gql, clerk, lodger))["readings"]["nodes"]
    assert shown["authorKind"] == "EMPLOYEE"


async def test_who_is_behind_a_reading_is_for_staff(
    gql: GraphQLClient, home: Home, lodger: Resident
) -> None:
    with clock.frozen(datetime.fromisoformat(NOON)):
        own = submission(home.premise, values_of(home.meter, "105"))
        answer = await gql(SUBMIT_READINGS, own, actor=home.resident)

    assert answer["data"]["submitReadings"]["readings"][0]["resident"] is None
    assert await activity(gql, home.resident, lodger) is None


async def test_strangers_and_those_without_the_right_see_no_readings(
    gql: GraphQLClient, home: Home, lodger: Resident
) -> None:
    other = await actor_of(await an_employee(await an_organization(), permissions=[SUBMIT.code]))
    mute = await actor_of(await an_employee(home.organization, permissions=[PREMISE_EDIT.code]))

    assert await activity(gql, other, lodger) is None
    assert await activity(gql, mute, lodger) == {"readings": {"nodes": []}}
    answer = await gql(PREMISES, actor=mute)
    assert [flat["readings"]["nodes"] for flat in answer["data"]["premises"]["nodes"]] == [[]]


async def test_many_premises_cost_what_one_costs(
    gql: GraphQLClient, home: Home, clerk: Actor, lodger: Resident, queries: QueryCounter
) -> None:
    for _ in range(5):
        meter = await a_meter(premise=await a_premise(building=home.building))
        reading = await a_reading(meter, "2026-10", "100")
        await reading.update_from_dict({"resident_id": lodger.id}).save()

    with queries.exactly(3):  # premises, their readings, the residents behind them
        answer = await gql(PREMISES, {"first": 3}, actor=clerk)
        await asyncio.sleep(0)

    assert len(answer["data"]["premises"]["nodes"]) == 6
