"""The CRM's list of readings: its rows and its filters."""

from datetime import datetime
from typing import Any

import pytest

from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_premise,
    an_organization,
)
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import a_meter, a_reading

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

COUNT = "query ($filter: ReadingFilterInput) { readings(filter: $filter) { totalCount { count } } }"
ALL = ["ОДПУ 11", "ЭЛ 11", "ХВС 11", "ХВС 10"]


async def test_a_row_has_what_the_table_shows(gql: GraphQLClient, town: Any) -> None:
    answer = await gql(ROWS, {"search": "7700415015", "first": 1}, actor=town.clerk)

    assert answer["data"]["readings"] == {
        "nodes": [
            {
                "billingMonth": "2026-11",
                "takenOn": "2026-11-01",
                "submittedAt": "2026-11-15T12:00:00+00:00",
                "channelTitle": "Приложение жителя",
                "consumption": "4.5",
                "unit": "CUBIC_METRE",
                "values": [
                    {"number": 1, "value": "104.5", "previous": "100", "consumption": "4.5"}
                ],
                "meter": {
                    "identifier": "ХВС",
                    "type": "COLD_WATER",
                    "typeTitle": "ХВС",
                    "serialNumber": "18-034512",
                    "building": {
                        "address": "г. Пермь, ул. Тёплая, 5",
                        "quarter": {"name": town.quarter.name},
                    },
                    "premise": {"number": "15"},
                    "account": {"number": "7700415015"},
                },
            }
        ],
        "totalCount": {"count": 2, "isExact": True},
    }


async def test_all_readings_of_the_organization_are_listed(find: Any) -> None:
    assert await find() == ALL


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"latestOnly": True}, ["ОДПУ 11", "ЭЛ 11", "ХВС 11"]),
        ({"latestOnly": False}, ALL),
        ({"scope": "INDIVIDUAL"}, ALL[1:]),
        ({"scope": "COLLECTIVE"}, ALL[:1]),
        ({"resourceKind": "WATER"}, ["ОДПУ 11", "ХВС 11", "ХВС 10"]),
        ({"meterType": "ELECTRICITY_2T"}, ["ЭЛ 11"]),
        ({"meterType": "HOT_WATER"}, []),
        ({"channel": "CRM"}, ["ЭЛ 11"]),
        ({"needsReview": True}, ["ХВС 11"]),
        ({"needsReview": False}, ["ОДПУ 11", "ЭЛ 11", "ХВС 10"]),
        ({"latestOnly": True, "resourceKind": "WATER", "scope": "INDIVIDUAL"}, ["ХВС 11"]),
    ],
)
async def test_filters_narrow_the_list(
    find: Any, filter: dict[str, Any], expected: list[str]
) -> None:
    assert await find(**filter) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("organizationId", "organizationId", ALL),
        ("groupId", "groupId", ["ОДПУ 11", "ЭЛ 11"]),
        ("quarterId", "quarterId", ["ХВС 11", "ХВС 10"]),
        ("buildingId", "buildingId", ["ХВС 11", "ХВС 10"]),
        ("premiseId", "premiseId", ["ЭЛ 11"]),
        ("buildingId", "strangersBuilding", []),
        ("organizationId", "strangersOrganization", []),
    ],
)
async def test_places_narrow_the_list(
    find: Any, town: Any, name: str, value: str, expected: list[str]
) -> None:
    assert await find(**{name: town.ids[value]}) == expected


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"submittedFrom": "2026-11-15"}, ["ОДПУ 11", "ЭЛ 11", "ХВС 11"]),
        ({"submittedTo": "2026-11-15"}, ["ХВС 11", "ХВС 10"]),
        ({"submittedFrom": "2026-11-15", "submittedTo": "2026-11-16"}, ["ЭЛ 11", "ХВС 11"]),
        ({"submittedFrom": "2026-11-18"}, []),
        ({"submittedTo": "2026-10-31"}, []),
        ({"submittedTo": "9999-12-31"}, ALL),
        ({"submittedFrom": "0001-01-01"}, ALL),
    ],
)
async def test_both_days_are_included(
    find: Any, filter: dict[str, Any], expected: list[str]
) -> None:
    assert await find(**filter) == expected


async def test_days_the_wrong_way_round_are_told_of(gql: GraphQLClient, town: Any) -> None:
    filter = {"submittedFrom": "2026-11-16", "submittedTo": "2026-11-15"}

    answer = await gql(COUNT, {"filter": filter}, actor=town.clerk)

    [error] = answer["errors"]
    assert error["message"] == (
        "Период указан неверно: начало 16 ноября 2026 позже конца 15 ноября 2026"
    )
    assert error["extensions"]["reason"] == "DAYS_INVALID"


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "day"),
    [
        ("Asia/Yekaterinburg", 18, 59, "2026-11-15"),
        ("Asia/Yekaterinburg", 19, 0, "2026-11-16"),
        ("Pacific/Kiritimati", 10, 0, "2026-11-16"),
        ("Etc/GMT+12", 11, 59, "2026-11-14"),
    ],
)
async def test_days_are_those_of_the_organizations_time_zone(
    gql: GraphQLClient, db: None, zone: str, hour: int, minute: int, day: str
) -> None:
    organization = await an_organization(timezone=zone)
    clerk = await actor_of(await an_employee(organization, permissions=[SUBMIT.code]))
    building = await a_building(organization=organization, timezone="Europe/Kaliningrad")
    meter = await a_meter(premise=await a_premise(building=building))
    moment = datetime.fromisoformat(f"2026-11-15T{hour:02}:{minute:02}+00:00")
    await a_reading(meter, "2026-11", "1", submitted_at=moment)

    counts = []
    for number in (13, 14, 15, 16, 17):
        filter = {"submittedFrom": f"2026-11-{number}", "submittedTo": f"2026-11-{number}"}
        answer = await gql(COUNT, {"filter": filter}, actor=clerk)
        counts.append((f"2026-11-{number}", answer["data"]["readings"]["totalCount"]["count"]))

    assert [found for found in counts if found[1]] == [(day, 1)]


@pytest.mark.parametrize(
    ("name", "kind"), [("buildingId", "Premise"), ("groupId", "Quarter"), ("quarterId", "Reading")]
)
async def test_an_id_of_something_else_is_bad_input(
    gql: GraphQLClient, town: Any, name: str, kind: str
) -> None:
    filter = {name: encode_id(kind, town.organization.id)}

    answer = await gql(COUNT, {"filter": filter}, actor=town.clerk)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]
