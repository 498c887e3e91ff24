"""Meters follow the estate: they are found by new names, and stay where an account leaves."""

import pytest

from kvartal.housing.api import AccountsMoved, PlacesRenamed
from kvartal.housing.models import Account, Building, Premise
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterChange, MeterScope, MeterStatus, search_text
from kvartal_meters.meters.tasks import follow_names, leave_accounts
from kvartal_meters.testing import a_collective_meter, a_meter


async def found(meter: Meter) -> str:
    await meter.refresh_from_db()
    return meter.search


async def test_meters_are_found_by_new_addresses_and_numbers(db: None) -> None:
    building = await a_building(address="ул. Мира, 1")
    premise = await a_premise(building=building, number="5")
    account = await an_account(premise=premise, number="7000")
    meter = await a_meter(premise=premise, account=account, identifier="ИПУ-1", serial_number="А 1")
    house = await a_collective_meter(building=building, identifier="ОД-1")
    other = await a_meter(premise=await a_premise(building=building, number="6"))
    before = other.search
    organization = building.organization_id

    await Building.filter(id=building.id).update(address="ул. Ёлочная,  2")
    await follow_names(PlacesRenamed.of_buildings(organization, building.id))
    assert await found(meter) == "ул. елочная 2 5 7000 ипу-1 а 1"
    assert await found(house) == "ул. елочная 2 од-1"
    assert await found(other) == before.replace("ул. мира 1", "ул. елочная 2")

    await Premise.filter(id=premise.id).update(number="5А")
    await follow_names(PlacesRenamed.of_premises(organization, premise.id))
    assert await found(meter) == "ул. елочная 2 5а 7000 ипу-1 а 1"

    await Account.filter(id=account.id).update(number="8000")
    await follow_names(PlacesRenamed.of_accounts(organization, account.id))
    await follow_names(PlacesRenamed.of_accounts(organization, account.id))
    assert await found(meter) == "ул. елочная 2 5а 8000 ипу-1 а 1"
    assert meter.version == 1


async def test_a_meter_stays_in_its_premise_when_its_account_goes(
    db: None, events: EmittedEvents
) -> None:
    premise = await a_premise()
    leaving, staying = [await an_account(premise=premise, number=n) for n in ("7001", "7002")]
    of_leaving = await a_meter(premise=premise, account=leaving)
    of_staying = await a_meter(premise=premise, account=staying)
    target = await a_premise(building=await premise.building)
    moved = AccountsMoved(
        organization_id=premise.organization_id, account_ids=(leaving.id, staying.id)
    )
    await Account.filter(id=leaving.id).update(premise=target)

    await leave_accounts(moved)
    await leave_accounts(moved)

    assert "7001" not in await found(of_leaving)
    assert "7002" in await found(of_staying)
    assert (of_leaving.account_id, of_leaving.version) == (None, 2)
    assert (of_staying.account_id, of_staying.version) == (staying.id, 1)
    assert events.of(MeterChanged) == [
        MeterChanged(
            meter_id=of_leaving.id,
            organization_id=premise.organization_id,
            building_id=premise.building_id,
            premise_id=premise.id,
            scope=MeterScope.INDIVIDUAL,
            change=MeterChange.UPDATED,
            status=MeterStatus.ACTIVE,
            user_id=None,
        )
    ]


@pytest.mark.parametrize(
    ("address", "number", "identifier"),
    [
        ("ул. Ёлочная, 12/1", "5а", "СЧ-1"),
        ("г. Тула,ул. Мира,  3", "№ 7", "A\u00a0B  C"),
        ("Ä-ÖÜ «Б»", "1_2%", "\t x \t"),
    ],
)
async def test_words_are_kept_in_one_form_whoever_writes_them(
    db: None, address: str, number: str, identifier: str
) -> None:
    premise = await a_premise(building=await a_building(address=address), number=number)
    meter = await a_meter(premise=premise, identifier=identifier)
    expected = search_text(address, number, identifier)
    await Meter.filter(id=meter.id).update(search="")

    await follow_names(PlacesRenamed.of_premises(premise.organization_id, premise.id))

    assert await found(meter) == expected
