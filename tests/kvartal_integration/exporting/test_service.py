"""An export as a whole: which readings, in which file, and what is left when something fails."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.kvartal_integration.exporting.conftest import (
    BEFORE,
    NOW,
    Estate,
    Export,
    Freeze,
    Killed,
    flat_meter,
)

from kvartal import clock
from kvartal.files.models import StoredFile
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal_integration.exchange.port import ExchangeFailed
from kvartal_integration.exporting import service
from kvartal_integration.importing.service import import_files
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.operations.service import running
from kvartal_integration.testing import an_operation
from kvartal_meters.api import extract_readings
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import a_collective_meter, a_meter, a_reading

FILE = "out/8_2026-11-24.xml"
LATER = "2026-11-25T04:00:00+03:00"


async def read_at(moment: str, meter: Meter, month: str, *values: str, **fields: Any) -> Reading:
    """A reading that was saved then."""
    with clock.frozen(datetime.fromisoformat(moment)):
        return await a_reading(meter, month, *values, **fields)


def months_in(content: bytes) -> list[str]:
    return re.findall(r'<reading [^>]*period="([\d-]+)"', content.decode())


async def test_the_first_export_takes_this_month_and_the_last(
    estate: Estate, run_export: Export
) -> None:
    meter = await flat_meter(estate)
    for month in ("2026-08", "2026-09", "2026-10", "2026-11"):
        await read_at(BEFORE, meter, month, "1")

    done = await run_export(NOW)

    assert done.operation.status is OperationStatus.SUCCEEDED
    assert months_in(estate.files[FILE]) == ["2026-10", "2026-11"]
    assert done.operation.counts == {"readings_exported": 2}
    assert (done.operation.done, done.operation.total) == (2, 2)
    assert done.operation.message == {
        "code": "EXPORT_WRITTEN",
        "facts": {"name": "8_2026-11-24.xml"},
    }
    told_until = datetime.fromisoformat(NOW) - await estate.told_until()
    assert timedelta(seconds=2) <= told_until < timedelta(minutes=1)


async def test_the_file_is_as_it_is_promised(estate: Estate, run_export: Export) -> None:
    meter = await flat_meter(estate, external_id="IPU-1", serial_number="18-034512")
    when = datetime.fromisoformat("2026-11-20T12:30:00+03:00")
    first = await read_at(BEFORE, meter, "2026-10", "95.5", submitted_at=when)
    second = await read_at(BEFORE, meter, "2026-11", "100.25", submitted_at=when)

    await run_export(NOW)

    lines = estate.files[FILE].decode().replace("generatedAt", "\ngeneratedAt").splitlines()
    assert re.fullmatch(
        r'generatedAt="2026-11-24T03:59:\d\d\+03:00" sender="Kvartal">'
        r'<organization externalId="UK-77" inn="7707083893">',
        lines[2],
    )
    assert lines[:2] + lines[3:] == [
        "<?xml version='1.0' encoding='UTF-8'?>",
        '<metrics xmlns="urn:kvartal:metrics:1" version="1.0" ',
        '<object externalId="D-0042" address="ул. Речников, 7">',
        '<place externalId="KV-15" number="15">',
        '<account number="7700415015">',
        '<meter externalId="IPU-1"><type>COLD_WATER</type><identifier>ХВС-15-1</identifier>'
        "<serialNumber>18-034512</serialNumber>",
        "<readings>",
        f'<reading externalId="{first.id}" period="2026-10" date="{first.taken_on}"'
        ' submittedAt="2026-11-20T12:30:00+03:00" t1="95.5" channel="RESIDENT_APP"/>',
        f'<reading externalId="{second.id}" period="2026-11" date="{second.taken_on}"'
        ' submittedAt="2026-11-20T12:30:00+03:00" t1="100.25" channel="RESIDENT_APP"'
        ' previousT1="95.5" consumption="4.75"/></readings></meter></account></place></object>'
        "</organization></metrics>",
    ]


async def test_after_that_it_takes_what_is_new_late_or_corrected(
    estate: Estate, run_export: Export
) -> None:
    meter, other = await flat_meter(estate), await flat_meter(estate, "ХВС-15-2")
    corrected = await read_at(BEFORE, meter, "2026-05", "1")
    for month in ("2026-10", "2026-11"):
        await read_at(BEFORE, meter, month, "5")
    await run_export(NOW)
    between = "2026-11-24T12:00:00+03:00"
    await read_at(between, other, "2026-02", "3")
    with clock.frozen(datetime.fromisoformat(between)):
        await corrected.save()

    done = await run_export(LATER)

    assert months_in(estate.files["out/8_2026-11-25.xml"]) == ["2026-05", "2026-02"]
    assert done.operation.counts == {"readings_exported": 2}


async def test_if_nothing_is_new_there_is_no_file(estate: Estate, run_export: Export) -> None:
    meter = await flat_meter(estate)
    await read_at(BEFORE, meter, "2026-11", "1")
    await run_export(NOW)

    done = await run_export(LATER)

    assert done.operation.status is OperationStatus.SUCCEEDED
    assert done.operation.message == {"code": "EXPORT_NOTHING_NEW", "facts": {}}
    assert list(estate.files) == [FILE]
    assert await estate.told_until() > datetime.fromisoformat(NOW)


async def test_what_was_saved_a_moment_before_leaves_the_next_time(
    estate: Estate, run_export: Export
) -> None:
    """Another transaction that was stamped before may not have committed yet."""
    meter = await flat_meter(estate)
    await read_at("2026-11-24T03:59:59.500+03:00", meter, "2026-11", "1")

    first = await run_export(NOW)
    second = await run_export(LATER)

    assert first.operation.message["code"] == "EXPORT_NOTHING_NEW"
    assert second.operation.counts == {"readings_exported": 1}


async def test_a_whole_month_leaves_each_time_and_moves_nothing_on(
    estate: Estate, run_export: Export
) -> None:
    meter = await flat_meter(estate)
    for month in ("2026-10", "2026-11"):
        await read_at(BEFORE, meter, month, "1")

    for moment in (NOW, LATER):
        done = await run_export(moment, whole_month=True)
        assert done.operation.counts == {"readings_exported": 1}

    assert months_in(estate.files["out/8_2026-11-25.xml"]) == ["2026-11"]
    assert (await estate.settings()).last_started_at is None


async def test_the_month_is_the_billing_month_of_the_organization(
    estate: Estate, run_export: Export
) -> None:
    meter = await flat_meter(estate)
    for month in ("2026-10", "2026-11"):
        await read_at(BEFORE, meter, month, "1")
    estate.organization.billing_month_shift = -1
    await estate.organization.save()

    await run_export(NOW, whole_month=True, name_template="{period}.xml")

    assert months_in(estate.files["out/202610.xml"]) == ["2026-10"]


async def test_house_meters_stay_at_home(estate: Estate, run_export: Export) -> None:
    meter = await a_collective_meter(building=estate.building)
    await read_at(BEFORE, meter, "2026-11", "1")

    done = await run_export(NOW)

    assert done.operation.message["code"] == "EXPORT_NOTHING_NEW"


async def test_what_has_no_words_for_its_place_is_left_out_and_said_once(
    estate: Estate, run_export: Export
) -> None:
    told = await flat_meter(estate)
    nameless = await a_building(organization=estate.organization, address="ул. Безымянная, 1")
    flat = await a_premise(building=nameless, number="1")
    account = await an_account(premise=flat)
    homeless = await a_premise(building=estate.building, number="16")
    meters = [
        told,
        await a_meter(premise=flat, account=account),
        await a_meter(premise=flat, account=account),
        await a_meter(premise=homeless, identifier="ХВС-16"),
    ]
    for meter in meters:
        await read_at(BEFORE, meter, "2026-10", "1")
        await read_at(BEFORE, meter, "2026-11", "1")

    done = await run_export(NOW)

    assert done.operation.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    assert done.operation.counts == {"readings_exported": 2, "readings_left_out": 6}
    assert sorted((each.code, each.facts.popitem()[1]) for each in done.entries) == [
        ("W201.EXPORT", "ул. Безымянная, 1"),
        ("W203.EXPORT", "ул. Речников, 7, 16"),
    ]
    assert done.operation.message["code"] == "EXPORT_WRITTEN"


async def test_an_organization_without_an_external_id_exports_nothing(
    estate: Estate, run_export: Export
) -> None:
    estate.organization.external_id = None
    await estate.organization.save()

    done = await run_export(NOW)

    assert (done.operation.status, done.codes) == (OperationStatus.FAILED, ["E201.EXPORT"])
    assert estate.files == {}


async def test_if_the_server_is_away_all_of_it_leaves_the_next_time(
    estate: Estate, run_export: Export
) -> None:
    meter = await flat_meter(estate)
    await read_at(BEFORE, meter, "2026-11", "1")

    def away() -> None:
        raise ExchangeFailed("ftp.uk.example", "TIMEOUT")

    estate.before_put.append(away)
    failed = await run_export(NOW)
    again = await run_export(LATER)

    assert (failed.operation.status, failed.codes) == (OperationStatus.FAILED, ["E102"])
    assert failed.entries[0].facts["host"] == "ftp.uk.example"
    assert list(estate.files) == ["out/8_2026-11-25.xml"]
    assert again.operation.counts == {"readings_exported": 1}


async def killed_while(
    estate: Estate, run_export: Export, monkeypatch: pytest.MonkeyPatch, step: str
) -> Operation:
    """An export whose worker dies at a step."""
    operation = await an_operation(
        estate.organization,
        kind=OperationKind.XML_EXPORT,
        request={"directory": "/out", "name_template": "{date}.xml"},
    )

    async def dying(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(service, step, dying)
        with pytest.raises(Killed):
            await run_export(NOW, operation)
    return operation


@pytest.mark.parametrize("step", ["extract_readings", "_put", "execute"])
async def test_after_a_kill_the_next_worker_ends_it_as_if_nothing_had_been(
    estate: Estate, run_export: Export, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    meter = await flat_meter(estate)
    await read_at(BEFORE, meter, "2026-11", "1")
    nameless = await a_building(organization=estate.organization)
    flat = await a_premise(building=nameless)
    await read_at(BEFORE, await a_meter(premise=flat), "2026-11", "1")

    operation = await killed_while(estate, run_export, monkeypatch, step)
    assert (await estate.settings()).last_started_at is None
    done = await run_export("2026-11-25T00:00:10+03:00", operation)

    # The file that was made is the one that is put, under the name of its day.
    day = "25" if step == "extract_readings" else "24"
    assert list(estate.files) == [f"out/2026-11-{day}.xml"]
    assert done.operation.counts == {"readings_exported": 1, "readings_left_out": 1}
    assert done.codes == ["W201.EXPORT"]
    kept = await StoredFile.filter(owner_id=operation.id, media_type="application/xml")
    assert [each.name for each in kept] == [f"2026-11-{day}.xml"]
    assert done.operation.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    told_until = await estate.told_until()
    assert (told_until < datetime.fromisoformat(NOW)) is (step != "extract_readings")


async def test_what_changes_between_a_kill_and_the_end_leaves_the_next_time(
    estate: Estate, run_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = await flat_meter(estate)
    await read_at(BEFORE, meter, "2026-10", "1")
    operation = await killed_while(estate, run_export, monkeypatch, "_put")
    await read_at("2026-11-24T05:00:00+03:00", meter, "2026-11", "2")

    await run_export("2026-11-24T06:00:00+03:00", operation)
    done = await run_export(LATER)

    assert months_in(estate.files["out/2026-11-24.xml"]) == ["2026-10"]
    assert months_in(estate.files["out/8_2026-11-25.xml"]) == ["2026-11"]
    assert done.operation.counts == {"readings_exported": 1}


async def test_it_stops_if_somebody_wants_it_to(
    estate: Estate, run_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = await flat_meter(estate)
    await read_at(BEFORE, meter, "2026-11", "1")
    extract = extract_readings

    async def interrupted(*arguments: Any) -> Any:
        await Operation.all().update(cancel_requested_at=clock.now())
        return await extract(*arguments)

    monkeypatch.setattr(service, "extract_readings", interrupted)
    done = await run_export(NOW)

    assert done.operation.status is OperationStatus.CANCELLED
    assert estate.files == {}
    assert (await estate.settings()).last_started_at is None


async def test_equal_readings_make_equal_files_in_whatever_portions(
    estate: Estate, run_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        meter = await flat_meter(estate, f"ХВС-{number}")
        for month in ("2026-09", "2026-10", "2026-11"):
            await read_at(BEFORE, meter, month, str(number))
    made = []
    for batch in (1000, 2, 1):
        monkeypatch.setattr(service, "BATCH", batch)
        await run_export(NOW, whole_month=True)
        made.append(estate.files[FILE])

    # When it was made is all that may differ: the clock of the database has its say in it.
    plain = {re.sub(rb'generatedAt="[^"]+"', b"", each) for each in made}
    assert len(plain) == 1


async def test_an_export_can_be_imported_as_it_is(
    estate: Estate, run_export: Export, frozen_clock: Freeze
) -> None:
    one = await flat_meter(estate, external_id="IPU-1", serial_number="18-1", int_digits=5)
    rolled = await flat_meter(estate, "ХВС-15-2", int_digits=3)
    archived = await flat_meter(estate, "ХВС-15-3")
    second = await a_premise(building=estate.building, number="2А")
    lonely = await a_meter(premise=second, account=await an_account(premise=second))
    for meter, values in ((one, "100.5"), (rolled, "998"), (archived, "7"), (lonely, "0")):
        await read_at(BEFORE, meter, "2026-10", values)
    for meter, values in ((one, "100.5"), (rolled, "2"), (lonely, "0.0001")):
        await read_at(BEFORE, meter, "2026-11", values)
    await Meter.filter(id=archived.id).update(
        status=MeterStatus.ARCHIVED, archived_at=datetime.fromisoformat(BEFORE)
    )
    await run_export(NOW)
    before = await Reading.all().order_by("id").values()
    operation = await an_operation(
        estate.organization, kind=OperationKind.XML_IMPORT, request={"paths": [f"/{FILE}"]}
    )

    with frozen_clock(LATER):
        async with running(operation.id) as begun:
            assert begun is not None
            await import_files(begun, estate.opened)

    await operation.refresh_from_db()
    assert operation.status is OperationStatus.SUCCEEDED
    assert operation.counts == {"meters_unchanged": 4, "readings_unchanged": 7}
    assert await Reading.all().order_by("id").values() == before
