"""Each screen that shows meters is one query: the columns it has, and what colours them."""

from datetime import date, datetime
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import EVERYTHING, key

from kvartal.auth.actor import Actor
from kvartal.auth.rules import SessionChannel
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

TODAY = "2026-11-24T12:00+03:00"
METERS_OF_A_PREMISE = """
query ($id: ID!) {
  premise(id: $id) {
    meters(scope: INDIVIDUAL) {
      typeTitle identifier serialNumber nextVerificationOn status
      readings(first: 1) { nodes { values { previous value } } }
    }
  }
}
"""
METERS_OF_A_HOUSE = """
query ($id: ID!) {
  building(id: $id) {
    meters(scope: COLLECTIVE) {
      nodes {
        typeTitle identifier serialNumber nextVerificationOn installationPlace
        readings(first: 1) { nodes { values { previous value } } }
      }
    }
  }
}
"""
TABLE = """
query ($filter: ReadingFilterInput, $search: String) {
  readings(filter: $filter, search: $search) {
    nodes {
      consumption submittedAt channelTitle
      values { previous value }
      meter {
        typeTitle identifier serialNumber installationPlace
        building { address } premise { number } account { number }
        id verification { severity dueOn }
      }
    }
  }
}
"""
UNFOLDED = """
query ($id: ID!) {
  meter(id: $id) { readings { nodes { consumption submittedAt values { value } } } }
}
"""
BUILDINGS = "{ buildingsForSubmission { nodes { id address } } }"
PREMISES = """
query ($id: ID!) {
  building(id: $id) { premises { nodes { id number residents { id fullName } } } }
}
"""
FORM = """
query ($id: ID!) {
  premise(id: $id) {
    meters {
      resourceKind typeTitle identifier
      submission { allowed reasons { code } }
      readings(first: 1) { nodes { values { value } } }
    }
  }
}
"""
HOUSE_FORM = """
query ($id: ID!) {
  building(id: $id) {
    meters {
      nodes {
        resourceKind typeTitle serialNumber identifier
        submission { allowed }
        readings(first: 1) { nodes { values { value } } }
      }
    }
  }
}
"""
SUBMIT_COLLECTIVE = """
mutation ($input: SubmitCollectiveReadingsInput!) {
  submitCollectiveReadings(input: $input) { readings { channel } errors { code } }
}
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { channel } errors { code } }
}
"""
SECTION = """
query ($id: ID!) {
  premise(id: $id) {
    meters {
      resourceKind displayName identifier
      verification { severity message service { title } }
      submission { allowed opensOn reasons { message opensOn } }
    }
  }
}
"""


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(TODAY):
        yield


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00+03:00")


async def ask(gql: GraphQLClient, actor: Actor, document: str, **variables: Any) -> dict[str, Any]:
    answer = await gql(document, variables, actor=actor)
    assert "errors" not in answer
    data: dict[str, Any] = answer["data"]
    return data


@pytest.fixture
async def november_reading(home: Home) -> Reading:
    """What the home's resident has submitted this month."""
    await Reading.filter(meter_id=home.meter.id).update(submitted_at=at("2026-10-20"))
    await Meter.filter(id=home.meter.id).update(
        serial_number="18-034512", next_verification_on=date(2027, 5, 12)
    )
    await home.meter.refresh_from_db()
    return await a_reading(home.meter, "2026-11", "105", submitted_at=at("2026-11-20"))


@pytest.fixture
async def house(home: Home, november_reading: Reading) -> Meter:
    """A meter of the home's house that has been read twice."""
    meter = await a_collective_meter(
        building=home.building,
        identifier="ОДПУ-1",
        serial_number="77",
        installation_place="Подвал, ввод 1",
        next_verification_on=date(2026, 12, 23),
    )
    for month, value in (("2026-10", "1000"), ("2026-11", "1070")):
        await a_reading(
            meter,
            month,
            value,
            by=AuthorKind.EMPLOYEE,
            channel=SubmissionChannel.CRM,
            submitted_at=at(f"{month}-23"),
        )
    return meter


async def test_the_premises_card_lists_its_meters(
    gql: GraphQLClient, home: Home, chief: Actor, november_reading: Reading
) -> None:
    await a_meter(
        premise=home.premise,
        type=MeterType.ELECTRICITY_2T,
        identifier="ЭЛ",
        status=MeterStatus.VERIFICATION,
    )

    data = await ask(gql, chief, METERS_OF_A_PREMISE, id=key("Premise", home.premise))

    assert data["premise"]["meters"] == [
        {
            "typeTitle": "ХВС",
            "identifier": "ХВС-15",
            "serialNumber": "18-034512",
            "nextVerificationOn": "2027-05-12",
            "status": "ACTIVE",
            "readings": {"nodes": [{"values": [{"previous": "100.5", "value": "105"}]}]},
        },
        {
            "typeTitle": "Электричество, день/ночь",
            "identifier": "ЭЛ",
            "serialNumber": None,
            "nextVerificationOn": None,
            "status": "VERIFICATION",
            "readings": {"nodes": []},
        },
    ]


async def test_the_buildings_card_lists_the_houses_meters(
    gql: GraphQLClient, home: Home, chief: Actor, house: Meter
) -> None:
    data = await ask(gql, chief, METERS_OF_A_HOUSE, id=key("Building", home.building))

    assert data["building"]["meters"]["nodes"] == [
        {
            "typeTitle": "ХВС",
            "identifier": "ОДПУ-1",
            "serialNumber": "77",
            "nextVerificationOn": "2026-12-23",
            "installationPlace": "Подвал, ввод 1",
            "readings": {"nodes": [{"values": [{"previous": "1000", "value": "1070"}]}]},
        }
    ]


async def test_a_row_of_the_flats_readings_and_what_it_unfolds(
    gql: GraphQLClient, home: Home, chief: Actor, november_reading: Reading
) -> None:
    data = await ask(
        gql, chief, TABLE, filter={"scope": "INDIVIDUAL", "latestOnly": True}, search="лесная хвс"
    )

    [row] = data["readings"]["nodes"]
    meter = row.pop("meter")
    assert row == {
        "consumption": "4.5",
        "submittedAt": "2026-11-20T07:00:00+00:00",
        "channelTitle": "Приложение жителя",
        "values": [{"previous": "100.5", "value": "105"}],
    }
    assert meter["building"] == {"address": "г. Казань, ул. Лесная, 5"}
    assert (meter["premise"], meter["account"]) == (
        {"number": "15"},
        {"number": home.account.number},
    )
    assert (meter["typeTitle"], meter["identifier"]) == ("ХВС", "ХВС-15")
    unfolded = await ask(gql, chief, UNFOLDED, id=meter["id"])
    assert unfolded["meter"]["readings"]["nodes"] == [
        {
            "consumption": "4.5",
            "submittedAt": "2026-11-20T07:00:00+00:00",
            "values": [{"value": "105"}],
        },
        {
            "consumption": None,
            "submittedAt": "2026-10-20T07:00:00+00:00",
            "values": [{"value": "100.5"}],
        },
    ]


@pytest.mark.parametrize(
    ("due", "severity"),
    [
        (date(2026, 12, 24), "NONE"),  # thirty days: no colour
        (date(2026, 12, 23), "SOON"),  # less than thirty: yellow
        (date(2026, 11, 24), "SOON"),
        (date(2026, 11, 23), "EXPIRED"),  # red
        (None, "NONE"),
    ],
)
async def test_a_row_of_the_houses_readings_and_its_colour(
    gql: GraphQLClient, chief: Actor, house: Meter, due: date | None, severity: str
) -> None:
    await Meter.filter(id=house.id).update(next_verification_on=due)

    data = await ask(
        gql, chief, TABLE, filter={"scope": "COLLECTIVE", "latestOnly": True}, search="одпу-1"
    )

    [row] = data["readings"]["nodes"]
    meter = row.pop("meter")
    assert row == {
        "consumption": "70",
        "submittedAt": "2026-11-23T07:00:00+00:00",
        "channelTitle": "CRM",
        "values": [{"previous": "1000", "value": "1070"}],
    }
    assert (meter["building"]["address"], meter["installationPlace"]) == (
        "г. Казань, ул. Лесная, 5",
        "Подвал, ввод 1",
    )
    assert meter["verification"] == {"severity": severity, "dueOn": due and due.isoformat()}
    unfolded = (await ask(gql, chief, UNFOLDED, id=meter["id"]))["meter"]["readings"]["nodes"]
    assert [each["consumption"] for each in unfolded] == ["70", None]


@pytest.mark.parametrize("privileged", [False, True])
async def test_the_form_offers_what_may_be_filled_in(
    gql: GraphQLClient, home: Home, november_reading: Reading, privileged: bool
) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=(26, 28))
    await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T, identifier="ЭЛ")
    later = await a_building(organization=home.organization, address="ул. Поздняя, 1")
    await resource_settings(later, days=(26, 28))
    rights = EVERYTHING if privileged else (SUBMIT.code,)
    actor = await actor_of(await an_employee(home.organization, permissions=rights))

    offered = (await ask(gql, actor, BUILDINGS))["buildingsForSubmission"]["nodes"]
    buildings = {each["address"]: each["id"] for each in offered}
    house = await ask(gql, actor, PREMISES, id=buildings["г. Казань, ул. Лесная, 5"])
    [premise] = house["building"]["premises"]["nodes"]
    data = await ask(gql, actor, FORM, id=premise["id"])

    assert ("ул. Поздняя, 1" in buildings) is privileged
    assert premise["number"] == "15"
    assert [each["fullName"] for each in premise["residents"]] == ["Петров Иван Сергеевич"]
    closed = [] if privileged else [{"code": "PERIOD_CLOSED"}]
    assert data["premise"]["meters"] == [
        {
            "resourceKind": "WATER",
            "typeTitle": "ХВС",
            "identifier": "ХВС-15",
            "submission": {"allowed": True, "reasons": []},
            "readings": {"nodes": [{"values": [{"value": "105"}]}]},
        },
        {
            "resourceKind": "ELECTRICITY",
            "typeTitle": "Электричество, однотарифный",
            "identifier": "ЭЛ",
            "submission": {"allowed": privileged, "reasons": closed},
            "readings": {"nodes": []},
        },
    ]


async def test_the_form_of_a_house_shows_what_is_to_be_read(
    gql: GraphQLClient, home: Home, chief: Actor, house: Meter
) -> None:
    heat = await a_collective_meter(
        building=home.building, type=MeterType.HEATING, identifier="ТЕПЛО"
    )

    data = await ask(gql, chief, HOUSE_FORM, id=key("Building", home.building))
    form = submission(home.building, values_of(house, "1071"), values_of(heat, "3,125"))
    saved = await ask(gql, chief, SUBMIT_COLLECTIVE, **form)

    shown = {each["identifier"]: each for each in data["building"]["meters"]["nodes"]}
    assert shown["ОДПУ-1"] == {
        "resourceKind": "WATER",
        "typeTitle": "ХВС",
        "serialNumber": "77",
        "identifier": "ОДПУ-1",
        "submission": {"allowed": True},
        "readings": {"nodes": [{"values": [{"value": "1070"}]}]},
    }
    assert shown["ТЕПЛО"]["readings"] == {"nodes": []}
    assert saved["submitCollectiveReadings"] == {"readings": [{"channel": "CRM"}] * 2, "errors": []}


@pytest.mark.parametrize("channel", [SessionChannel.CRM, SessionChannel.EMPLOYEE_APP])
async def test_several_resources_are_submitted_in_one_form(
    gql: GraphQLClient, home: Home, november_reading: Reading, channel: SessionChannel
) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_2T)
    clerk = await an_employee(home.organization, permissions=[SUBMIT.code])
    form = submission(home.premise, values_of(home.meter, "106"), values_of(light, "5", "7"))

    data = await ask(gql, await actor_of(clerk, channel), SUBMIT_READINGS, **form)

    assert data["submitReadings"] == {"readings": [{"channel": channel.value}] * 2, "errors": []}


async def test_the_employees_app_has_both_lists(
    gql: GraphQLClient, home: Home, november_reading: Reading, house: Meter
) -> None:
    clerk = await an_employee(home.organization, permissions=[SUBMIT.code])
    actor = await actor_of(clerk, SessionChannel.EMPLOYEE_APP)

    flats = await ask(gql, actor, TABLE, filter={"scope": "INDIVIDUAL", "latestOnly": True})
    houses = await ask(gql, actor, TABLE, filter={"scope": "COLLECTIVE", "latestOnly": True})

    [flat] = flats["readings"]["nodes"]
    [row] = houses["readings"]["nodes"]
    assert (flat["meter"]["typeTitle"], flat["meter"]["account"]["number"]) == (
        "ХВС",
        home.account.number,
    )
    assert (row["meter"]["building"]["address"], row["meter"]["serialNumber"]) == (
        "г. Казань, ул. Лесная, 5",
        "77",
    )
    for each in (flat, row):
        assert None not in (each["submittedAt"], each["consumption"], each["values"][0]["previous"])


async def test_the_residents_section_says_what_is_closed_and_what_is_due(
    gql: GraphQLClient, home: Home, november_reading: Reading
) -> None:
    await Meter.filter(id=home.meter.id).update(next_verification_on=date(2026, 12, 20))
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=(26, 28))
    await a_meter(
        premise=home.premise,
        type=MeterType.ELECTRICITY_1T,
        identifier="ЭЛ",
        next_verification_on=date(2026, 11, 1),
    )

    data = await ask(gql, home.resident, SECTION, id=key("Premise", home.premise))

    assert data["premise"]["meters"] == [
        {
            "resourceKind": "WATER",
            "displayName": "Водоснабжение",
            "identifier": "ХВС-15",
            "verification": {
                "severity": "SOON",
                "message": "До поверки осталось 26 дней",
                "service": None,
            },
            "submission": {"allowed": True, "opensOn": "2026-11-15", "reasons": []},
        },
        {
            "resourceKind": "ELECTRICITY",
            "displayName": "Электричество",
            "identifier": "ЭЛ",
            "verification": {
                "severity": "EXPIRED",
                "message": "Срок поверки истек",
                "service": None,
            },
            "submission": {
                "allowed": False,
                "opensOn": "2026-11-26",
                "reasons": [
                    {
                        "message": "Период сбора показаний закрыт. Он откроется 26 ноября",
                        "opensOn": "2026-11-26",
                    }
                ],
            },
        },
    ]
