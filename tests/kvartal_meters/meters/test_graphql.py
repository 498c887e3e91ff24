"""Meters over GraphQL: what a meter tells, where meters are found, and who sees them."""

import asyncio
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterCondition, MeterStatus
from kvartal_meters.testing import Home, a_collective_meter, a_home, a_meter

METER = """
query ($id: ID!) {
  meter(id: $id) {
    id scope type typeTitle resourceKind unit identifier externalId serialNumber brand model
    commissionedOn verificationInterval verifiedOn nextVerificationOn status intDigits
    transformationRatio initialValues installationPlace condition version
    verification { severity dueOn daysLeft message }
    registers { number register label }
    building { address } premise { number } account { number }
  }
}
"""
BRIEF = "query ($id: ID!) { meter(id: $id) { identifier } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename ... on Meter { identifier } } }"
VERIFICATION = """
query ($id: ID!) { meter(id: $id) { verification { severity dueOn daysLeft message } } }
"""
OF_PREMISE = """
query ($id: ID!, $archived: Boolean!) {
  premise(id: $id) { meters(includeArchived: $archived) { identifier account { number } } }
}
"""
OF_HOUSE = """
query ($id: ID!) {
  building(id: $id) { meters { nodes { identifier condition installationPlace } } }
}
"""
BOTH = """
query ($id: ID!) {
  premise(id: $id) {
    meters { identifier }
    all: meters(includeArchived: true) { identifier }
    building { meters { nodes { identifier } } }
  }
}
"""


def identifiers(meters: list[dict[str, Any]]) -> list[str]:
    return [each["identifier"] for each in meters]


async def test_a_meter_tells_all_of_its_card(gql: GraphQLClient, home: Home) -> None:
    meter = await a_meter(
        premise=home.premise,
        account=home.account,
        type=MeterType.ELECTRICITY_3T,
        identifier="ЭЛ-15",
        external_id="IPU-7",
        serial_number="18-034512",
        brand="Бетар",
        model="СХВ-15",
        commissioned_on=date(2021, 5, 12),
        verification_interval=6,
        verified_on=date(2021, 5, 1),
        int_digits=6,
        initial=("1.5", "2", "3"),
    )

    with clock.frozen(datetime.fromisoformat("2026-11-20T12:00+03:00")):
        answer = await gql(METER, {"id": encode_id("Meter", meter.id)}, actor=home.resident)

    assert answer["data"]["meter"] == {
        "id": encode_id("Meter", meter.id),
        "scope": "INDIVIDUAL",
        "type": "ELECTRICITY_3T",
        "typeTitle": "Электричество, пик/ночь/полупик",
        "resourceKind": "ELECTRICITY",
        "unit": "KILOWATT_HOUR",
        "identifier": "ЭЛ-15",
        "externalId": "IPU-7",
        "serialNumber": "18-034512",
        "brand": "Бетар",
        "model": "СХВ-15",
        "commissionedOn": "2021-05-12",
        "verificationInterval": 6,
        "verifiedOn": "2021-05-01",
        "nextVerificationOn": None,
        "status": "ACTIVE",
        "intDigits": 6,
        "transformationRatio": "1",
        "initialValues": ["1.5", "2", "3"],
        "installationPlace": None,
        "condition": None,
        "version": 1,
        "verification": {
            "severity": "NONE",
            "dueOn": "2027-05-01",
            "daysLeft": 162,
            "message": None,
        },
        "registers": [
            {"number": 1, "register": "PEAK", "label": "Пик"},
            {"number": 2, "register": "NIGHT", "label": "Ночь"},
            {"number": 3, "register": "SEMI_PEAK", "label": "Полупик"},
        ],
        "building": {"address": "г. Казань, ул. Лесная, 5"},
        "premise": {"number": "15"},
        "account": {"number": home.account.number},
    }


@pytest.mark.parametrize(
    ("zone", "now", "next_on", "status", "expected"),
    [
        (
            "Europe/Moscow",
            "2026-11-20T12:00+03:00",
            date(2026, 12, 19),
            MeterStatus.ACTIVE,
            ("SOON", "2026-12-19", 29, "До поверки осталось 29 дней"),
        ),
        (
            "Europe/Moscow",
            "2026-11-20T12:00+03:00",
            date(2026, 12, 20),
            MeterStatus.ACTIVE,
            ("NONE", "2026-12-20", 30, None),
        ),
        (
            "Europe/Moscow",
            "2026-11-20T12:00+03:00",
            date(2026, 11, 19),
            MeterStatus.VERIFICATION,
            ("EXPIRED", "2026-11-19", -1, "Срок поверки истек"),
        ),
        (
            "Europe/Moscow",
            "2026-11-20T12:00+03:00",
            date(2027, 11, 19),
            MeterStatus.VERIFICATION,
            ("ON_VERIFICATION", "2027-11-19", 364, "На поверке"),
        ),
        (
            "Asia/Yekaterinburg",
            "2026-11-20T19:00+00:00",
            date(2026, 11, 21),
            MeterStatus.ACTIVE,
            ("SOON", "2026-11-21", 0, "До поверки осталось 0 дней"),
        ),
        (
            "Europe/Moscow",
            "2026-11-20T12:00+03:00",
            None,
            MeterStatus.ACTIVE,
            ("NONE", None, None, None),
        ),
    ],
)
async def test_verification_is_told_as_of_the_buildings_today(
    gql: GraphQLClient,
    db: None,
    zone: str,
    now: str,
    next_on: date | None,
    status: MeterStatus,
    expected: tuple[Any, ...],
) -> None:
    home = await a_home(timezone=zone)
    home.meter.next_verification_on, home.meter.status = next_on, status
    await home.meter.save()

    with clock.frozen(datetime.fromisoformat(now)):
        answer = await gql(
            VERIFICATION, {"id": encode_id("Meter", home.meter.id)}, actor=home.resident
        )

    assert tuple(answer["data"]["meter"]["verification"].values()) == expected


async def test_a_premise_lists_its_meters_by_resource(gql: GraphQLClient, home: Home) -> None:
    await a_meter(premise=home.premise, type=MeterType.HOT_WATER, identifier="ГВС")
    await a_meter(premise=home.premise, type=MeterType.GAS, identifier="ГАЗ")
    await a_meter(premise=home.premise, identifier="СТАРЫЙ", status=MeterStatus.ARCHIVED)
    await a_meter(premise=await a_premise(building=home.building), identifier="СОСЕДСКИЙ")
    variables = {"id": encode_id("Premise", home.premise.id)}

    present = await gql(OF_PREMISE, variables | {"archived": False}, actor=home.resident)
    everything = await gql(OF_PREMISE, variables | {"archived": True}, actor=home.resident)

    assert identifiers(present["data"]["premise"]["meters"]) == ["ХВС-15", "ГВС", "ГАЗ"]
    assert identifiers(everything["data"]["premise"]["meters"]) == [
        "СТАРЫЙ",
        "ХВС-15",
        "ГВС",
        "ГАЗ",
    ]
    assert [each["account"] for each in present["data"]["premise"]["meters"]] == [
        {"number": home.account.number},
        None,
        None,
    ]


async def test_a_house_lists_its_own_meters(gql: GraphQLClient, home: Home) -> None:
    await a_collective_meter(building=home.building, identifier="ОДПУ-1")
    await a_collective_meter(building=await a_building(organization=home.organization))

    answer = await gql(
        OF_HOUSE, {"id": encode_id("Building", home.building.id)}, actor=home.resident
    )

    assert answer["data"]["building"]["meters"]["nodes"] == [
        {
            "identifier": "ОДПУ-1",
            "condition": MeterCondition.WORKING.value,
            "installationPlace": "Подвал",
        }
    ]


async def test_places_without_meters_have_empty_lists(gql: GraphQLClient, home: Home) -> None:
    empty = await a_premise(building=home.building)
    user = await a_resident_user(home.organization, premises=[empty])

    answer = await gql(BOTH, {"id": encode_id("Premise", empty.id)}, actor=await actor_of(user))

    assert answer["data"]["premise"] == {
        "meters": [],
        "all": [],
        "building": {"meters": {"nodes": []}},
    }


async def stranger(home: Home, kind: str) -> Actor:
    match kind:
        case "neighbour":
            flat = await a_premise(building=home.building)
            return await actor_of(await a_resident_user(home.organization, premises=[flat]))
        case "resident elsewhere":
            return (await a_home(identifier="чужой")).resident
        case "employee elsewhere":
            return await actor_of(await an_employee(await an_organization()))
        case "employee of another house":
            other = await a_building(organization=home.organization)
            return await actor_of(await an_employee(home.organization, buildings=[other]))
        case "employee of this house":
            return await actor_of(await an_employee(home.organization, buildings=[home.building]))
        case "system":
            return await actor_of(await a_service_token(home.organization))
    return await actor_of(await a_service_token(await an_organization()))


@pytest.mark.parametrize(
    ("who", "sees_flats", "sees_houses"),
    [
        ("neighbour", False, True),
        ("resident elsewhere", False, False),
        ("employee elsewhere", False, False),
        ("employee of another house", False, False),
        ("system elsewhere", False, False),
        ("employee of this house", True, True),
        ("system", True, True),
    ],
)
async def test_who_sees_a_meter(
    gql: GraphQLClient, home: Home, who: str, sees_flats: bool, sees_houses: bool
) -> None:
    house = await a_collective_meter(building=home.building, identifier="ОДПУ")
    actor = await stranger(home, who)

    for meter, seen in ((home.meter, sees_flats), (house, sees_houses)):
        key = {"id": encode_id("Meter", meter.id)}
        found = await gql(BRIEF, key, actor=actor)
        node = await gql(NODE, key, actor=actor)
        shown = {"identifier": meter.identifier}
        assert found["data"] == {"meter": shown if seen else None}
        assert node["data"] == {"node": {"__typename": "Meter", **shown} if seen else None}
        assert "errors" not in found


async def test_what_is_anothers_looks_like_what_does_not_exist(
    gql: GraphQLClient, home: Home
) -> None:
    foreign = await a_meter()

    answers = [
        await gql(BRIEF, {"id": encode_id("Meter", key)}, actor=home.resident)
        for key in (foreign.id, uuid4())
    ]

    assert answers == [{"data": {"meter": None}}] * 2


@pytest.mark.parametrize(
    ("actor", "key", "code"),
    [
        (ANONYMOUS, encode_id("Meter", UUID(int=1)), "UNAUTHENTICATED"),
        (None, encode_id("Premise", UUID(int=1)), "BAD_INPUT"),
        (None, "x", "BAD_INPUT"),
    ],
)
async def test_a_meter_is_asked_for_by_its_id_after_signing_in(
    gql: GraphQLClient, home: Home, actor: Actor | None, key: str, code: str
) -> None:
    answer = await gql(BRIEF, {"id": key}, actor=actor or home.resident)

    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


async def test_many_meters_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    async def ask() -> dict[str, Any]:
        answer: dict[str, Any] = await gql(
            BOTH, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident
        )
        await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn
        return answer

    with queries.exactly(4):
        await ask()
    for number in range(19):
        await a_meter(premise=home.premise, identifier=f"С{number}")
        await a_collective_meter(building=home.building)
    with queries.exactly(4):
        answer = await ask()

    assert len(answer["data"]["premise"]["meters"]) == 20
    assert await Meter.filter(building_id=home.building.id).count() == 39
