from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from kvartal import clock
from kvartal.housing.models import BuildingGroup, BuildingGroupMember, Quarter
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import QueryCounter
from kvartal_meters.api import (
    MeterSelection,
    ReadingSelection,
    extract_meters,
    extract_readings,
    meters_to_extract,
    readings_to_extract,
)
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_home, a_meter, a_reading

INDIVIDUAL = ReadingSelection(scope=MeterScope.INDIVIDUAL)
METERS = MeterSelection(scope=MeterScope.INDIVIDUAL)


async def test_a_reading_is_told_with_its_meter_and_its_place(home: Home) -> None:
    employee = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    await a_reading(home.meter, "2026-11", "112.25")

    ids = await readings_to_extract(employee, home.organization.id, INDIVIDUAL)
    [october, november] = await extract_readings(home.organization.id, ids)

    assert (october.billing_month, november.billing_month) == (date(2026, 10, 1), date(2026, 11, 1))
    assert november.values == (Decimal("112.25"),)
    assert november.previous == (Decimal("100.5"),)
    assert not november.is_rollover
    assert november.consumption == Decimal("11.75")
    assert (november.meter_id, november.identifier) == (home.meter.id, home.meter.identifier)
    assert november.account_number == home.account.number
    assert november.premise_number == home.premise.number
    assert november.address == home.building.address
    assert november.channel == "RESIDENT_APP"


async def test_they_come_by_place_meter_and_month(db: None) -> None:
    first = await a_home()
    organization = first.organization
    house = await a_building(organization=organization, external_id="A-1")
    flats = [await a_premise(building=house, number=number) for number in ("10", "2")]
    for flat in flats:
        account = await an_account(premise=flat)
        for identifier in ("Б", "А"):
            meter = await a_meter(
                premise=flat, account=account, identifier=f"{identifier}-{flat.number}"
            )
            for month in ("2026-10", "2026-09"):
                await a_reading(meter, month, "1")
    employee = await actor_of(await an_employee(organization, permissions=[SUBMIT.code]))

    ids = await readings_to_extract(employee, organization.id, INDIVIDUAL)
    rows = await extract_readings(organization.id, ids)

    assert [(each.identifier, each.billing_month) for each in rows] == [
        (identifier, date(2026, month, 1))
        for identifier in ("А-2", "Б-2", "А-10", "Б-10")
        for month in (9, 10)
    ]


async def test_months_and_changes_are_chosen(home: Home) -> None:
    employee = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    before = datetime(2026, 11, 20, tzinfo=UTC)
    with clock.frozen(before):
        november = await a_reading(home.meter, "2026-11", "112")

    async def found(**where: object) -> list[UUID]:
        chosen = ReadingSelection(scope=MeterScope.INDIVIDUAL, **where)  # type: ignore[arg-type]
        return await readings_to_extract(employee, home.organization.id, chosen)

    assert await found(months=(date(2026, 11, 1),)) == [november.id]
    assert await found(months=()) == []
    assert november.id in await found(changed_since=before)
    assert november.id not in await found(changed_since=before + timedelta(seconds=1))
    assert november.id not in await found(changed_before=before)
    assert await found(changed_since=before, changed_before=before + timedelta(seconds=1)) == [
        november.id
    ]


async def test_meters_in_use_are_told_even_without_a_reading(home: Home) -> None:
    employee = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    new = await a_meter(premise=home.premise, identifier="ЯЯ-новый")
    await a_meter(premise=home.premise, identifier="архивный", status=MeterStatus.ARCHIVED)

    ids = await meters_to_extract(employee, home.organization.id, METERS)
    rows = {row.meter_id: row for row in await extract_meters(home.organization.id, ids)}

    assert rows.keys() == {home.meter.id, new.id}
    assert rows[home.meter.id].values == (Decimal("100.5"),)
    assert (rows[new.id].values, rows[new.id].previous, rows[new.id].reading_id) == ((), (), None)


async def test_house_meters_are_told_apart_and_with_what_they_alone_have(home: Home) -> None:
    employee = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    house_meter = await a_collective_meter(building=home.building, installation_place="Подвал")
    elsewhere = await a_building(organization=home.organization)
    await a_collective_meter(building=elsewhere)

    ids = await meters_to_extract(
        employee,
        home.organization.id,
        MeterSelection(scope=MeterScope.COLLECTIVE, building_id=home.building.id),
    )

    [row] = await extract_meters(home.organization.id, ids)
    assert (row.meter_id, row.installation_place, row.condition) == (
        house_meter.id,
        "Подвал",
        "WORKING",
    )
    assert row.premise_id is None


async def test_who_sees_part_of_the_estate_is_told_of_that_part(home: Home) -> None:
    house = await a_building(organization=home.organization)
    await a_meter(premise=await a_premise(building=house), identifier="далеко")
    some = await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[home.building])
    )
    powerless = await actor_of(await an_employee(home.organization, permissions=[]))
    stranger = await actor_of(
        await an_employee((await a_home()).organization, permissions=[SUBMIT.code])
    )
    organization = home.organization.id

    assert await meters_to_extract(some, organization, METERS) == [home.meter.id]
    for actor in (powerless, stranger):
        assert await meters_to_extract(actor, organization, METERS) == []
        assert await readings_to_extract(actor, organization, INDIVIDUAL) == []


async def test_rows_of_another_organization_are_not_told_by_their_ids(home: Home) -> None:
    assert await extract_meters(uuid4(), [home.meter.id]) == []
    assert await extract_readings(uuid4(), [home.meter.latest_reading_id or uuid4()]) == []


async def test_however_many_they_are_each_batch_is_one_statement(
    home: Home, queries: QueryCounter
) -> None:
    meters = [
        home.meter,
        *[await a_meter(premise=home.premise, identifier=f"№{n}") for n in range(5)],
    ]

    with queries.exactly(1):
        rows = await extract_meters(home.organization.id, [each.id for each in meters])

    assert [row.meter_id for row in rows] == [each.id for each in meters]


@pytest.mark.parametrize(("now", "expected"), [("99999.5", False), ("0.5", True)])
async def test_a_register_that_passed_its_zero_is_told(
    home: Home, now: str, expected: bool
) -> None:
    employee = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    await a_reading(home.meter, "2026-11", now)
    chosen = ReadingSelection(scope=MeterScope.INDIVIDUAL, months=(date(2026, 11, 1),))

    ids = await readings_to_extract(employee, home.organization.id, chosen)

    [row] = await extract_readings(home.organization.id, ids)
    assert row.is_rollover is expected


async def test_meters_are_chosen_as_the_list_is_filtered(home: Home) -> None:
    employee = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    organization = home.organization
    quarter = await Quarter.create(organization=organization, name="Север", sort_key="север")
    house = await a_building(organization=organization, quarter=quarter, address="ул. Новая, 3")
    group = await BuildingGroup.create(organization=organization, name="Группа", sort_key="группа")
    await BuildingGroupMember.create(organization=organization, group=group, building=house)
    flat = await a_premise(building=house)
    gas = await a_meter(premise=flat, type=MeterType.GAS, identifier="ГАЗ-1")
    with clock.frozen(datetime(2025, 1, 20, 22, tzinfo=UTC)):
        await a_reading(gas, "2026-11", "5")

    async def found(**where: object) -> list[UUID]:
        chosen = MeterSelection(scope=MeterScope.INDIVIDUAL, **where)  # type: ignore[arg-type]
        return await meters_to_extract(employee, organization.id, chosen)

    for where in (
        {"building_id": house.id},
        {"premise_id": flat.id},
        {"quarter_id": quarter.id},
        {"group_id": group.id},
        {"resource_kind": ResourceKind.GAS},
        {"meter_type": MeterType.GAS},
        {"words": ("новая", "газ-1")},
        {"submitted_from": date(2025, 1, 21), "submitted_to": date(2025, 1, 21)},
    ):
        assert await found(**where) == [gas.id], where
    assert await found(submitted_from=date(2025, 1, 22)) == [home.meter.id]
    assert set(await found()) == {gas.id, home.meter.id}


async def test_a_meter_of_no_account_is_told_with_the_first_of_its_premise(home: Home) -> None:
    shared = await a_meter(premise=home.premise, identifier="общий")
    await an_account(premise=home.premise, number="0")
    gone = await an_account(premise=home.premise, number="00-архив")
    gone.archived_at = clock.now()
    await gone.save()

    [row] = await extract_meters(home.organization.id, [shared.id])

    assert row.account_number == "0"
