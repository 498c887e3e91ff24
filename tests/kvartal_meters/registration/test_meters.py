"""``registerMeters``: meters of a billing system, made and changed row by row, and no row twice."""

from decimal import Decimal
from typing import Any

import pytest
from tests.kvartal_meters.registration.conftest import Integrator

from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS
from kvartal.db.connection import fetch
from kvartal.db.transaction import on_commit
from kvartal.graphql.node import decode_id, encode_id
from kvartal.housing.models import Building, Premise
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.events import MeterChanged, MetersRegistered
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import MeterCondition, MeterScope, MeterStatus, VerificationReason
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER
from kvartal_meters.testing import Home, a_collective_meter, a_home, a_meter, a_reading

NOON = "2026-11-20T12:00+03:00"


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


def new(identifier: str, **more: Any) -> dict[str, Any]:
    return {"identifier": identifier, "type": "COLD_WATER", **more}


def at(place: Premise | Building) -> dict[str, str]:
    kind = type(place).__name__
    return {f"{kind.lower()}Id": encode_id(kind, place.id)}


async def test_meters_are_registered_and_a_repetition_changes_nothing(
    integrator: Integrator, home: Home, events: EmittedEvents
) -> None:
    await Building.filter(id=home.building.id).update(external_id="D-42")
    flat = await a_premise(building=home.building, number="16", external_id="KV-16")
    await an_account(premise=flat, number="7700 415 016")
    rows = [
        new(
            "  ХВС-16-1 ",
            externalId=" IPU-1",
            accountNumber="7700415016",
            brand="Бетар",
            model="СХВ-15",
            serialNumber="18-034512",
            commissionedOn="2021-05-12",
            verificationInterval=6,
            verifiedOn="2021-05-12",
            nextVerificationOn="2027-05-12",
            intDigits=5,
            initialValues=["0,5"],
            installationPlace="оставлено без внимания",
            transformationRatio="20",
        ),
        new("ХВС-16-2", premiseExternalId="KV-16", status="VERIFICATION"),
        new("ХВС-16-3", premiseNumber="16", buildingExternalId="D-42", scope="ROOM"),
        new(
            "ОДПУ-1",
            scope="COLLECTIVE",
            buildingExternalId="D-42",
            transformationRatio="20",
            installationPlace=" Подвал ",
            installedOn="2020-01-01",
            sealedOn="2020-02-01",
            condition="FAULTY",
            antimagneticSeal=True,
            remoteReading=True,
        ),
        new("СТАРЫЙ", **at(flat), status="ARCHIVED"),
    ]

    first = await integrator.rows("meters", *rows)
    once = list(events)
    again = await integrator.meters(*rows)

    assert [each["outcome"] for each in first] == ["CREATED"] * 5
    assert again == [("UNCHANGED",)] * 5
    meter = await Meter.get(identifier="ХВС-16-1").prefetch_related("account")
    assert decode_id(first[0]["id"]) == ("Meter", meter.id)
    assert (meter.external_id, meter.brand, meter.model, meter.serial_number) == (
        "IPU-1",
        "Бетар",
        "СХВ-15",
        "18-034512",
    )
    assert (meter.premise_id, meter.building_id, meter.account.number) == (
        flat.id,
        home.building.id,
        "7700 415 016",
    )
    assert (meter.scope, meter.resource_kind, meter.status, meter.version) == (
        MeterScope.INDIVIDUAL,
        ResourceKind.WATER,
        MeterStatus.ACTIVE,
        1,
    )
    assert (meter.int_digits, meter.initial_t1) == (5, Decimal("0.5"))
    assert meter.transformation_ratio == Decimal(1)
    assert f"{meter.commissioned_on} {meter.verified_on} {meter.next_verification_on}" == (
        "2021-05-12 2021-05-12 2027-05-12"
    )
    assert meter.search == "г. казань ул. лесная 5 16 7700 415 016 хвс-16-1 18-034512"
    second, third = await Meter.filter(identifier__in=["ХВС-16-2", "ХВС-16-3"]).order_by(
        "identifier"
    )
    assert (second.status, second.account_id) == (MeterStatus.VERIFICATION, meter.account_id)
    assert (third.scope, third.premise_id) == (MeterScope.ROOM, flat.id)
    house = await Meter.get(identifier="ОДПУ-1")
    assert (house.premise_id, house.account_id) == (None, None)
    assert house.transformation_ratio == Decimal(20)
    details = await CollectiveDetails.get(meter_id=house.id)
    assert (details.installation_place, f"{details.installed_on} {details.sealed_on}") == (
        "Подвал",
        "2020-01-01 2020-02-01",
    )
    assert (details.condition, details.antimagnetic_seal, details.temperature_sensor) == (
        MeterCondition.FAULTY,
        True,
        False,
    )
    assert details.remote_reading
    archived = await Meter.get(identifier="СТАРЫЙ")
    assert archived.archived_at is not None
    [registered] = [each for each in once if isinstance(each, MetersRegistered)]
    assert set(registered.created_ids) == {decode_id(each["id"])[1] for each in first}
    assert (registered.updated_ids, registered.archived_ids) == ((), ())
    assert events.of(MeterChanged) == []
    assert len(events.of(MetersRegistered)) == 1
    assert await AuditEntry.all().count() == 1


async def test_absent_fields_stay_and_null_clears(integrator: Integrator, home: Home) -> None:
    meter = await a_meter(
        premise=home.premise,
        account=home.account,
        identifier="М",
        external_id="M-1",
        brand="Бетар",
        serial_number="1",
        int_digits=5,
        verification_interval=6,
    )
    row = {"externalId": "M-1", "brand": None, "accountNumber": None, "intDigits": None}

    first = await integrator.meters({**row, "type": None, "status": None, "model": "СХВ"})
    again = await integrator.meters(row, {"externalId": "M-1"})
    cleared = await integrator.meters({"externalId": "M-1", "identifier": None})

    after = await Meter.get(id=meter.id)
    assert (first, again) == ([("UPDATED",)], [("UNCHANGED",), ("UNCHANGED",)])
    assert cleared == [("REJECTED", ("IDENTIFIER_REQUIRED", "identifier"))]
    assert (after.brand, after.model, after.account_id, after.int_digits) == (
        None,
        "СХВ",
        None,
        None,
    )
    assert (after.serial_number, after.verification_interval, after.version) == ("1", 6, 2)
    assert (after.type, after.status) == (MeterType.COLD_WATER, MeterStatus.ACTIVE)
    assert home.account.number not in after.search


async def test_the_last_row_about_a_meter_wins_and_its_version_grows_once(
    integrator: Integrator, home: Home
) -> None:
    created = await integrator.rows(
        "meters",
        new("М", **at(home.premise), brand="А"),
        new("М", brand="Б", serialNumber="7"),
        {"identifier": "М", "brand": "Б"},
    )
    changed = await integrator.meters(
        {"identifier": "М", "brand": "В"}, {"identifier": "М", "brand": "Г"}
    )
    back = await integrator.meters(
        {"identifier": "М", "brand": "Д"}, {"identifier": "М", "brand": "Г"}
    )

    meter = await Meter.get(identifier="М")
    assert [each["outcome"] for each in created] == ["CREATED", "UPDATED", "UNCHANGED"]
    assert len({each["id"] for each in created}) == 1
    assert (changed, back) == ([("UPDATED",)] * 2, [("UPDATED",)] * 2)
    assert (meter.brand, meter.serial_number, meter.version) == ("Г", "7", 2)


async def test_meters_are_matched_in_order(integrator: Integrator, home: Home) -> None:
    first = await a_meter(premise=home.premise, identifier="А", external_id="1")
    second = await a_meter(premise=home.premise, identifier="Б")
    third = await a_meter(
        premise=home.premise, account=home.account, identifier="В", serial_number="№ 18-СВ 7"
    )
    old = await a_meter(premise=home.premise, identifier="Г", status=MeterStatus.ARCHIVED)
    in_use = await a_meter(premise=home.premise, identifier="Г")
    number = home.account.number

    rows = await integrator.rows(
        "meters",
        {"externalId": "1", "identifier": "А2"},
        {"externalId": "2", "identifier": "Б"},
        new("В2", accountNumber=number.upper(), serialNumber="18cb7"),
        {"identifier": "Г", "brand": "в работе"},
        {"id": encode_id("Meter", old.id), "brand": "в архиве"},
    )

    assert [each["outcome"] for each in rows] == ["UPDATED"] * 5
    meters = {
        each.id: (each.identifier, each.external_id, each.brand)
        for each in await Meter.filter(organization_id=home.organization.id)
    }
    assert meters[first.id][:2] == ("А2", "1")
    assert meters[second.id][:2] == ("Б", "2")
    assert meters[third.id][0] == "В2"
    assert meters[in_use.id][2] == "в работе"
    assert meters[old.id][2] == "в архиве"


async def test_keys_of_others_are_refused(integrator: Integrator, home: Home) -> None:
    foreign = await a_home(identifier="ЧУЖОЙ")
    await a_meter(premise=home.premise, identifier="А", external_id="1")
    await a_meter(premise=home.premise, identifier="Б", external_id="2")
    for _ in range(2):
        await a_meter(premise=home.premise, identifier="ДВА", status=MeterStatus.ARCHIVED)
    place = at(home.premise)

    outcome = await integrator.meters(
        {"externalId": "1", "identifier": "Б"},
        {"externalId": "9", "identifier": "А"},
        {"identifier": "ДВА", "brand": "?"},
        {"id": encode_id("Meter", foreign.meter.id), "brand": "?"},
        {"id": encode_id("Premise", home.premise.id), "brand": "?"},
        new("ЧУЖОЙ", **place),
        new("А", **place, type="GAS"),
        {"externalId": "1", "identifier": "В"},
        new("А", **place, externalId="3"),
    )

    assert outcome == [
        ("REJECTED", ("IDENTIFIER_TAKEN", "identifier")),
        ("REJECTED", ("IDENTIFIER_TAKEN", "identifier")),
        ("REJECTED", ("METER_AMBIGUOUS", "identifier")),
        ("REJECTED", ("METER_UNKNOWN", "id")),
        ("REJECTED", ("METER_UNKNOWN", "id")),
        ("CREATED",),
        ("REJECTED", ("TYPE_FIXED", "type")),
        ("UPDATED",),
        # Until the call is over, the identifier that was given up belongs to who had it.
        ("REJECTED", ("IDENTIFIER_TAKEN", "identifier")),
    ]


async def test_the_identifier_of_an_archived_meter_may_be_that_of_another_device(
    integrator: Integrator, home: Home
) -> None:
    old = await a_meter(premise=home.premise, identifier="М", external_id="1", serial_number="111")
    place = at(home.premise)

    outcome = await integrator.meters(
        {"externalId": "1", "status": "ARCHIVED"},
        new("М", **place, externalId="2"),
        new("Н", **place, serialNumber="5"),
        {"identifier": "Н", "status": "ARCHIVED"},
    )
    another = await integrator.meters(
        new("Н", **place, serialNumber="6"),
        new("Н", **place, serialNumber="6", status="ACTIVE"),
    )

    assert outcome == [("UPDATED",), ("CREATED",), ("CREATED",), ("UPDATED",)]
    assert another == [("CREATED",), ("UNCHANGED",)]
    gone = await Meter.get(id=old.id)
    assert (gone.status, gone.version) == (MeterStatus.ARCHIVED, 2)
    assert gone.archived_at is not None
    assert await Meter.filter(identifier="М").count() == 2


async def test_an_archived_meter_is_brought_back_by_people_alone(
    integrator: Integrator, home: Home, events: EmittedEvents
) -> None:
    meter = await a_meter(
        premise=home.premise,
        identifier="М",
        status=MeterStatus.VERIFICATION,
        verification_reason=VerificationReason.LAST,
    )
    still = await integrator.meters({"identifier": "М", "status": "VERIFICATION", "brand": "Б"})
    before = await Meter.get(id=meter.id)
    active = await integrator.meters({"identifier": "М", "status": "ACTIVE"})
    in_service = await Meter.get(id=meter.id)
    archived = await integrator.meters({"identifier": "М", "status": "ARCHIVED"})
    refused = await integrator.meters(
        {"identifier": "М", "status": "ACTIVE"},
        {"identifier": "М", "status": "VERIFICATION"},
        {"identifier": "М", "status": "ARCHIVED"},
        {"identifier": "М", "brand": "В"},
    )

    assert (still, active, archived) == ([("UPDATED",)], [("UPDATED",)], [("UPDATED",)])
    assert before.verification_reason is VerificationReason.LAST
    assert in_service.status is MeterStatus.ACTIVE
    assert in_service.verification_reason is None
    assert refused == [
        ("REJECTED", ("METER_ARCHIVED", "status")),
        ("REJECTED", ("METER_ARCHIVED", "status")),
        ("UNCHANGED",),
        ("UPDATED",),
    ]
    registered = events.of(MetersRegistered)
    assert [(each.updated_ids, each.archived_ids) for each in registered] == [
        ((meter.id,), ()),
        ((meter.id,), ()),
        ((), (meter.id,)),
        ((meter.id,), ()),
    ]


async def test_one_bad_row_stops_no_other(integrator: Integrator, home: Home) -> None:
    place = at(home.premise)
    await a_reading(home.meter, "2026-11", "104")

    outcome = await integrator.meters(
        new("1", **place, commissionedOn="2026-11-21"),
        new("2", **place, verifiedOn="2026-11-10", nextVerificationOn="2026-11-09"),
        new("3", **place, verificationInterval=31),
        new("4", **place, verificationInterval=0, intDigits=13),
        new("5", **place, initialValues=["1", "2"]),
        new("6", **place, initialValues=["-1"]),
        new("7", **place, initialValues=["100000"], intDigits=5),
        new("8", **place, serialNumber="9" * 51),
        new("   ", **place),
        {"identifier": "9", **place},
        {"type": "COLD_WATER", **place},
        new("10", **place, type="GAS"),
        new("11"),
        new("12", **at(home.building)),
        new("13", **place, scope="COLLECTIVE"),
        new("14", **at(home.building), scope="COLLECTIVE", accountNumber=home.account.number),
        new("15", **at(home.building), scope="COLLECTIVE", transformationRatio="0"),
        {"identifier": "ХВС-15", "initialValues": ["1"]},
        {"identifier": "ХВС-15", "intDigits": 2},
        {"identifier": "ХВС-15", "type": "HOT_WATER"},
        {"identifier": "ХВС-15", "scope": "ROOM"},
        new("16", **place),
    )

    assert outcome == [
        ("REJECTED", ("DATE_IN_FUTURE", "commissionedOn")),
        ("REJECTED", ("VERIFICATION_ORDER_INVALID", "nextVerificationOn")),
        ("REJECTED", ("INTERVAL_INVALID", "verificationInterval")),
        (
            "REJECTED",
            ("INTERVAL_INVALID", "verificationInterval"),
            ("DIGITS_INVALID", "intDigits"),
        ),
        ("REJECTED", ("REGISTERS_MISMATCH", "initialValues")),
        ("REJECTED", ("INVALID_VALUE", "initialValues", "0")),
        ("REJECTED", ("DIGITS_EXCEEDED", "initialValues", "0")),
        ("REJECTED", ("TEXT_TOO_LONG", "serialNumber")),
        ("REJECTED", ("IDENTIFIER_REQUIRED", "identifier")),
        ("REJECTED", ("TYPE_REQUIRED", "type")),
        ("REJECTED", ("IDENTIFIER_REQUIRED", "identifier")),
        ("REJECTED", ("RESOURCE_DISABLED", "type")),
        ("REJECTED", ("PREMISE_UNKNOWN",)),
        ("REJECTED", ("PREMISE_UNKNOWN",)),
        ("REJECTED", ("METER_ELSEWHERE", "scope")),
        ("REJECTED", ("METER_ELSEWHERE", "scope")),
        ("REJECTED", ("RATIO_INVALID", "transformationRatio")),
        ("REJECTED", ("INITIAL_VALUES_FIXED", "initialValues")),
        ("REJECTED", ("DIGITS_CONTRADICT_READINGS", "intDigits")),
        ("REJECTED", ("TYPE_FIXED", "type")),
        ("REJECTED", ("TYPE_FIXED", "scope")),
        ("CREATED",),
    ]
    assert await Meter.filter(organization_id=home.organization.id).count() == 2


async def test_places_are_found_and_what_is_not_there_is_named(
    integrator: Integrator, home: Home
) -> None:
    foreign = await a_home(number="99")
    other = await a_building(organization=home.organization, address="ул. Новая, 1")
    await Building.filter(id=other.id).update(external_id="D-2")
    flat = await a_premise(building=other, number="1", external_id="KV-1")
    account = await an_account(premise=flat, number="АБ-1")
    gone = await a_premise(building=other, number="2", archived_at=flat.created_at)
    number = home.account.number
    d2 = {"buildingExternalId": "D-2"}

    outcome = await integrator.meters(
        new("1", accountNumber="НЕТ"),
        new("2", accountNumber=foreign.account.number + "0"),
        new("3", **d2, accountNumber=number),
        new("4", **d2, premiseNumber="404"),
        new("5", **d2, **at(home.premise)),
        new("6", premiseExternalId="KV-404"),
        new("7", buildingExternalId="D-404", premiseNumber="1"),
        new("8", premiseNumber="1"),
        new("9", **at(foreign.premise)),
        new("10", **at(foreign.building), scope="COLLECTIVE"),
        new("11", premiseId=encode_id("Building", home.building.id)),
        new("12", buildingId="каша", premiseNumber="1"),
        new("13", **at(gone)),
        new("14", **at(gone), status="ARCHIVED"),
        new("15", premiseExternalId="KV-1", accountNumber=number),
        new("16", premiseExternalId="KV-1", accountNumber=account.number.lower()),
    )

    assert outcome == [
        ("REJECTED", ("ACCOUNT_UNKNOWN", "accountNumber")),
        ("REJECTED", ("ACCOUNT_UNKNOWN", "accountNumber")),
        ("REJECTED", ("ACCOUNT_UNKNOWN", "accountNumber")),
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseNumber")),
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseId")),
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseExternalId")),
        ("REJECTED", ("BUILDING_UNKNOWN", "buildingExternalId")),
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseNumber")),
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseId")),
        ("REJECTED", ("BUILDING_UNKNOWN", "buildingId")),
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseId")),
        ("REJECTED", ("BUILDING_UNKNOWN", "buildingId")),
        ("REJECTED", ("PLACE_ARCHIVED",), ("RESOURCE_DISABLED", "type")),
        ("CREATED",),
        ("CREATED", ("PLACE_OVERRULED", "accountNumber")),
        ("REJECTED", ("RESOURCE_DISABLED", "type")),
    ]
    assert (await Meter.get(identifier="15")).premise_id == home.premise.id


async def test_a_meter_is_not_moved(integrator: Integrator, home: Home) -> None:
    flat = await a_premise(building=home.building, number="16")
    neighbour = await an_account(premise=flat, number="СОСЕД")
    second = await an_account(premise=home.premise, number="ВТОРОЙ")
    elsewhere = await a_building(organization=home.organization)
    house = await a_collective_meter(building=home.building, identifier="ОДПУ")

    outcome = await integrator.meters(
        {"identifier": "ХВС-15", **at(flat)},
        {"identifier": "ХВС-15", "accountNumber": neighbour.number},
        {"identifier": "ХВС-15", **at(elsewhere)},
        {"identifier": "ОДПУ", **at(home.premise)},
        {"identifier": "ОДПУ", **at(elsewhere)},
        {"identifier": "ХВС-15", **at(home.building)},
        {"identifier": "ОДПУ", **at(home.building), "condition": "FAULTY"},
        {"identifier": "ХВС-15", "accountNumber": second.number},
    )

    assert outcome == [
        *([("REJECTED", ("METER_ELSEWHERE",))] * 5),
        ("UNCHANGED",),
        ("UPDATED",),
        ("UPDATED",),
    ]
    assert (await CollectiveDetails.get(meter_id=house.id)).condition is MeterCondition.FAULTY
    assert (await Meter.get(id=home.meter.id)).account_id == second.id


async def test_two_accounts_alike_are_told_apart_as_they_are_written(
    integrator: Integrator, home: Home
) -> None:
    spaced = await an_account(premise=home.premise, number="12 3")
    tight = await an_account(premise=home.premise, number="123")

    outcome = await integrator.meters(
        new("1", accountNumber="12 3"), new("2", accountNumber="123"), new("3", **at(home.premise))
    )

    assert outcome == [("CREATED",)] * 3
    accounts = [(await Meter.get(identifier=each)).account_id for each in ("1", "2", "3")]
    # Of several accounts none is the premise's own.
    assert accounts == [spaced.id, tight.id, None]


async def test_only_the_buildings_of_the_token(integrator: Integrator, home: Home) -> None:
    near = await a_building(organization=home.organization, address="ул. Новая, 1")
    flat = await a_premise(building=near, number="1")
    home.meter.external_id = "X-1"
    await home.meter.save()
    token = await a_service_token(
        home.organization, permissions={METER_REGISTER.code}, buildings=[near]
    )
    gas = {"type": "GAS", "status": "ARCHIVED"}

    answer = await integrator.call(
        "meters",
        [
            new("1", **at(home.premise)),
            new("2", **at(home.building), scope="COLLECTIVE"),
            new("3", accountNumber=home.account.number),
            {"id": encode_id("Meter", home.meter.id), "brand": "?"},
            {"externalId": "X-1", "brand": "?"},
            {"identifier": "ХВС-15", "brand": "?"},
            new("5", **at(flat), **gas),
        ],
        actor=await actor_of(token),
    )

    rows = answer["data"]["registerMeters"]["registration"]["rows"]
    assert [each["errors"][0]["code"] if each["errors"] else None for each in rows] == [
        "PREMISE_UNKNOWN",
        "BUILDING_UNKNOWN",
        "ACCOUNT_UNKNOWN",
        "METER_UNKNOWN",
        "EXTERNAL_ID_TAKEN",
        "IDENTIFIER_TAKEN",
        None,
    ]
    assert (await Meter.get(id=home.meter.id)).brand is None


async def test_who_may_not_register(integrator: Integrator, home: Home) -> None:
    foreign = await a_home()
    stranger = await a_service_token(foreign.organization, permissions={METER_REGISTER.code})
    reader = await a_service_token(home.organization, permissions={READING_REGISTER.code})
    unlearned = await an_employee(home.organization, permissions={READING_REGISTER.code})
    learned = await an_employee(home.organization, permissions={METER_REGISTER.code})
    row = new("1", **at(home.premise))

    answers = [
        await integrator.call("meters", [row], actor=actor)
        for actor in (
            ANONYMOUS,
            home.resident,
            await actor_of(unlearned),
            await actor_of(reader),
            await actor_of(stranger),
        )
    ]
    nothing = await Meter.filter(identifier="1").exists()
    allowed = await integrator.call("meters", [row], actor=await actor_of(learned))

    assert [each["errors"][0]["extensions"]["code"] for each in answers] == [
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "FORBIDDEN",
        "FORBIDDEN",
        "NOT_FOUND",
    ]
    assert not nothing
    assert allowed["data"]["registerMeters"]["registration"]["created"] == 1


async def test_too_many_rows_are_refused_as_a_whole(integrator: Integrator, home: Home) -> None:
    rows = [new(str(n), **at(home.premise)) for n in range(1001)]

    answer = await integrator.call("meters", rows)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert (error["extensions"]["limit"], error["extensions"]["value"]) == (1000, 1001)
    assert await Meter.filter(organization_id=home.organization.id).count() == 1


@pytest.mark.parametrize(
    "malformed",
    [
        {"commissionedOn": "12.05.2021"},
        {"verifiedOn": "2021-05"},
        {"nextVerificationOn": "2021-05-12T00:00"},
        {"type": "STEAM"},
        {"status": "LOST"},
        {"verificationInterval": "шесть"},
        {"initialValues": ["Infinity"]},
        {"transformationRatio": "NaN"},
        {"unknown": 1},
    ],
)
async def test_what_is_of_no_type_is_the_callers_mistake(
    integrator: Integrator, home: Home, malformed: dict[str, Any]
) -> None:
    answer = await integrator.call("meters", [new("1", **at(home.premise)) | malformed])

    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert not await Meter.filter(identifier="1").exists()


async def test_an_empty_call_is_answered(integrator: Integrator) -> None:
    assert await integrator.meters() == []


@pytest.mark.parametrize("size", [2, 40])
async def test_statements_do_not_grow_with_the_rows(
    integrator: Integrator, home: Home, queries: QueryCounter, size: int
) -> None:
    place = at(home.premise)
    await integrator.meters(  # the connection knows the types by now
        new("0", **place), new("ОДПУ", **at(home.building), scope="COLLECTIVE")
    )
    await integrator.meters({"identifier": "0", "brand": "?"})
    rows = [new(f"М{n}", **place, externalId=f"E{n}") for n in range(size)]
    houses = [new(f"Д{n}", **at(home.building), scope="COLLECTIVE") for n in range(size)]

    with queries.exactly(6):
        created = await integrator.meters(*rows)
    with queries.exactly(3):
        unchanged = await integrator.meters(*rows)
    with queries.exactly(5):
        changed = await integrator.meters(
            *({"externalId": f"E{n}", "serialNumber": f"{n}"} for n in range(size))
        )
    with queries.exactly(7):
        of_houses = await integrator.meters(*houses)

    assert [{each[0] for each in found} for found in (created, unchanged, changed, of_houses)] == [
        {"CREATED"},
        {"UNCHANGED"},
        {"UPDATED"},
        {"CREATED"},
    ]
    names = [each["name"] for each in await fetch("SELECT name FROM kvartal_event")]
    assert set(names) == {"meters.meters_registered"}


@pytest.mark.parametrize(("count", "kind"), [(20, "building"), (21, "organization")])
async def test_many_places_are_touched_as_one_organization(
    integrator: Integrator, home: Home, count: int, kind: str
) -> None:
    buildings = [
        await a_building(organization=home.organization, address=f"ул. Мира, {n}")
        for n in range(count)
    ]
    touched: list[str] = []

    async def note(work: Any) -> None:
        touched.extend(work.touched)

    async with on_commit(note):
        await integrator.meters(
            *(new(f"{n}", **at(each), scope="COLLECTIVE") for n, each in enumerate(buildings)),
            new("М", **at(home.premise)),
        )

    assert [each.partition(":")[0] for each in touched].count(kind) == (
        count if kind == "building" else 1
    )
    assert f"premise:{home.premise.id}" in touched
