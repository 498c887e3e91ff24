"""A meter that is deleted takes its own readings along, and nothing else; nobody finds it again."""

from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import NOON, Register, key, told

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.client import GraphQLClient
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    submission,
    values_of,
)

DELETE = """
mutation ($input: DeleteMeterInput!) {
  deleteMeter(input: $input) { deletion { readings } errors { code } }
}
"""
SUBMIT = """
mutation ($input: SubmitReadingsInput!) { submitReadings(input: $input) { errors { code } } }
"""
ADD = """
mutation ($input: AddMeterInput!) { addMeter(input: $input) { meter { id } errors { code } } }
"""
SEEN = """
query ($premise: ID!) {
  premise(id: $premise) {
    meters { identifier }
    readings { nodes { meter { identifier } } }
    readingHistory { readings { meter { identifier } } }
    homeWidgets { ... on MeterWidget { submitted total } }
    building { collectiveResources { meters { identifier } } }
  }
}
"""
LISTED = "{ readings { nodes { meter { identifier } } } meters { nodes { identifier } } }"


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


async def delete(gql: GraphQLClient, actor: Actor, meter: Meter, readings: int) -> None:
    given = {"meterId": key("Meter", meter), "confirmReadings": readings}
    answer = await gql(DELETE, {"input": given}, actor=actor)
    assert answer["data"]["deleteMeter"] == {"deletion": {"readings": readings}, "errors": []}


@pytest.mark.parametrize("is_house", [False, True], ids=["of a flat", "of the house"])
async def test_others_keep_their_readings(
    gql: GraphQLClient, home: Home, chief: Actor, is_house: bool
) -> None:
    house, other_house = [
        await a_collective_meter(building=home.building, identifier=name) for name in ("Д1", "Д2")
    ]
    neighbour = await a_meter(premise=home.premise, identifier="ГВС")
    for meter in (house, other_house, neighbour):
        await a_reading(meter, "2026-10", "7")
    gone = house if is_house else home.meter

    await delete(gql, chief, gone, 1)

    left = {home.meter.id, house.id, other_house.id, neighbour.id} - {gone.id}
    assert {each.meter_id for each in await Reading.all()} == left
    assert {each.id for each in await Meter.all()} == left


async def test_it_is_nowhere_to_be_seen(gql: GraphQLClient, home: Home, chief: Actor) -> None:
    await a_meter(premise=home.premise, identifier="ГВС")
    house = await a_collective_meter(building=home.building)
    await a_reading(house, "2026-10", "7")

    await delete(gql, chief, home.meter, 1)
    await delete(gql, chief, house, 1)

    ids = {"premise": key("Premise", home.premise)}
    seen = (await gql(SEEN, ids, actor=home.resident))["data"]["premise"]
    listed = (await gql(LISTED, actor=chief))["data"]
    assert seen == {
        "meters": [{"identifier": "ГВС"}],
        "readings": {"nodes": []},
        "readingHistory": [],
        "homeWidgets": [{"submitted": 0, "total": 1}],
        "building": {"collectiveResources": []},
    }
    assert listed == {"readings": {"nodes": []}, "meters": {"nodes": [{"identifier": "ГВС"}]}}


@pytest.mark.parametrize("who", ["resident", "chief", "system"])
async def test_it_takes_no_reading_from_anybody(
    gql: GraphQLClient, home: Home, chief: Actor, system: Actor, who: str
) -> None:
    actor = {"resident": home.resident, "chief": chief, "system": system}[who]
    await delete(gql, chief, home.meter, 1)

    answer = await gql(SUBMIT, submission(home.premise, values_of(home.meter, "105")), actor=actor)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_its_numbers_are_free_and_its_readings_do_not_come_back(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor
) -> None:
    old = encode_id("Meter", home.meter.id)
    await delete(gql, chief, home.meter, 1)

    before = await register("readings", {"identifier": "ХВС-15", "values": ["3"]})
    added = await gql(
        ADD,
        {
            "input": {
                "premiseId": key("Premise", home.premise),
                "type": "COLD_WATER",
                "identifier": "ХВС-15",
            }
        },
        actor=chief,
    )
    after = await register(
        "readings", {"meterId": old, "values": ["3"]}, {"identifier": "ХВС-15", "values": ["3"]}
    )

    assert told(before) == [("REJECTED", ("METER_UNKNOWN", "identifier"))]
    assert added["data"]["addMeter"]["errors"] == []
    assert told(after) == [("REJECTED", ("METER_UNKNOWN", "meterId")), ("CREATED",)]
    [reading] = await Reading.all()
    assert (reading.previous_t1, reading.consumption) == (None, None)
