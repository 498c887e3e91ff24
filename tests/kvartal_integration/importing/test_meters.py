"""Meters of a file: made, changed, passed over; each with its line in the log."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.kvartal_integration.importing.conftest import Estate, Import, meter, reading

from kvartal import clock
from kvartal.testing.factories import a_premise, an_account
from kvartal_integration.operations.rules import OperationStatus
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import a_meter, a_reading


async def test_a_meter_is_made_with_all_that_the_file_says(
    estate: Estate, run_import: Import
) -> None:
    path = estate.file(
        meter(
            "ХВС-15-1",
            external_id="IPU-1",
            brand="Бетар",
            model="СХВ-15",
            serialNumber="18-034512",
            commissioningDate="2021-05-12",
            verificationInterval="6",
            nextVerificationDate="2027-05-12",
            status="ACTIVE",
            intDigits="5",
            initial='t1="12.5"',
        )
    )

    done = await run_import(path)

    made = await Meter.get(organization_id=estate.organization.id)
    assert (done.operation.status, done.codes) == (OperationStatus.SUCCEEDED, [])
    assert done.operation.counts == {"meters_created": 1}
    assert (made.external_id, made.identifier, made.brand, made.model) == (
        "IPU-1",
        "ХВС-15-1",
        "Бетар",
        "СХВ-15",
    )
    assert (made.premise_id, made.account_id, made.scope) == (
        estate.premise.id,
        estate.account.id,
        MeterScope.INDIVIDUAL,
    )
    assert (made.commissioned_on, made.verification_interval) == (date(2021, 5, 12), 6)
    assert (made.next_verification_on, made.int_digits) == (date(2027, 5, 12), 5)
    assert made.initial_t1 == Decimal("12.5")


async def test_what_is_left_out_stays_and_nil_clears(estate: Estate, run_import: Import) -> None:
    await a_meter(
        premise=estate.premise,
        account=estate.account,
        identifier="ХВС-15-1",
        brand="Бетар",
        model="СХВ-15",
        serial_number="18",
    )

    done = await run_import(estate.file(meter("ХВС-15-1", brand="Пульсар", model=None)))

    changed = await Meter.get(organization_id=estate.organization.id)
    assert done.operation.counts == {"meters_updated": 1}
    assert (changed.brand, changed.model, changed.serial_number) == ("Пульсар", None, "18")


async def test_a_meter_of_the_house_has_what_houses_have(
    estate: Estate, run_import: Import
) -> None:
    house = "<installationPlace>Подвал</installationPlace><condition>FAULTY</condition>"
    path = estate.houses(
        meter("ОД-1", reading("2026-10", "48210.5"), house=f"{house}<ratio>40</ratio>")
    )

    with clock.frozen(datetime.fromisoformat("2026-11-20T12:00+03:00")):
        done = await run_import(path)

    made = await Meter.get(scope=MeterScope.COLLECTIVE)
    details = await CollectiveDetails.get(meter_id=made.id)
    assert done.codes == []
    assert (made.building_id, made.premise_id) == (estate.building.id, None)
    assert made.transformation_ratio == 40
    assert (details.installation_place, details.condition) == ("Подвал", "FAULTY")
    assert (await Reading.get(meter_id=made.id)).t1 == Decimal("48210.5")


async def test_an_unknown_account_is_told_once_and_its_block_passed_over(
    estate: Estate, run_import: Import
) -> None:
    path = estate.file(
        meter("А", reading("2026-10", "1")), meter("Б"), account="нет-такого", place=""
    )

    done = await run_import(path)

    assert done.operation.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    [entry] = done.entries
    assert (entry.code, entry.facts, entry.account, entry.file) == (
        "W203",
        {"n": "нет-такого"},
        "нет-такого",
        "metrics.xml",
    )
    assert entry.line == 4
    assert done.operation.counts == {"meters_rejected": 2, "readings_rejected": 1}
    assert not await Meter.exists()


async def test_where_the_account_is_unknown_the_place_is_asked(
    estate: Estate, run_import: Import
) -> None:
    done = await run_import(estate.file(meter("А"), account="новый-счет"))

    assert done.codes == ["W203"]
    assert (await Meter.get(identifier="А")).premise_id == estate.premise.id


async def test_the_account_outweighs_the_place(estate: Estate, run_import: Import) -> None:
    other = await a_premise(building=estate.building, number="16", external_id="KV-16")
    await an_account(premise=other, number="16-счет")

    done = await run_import(estate.file(meter("А"), account="16-счет"))

    assert done.codes == ["W204"]
    assert (await Meter.get(identifier="А")).premise_id == other.id


async def test_an_unknown_building_is_told_once(estate: Estate, run_import: Import) -> None:
    await estate.building.filter(id=estate.building.id).update(external_id="другой")

    done = await run_import(estate.file(meter("А"), meter("Б")))

    assert [(each.code, each.facts) for each in done.entries] == [("W201", {"id": "D-0042"})]
    assert not await Meter.exists()


async def test_a_resource_that_is_off_is_passed_over(estate: Estate, run_import: Import) -> None:
    done = await run_import(estate.file(meter("Газ-1", type="GAS"), meter("ХВС-1")))

    assert done.codes == ["W205"]
    assert [each.identifier for each in await Meter.all()] == ["ХВС-1"]


async def test_an_archived_meter_stays_there(estate: Estate, run_import: Import) -> None:
    kept = await a_meter(
        premise=estate.premise,
        account=estate.account,
        identifier="ХВС-1",
        external_id="IPU-1",
        status=MeterStatus.ARCHIVED,
    )

    done = await run_import(
        estate.file(
            meter("ХВС-1", reading("2026-10", "5"), external_id="IPU-1", status="ACTIVE"),
        )
    )

    await kept.refresh_from_db()
    assert done.codes == ["W206"]
    assert kept.status is MeterStatus.ARCHIVED
    assert not await Reading.exists()


async def test_a_file_may_archive(estate: Estate, run_import: Import) -> None:
    kept = await a_meter(premise=estate.premise, account=estate.account, identifier="ХВС-1")

    await run_import(estate.file(meter("ХВС-1", status="ARCHIVED")))

    await kept.refresh_from_db()
    assert kept.status is MeterStatus.ARCHIVED


async def test_another_type_is_told_and_the_rest_is_taken(
    estate: Estate, run_import: Import
) -> None:
    await a_meter(
        premise=estate.premise, account=estate.account, identifier="ХВС-1", external_id="IPU-1"
    )

    done = await run_import(
        estate.file(meter("ХВС-1", external_id="IPU-1", type="HOT_WATER", brand="Новый"))
    )

    kept = await Meter.get(external_id="IPU-1")
    assert done.codes == ["W208"]
    assert (kept.type, kept.brand) == ("COLD_WATER", "Новый")


async def test_an_identifier_of_another_meter_is_told(estate: Estate, run_import: Import) -> None:
    await a_meter(premise=estate.premise, identifier="ХВС-1", external_id="IPU-1")

    done = await run_import(estate.file(meter("ХВС-1", external_id="IPU-2")))

    assert done.codes == ["W209"]
    assert await Meter.all().count() == 1


async def test_dates_that_cannot_be_are_left_out(estate: Estate, run_import: Import) -> None:
    tomorrow = (clock.today("Europe/Moscow") + timedelta(days=2)).isoformat()

    done = await run_import(
        estate.file(
            meter("А", brand="Бетар", commissioningDate=tomorrow),
            meter(
                "Б",
                lastVerificationDate="2024-01-01",
                nextVerificationDate="2020-01-01",
            ),
        )
    )

    first, second = await Meter.all().order_by("identifier")
    assert done.codes == ["W210", "W210"]
    assert (first.brand, first.commissioned_on) == ("Бетар", None)
    assert (second.verified_on, second.next_verification_on) == (None, None)


async def test_initial_values_count_only_as_long_as_nothing_was_read(
    estate: Estate, run_import: Import
) -> None:
    kept = await a_meter(
        premise=estate.premise, account=estate.account, identifier="ХВС-1", initial=["5"]
    )
    await a_reading(kept, "2026-10", "7")

    done = await run_import(estate.file(meter("ХВС-1", initial='t1="0"', brand="Новый")))

    await kept.refresh_from_db()
    assert done.codes == []
    assert (kept.initial_t1, kept.brand) == (5, "Новый")


@pytest.mark.parametrize("again", [1, 2])
async def test_the_same_file_again_changes_nothing(
    estate: Estate, run_import: Import, again: int
) -> None:
    path = estate.file(
        meter("А", reading("2026-09", "1"), reading("2026-10", "5"), brand="Бетар"),
        meter("Б", reading("2026-10", "7", "8"), type="ELECTRICITY_2T"),
    )
    await run_import(path)
    before = {each.id: each.version for each in [*await Meter.all(), *await Reading.all()]}

    for _ in range(again):
        done = await run_import(path)

    after = {each.id: each.version for each in [*await Meter.all(), *await Reading.all()]}
    assert after == before
    assert done.operation.counts == {"meters_unchanged": 2, "readings_unchanged": 3}
    assert done.codes == []
