"""The home widget «Счетчики» over GraphQL: k/N, what to do, and until when."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
)

WIDGETS = """
query ($id: ID!) {
  premise(id: $id) {
    homeWidgets {
      __typename key title
      ... on MeterWidget {
        state submitted total submitBy opensOn daysUntilOpen message progress
      }
    }
  }
}
"""
NOVEMBER_20 = "2026-11-20T12:00+03:00"


async def widget(gql: GraphQLClient, home: Home, at: str = NOVEMBER_20, locale: str = "ru") -> Any:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(
            WIDGETS,
            {"id": encode_id("Premise", home.premise.id)},
            actor=home.resident,
            locale=locale,
        )
    await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
    [found] = answer["data"]["premise"]["homeWidgets"]
    assert [found.pop(name) for name in ("__typename", "key", "title")] == [
        "MeterWidget",
        "meters",
        "Счетчики" if locale == "ru" else "Meters",
    ]
    return found


def shown(state: str, submitted: int, total: int, **facts: object) -> dict[str, object]:
    empty = dict.fromkeys(("submitBy", "opensOn", "daysUntilOpen", "message", "progress"))
    return {"state": state, "submitted": submitted, "total": total, **empty, **facts}


async def test_an_open_window_asks_for_readings(gql: GraphQLClient, home: Home) -> None:
    await a_meter(premise=home.premise, type=MeterType.HOT_WATER)
    await a_reading(home.meter, "2026-11", "105")

    assert await widget(gql, home) == shown(
        "SUBMIT",
        1,
        2,
        submitBy="2026-11-25",
        message="Передайте показания до 25 ноября",
        progress="Передано 1/2",
    )


async def test_all_submitted_is_all_done_also_after_the_window(
    gql: GraphQLClient, home: Home
) -> None:
    await a_reading(home.meter, "2026-11", "105")
    done = shown("SUBMITTED", 1, 1, message="Показания переданы")

    assert await widget(gql, home) == done
    assert await widget(gql, home, "2026-11-30T23:59+03:00") == done
    assert (await widget(gql, home, "2026-12-01T00:00+03:00"))["state"] == "OPENS_LATER"


@pytest.mark.parametrize(
    ("at", "opens_on", "days", "message"),
    [
        ("2026-11-14T23:59+03:00", "2026-11-15", 1, "через 1 день"),
        ("2026-11-12T12:00+03:00", "2026-11-15", 3, "через 3 дня"),
        ("2026-11-26T12:00+03:00", "2026-12-15", 19, "через 19 дней"),
    ],
)
async def test_a_closed_window_says_when_it_opens(
    gql: GraphQLClient, home: Home, at: str, opens_on: str, days: int, message: str
) -> None:
    assert await widget(gql, home, at) == shown(
        "OPENS_LATER",
        0,
        1,
        opensOn=opens_on,
        daysUntilOpen=days,
        message=f"Передача показаний станет доступна {message}",
    )


async def test_what_was_missed_is_counted_after_the_window_too(
    gql: GraphQLClient, home: Home
) -> None:
    await a_meter(premise=home.premise, type=MeterType.HOT_WATER)
    await a_reading(home.meter, "2026-11", "105")

    found = await widget(gql, home, "2026-11-26T12:00+03:00")

    assert (found["state"], found["progress"]) == ("OPENS_LATER", "Передано 1/2")


async def test_windows_of_two_resources_meet_in_one_widget(gql: GraphQLClient, home: Home) -> None:
    water = [home.meter, *[await a_meter(premise=home.premise) for _ in range(2)]]
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=(20, 28))
    for _ in range(2):
        await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T)

    before = await widget(gql, home, "2026-11-16T12:00+03:00")
    for meter in water:
        await a_reading(meter, "2026-11", "105")
    after = await widget(gql, home, "2026-11-16T12:00+03:00")
    later = await widget(gql, home, "2026-11-20T12:00+03:00")

    assert before == shown(
        "SUBMIT",
        0,
        5,
        submitBy="2026-11-25",
        message="Передайте показания до 25 ноября",
        progress="Передано 0/5",
    )
    assert after == shown(
        "OPENS_LATER",
        3,
        5,
        opensOn="2026-11-20",
        daysUntilOpen=4,
        message="Передача показаний станет доступна через 4 дня",
        progress="Передано 3/5",
    )
    assert (later["state"], later["submitBy"], later["progress"]) == (
        "SUBMIT",
        "2026-11-28",
        "Передано 3/5",
    )


async def test_the_nearest_end_of_those_that_wait_counts(gql: GraphQLClient, home: Home) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=(10, 22))
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T)

    both = await widget(gql, home)
    await a_reading(light, "2026-11", "1")
    water = await widget(gql, home)

    assert (both["submitBy"], water["submitBy"]) == ("2026-11-22", "2026-11-25")


@pytest.mark.parametrize(
    ("at", "state", "submitted"),
    [
        ("2026-11-24T12:00+03:00", "OPENS_LATER", 0),
        ("2026-11-25T12:00+03:00", "SUBMIT", 0),
        ("2026-12-05T23:59+03:00", "SUBMIT", 0),
        ("2026-12-06T00:00+03:00", "OPENS_LATER", 0),
    ],
)
async def test_a_window_over_the_end_of_a_month(
    gql: GraphQLClient, db: None, at: str, state: str, submitted: int
) -> None:
    home = await a_home(days=(25, 5))
    await a_reading(home.meter, "2026-10", "100")

    found = await widget(gql, home, at)

    assert (found["state"], found["submitted"]) == (state, submitted)


async def test_a_reading_sent_ahead_does_not_hide_the_present_one(
    gql: GraphQLClient, db: None
) -> None:
    home = await a_home(days=(25, 5))
    await a_reading(home.meter, "2026-11", "100")
    await a_reading(home.meter, "2026-12", "101")

    assert (await widget(gql, home, "2026-12-03T12:00+03:00"))["state"] == "SUBMITTED"


async def test_a_shifted_month_counts(gql: GraphQLClient, home: Home) -> None:
    home.organization.billing_month_shift = -1
    await home.organization.save()

    assert (await widget(gql, home))["state"] == "SUBMITTED"


@pytest.mark.parametrize(
    ("case", "settings", "meter"),
    [
        ("the resource is off", {"active": False}, {}),
        ("on verification", {}, {"status": MeterStatus.VERIFICATION}),
        ("archived", {}, {"status": MeterStatus.ARCHIVED, "archived_at": clock.now()}),
    ],
)
async def test_a_meter_that_takes_no_readings_does_not_count(
    gql: GraphQLClient, home: Home, case: str, settings: dict[str, Any], meter: dict[str, Any]
) -> None:
    if settings:
        await home.settings.update_from_dict(settings).save()
    if meter:
        await home.meter.update_from_dict(meter).save()

    assert await widget(gql, home) == shown("NONE", 0, 0)


async def test_expired_meters_count_where_they_are_accepted(gql: GraphQLClient, home: Home) -> None:
    await home.settings.update_from_dict({"accepts_expired": True}).save()
    await Meter.filter(id=home.meter.id).update(status=MeterStatus.VERIFICATION)

    assert (await widget(gql, home))["total"] == 1


async def test_neither_the_houses_nor_the_neighbours_meters_count(
    gql: GraphQLClient, home: Home
) -> None:
    await a_collective_meter(building=home.building)
    await a_meter(premise=await a_premise(building=home.building))

    assert (await widget(gql, home))["total"] == 1


async def test_a_premise_without_meters_has_a_widget_without_status(
    gql: GraphQLClient, home: Home
) -> None:
    await Meter.filter(id=home.meter.id).update(status="ARCHIVED", archived_at=clock.now())

    assert await widget(gql, home) == shown("NONE", 0, 0)


async def test_the_day_is_the_buildings(gql: GraphQLClient, db: None) -> None:
    east = await a_home(timezone="Asia/Yekaterinburg")
    west = await a_home(timezone="Europe/Kaliningrad", identifier="ХВС-2")
    midnight = "2026-11-14T20:00+00:00"

    assert (await widget(gql, east, midnight))["state"] == "SUBMIT"
    assert (await widget(gql, west, midnight))["daysUntilOpen"] == 1


async def test_the_text_comes_in_english_too(gql: GraphQLClient, home: Home) -> None:
    found = await widget(gql, home, locale="en")

    assert found["message"].isascii()
    assert "25" in found["message"]


async def test_a_widget_costs_two_statements(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    await widget(gql, home)  # the place on the screen is remembered
    with queries.exactly(2):  # the premise, the widget
        await widget(gql, home)
    for _ in range(19):
        await a_reading(await a_meter(premise=home.premise), "2026-11", "1")
    with queries.exactly(2):  # the premise, the widget
        assert (await widget(gql, home))["total"] == 20


async def test_two_homes_cost_what_one_costs(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    second = await a_premise(building=home.building)
    user = await a_resident_user(home.organization, premises=[home.premise, second])
    query = "{ premises { nodes { homeWidgets { key } } } }"
    actor = await actor_of(user)

    await gql(query, actor=actor)  # the places on the screen are remembered
    with queries.exactly(2):  # the premises, their widgets
        answer = await gql(query, actor=actor)
        await asyncio.sleep(0)

    assert answer["data"]["premises"]["nodes"] == [{"homeWidgets": [{"key": "meters"}]}] * 2


async def who(home: Home, kind: str) -> Actor:
    match kind:
        case "neighbour":
            flat = await a_premise(building=home.building)
            return await actor_of(await a_resident_user(home.organization, premises=[flat]))
        case "employee elsewhere":
            return await actor_of(await an_employee(await an_organization()))
        case "employee":
            return await actor_of(await an_employee(home.organization))
    return ANONYMOUS


@pytest.mark.parametrize(
    ("kind", "data", "codes"),
    [
        ("nobody", {"premise": None}, ["UNAUTHENTICATED"]),
        ("neighbour", {"premise": None}, []),
        ("employee elsewhere", {"premise": None}, []),
        (
            "employee",
            {"premise": {"homeWidgets": [{"key": "meters"}]}},
            [],
        ),
    ],
)
async def test_who_sees_the_widgets_of_a_premise(
    gql: GraphQLClient, home: Home, kind: str, data: Any, codes: list[str]
) -> None:
    query = "query ($id: ID!) { premise(id: $id) { homeWidgets { key } } }"

    answer = await gql(
        query, {"id": encode_id("Premise", home.premise.id)}, actor=await who(home, kind)
    )

    found = answer.get("errors", [])
    assert [each["extensions"]["code"] for each in found] == codes
    assert answer["data"] == data
