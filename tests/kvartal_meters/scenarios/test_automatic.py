"""What a meter sends by itself: a reading like any other, but none that a resident writes over."""

from typing import Any

from tests.kvartal_meters.scenarios.conftest import Register, Submit, faults, key, told

from kvartal.auth.actor import Actor
from kvartal.testing.client import GraphQLClient
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_collective_meter, a_meter, values_of

SEEN = """
query ($id: ID!) {
  premise(id: $id) {
    meters {
      identifier
      submission { allowed hasReading reasons { code } }
      readings { nodes { billingMonth channel channelTitle values { value } } }
    }
    homeWidgets { ... on MeterWidget { state submitted total } }
    building { collectiveResources { meters { identifier readings { nodes { channel } } } } }
  }
}
"""


async def seen(gql: GraphQLClient, home: Home, actor: Actor) -> dict[str, Any]:
    answer = await gql(SEEN, {"id": key("Premise", home.premise)}, actor=actor)
    premise: dict[str, Any] = answer["data"]["premise"]
    return premise


async def sent_by_itself(register: Register, meter: Meter, value: str) -> list[Any]:
    row = {"meterId": key("Meter", meter), "values": [value], "channel": "AUTO"}
    return told(await register("readings", row, mode="OVERWRITE"))


async def test_a_resident_sees_meters_of_both_kinds_and_what_they_sent(
    gql: GraphQLClient, register: Register, submit: Submit, home: Home, frozen_clock: Any
) -> None:
    manual = await a_meter(premise=home.premise, type=MeterType.HOT_WATER, identifier="ГВС")
    house = await a_collective_meter(building=home.building, identifier="ОДПУ")
    assert await sent_by_itself(register, home.meter, "104.25") == [("CREATED",)]
    assert await sent_by_itself(register, house, "7") == [("CREATED",)]
    await submit(values_of(manual, "3"))

    with frozen_clock("2026-11-20T12:00+03:00"):
        premise = await seen(gql, home, home.resident)

    by_name = {each["identifier"]: each for each in premise["meters"]}
    assert by_name["ХВС-15"]["readings"]["nodes"][0] == {
        "billingMonth": "2026-11",
        "channel": "AUTO",
        "channelTitle": "Автоматически",
        "values": [{"value": "104.25"}],
    }
    assert [each["channel"] for each in by_name["ГВС"]["readings"]["nodes"]] == ["RESIDENT_APP"]
    assert premise["homeWidgets"] == [{"state": "SUBMITTED", "submitted": 2, "total": 2}]
    [water] = premise["building"]["collectiveResources"]
    assert water["meters"] == [{"identifier": "ОДПУ", "readings": {"nodes": [{"channel": "AUTO"}]}}]


async def test_what_a_meter_has_sent_is_not_a_residents_to_change(
    gql: GraphQLClient, register: Register, submit: Submit, home: Home, frozen_clock: Any
) -> None:
    await sent_by_itself(register, home.meter, "104")

    changed = await submit(values_of(home.meter, "105"))
    repeated = await submit(values_of(home.meter, "104.0"))

    with frozen_clock("2026-11-20T12:00+03:00"):
        [meter] = (await seen(gql, home, home.resident))["meters"]
    reading = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    assert faults(changed) == [("EDITED_BY_STAFF", ["readings", "0"])]
    assert repeated["errors"] == []  # what is there already is no change
    assert (reading.t1, reading.version, reading.channel.value) == (104, 1, "AUTO")
    assert meter["submission"] == {
        "allowed": False,
        "hasReading": True,
        "reasons": [{"code": "EDITED_BY_STAFF"}],
    }


async def test_a_meter_writes_over_what_a_resident_entered_and_the_history_tells(
    register: Register, submit: Submit, home: Home
) -> None:
    await submit(values_of(home.meter, "104"))

    assert await sent_by_itself(register, home.meter, "104.25") == [("UPDATED",)]

    history = await ReadingRevision.filter(reading__meter_id=home.meter.id).order_by("id")
    assert [(each.author_kind.value, each.channel.value, each.new_t1) for each in history] == [
        ("RESIDENT", "RESIDENT_APP", 104),
        ("SERVICE", "AUTO", history[1].new_t1),
    ]
    assert str(history[1].new_t1) == "104.2500"


async def test_staff_may_correct_what_a_meter_has_sent(
    register: Register, submit: Submit, home: Home, chief: Actor
) -> None:
    await sent_by_itself(register, home.meter, "104")

    payload = await submit(values_of(home.meter, "105"), actor=chief)

    assert [(each["channel"], each["version"]) for each in payload["readings"]] == [("CRM", 2)]


async def test_remote_reading_is_a_note_on_the_card_and_takes_nothing_from_staff(
    gql: GraphQLClient, home: Home, chief: Actor, frozen_clock: Any
) -> None:
    house = await a_collective_meter(building=home.building)
    with frozen_clock("2026-11-20T12:00+03:00"):
        await gql(
            "mutation ($i: UpdateMeterInput!) { updateMeter(input: $i) { errors { code } } }",
            {"i": {"id": key("Meter", house), "remoteReading": True}},
            actor=chief,
        )
        answer = await gql(
            "query ($id: ID!) { meter(id: $id) { remoteReading submission { allowed } } }",
            {"id": key("Meter", house)},
            actor=chief,
        )

    assert answer["data"]["meter"] == {"remoteReading": True, "submission": {"allowed": True}}
