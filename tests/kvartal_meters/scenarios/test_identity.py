"""What a meter is known by: trimmed, unique where it must be, and never taken from another unit."""

from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import (
    EVERYTHING,
    NOON,
    Register,
    faults,
    key,
    told,
)

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.housing.models import Premise
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    resource_settings,
)

CARD = """
meter { identifier serialNumber externalId account { number } version }
errors { code path }
"""
BLANK = ["", " ", "\t", " \t\n ", "\u00a0", "\u200b", "\u2003\ufeff"]
SPACES = ["  {} ", "\t{}\n", "\u00a0{}\u00a0", "\u200b{}\ufeff", " {}\u2003"]


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


async def card(gql: GraphQLClient, actor: Actor, mutation: str, **fields: Any) -> dict[str, Any]:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    answer = await gql(
        f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ {CARD} }} }}",
        {"i": fields},
        actor=actor,
    )
    payload: dict[str, Any] = answer["data"][mutation]
    return payload


async def add(gql: GraphQLClient, actor: Actor, premise: Premise, **fields: Any) -> dict[str, Any]:
    given = {"type": "COLD_WATER", "identifier": "НОВЫЙ", **fields}
    return await card(gql, actor, "addMeter", premiseId=key("Premise", premise), **given)


@pytest.mark.parametrize("around", SPACES)
async def test_spaces_around_numbers_are_not_stored(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor, around: str
) -> None:
    payload = await add(
        gql,
        chief,
        home.premise,
        identifier=around.format("А-1"),
        serialNumber=around.format("18-034512"),
        externalId=around.format("IPU-1"),
    )
    rows = await register(
        "meters",
        {
            "accountNumber": around.format(home.account.number),
            "identifier": around.format("А-2"),
            "type": "COLD_WATER",
        },
        {"identifier": around.format("А-1"), "brand": "Бетар"},
        {"externalId": around.format("IPU-1"), "model": "СХВ-15"},
    )
    read = await register(
        "readings",
        {"identifier": around.format("А-1"), "values": ["1"]},
        {
            "identifier": around.format("А-2"),
            "accountNumber": around.format(home.account.number),
            "values": ["1"],
        },
    )

    assert payload["meter"] == {
        "identifier": "А-1",
        "serialNumber": "18-034512",
        "externalId": "IPU-1",
        "account": {"number": home.account.number},
        "version": 1,
    }
    assert told(rows) == [("CREATED",), ("UPDATED",), ("UPDATED",)]
    assert told(read) == [("CREATED",), ("CREATED",)]
    stored = await Meter.get(identifier="А-2")
    assert (stored.premise_id, stored.account_id) == (home.premise.id, home.account.id)


@pytest.mark.parametrize("around", SPACES)
async def test_an_accounts_number_is_trimmed_and_so_is_taken(
    gql: GraphQLClient, home: Home, chief: Actor, around: str
) -> None:
    answers = [
        await gql(
            "mutation ($i: CreateAccountInput!) { createAccount(input: $i)"
            " { account { number } errors { code path } } }",
            {"i": {"premiseId": key("Premise", home.premise), "number": around.format(number)}},
            actor=chief,
        )
        for number in ("7700415015", home.account.number)
    ]

    created, taken = (each["data"]["createAccount"] for each in answers)
    assert created["account"] == {"number": "7700415015"}
    assert faults(taken) == [("ACCOUNT_NUMBER_TAKEN", ["number"])]


@pytest.mark.parametrize("blank", BLANK)
async def test_nothing_but_spaces_is_no_number(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor, blank: str
) -> None:
    added = await add(gql, chief, home.premise, identifier=blank)
    changed = await card(gql, chief, "updateMeter", id=key("Meter", home.meter), identifier=blank)
    rows = await register(
        "meters",
        {"premiseId": key("Premise", home.premise), "identifier": blank, "type": "COLD_WATER"},
        {"accountNumber": blank, "identifier": "А-3", "type": "COLD_WATER"},
    )
    [read] = told(await register("readings", {"identifier": blank, "values": ["1"]}))

    assert faults(added) == [("IDENTIFIER_REQUIRED", ["identifier"])]
    assert faults(changed) == [("IDENTIFIER_REQUIRED", ["identifier"])]
    assert told(rows) == [
        ("REJECTED", ("IDENTIFIER_REQUIRED", "identifier")),
        ("REJECTED", ("PREMISE_UNKNOWN",)),
    ]
    assert read == ("REJECTED", ("METER_UNKNOWN",))
    assert await Meter.all().count() == 1


async def test_an_identifier_is_one_meters_of_an_organization_whatever_the_resource(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor
) -> None:
    await resource_settings(home.building, ResourceKind.GAS)
    flat = await a_premise(building=home.building)
    taken = {"identifier": home.meter.identifier}

    same = await add(gql, chief, flat, **taken)
    other = await add(gql, chief, flat, **taken, type="GAS")
    [row] = told(
        await register("meters", {**taken, "premiseId": key("Premise", flat), "type": "COLD_WATER"})
    )

    assert faults(same) == faults(other) == [("IDENTIFIER_TAKEN", ["identifier"])]
    assert row == ("REJECTED", ("METER_ELSEWHERE",))
    assert await Meter.filter(identifier=home.meter.identifier).count() == 1


async def test_other_organizations_have_numbers_of_their_own(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    await a_collective_meter(building=home.building, identifier="ОДПУ-1")
    stranger = await a_home(identifier="ЧУЖОЙ")
    actor = await actor_of(await an_employee(stranger.organization, permissions=EVERYTHING))

    added = await add(gql, actor, stranger.premise, identifier=home.meter.identifier)
    house = await card(
        gql,
        actor,
        "addMeter",
        buildingId=key("Building", stranger.building),
        type="GAS",
        identifier="ОДПУ-1",
    )

    assert (added["errors"], house["errors"]) == ([], [])
    assert await Meter.filter(identifier__in=["ОДПУ-1", home.meter.identifier]).count() == 4


async def test_a_house_meters_number_is_unique_too_until_it_is_archived(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    house = await a_collective_meter(building=home.building, identifier="ОДПУ-1")
    other = await a_building(organization=home.organization)
    fields = {"buildingId": key("Building", other), "type": "GAS", "identifier": " ОДПУ-1"}

    before = await card(gql, chief, "addMeter", **fields)
    await card(gql, chief, "archiveMeter", id=key("Meter", house))
    after = await card(gql, chief, "addMeter", **fields)

    assert faults(before) == [("IDENTIFIER_TAKEN", ["identifier"])]
    assert after["meter"]["identifier"] == "ОДПУ-1"


async def test_several_meters_share_an_account_of_their_unit(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    own = key("Account", home.account)

    payloads = [
        await add(gql, chief, home.premise, identifier=f"А-{n}", accountId=own) for n in range(3)
    ]

    assert [each["errors"] for each in payloads] == [[], [], []]
    assert await Meter.filter(account_id=home.account.id).count() == 4


async def test_an_account_of_another_unit_is_refused_when_added_and_when_changed(
    gql: GraphQLClient, home: Home, chief: Actor
) -> None:
    next_door = await an_account(premise=await a_premise(building=home.building))
    another_house = await an_account(
        premise=await a_premise(building=await a_building(organization=home.organization))
    )
    second = await an_account(premise=home.premise)
    meter = key("Meter", home.meter)

    for account in (next_door, another_house):
        of_others = {"accountId": key("Account", account)}
        added = await add(gql, chief, home.premise, **of_others)
        changed = await card(gql, chief, "updateMeter", id=meter, **of_others)
        assert faults(added) == faults(changed) == [("ACCOUNT_ELSEWHERE", ["accountId"])]
    moved = await card(gql, chief, "updateMeter", id=meter, accountId=key("Account", second))

    assert moved["meter"]["account"] == {"number": second.number}
    assert await Meter.all().count() == 1


async def test_another_organizations_places_are_refused_though_one_works_in_both(
    gql: GraphQLClient, register: Register, home: Home
) -> None:
    """A person of a holding has rights in each organization, and none across them."""
    stranger = await a_home(identifier="ЧУЖОЙ")
    employee = await an_employee(home.organization, permissions=EVERYTHING)
    await an_employee(stranger.organization, permissions=EVERYTHING, user=await employee.user)
    actor = await actor_of(employee)
    foreign = {"accountId": key("Account", stranger.account)}

    added = await add(gql, actor, home.premise, **foreign)
    changed = await card(gql, actor, "updateMeter", id=key("Meter", home.meter), **foreign)
    house = {"scope": "COLLECTIVE", "type": "GAS"}
    water = {"type": "COLD_WATER"}
    rows = await register(
        "meters",
        {**water, "identifier": "А-1", "premiseId": key("Premise", stranger.premise)},
        {**house, "identifier": "А-2", "buildingId": key("Building", stranger.building)},
        {**water, "identifier": "А-3", "accountNumber": stranger.account.number},
        {"id": key("Meter", stranger.meter), "brand": "?"},
        {**water, "identifier": "А-4", "premiseId": key("Premise", home.premise)},
        actor=actor,
    )

    assert faults(added) == faults(changed) == [("ACCOUNT_ELSEWHERE", ["accountId"])]
    assert told(rows) == [
        ("REJECTED", ("PREMISE_UNKNOWN", "premiseId")),
        ("REJECTED", ("BUILDING_UNKNOWN", "buildingId")),
        ("REJECTED", ("ACCOUNT_UNKNOWN", "accountNumber")),
        ("REJECTED", ("METER_UNKNOWN", "id")),
        ("CREATED",),
    ]
    assert (await Meter.get(id=stranger.meter.id)).brand is None


@pytest.mark.parametrize(
    ("case", "stored", "sent", "outcome"),
    [
        ("as engraved", "18-034512 А", "18034512a", "UPDATED"),
        ("look-alikes", "АВЕКМНОРСТХ-1", "ABEKMHOPCTX1", "UPDATED"),
        ("a number sign", "№ 77", "77", "UPDATED"),
        ("leading zeros", "00077", "77", "CREATED"),
        ("another letter", "Ж-1", "Z-1", "CREATED"),
    ],
)
async def test_a_serial_number_is_compared_by_what_is_engraved(
    register: Register, home: Home, case: str, stored: str, sent: str, outcome: str
) -> None:
    await Meter.filter(id=home.meter.id).update(serial_number=stored)

    [row] = await register(
        "meters",
        {
            "accountNumber": home.account.number,
            "identifier": "НОВЫЙ",
            "type": "COLD_WATER",
            "serialNumber": sent,
        },
    )

    assert row["outcome"] == outcome
    assert (row["id"] == key("Meter", home.meter)) is (outcome == "UPDATED")


@pytest.mark.parametrize("other", ["хвс-15", "XBC-15", "ХВС 15", "ХВС-015"])
async def test_an_identifier_is_taken_as_it_is_written(
    gql: GraphQLClient, home: Home, chief: Actor, other: str
) -> None:
    payload = await add(gql, chief, home.premise, identifier=other)

    assert payload["meter"]["identifier"] == other


async def test_a_number_of_any_length_is_refused_with_its_place(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor
) -> None:
    long = {"identifier": "9" * 65, "serialNumber": "9" * 51, "externalId": "9" * 65}

    added = await add(gql, chief, home.premise, **long)
    [row] = told(
        await register(
            "meters", {"premiseId": key("Premise", home.premise), "type": "COLD_WATER", **long}
        )
    )

    expected = {("TEXT_TOO_LONG", name) for name in long}
    assert {(code, *path) for code, path in faults(added)} == expected
    assert set(row[1:]) == expected


async def test_an_archived_meter_leaves_its_number_to_another(
    gql: GraphQLClient, register: Register, home: Home, chief: Actor
) -> None:
    home.meter.status, home.meter.archived_at = MeterStatus.ARCHIVED, clock.now()
    await home.meter.save()

    added = await add(gql, chief, home.premise, identifier=home.meter.identifier)
    restored = await card(gql, chief, "restoreMeter", id=key("Meter", home.meter))
    [read] = await register("readings", {"identifier": home.meter.identifier, "values": ["1"]})

    assert added["errors"] == []
    assert faults(restored) == [("IDENTIFIER_TAKEN", ["id"])]
    successor = await Meter.get(identifier=home.meter.identifier, archived_at=None)
    assert (read["outcome"], successor.latest_month is None) == ("CREATED", False)


async def test_a_house_meter_is_registered_without_account_and_premise(
    register: Register, home: Home
) -> None:
    house = {"buildingId": key("Building", home.building), "scope": "COLLECTIVE", "type": "GAS"}

    first = await register("meters", {**house, "identifier": " ОДПУ-1 "})
    again = await register("meters", {**house, "identifier": "ОДПУ-1"})
    [read] = await register("readings", {"identifier": "ОДПУ-1", "values": ["5"]})

    meter = await Meter.get(identifier="ОДПУ-1")
    assert (first[0]["outcome"], again[0]["outcome"]) == ("CREATED", "UNCHANGED")
    assert first[0]["id"] == again[0]["id"] == key("Meter", meter)
    assert (meter.premise_id, meter.account_id, meter.type) == (None, None, MeterType.GAS)
    assert read["outcome"] == "CREATED"
