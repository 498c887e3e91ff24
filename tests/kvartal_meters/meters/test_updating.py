"""Changing cards: only what is given, and what the meter's kind and its readings forbid."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.factories import a_premise, an_account
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import (
    ArchiveReason,
    MeterChange,
    MeterStatus,
    VerificationReason,
)
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

NOON = datetime.fromisoformat("2026-11-24T12:00+03:00")
STATE = "status verificationReason archivedAt archiveReason version"

Change = Callable[..., Awaitable[dict[str, Any]]]
Refused = Callable[..., Awaitable[list[tuple[str, list[str]]]]]
Somebody = Callable[[str], Awaitable[Actor]]


def of(meter: Meter) -> dict[str, str]:
    return {"id": encode_id("Meter", meter.id)}


async def test_only_what_is_given_changes(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    meter = await a_meter(
        premise=home.premise,
        account=home.account,
        identifier="ГВС",
        type=MeterType.HOT_WATER,
        brand="Бетар",
        model="СГВ-15",
        serial_number="1",
        verification_interval=4,
        initial=("1",),
    )

    shown = await changed(
        "updateMeter",
        clerk,
        "brand model serialNumber identifier verificationInterval initialValues version"
        " account { number }",
        **of(meter),
        brand=None,
        model="  СГВ-20 ",
        serialNumber="А 2",
        accountId=None,
        initialValues=["2.5"],
    )

    assert shown == {
        "brand": None,
        "model": "СГВ-20",
        "serialNumber": "А 2",
        "identifier": "ГВС",
        "verificationInterval": 4,
        "initialValues": ["2.5"],
        "version": 2,
        "account": None,
    }
    await meter.refresh_from_db()
    assert meter.search == "г. казань ул. лесная 5 15 гвс а 2"
    assert [each.change for each in events.of(MeterChanged)] == [MeterChange.UPDATED]


async def test_a_house_meters_details_change(changed: Change, home: Home, clerk: Actor) -> None:
    house = await a_collective_meter(building=home.building, type=MeterType.COLD_WATER)

    with clock.frozen(NOON):
        shown = await changed(
            "updateMeter",
            clerk,
            "installationPlace condition sealedOn antimagneticSeal remoteReading version updatedAt"
            " transformationRatio",
            **of(house),
            installationPlace=None,
            condition="FAULTY",
            sealedOn="2026-11-24",
            antimagneticSeal=True,
            transformationRatio="1,5",
        )

    assert shown == {
        "installationPlace": None,
        "condition": "FAULTY",
        "sealedOn": "2026-11-24",
        "antimagneticSeal": True,
        "remoteReading": False,
        "version": 2,
        "updatedAt": "2026-11-24T09:00:00+00:00",
        "transformationRatio": "1.5",
    }


async def test_null_is_absence_where_there_is_always_something(
    changed: Change, home: Home, clerk: Actor
) -> None:
    house = await a_collective_meter(building=home.building, transformation_ratio=Decimal(40))
    await CollectiveDetails.filter(meter=house).update(remote_reading=True)
    names = ("type", "status", "transformationRatio", "condition", "remoteReading")

    shown = await changed(
        "updateMeter",
        clerk,
        "type status transformationRatio condition remoteReading version",
        **of(house),
        **dict.fromkeys(names),
    )

    assert shown == {
        "type": "COLD_WATER",
        "status": "ACTIVE",
        "transformationRatio": "40",
        "condition": "WORKING",
        "remoteReading": True,
        "version": 1,
    }


async def test_what_is_so_already_changes_nothing(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    house = await a_collective_meter(
        building=home.building,
        identifier="ОД",
        initial=("1.5",),
        commissioned_on=date(2020, 1, 1),
        transformation_ratio=Decimal(2),
    )
    before = await fetch("SELECT * FROM meters_meter m WHERE m.id = $1", house.id)

    await changed(
        "updateMeter",
        clerk,
        **of(house),
        identifier=" ОД ",
        type="COLD_WATER",
        status="ACTIVE",
        initialValues=["1.50"],
        commissionedOn="2020-01-01",
        transformationRatio="2.0",
        installationPlace="Подвал",
        condition="WORKING",
    )

    assert await fetch("SELECT * FROM meters_meter m WHERE m.id = $1", house.id) == before
    assert events.of(MeterChanged) == []


async def test_a_form_may_send_what_an_individual_meter_has_not(
    changed: Change, home: Home, clerk: Actor
) -> None:
    shown = await changed(
        "updateMeter",
        clerk,
        "brand condition remoteReading",
        **of(home.meter),
        brand="А",
        condition="WORKING",
        remoteReading=False,
        installationPlace=None,
    )

    assert shown == {"brand": "А", "condition": None, "remoteReading": None}


async def test_two_do_not_overwrite_one_another(
    change: Change, changed: Change, home: Home, clerk: Actor
) -> None:
    await changed("updateMeter", clerk, **of(home.meter), brand="А", expectedVersion=1)

    answer = await change("updateMeter", clerk, **of(home.meter), brand="Б", expectedVersion=1)

    assert [(e["code"], e["path"]) for e in answer["data"]["updateMeter"]["errors"]] == [
        ("VERSION_CONFLICT", ["expectedVersion"])
    ]
    await home.meter.refresh_from_db()
    assert (home.meter.brand, home.meter.version) == ("А", 2)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"identifier": None}, [("IDENTIFIER_REQUIRED", ["identifier"])]),
        ({"identifier": "ЗАНЯТ"}, [("IDENTIFIER_TAKEN", ["identifier"])]),
        ({"externalId": "IPU-1"}, [("EXTERNAL_ID_TAKEN", ["externalId"])]),
        ({"externalId": "x" * 65}, [("TEXT_TOO_LONG", ["externalId"])]),
        ({"commissionedOn": "2026-11-25"}, [("DATE_IN_FUTURE", ["commissionedOn"])]),
        ({"verifiedOn": "2026-11-02"}, [("VERIFICATION_ORDER_INVALID", ["verifiedOn"])]),
        (
            {"verificationInterval": 31, "intDigits": 0},
            [("INTERVAL_INVALID", ["verificationInterval"]), ("DIGITS_INVALID", ["intDigits"])],
        ),
        ({"transformationRatio": "0"}, [("RATIO_INVALID", ["transformationRatio"])]),
        ({"remoteReading": True}, [("COLLECTIVE_ONLY", ["remoteReading"])]),
        ({"type": "HOT_WATER"}, [("TYPE_FIXED", ["type"])]),
        ({"type": "GAS"}, [("TYPE_FIXED", ["type"])]),
        ({"initialValues": ["1"]}, [("INITIAL_VALUES_FIXED", ["initialValues"])]),
        ({"initialValues": ["-1"]}, [("INVALID_VALUE", ["initialValues", "0"])]),
        ({"intDigits": 2}, [("DIGITS_CONTRADICT_READINGS", ["intDigits"])]),
    ],
)
async def test_a_change_that_is_refused(
    refused: Refused,
    home: Home,
    clerk: Actor,
    events: EmittedEvents,
    fields: dict[str, Any],
    expected: list[tuple[str, list[str]]],
) -> None:
    await a_meter(premise=home.premise, identifier="ЗАНЯТ", external_id="IPU-1")
    await Meter.filter(id=home.meter.id).update(next_verification_on=date(2026, 11, 1))
    if "initialValues" in fields and fields["initialValues"] == ["-1"]:
        await fetch("DELETE FROM meters_reading")

    with clock.frozen(NOON):
        found = await refused("updateMeter", clerk, **of(home.meter), **fields)

    assert found == expected
    assert (await Meter.get(id=home.meter.id)).version == 1
    assert events.of(MeterChanged) == []


async def test_initial_values_may_be_had_again_while_there_are_no_readings(
    changed: Change, home: Home, clerk: Actor
) -> None:
    meter = await a_meter(premise=home.premise, initial=("5",))

    shown = await changed("updateMeter", clerk, "initialValues", **of(meter), initialValues=None)

    assert shown == {"initialValues": []}


@pytest.mark.parametrize(
    ("case", "read", "before", "after", "expected"),
    [
        ("same registers", True, MeterType.COLD_WATER, "HOT_WATER", []),
        ("another resource", True, MeterType.COLD_WATER, "WASTEWATER", ["TYPE_FIXED"]),
        ("more registers", True, MeterType.ELECTRICITY_1T, "ELECTRICITY_2T", ["TYPE_FIXED"]),
        ("not read", False, MeterType.COLD_WATER, "HEATING", []),
    ],
)
async def test_a_house_meter_may_be_of_another_type(
    change: Change,
    home: Home,
    clerk: Actor,
    case: str,
    read: bool,
    before: MeterType,
    after: str,
    expected: list[str],
) -> None:
    house = await a_collective_meter(building=home.building, type=before)
    if read:
        await a_reading(house, "2026-10", "5")

    answer = await change("updateMeter", clerk, "type resourceKind", **of(house), type=after)

    payload = answer["data"]["updateMeter"]
    stored = await Meter.get(id=house.id)
    assert [each["code"] for each in payload["errors"]] == expected
    if not expected:
        assert payload["meter"]["type"] == stored.type == after
        assert stored.resource_kind == payload["meter"]["resourceKind"]
    else:
        assert stored.type is before


async def test_initial_values_follow_the_registers_of_another_type(
    changed: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    house = await a_collective_meter(
        building=home.building, type=MeterType.ELECTRICITY_1T, initial=("1",)
    )

    found = await refused("updateMeter", clerk, **of(house), type="ELECTRICITY_2T")
    shown = await changed(
        "updateMeter",
        clerk,
        "type initialValues resourceKind",
        **of(house),
        type="ELECTRICITY_2T",
        initialValues=["1", "2"],
    )

    assert found == [("REGISTERS_MISMATCH", ["type"])]
    assert shown["initialValues"] == ["1", "2"]
    assert (await Meter.get(id=house.id)).resource_kind is ResourceKind.ELECTRICITY


async def test_a_rolled_dial_keeps_its_digits(refused: Refused, home: Home, clerk: Actor) -> None:
    meter = await a_meter(
        premise=home.premise, type=MeterType.ELECTRICITY_2T, int_digits=5, initial=("99990", "1")
    )
    await a_reading(meter, "2026-10", "12", "2")

    found = await refused("updateMeter", clerk, **of(meter), intDigits=6)

    assert found == [("DIGITS_CONTRADICT_READINGS", ["intDigits"])]


async def test_another_account_of_the_premise(
    changed: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    second = await an_account(premise=home.premise, number="7002")
    other = await an_account(premise=await a_premise(building=home.building))
    numbers = {each.number: encode_id("Account", each.id) for each in (second, other)}

    found = await refused("updateMeter", clerk, **of(home.meter), accountId=numbers[other.number])
    shown = await changed(
        "updateMeter", clerk, "account { number }", **of(home.meter), accountId=numbers["7002"]
    )

    assert found == [("ACCOUNT_ELSEWHERE", ["accountId"])]
    assert shown == {"account": {"number": "7002"}}
    assert "7002" in (await Meter.get(id=home.meter.id)).search


async def test_an_account_that_has_gone_may_stay_as_it_is(
    changed: Change, home: Home, clerk: Actor
) -> None:
    home.account.archived_at = clock.now()
    await home.account.save()

    shown = await changed(
        "updateMeter",
        clerk,
        "brand",
        **of(home.meter),
        brand="А",
        accountId=encode_id("Account", home.account.id),
    )

    assert shown == {"brand": "А"}


@pytest.mark.parametrize(
    ("before", "reason", "after", "expected", "told"),
    [
        ("ACTIVE", None, "VERIFICATION", ("VERIFICATION", None), "UPDATED"),
        ("VERIFICATION", "COMM", "ACTIVE", ("ACTIVE", None), "UPDATED"),
        ("VERIFICATION", None, "ACTIVE", ("ACTIVE", None), "UPDATED"),
        ("VERIFICATION", "NEXT", "VERIFICATION", ("VERIFICATION", "NEXT"), None),
        ("VERIFICATION", "NEXT", "ARCHIVED", ("ARCHIVED", None), "ARCHIVED"),
        ("ARCHIVED", None, "VERIFICATION", ("VERIFICATION", None), "RESTORED"),
    ],
)
async def test_the_status_by_hand(
    changed: Change,
    home: Home,
    clerk: Actor,
    events: EmittedEvents,
    before: str,
    reason: str | None,
    after: str,
    expected: tuple[str, str | None],
    told: str | None,
) -> None:
    meter = await a_meter(
        premise=home.premise,
        status=MeterStatus(before),
        verification_reason=reason and VerificationReason(reason),
        archive_reason=ArchiveReason.FAULTY if before == "ARCHIVED" else None,
    )

    with clock.frozen(NOON):
        shown = await changed("updateMeter", clerk, STATE, **of(meter), status=after)

    assert (shown["status"], shown["verificationReason"]) == expected
    assert shown["archivedAt"] == ("2026-11-24T09:00:00+00:00" if after == "ARCHIVED" else None)
    assert shown["archiveReason"] is None
    assert [(each.change, each.status) for each in events.of(MeterChanged)] == (
        [(MeterChange(told), MeterStatus(after))] if told else []
    )


async def test_a_card_in_the_archive_may_be_mended(
    changed: Change, home: Home, clerk: Actor
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    meter = await a_meter(
        premise=home.premise,
        identifier="ХВС-15",
        status=MeterStatus.ARCHIVED,
        archived_at=since,
        archive_reason=ArchiveReason.REPLACED,
    )

    shown = await changed("updateMeter", clerk, STATE, **of(meter), serialNumber="1")

    assert shown == {
        "status": "ARCHIVED",
        "verificationReason": None,
        "archivedAt": since.isoformat(),
        "archiveReason": "REPLACED",
        "version": 2,
    }


async def test_a_status_that_brings_a_meter_back_is_judged_as_a_return(
    change: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    meter = await a_meter(premise=home.premise, identifier="ХВС-15", status=MeterStatus.ARCHIVED)
    gas = await a_meter(premise=home.premise, type=MeterType.GAS, status=MeterStatus.ARCHIVED)
    token = await a_service_token(home.organization, permissions=["housing.premise.edit"])

    taken = await refused("updateMeter", clerk, **of(meter), status="ACTIVE")
    renamed = await refused("updateMeter", clerk, **of(meter), status="ACTIVE", identifier="ХВС-15")
    disabled = await refused("updateMeter", clerk, **of(gas), status="ACTIVE")
    by_system = await change("updateMeter", await actor_of(token), **of(meter), status="ACTIVE")

    assert taken == [("IDENTIFIER_TAKEN", ["status"])]
    assert renamed == [("IDENTIFIER_TAKEN", ["identifier"])]
    assert disabled == [("RESOURCE_DISABLED", ["status"])]
    assert [each["extensions"]["code"] for each in by_system["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("who", "flat", "house"),
    [
        ("anonymous", "UNAUTHENTICATED", "UNAUTHENTICATED"),
        ("resident", "FORBIDDEN", "FORBIDDEN"),
        ("neighbour", "NOT_FOUND", "FORBIDDEN"),
        ("employee elsewhere", "NOT_FOUND", "NOT_FOUND"),
        ("employee of another house", "NOT_FOUND", "NOT_FOUND"),
        ("employee of premises", None, "FORBIDDEN"),
        ("employee of buildings", "FORBIDDEN", None),
        ("employee without rights", "FORBIDDEN", "FORBIDDEN"),
        ("system", None, None),
    ],
)
@pytest.mark.parametrize(
    ("mutation", "fields"),
    [
        ("updateMeter", {"brand": "А"}),
        ("archiveMeter", {}),
        ("completeVerification", {"verifiedOn": "2026-11-01"}),
    ],
)
async def test_who_may_change(
    change: Change,
    home: Home,
    somebody: Somebody,
    events: EmittedEvents,
    mutation: str,
    fields: dict[str, str],
    who: str,
    flat: str | None,
    house: str | None,
) -> None:
    actor = await somebody(who)
    own = await a_collective_meter(building=home.building)
    name = "meterId" if mutation == "completeVerification" else "id"

    for meter, code in ((home.meter, flat), (own, house)):
        key = {name: encode_id("Meter", meter.id)}
        with clock.frozen(NOON):
            answer = await change(mutation, actor, **key, **fields)
        codes = [each["extensions"]["code"] for each in answer.get("errors", [])]
        assert codes == ([code] if code else [])
        await meter.refresh_from_db()
        assert meter.version == (1 if code else 2)

    assert len(events.of(MeterChanged)) == (flat is None) + (house is None)
