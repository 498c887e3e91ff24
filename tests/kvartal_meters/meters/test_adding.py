"""Adding meters: to a premise and to a building, and why one is not added."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.transaction import UnitOfWork, on_commit
from kvartal.graphql.node import decode_id, encode_id
from kvartal.housing.models import Account, Building, Premise
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import MeterChange, MeterCondition, MeterScope, MeterStatus
from kvartal_meters.testing import Home, a_collective_meter, a_meter, resource_settings

NOON = datetime.fromisoformat("2026-11-24T12:00+03:00")
CARD = """
  id scope type resourceKind identifier externalId brand model serialNumber commissionedOn
  verificationInterval verifiedOn nextVerificationOn status archivedAt archiveReason intDigits
  transformationRatio initialValues installationPlace condition installedOn sealedOn
  antimagneticSeal temperatureSensor pressureSensor remoteReading version updatedAt
  verificationReason building { address } premise { number } account { number }
"""

Change = Callable[..., Awaitable[dict[str, Any]]]
Refused = Callable[..., Awaitable[list[tuple[str, list[str]]]]]
Somebody = Callable[[str], Awaitable[Actor]]


def at(premise: Premise) -> dict[str, str]:
    return {"premiseId": encode_id("Premise", premise.id)}


def of(building: Building) -> dict[str, str]:
    return {"buildingId": encode_id("Building", building.id)}


def key_of(account: Account) -> str:
    return encode_id("Account", account.id)


async def test_an_individual_meter_is_added_with_all_of_its_card(
    changed: Change, home: Home, clerk: Actor
) -> None:
    with clock.frozen(NOON):
        meter = await changed(
            "addMeter",
            clerk,
            CARD,
            **at(home.premise),
            type="HOT_WATER",
            identifier="  ГВС-15\t1 ",
            externalId=" IPU-9 ",
            brand=" Бетар",
            model="СГВ-15 ",
            serialNumber="18-034512",
            commissionedOn="2026-11-24",
            verificationInterval=4,
            verifiedOn="2026-10-01",
            nextVerificationOn="2030-10-01",
            status="VERIFICATION",
            intDigits=5,
            transformationRatio="1",
            initialValues=["0,5"],
        )

    stored = await Meter.get(id=decode_id(meter["id"])[1])
    assert meter == {
        "id": meter["id"],
        "scope": "INDIVIDUAL",
        "type": "HOT_WATER",
        "resourceKind": "WATER",
        "identifier": "ГВС-15 1",
        "externalId": "IPU-9",
        "brand": "Бетар",
        "model": "СГВ-15",
        "serialNumber": "18-034512",
        "commissionedOn": "2026-11-24",
        "verificationInterval": 4,
        "verifiedOn": "2026-10-01",
        "nextVerificationOn": "2030-10-01",
        "status": "VERIFICATION",
        "archivedAt": None,
        "archiveReason": None,
        "intDigits": 5,
        "transformationRatio": "1",
        "initialValues": ["0.5"],
        "installationPlace": None,
        "condition": None,
        "installedOn": None,
        "sealedOn": None,
        "antimagneticSeal": None,
        "temperatureSensor": None,
        "pressureSensor": None,
        "remoteReading": None,
        "version": 1,
        "updatedAt": "2026-11-24T09:00:00+00:00",
        "verificationReason": None,
        "building": {"address": "г. Казань, ул. Лесная, 5"},
        "premise": {"number": "15"},
        "account": {"number": home.account.number},
    }
    assert stored.resource_kind is ResourceKind.WATER
    assert stored.search == f"г. казань ул. лесная 5 15 {home.account.number} гвс-15 1 18-034512"


async def test_a_house_meter_is_added_with_all_of_its_card(
    changed: Change, home: Home, clerk: Actor
) -> None:
    with clock.frozen(NOON):
        meter = await changed(
            "addMeter",
            clerk,
            CARD,
            **of(home.building),
            type="ELECTRICITY_2T",
            identifier="ОДПУ-1",
            transformationRatio="40.5",
            initialValues=["1", "2"],
            installationPlace=" Подвал,  ввод 1",
            installedOn="2026-01-02",
            sealedOn="2026-01-03",
            condition="FAULTY",
            antimagneticSeal=True,
            temperatureSensor=True,
            pressureSensor=True,
            remoteReading=True,
        )

    stored = await Meter.get(id=decode_id(meter["id"])[1])
    shown = {name: value for name, value in meter.items() if value is not None}
    assert shown == {
        "id": meter["id"],
        "scope": "COLLECTIVE",
        "type": "ELECTRICITY_2T",
        "resourceKind": "ELECTRICITY",
        "identifier": "ОДПУ-1",
        "status": "ACTIVE",
        "transformationRatio": "40.5",
        "initialValues": ["1", "2"],
        "installationPlace": "Подвал, ввод 1",
        "condition": "FAULTY",
        "installedOn": "2026-01-02",
        "sealedOn": "2026-01-03",
        "antimagneticSeal": True,
        "temperatureSensor": True,
        "pressureSensor": True,
        "remoteReading": True,
        "version": 1,
        "updatedAt": "2026-11-24T09:00:00+00:00",
        "building": {"address": "г. Казань, ул. Лесная, 5"},
    }
    assert stored.search == "г. казань ул. лесная 5 одпу-1"


async def test_a_house_meter_works_unless_said_and_needs_no_active_resource(
    changed: Change, home: Home, clerk: Actor
) -> None:
    meter = await changed("addMeter", clerk, **of(home.building), type="GAS", identifier="ОД")

    details = await CollectiveDetails.get(meter__identifier="ОД")
    assert meter == {"identifier": "ОД"}
    assert details.condition is MeterCondition.WORKING
    assert (details.installation_place, details.remote_reading) == (None, False)


async def test_a_meter_may_be_archived_from_the_start(
    changed: Change, home: Home, clerk: Actor
) -> None:
    taken = {"type": "COLD_WATER", "identifier": home.meter.identifier}

    with clock.frozen(NOON):
        meter = await changed(
            "addMeter", clerk, CARD, **at(home.premise), **taken, status="ARCHIVED"
        )

    assert (meter["status"], meter["archivedAt"]) == ("ARCHIVED", "2026-11-24T09:00:00+00:00")


@pytest.mark.parametrize(
    ("case", "accounts", "expected"),
    [
        ("none", (), None),
        ("the only one", ("7001",), "7001"),
        ("several", ("7001", "7002"), None),
        ("the only one in use", ("7001", "-7002"), "7001"),
    ],
)
async def test_the_only_account_is_filled_in(
    changed: Change,
    home: Home,
    clerk: Actor,
    case: str,
    accounts: tuple[str, ...],
    expected: str | None,
) -> None:
    premise = await a_premise(building=home.building)
    for number in accounts:
        await an_account(
            premise=premise,
            number=number.removeprefix("-"),
            archived_at=clock.now() if number.startswith("-") else None,
        )

    meter = await changed(
        "addMeter", clerk, "account { number }", **at(premise), type="COLD_WATER", identifier="Н"
    )

    assert meter["account"] == (expected and {"number": expected})


async def test_one_of_several_accounts_is_chosen(
    changed: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    second = await an_account(premise=home.premise, number="7002")
    gone = await an_account(premise=home.premise, archived_at=clock.now())
    other = await an_account(premise=await a_premise(building=home.building))
    fields = {**at(home.premise), "type": "COLD_WATER", "identifier": "Н"}

    for wrong in (gone, other):
        found = await refused("addMeter", clerk, **fields, accountId=key_of(wrong))
        assert found == [("ACCOUNT_ELSEWHERE", ["accountId"])]
    found = await refused(
        "addMeter", clerk, **{**fields, **of(home.building)}, accountId=key_of(other)
    )
    assert found == [("ACCOUNT_ELSEWHERE", ["accountId"])]
    meter = await changed(
        "addMeter", clerk, "account { number }", **fields, accountId=key_of(second)
    )
    assert meter == {"account": {"number": "7002"}}


async def test_a_house_meter_has_no_account(refused: Refused, home: Home, clerk: Actor) -> None:
    fields = {**of(home.building), "type": "COLD_WATER", "identifier": "О"}

    found = await refused("addMeter", clerk, **fields, accountId=key_of(home.account))

    assert found == [("ACCOUNT_ELSEWHERE", ["accountId"])]


async def test_a_strangers_account_does_not_exist(change: Change, home: Home, clerk: Actor) -> None:
    foreign = await an_account()
    fields = {**at(home.premise), "type": "COLD_WATER", "identifier": "Н"}

    answer = await change("addMeter", clerk, **fields, accountId=key_of(foreign))

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_an_identifier_is_unique_among_those_in_service(
    changed: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    await a_meter(premise=home.premise, identifier="СТАРЫЙ", status=MeterStatus.ARCHIVED)
    await a_meter(identifier="ЧУЖОЙ")
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    fields = {**at(home.premise), "type": "COLD_WATER"}

    for identifier in ("ХВС-15", " ХВС-15\n"):
        found = await refused("addMeter", clerk, **fields, identifier=identifier)
        assert found == [("IDENTIFIER_TAKEN", ["identifier"])]
    of_another_kind = await refused(
        "addMeter", clerk, **{**fields, "type": "ELECTRICITY_1T"}, identifier="ХВС-15"
    )
    assert of_another_kind == [("IDENTIFIER_TAKEN", ["identifier"])]
    for identifier in ("СТАРЫЙ", "ЧУЖОЙ", "хвс-15"):
        meter = await changed("addMeter", clerk, **fields, identifier=identifier)
        assert meter == {"identifier": identifier}


async def test_an_external_id_is_unique(refused: Refused, home: Home, clerk: Actor) -> None:
    await a_meter(premise=home.premise, external_id="IPU-1", status=MeterStatus.ARCHIVED)
    fields = {**at(home.premise), "type": "COLD_WATER", "identifier": "Н"}

    found = await refused("addMeter", clerk, **fields, externalId="IPU-1")

    assert found == [("EXTERNAL_ID_TAKEN", ["externalId"])]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"identifier": " \t\u200b"}, [("IDENTIFIER_REQUIRED", ["identifier"])]),
        (
            {"identifier": "И" * 65, "brand": "м" * 101, "serialNumber": "1" * 51},
            [
                ("TEXT_TOO_LONG", ["identifier"]),
                ("TEXT_TOO_LONG", ["brand"]),
                ("TEXT_TOO_LONG", ["serialNumber"]),
            ],
        ),
        (
            {"commissionedOn": "2026-11-25", "verifiedOn": "2026-11-25"},
            [("DATE_IN_FUTURE", ["commissionedOn"]), ("DATE_IN_FUTURE", ["verifiedOn"])],
        ),
        (
            {"verifiedOn": "2026-11-02", "nextVerificationOn": "2026-11-01"},
            [("VERIFICATION_ORDER_INVALID", ["nextVerificationOn"])],
        ),
        (
            {"verificationInterval": 0, "intDigits": 13},
            [("INTERVAL_INVALID", ["verificationInterval"]), ("DIGITS_INVALID", ["intDigits"])],
        ),
        ({"transformationRatio": "-1"}, [("RATIO_INVALID", ["transformationRatio"])]),
        ({"transformationRatio": "2"}, [("COLLECTIVE_ONLY", ["transformationRatio"])]),
        ({"sealedOn": "2026-01-01"}, [("COLLECTIVE_ONLY", ["sealedOn"])]),
        ({"initialValues": ["1", "2"]}, [("REGISTERS_MISMATCH", ["initialValues"])]),
        ({"initialValues": ["-1"]}, [("INVALID_VALUE", ["initialValues", "0"])]),
        (
            {"initialValues": ["1000"], "intDigits": 3},
            [("DIGITS_EXCEEDED", ["initialValues", "0"])],
        ),
        ({"type": "GAS"}, [("RESOURCE_DISABLED", ["type"])]),
        ({"type": "ELECTRICITY_1T"}, [("RESOURCE_DISABLED", ["type"])]),
    ],
)
async def test_a_card_that_is_refused(
    refused: Refused,
    home: Home,
    clerk: Actor,
    events: EmittedEvents,
    fields: dict[str, Any],
    expected: list[tuple[str, list[str]]],
) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY, active=False)
    usual = {"type": "COLD_WATER", "identifier": "Н"}

    with clock.frozen(NOON):
        found = await refused("addMeter", clerk, **at(home.premise), **{**usual, **fields})

    assert found == expected
    assert await Meter.all().count() == 1
    assert events.of(MeterChanged) == []


async def test_the_buildings_day_counts(changed: Change, refused: Refused, home: Home) -> None:
    far = await a_building(organization=home.organization, timezone="Asia/Yekaterinburg")
    clerk = await actor_of(await an_employee(home.organization, permissions=[BUILDING_EDIT.code]))
    fields = {"type": "GAS", "identifier": "Н", "commissionedOn": "2026-11-25"}

    with clock.frozen(datetime.fromisoformat("2026-11-24T22:30+03:00")):
        near = await refused("addMeter", clerk, **of(home.building), **fields)
        meter = await changed("addMeter", clerk, "commissionedOn", **of(far), **fields)

    assert near == [("DATE_IN_FUTURE", ["commissionedOn"])]
    assert meter == {"commissionedOn": "2026-11-25"}


async def test_messages_say_what_to_do(change: Change, home: Home, clerk: Actor) -> None:
    fields = {"type": "GAS", "identifier": "Н", "commissionedOn": "2026-11-25"}

    with clock.frozen(NOON):
        answer = await change("addMeter", clerk, **at(home.premise), **fields)

    assert [each["message"] for each in answer["data"]["addMeter"]["errors"]] == [
        "Дата не может быть позже сегодняшней (24 ноября 2026)",
        "Группа учета отключена на объекте. Включите ее в настройках объекта",
    ]


async def test_nothing_is_added_to_what_is_archived(
    refused: Refused, home: Home, clerk: Actor
) -> None:
    gone = await a_premise(building=home.building, archived_at=clock.now())
    house = await a_building(organization=home.organization, archived_at=clock.now())
    flat = await a_premise(building=house)
    await resource_settings(house)
    fields = {"type": "COLD_WATER", "identifier": "Н"}

    assert await refused("addMeter", clerk, **at(gone), **fields) == [
        ("PLACE_ARCHIVED", ["premiseId"])
    ]
    assert await refused("addMeter", clerk, **at(flat), **fields) == [
        ("PLACE_ARCHIVED", ["premiseId"])
    ]
    assert await refused("addMeter", clerk, **of(house), **fields) == [
        ("PLACE_ARCHIVED", ["buildingId"])
    ]


async def test_a_meter_is_added_somewhere(change: Change, home: Home, clerk: Actor) -> None:
    fields = {"type": "COLD_WATER", "identifier": "Н"}
    other = await a_building(organization=home.organization)

    nowhere = await change("addMeter", clerk, **fields)
    elsewhere = await change("addMeter", clerk, **at(home.premise), **of(other), **fields)

    assert [each["extensions"]["code"] for each in nowhere["errors"]] == ["BAD_INPUT"]
    assert [each["extensions"]["code"] for each in elsewhere["errors"]] == ["NOT_FOUND"]
    both = await change(
        "addMeter", clerk, "scope", **at(home.premise), **of(home.building), **fields
    )
    assert both["data"]["addMeter"]["meter"] == {"scope": "INDIVIDUAL"}


MATRIX = [
    ("anonymous", "UNAUTHENTICATED", "UNAUTHENTICATED"),
    ("resident", "FORBIDDEN", "FORBIDDEN"),
    ("neighbour", "NOT_FOUND", "FORBIDDEN"),
    ("employee elsewhere", "NOT_FOUND", "NOT_FOUND"),
    ("employee of another house", "NOT_FOUND", "NOT_FOUND"),
    ("employee of premises", None, "FORBIDDEN"),
    ("employee of buildings", "FORBIDDEN", None),
    ("employee without rights", "FORBIDDEN", "FORBIDDEN"),
    ("system", None, None),
]


@pytest.mark.parametrize(("who", "flat", "house"), MATRIX)
async def test_who_may_add(
    change: Change,
    home: Home,
    somebody: Somebody,
    events: EmittedEvents,
    who: str,
    flat: str | None,
    house: str | None,
) -> None:
    actor = await somebody(who)

    for place, code in ((at(home.premise), flat), (of(home.building), house)):
        answer = await change(
            "addMeter", actor, **place, type="COLD_WATER", identifier=f"Н-{uuid4()}"
        )
        codes = [each["extensions"]["code"] for each in answer.get("errors", [])]
        assert codes == ([code] if code else [])

    added = (flat is None) + (house is None)
    assert await Meter.all().count() == 1 + added
    assert len(events.of(MeterChanged)) == added


async def test_the_right_that_is_missing_is_named(
    change: Change, home: Home, somebody: Somebody
) -> None:
    actor = await somebody("employee without rights")
    fields = {"type": "COLD_WATER", "identifier": "Н"}

    answers = [
        await change("addMeter", actor, **place, **fields)
        for place in (at(home.premise), of(home.building))
    ]

    assert [each["errors"][0]["extensions"]["permission"] for each in answers] == [
        "housing.premise.edit",
        "housing.building.edit",
    ]


async def test_what_is_added_is_told(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    touched: list[str] = []

    async def note(work: UnitOfWork) -> None:
        touched.extend(work.touched)

    async with on_commit(note):
        flat = await changed(
            "addMeter", clerk, "id", **at(home.premise), type="COLD_WATER", identifier="Н"
        )
        house = await changed(
            "addMeter", clerk, "id", **of(home.building), type="GAS", identifier="О"
        )

    expected = [
        MeterChanged(
            meter_id=decode_id(meter["id"])[1],
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=premise,
            scope=scope,
            change=MeterChange.CREATED,
            status=MeterStatus.ACTIVE,
            user_id=clerk.user_id,
        )
        for meter, premise, scope in (
            (flat, home.premise.id, MeterScope.INDIVIDUAL),
            (house, None, MeterScope.COLLECTIVE),
        )
    ]
    assert events.of(MeterChanged) == expected
    assert touched == [f"premise:{home.premise.id}", f"building:{home.building.id}"]


async def test_the_wire_name_of_the_event_is_kept() -> None:
    assert MeterChanged.name == "meters.meter_changed"


async def test_a_house_meter_does_not_take_an_individual_ones_place(
    refused: Refused, home: Home, clerk: Actor
) -> None:
    await a_collective_meter(building=home.building, identifier="ОД", verified_on=date(2020, 1, 1))

    found = await refused("addMeter", clerk, **at(home.premise), type="COLD_WATER", identifier="ОД")

    assert found == [("IDENTIFIER_TAKEN", ["identifier"])]
