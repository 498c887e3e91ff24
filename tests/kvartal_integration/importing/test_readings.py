"""Readings of a file, by every message that there is of them."""

from datetime import datetime
from decimal import Decimal

import pytest
from tests.kvartal_integration.importing.conftest import Estate, Import, meter, reading

from kvartal import clock
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.events import ReadingsRegistered
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.testing import a_meter, a_reading

NOW = datetime.fromisoformat("2026-11-20T12:00+03:00")


@pytest.fixture
async def water(estate: Estate) -> Meter:
    """A meter of cold water that showed 100.5 in October 2026."""
    kept = await a_meter(
        premise=estate.premise, account=estate.account, identifier="ХВС-1", int_digits=5
    )
    await a_reading(kept, "2026-10", "100.5")
    return kept


async def values(meter: Meter) -> dict[str, Decimal]:
    rows = await Reading.filter(meter_id=meter.id).order_by("billing_month")
    return {f"{each.billing_month:%Y-%m}": each.t1 for each in rows}


async def test_a_reading_is_saved_over_the_files_channel(
    estate: Estate, water: Meter, run_import: Import, events: EmittedEvents
) -> None:
    with clock.frozen(NOW):
        done = await run_import(
            estate.file(
                meter(
                    "ХВС-1",
                    reading("2026-11", "112.25", channel="RESIDENT_APP"),
                    reading("2026-09", "90", channel="BILLING"),
                )
            )
        )

    saved = {each.channel for each in await Reading.filter(meter_id=water.id)}
    assert done.codes == []
    assert done.operation.counts == {"meters_unchanged": 1, "readings_created": 2}
    assert saved == {"RESIDENT_APP", "XML", "BILLING"}
    [registered] = events.of(ReadingsRegistered)
    assert len(registered.accepted_ids) == 2


@pytest.mark.parametrize(
    ("readings", "code", "facts"),
    [
        (
            [reading("2026-11", "99")],
            "W301",
            {"v": "99", "p": {"decimal": "100.5000"}, "period": {"month": "2026-10"}},
        ),
        ([reading("2026-11", "1234567")], "W303", {"v": "1234567", "d": 5}),
        ([reading("2026-12", "112", day=20)], "W304", {"date": {"date": "2026-12-20"}}),
        (
            [reading("2026-10", "101")],
            "W305",
            {
                "period": {"month": "2026-10"},
                "v": {"decimal": "100.5000"},
                "channel": {"title": "SubmissionChannel.RESIDENT_APP"},
            },
        ),
        ([reading("2026-09", "101")], "W307", {"n": {"decimal": "100.5000"}}),
        (
            [reading("2026-11", "110"), reading("2026-11", "111", day=19)],
            "W309",
            {},
        ),
        ([reading("2026-11", "110", "5")], "W211", {"a": 1, "b": 2}),
    ],
)
async def test_each_fault_has_its_message(
    estate: Estate,
    water: Meter,
    run_import: Import,
    readings: list[str],
    code: str,
    facts: dict[str, object],
) -> None:
    with clock.frozen(NOW):
        done = await run_import(estate.file(meter("ХВС-1", *readings)))

    [entry] = done.entries
    assert (entry.code, entry.facts, entry.meter, entry.account) == (
        code,
        facts,
        "ХВС-1",
        "7700415015",
    )
    assert (await values(water))["2026-10"] == Decimal("100.5")


async def test_an_unusual_consumption_is_saved_and_told(
    estate: Estate, water: Meter, run_import: Import
) -> None:
    with clock.frozen(NOW):
        done = await run_import(estate.file(meter("ХВС-1", reading("2026-11", "9000"))))

    assert done.codes[0].startswith("W306")
    kept = await Reading.get(meter_id=water.id, billing_month="2026-11-01")
    assert (kept.t1, kept.needs_review) == (9000, True)


async def test_fractions_are_cut_where_none_are_taken(
    estate: Estate, water: Meter, run_import: Import
) -> None:
    await ResourceSettings.all().update(fractions_allowed=False)

    with clock.frozen(NOW):
        done = await run_import(estate.file(meter("ХВС-1", reading("2026-11", "112.75"))))

    [entry] = done.entries
    assert (entry.code, entry.facts) == (
        "W302",
        {"v": {"decimal": "112.75"}, "w": {"decimal": "112"}},
    )
    assert (await values(water))["2026-11"] == 112


async def test_a_meter_on_verification_takes_none(
    estate: Estate, water: Meter, run_import: Import
) -> None:
    await Meter.filter(id=water.id).update(status="VERIFICATION")

    with clock.frozen(NOW):
        done = await run_import(estate.file(meter("ХВС-1", reading("2026-11", "112"))))

    assert done.codes == ["W308"]


async def test_overwriting_changes_what_is_there(
    estate: Estate, water: Meter, run_import: Import
) -> None:
    with clock.frozen(NOW):
        done = await run_import(
            estate.file(meter("ХВС-1", reading("2026-10", "101")), mode="overwrite")
        )

    assert done.codes == []
    assert done.operation.counts == {"meters_unchanged": 1, "readings_updated": 1}
    assert await values(water) == {"2026-10": 101}


async def test_a_rollover_is_taken_where_the_file_says_so(
    estate: Estate, run_import: Import
) -> None:
    kept = await a_meter(
        premise=estate.premise, account=estate.account, identifier="ХВС-2", int_digits=5
    )
    await a_reading(kept, "2026-10", "99999")

    with clock.frozen(NOW):
        done = await run_import(
            estate.file(meter("ХВС-2", reading("2026-11", "3", rollover="true")))
        )

    assert [each for each in done.codes if not each.startswith("W306")] == []
    assert (await values(kept))["2026-11"] == 3


async def test_the_month_follows_from_the_day_where_none_is_named(
    estate: Estate, water: Meter, run_import: Import
) -> None:
    with clock.frozen(NOW):
        await run_import(
            estate.file(meter("ХВС-1", '<reading date="2026-11-20" t1="110" channel="AUTO"/>'))
        )

    kept = await Reading.get(meter_id=water.id, billing_month="2026-11-01")
    assert (kept.t1, kept.channel) == (110, "AUTO")


async def test_a_long_history_is_saved_in_one_go(estate: Estate, run_import: Import) -> None:
    history = [
        reading(f"{year}-{month:02}", str((year - 2010) * 12 + month))
        for year in range(2010, 2026)
        for month in range(1, 13)
    ]
    meters = [meter(f"ХВС-{n}", *history) for n in range(6)]

    with clock.frozen(NOW):
        done = await run_import(estate.file(*meters))

    assert done.operation.counts["readings_created"] == 6 * len(history) > 1000
    assert await Reading.all().count() == 6 * len(history)
