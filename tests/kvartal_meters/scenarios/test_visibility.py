"""Whose meters a resident sees, reads and submits: one matrix for every way there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import NOON, SUBMIT, key

from kvartal import clock
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Premise, Residency, Resident
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

BY_ID = """
query ($meter: ID!, $reading: ID!, $premise: ID!) {
  meter(id: $meter) { readings { nodes { id } } monthlyConsumption { consumption } }
  nodes(ids: [$meter, $reading]) { id }
  premise(id: $premise) {
    meters { id }
    readings { nodes { id } }
    readingHistory { readings { id } }
  }
}
"""
LIST = "{ readings { nodes { meter { id } } } meters { nodes { id } } }"
RENAME = """
mutation ($input: RenameMeterInput!) { renameMeter(input: $input) { meter { id } errors { code } } }
"""
ORDER = """
mutation ($input: OrderVerificationInput!) {
  orderVerification(input: $input) { serviceOrder { id } errors { code } }
}
"""


@dataclass(frozen=True, slots=True)
class Other:
    """A meter and its place, which the home's resident may or may not see."""

    premise: Premise
    meter: Meter
    reading: Reading


async def _in(premise: Premise, **fields: Any) -> Other:
    meter = await a_meter(premise=premise, **fields)
    return Other(premise, meter, await a_reading(meter, "2026-10", "100"))


async def of_the_own_flat(home: Home) -> Other:
    return await _in(home.premise, account=home.account)


async def of_another_account_in_the_own_flat(home: Home) -> Other:
    return await _in(home.premise, account=await an_account(premise=home.premise))


async def of_no_account_in_the_own_flat(home: Home) -> Other:
    return await _in(home.premise)


async def of_a_second_home_in_the_same_house(home: Home) -> Other:
    return await _second_home(home, await a_premise(building=home.building, number="16"))


async def of_a_second_home_in_another_house(home: Home) -> Other:
    building = await a_building(organization=home.organization)
    await resource_settings(building)
    return await _second_home(home, await a_premise(building=building))


async def _second_home(home: Home, premise: Premise) -> Other:
    resident = await Resident.get(user_id=home.user.id)
    await Residency.create(organization_id=home.organization.id, resident=resident, premise=premise)
    return await _in(premise)


async def next_door(home: Home) -> Other:
    return await _in(await a_premise(building=home.building, number="16"))


async def next_door_under_a_like_number(home: Home) -> Other:
    """The flat of the same number in the house next to it."""
    building = await a_building(organization=home.organization)
    await resource_settings(building)
    return await _in(await a_premise(building=building, number=home.premise.number))


async def of_another_organization(home: Home) -> Other:
    stranger = await a_home(address=home.building.address, identifier="ЧУЖОЙ")
    account = await an_account(premise=stranger.premise, number=home.account.number)
    return await _in(stranger.premise, account=account)


async def of_a_flat_that_was_left(home: Home) -> Other:
    other = await of_a_second_home_in_the_same_house(home)
    await Residency.filter(premise_id=other.premise.id).delete()
    return other


async def of_nobodys_flat(home: Home) -> Other:
    flat = await a_premise(building=home.building, number="17")
    return await _in(flat, account=await an_account(premise=flat))


Where = Callable[[Home], Awaitable[Other]]
SEEN: list[Where] = [
    of_the_own_flat,
    of_another_account_in_the_own_flat,
    of_no_account_in_the_own_flat,
    of_a_second_home_in_the_same_house,
    of_a_second_home_in_another_house,
]
UNSEEN: list[Where] = [
    next_door,
    next_door_under_a_like_number,
    of_another_organization,
    of_a_flat_that_was_left,
    of_nobodys_flat,
]


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


async def by_id(gql: GraphQLClient, home: Home, other: Other) -> dict[str, Any]:
    ids = {
        "meter": key("Meter", other.meter),
        "reading": key("Reading", other.reading),
        "premise": key("Premise", other.premise),
    }
    answer = await gql(BY_ID, ids, actor=home.resident)
    assert "errors" not in answer
    data: dict[str, Any] = answer["data"]
    return data


async def mutations(gql: GraphQLClient, home: Home, other: Other) -> list[dict[str, Any]]:
    meter = {"meterId": key("Meter", other.meter)}
    attempts = [
        (SUBMIT, submission(other.premise, values_of(other.meter, "101"))),
        (RENAME, {"input": {**meter, "name": "Кухня"}}),
        (ORDER, {"input": meter}),
    ]
    return [await gql(document, variables, actor=home.resident) for document, variables in attempts]


@pytest.mark.parametrize("where", SEEN)
async def test_a_resident_has_all_meters_of_their_homes(
    gql: GraphQLClient, home: Home, where: Where
) -> None:
    other = await where(home)
    meter, reading = key("Meter", other.meter), key("Reading", other.reading)

    data = await by_id(gql, home, other)
    submitted, renamed, ordered = await mutations(gql, home, other)

    assert data["meter"]["readings"]["nodes"] == [{"id": reading}]
    assert data["nodes"] == [{"id": meter}, {"id": reading}]
    assert {"id": meter} in data["premise"]["meters"]
    assert {"id": reading} in data["premise"]["readings"]["nodes"]
    assert {"id": reading} in [
        each for month in data["premise"]["readingHistory"] for each in month["readings"]
    ]
    assert submitted["data"]["submitReadings"]["errors"] == []
    assert renamed["data"]["renameMeter"]["errors"] == []
    # Nobody has linked a service: that is the only thing in the way.
    assert ordered["data"]["orderVerification"]["errors"] == [{"code": "VERIFICATION_NOT_OFFERED"}]


@pytest.mark.parametrize("where", UNSEEN)
async def test_a_resident_learns_nothing_of_others_meters(
    gql: GraphQLClient, home: Home, where: Where
) -> None:
    other = await where(home)

    data = await by_id(gql, home, other)
    answers = await mutations(gql, home, other)
    listed = await gql(LIST, actor=home.resident)

    assert data == {"meter": None, "nodes": [None, None], "premise": None}
    assert [each["errors"][0]["extensions"]["code"] for each in answers] == ["NOT_FOUND"] * 3
    assert await Reading.filter(meter_id=other.meter.id).count() == 1
    assert {"meter": {"id": key("Meter", other.meter)}} not in listed["data"]["readings"]["nodes"]
    assert listed["data"]["meters"]["nodes"] == []


@pytest.mark.parametrize("where", UNSEEN)
async def test_a_foreign_meter_in_the_own_form_spoils_it(
    gql: GraphQLClient, home: Home, where: Where
) -> None:
    """Knowing the id of a meter, or an account's number, opens nothing."""
    other = await where(home)
    form = submission(home.premise, values_of(home.meter, "105"), values_of(other.meter, "101"))

    answer = await gql(SUBMIT, form, actor=home.resident)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]
    assert await Reading.filter(billing_month="2026-11-01").count() == 0


async def test_a_residents_meters_of_two_homes_are_submitted_apart(
    gql: GraphQLClient, home: Home
) -> None:
    other = await of_a_second_home_in_the_same_house(home)
    form = submission(home.premise, values_of(home.meter, "105"), values_of(other.meter, "101"))

    answer = await gql(SUBMIT, form, actor=home.resident)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("own", [True, False])
async def test_house_meters_are_those_of_the_own_house(
    gql: GraphQLClient, home: Home, own: bool
) -> None:
    building = home.building if own else await a_building(organization=home.organization)
    house = await a_collective_meter(building=building)
    reading = await a_reading(house, "2026-10", "7")

    answer = await gql(
        "query ($m: ID!, $b: ID!) { meter(id: $m) { readings { nodes { id } } }"
        " building(id: $b) { collectiveResources { meters { id } } } }",
        {"m": key("Meter", house), "b": key("Building", building)},
        actor=home.resident,
    )

    assert answer["data"] == (
        {
            "meter": {"readings": {"nodes": [{"id": key("Reading", reading)}]}},
            "building": {"collectiveResources": [{"meters": [{"id": key("Meter", house)}]}]},
        }
        if own
        else {"meter": None, "building": None}
    )


async def test_an_archived_meter_is_history_and_a_deleted_one_is_nothing(
    gql: GraphQLClient, home: Home
) -> None:
    archived, deleted = await of_the_own_flat(home), await of_the_own_flat(home)
    archived.meter.status, archived.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await archived.meter.save()
    await Meter.filter(id=deleted.meter.id).update(latest_reading_id=None)
    await Reading.filter(meter_id=deleted.meter.id).delete()
    await Meter.filter(id=deleted.meter.id).delete()

    with clock.frozen(datetime.fromisoformat(NOON)):
        old = await by_id(gql, home, archived)
        gone = await by_id(gql, home, deleted)

    history = [each for month in old["premise"]["readingHistory"] for each in month["readings"]]
    assert old["premise"]["meters"] == [{"id": key("Meter", home.meter)}]
    assert {"id": key("Reading", archived.reading)} in history
    assert (gone["meter"], gone["nodes"]) == (None, [None, None])
    assert {"id": encode_id("Reading", deleted.reading.id)} not in history
