"""An import from the workbook to the saved readings: outcomes, codes, whose they are."""

from datetime import date
from typing import Any

import pytest
from tests.kvartal_integration.spreadsheets.conftest import FLAT, Done, Import, values

from kvartal.auth.models import Employee, EmployeeRole
from kvartal.testing.auth_factories import an_employee
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import EmittedEvents
from kvartal_integration.operations.rules import EntrySeverity, OperationStatus
from kvartal_integration.spreadsheets.rules import rows as batching
from kvartal_meters.api import MeterStatus, MeterType, ReadingsRegistered, ResourceKind
from kvartal_meters.permissions import SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
)

MONTHS = (*FLAT, "Дата показания", "Период (ММ.ГГГГ)")
HOUSE = ("Внешний ID объекта*", "Идентификатор*", "Заводской номер", "Текущее Т1*", "Период")


def row(
    home: Home, *values: object, meter: str | None = None, serial: str | None = None
) -> list[Any]:
    identifier = home.meter.identifier if meter is None else meter
    return [home.account.number, identifier, serial, *values]


async def test_a_reading_is_saved_as_the_employee_had_submitted_it(
    home: Home, employee: Employee, run_import: Import
) -> None:
    await a_reading(home.meter, "2026-10", "100.5")

    done = await run_import([row(home, 112.25)])

    assert (done.operation.status, done.entries) == (OperationStatus.SUCCEEDED, [])
    assert done.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_created": 1}
    assert (done.operation.done, done.operation.total) == (1, 1)
    assert await values(home.meter.id) == [("2026-10", "100.5"), ("2026-11", "112.25")]
    saved = await Reading.filter(meter_id=home.meter.id).order_by("-billing_month").first()
    assert saved is not None
    assert (saved.channel, saved.author_kind) == ("EXCEL", "EMPLOYEE")
    assert await Reading.filter(id=saved.id, submitted_by_id=employee.user_id).exists()
    assert saved.taken_on == date(2026, 11, 20)


async def test_a_row_without_a_value_is_passed_over_in_silence(
    home: Home, run_import: Import
) -> None:
    done = await run_import([row(home), row(home, 5, meter="нет такого"), [None] * 4])

    assert done.operation.counts == {"rows_total": 1, "rows_failed": 1}
    assert done.codes == ["X107"]


async def test_a_bad_row_stops_no_other(home: Home, run_import: Import) -> None:
    await a_reading(home.meter, "2026-10", "100.5")
    rows = [["нет", home.meter.identifier, None, 1], row(home, "сто"), row(home, 112)]

    done = await run_import(rows)

    assert done.operation.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    assert sorted((line, code) for line, code, _ in done.told) == [(2, "W203"), (3, "X105")]
    assert {each.severity for each in done.entries} == {EntrySeverity.ERROR}
    assert (await values(home.meter.id))[-1] == ("2026-11", "112")
    assert done.operation.counts == {
        "rows_total": 3,
        "rows_failed": 2,
        "rows_ok": 1,
        "rows_created": 1,
    }


async def told_of(run_import: Import, *cells: Any, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    done: Done = await run_import([list(cells)], **more)
    return [(code, facts) for _, code, facts in done.told]


async def test_a_row_is_matched_by_account_and_identifier_else_by_serial_number(
    home: Home, run_import: Import
) -> None:
    number, other = home.account.number, "чужой"
    flat = await a_premise(building=home.building, number="16")
    neighbour = await an_account(premise=flat, number=other)
    await a_meter(premise=flat, account=neighbour, identifier="ХВС-16", serial_number="АВ 77")
    second = await a_meter(
        premise=home.premise, account=home.account, identifier="ГВС-15", serial_number="№ 18-034"
    )
    await a_meter(
        premise=home.premise,
        account=home.account,
        identifier="старый",
        serial_number="18034",
        status=MeterStatus.ARCHIVED,
    )

    assert await told_of(run_import, number, None, "18034", 5) == []
    assert await values(second.id) == [("2026-11", "5")]
    assert await told_of(run_import, f" {number[0]} {number[1:]} ", "ГВС-15", "18 034", 5) == []
    assert await told_of(run_import, other, None, "AB77", 3) == []
    assert await told_of(run_import, number, "ГВС-15", "99", 5) == [("X108", {})]
    assert await told_of(run_import, number, "ХВС-15", "18034", 5) == [("X108", {})]
    assert await told_of(run_import, number, "ХВС-16", None, 5) == [
        ("X107", {"n": number, "id": "ХВС-16"})
    ]
    assert await told_of(run_import, number, None, "нет", 5) == [
        ("X107", {"n": number, "id": "нет"})
    ]
    assert await told_of(run_import, "нет", "ХВС-15", None, 5) == [("W203", {"n": "нет"})]
    assert await told_of(run_import, number, None, None, 5) == [("X104", {"f": "Идентификатор"})]
    assert await told_of(run_import, None, "ХВС-15", None, 5) == [("X104", {"f": "Лицевой счет"})]
    assert await told_of(run_import, number, "старый", None, 5) == [("W206", {"id": "старый"})]


async def test_two_meters_of_one_serial_number_are_ambiguous(
    home: Home, run_import: Import
) -> None:
    for identifier in ("А", "Б"):
        await a_meter(
            premise=home.premise, account=home.account, identifier=identifier, serial_number="1"
        )

    assert await told_of(run_import, home.account.number, None, "1", 5) == [("W207", {"s": "1"})]


async def test_a_meter_of_no_account_goes_with_each_account_of_its_premise(
    home: Home, run_import: Import
) -> None:
    shared = await a_meter(premise=home.premise, identifier="общий")
    second = await an_account(premise=home.premise, number="второй")

    assert await told_of(run_import, second.number, "общий", None, 5) == []
    assert await values(shared.id) == [("2026-11", "5")]
    assert await told_of(run_import, second.number, home.meter.identifier, None, 5) == [
        ("X107", {"n": "второй", "id": home.meter.identifier})
    ]


async def test_each_refusal_of_a_reading_has_its_code(home: Home, run_import: Import) -> None:
    await a_reading(home.meter, "2026-10", "100.5")
    day = await a_meter(
        premise=home.premise, account=home.account, type=MeterType.ELECTRICITY_2T, identifier="Э"
    )
    await resource_settings(home.building, ResourceKind.ELECTRICITY, fractions_allowed=False)
    await a_meter(premise=home.premise, account=home.account, type=MeterType.GAS, identifier="Г")
    await a_meter(
        premise=home.premise,
        account=home.account,
        identifier="П",
        status=MeterStatus.VERIFICATION,
    )

    async def codes(*cells: Any, **more: Any) -> list[str]:
        found = await run_import([list(cells)], MONTHS, **more)
        return list(found.codes)

    account, cold = home.account.number, home.meter.identifier
    assert await codes(account, cold, None, 90, None) == ["W301"]
    assert await codes(account, cold, None, 100000, None) == ["W303"]
    assert await codes(account, cold, None, "101,12345", None) == ["X105"]
    assert await codes(account, cold, None, 101, 5) == ["W211"]
    assert await codes(account, cold, None, 101, None, "21.11.2026") == ["W304"]
    assert await codes(account, cold, None, 101, None, "32.11.2026") == ["X106"]
    assert await codes(account, cold, None, 101, None, None, "13.2026") == ["X106"]
    assert await codes(account, cold, None, 101, None, None, "09.2026") == [
        "W310",
        "X110",
        "W310",
    ]
    assert await codes(account, "П", None, 1, None) == ["W308"]
    assert await codes(account, "Г", None, 1, None) == ["W205"]
    assert await codes(account, "Э", None, 1, None) == ["W211"]
    assert await codes(account, "Э", None, None, 1) == ["X104"]
    assert await codes(account, cold, None, 101, None, at="2026-11-27T10:00+03:00") == ["X110"]
    assert await values(home.meter.id) == [("2026-10", "100.5")]
    assert await codes(account, "Э", None, "10,9", "5.2") == ["W302"] * 2
    assert await values(day.id) == [("2026-11", "10", "5")]


async def test_a_month_that_has_its_reading_is_changed_only_if_asked(
    home: Home, run_import: Import
) -> None:
    await a_reading(home.meter, "2026-11", "112")

    kept = await run_import([row(home, 113)])
    same = await run_import([row(home, "112,000")])
    changed = await run_import([row(home, 113)], update_existing=True)

    facts = {
        "period": {"month": "2026-11"},
        "v": {"decimal": "112.0000"},
        "channel": {"title": "SubmissionChannel.RESIDENT_APP"},
    }
    assert kept.told == [(2, "W305", facts)]
    assert kept.operation.counts == {"rows_total": 1, "rows_warned": 1}
    assert (kept.operation.errors, kept.operation.warnings) == (0, 1)
    assert same.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_unchanged": 1}
    assert changed.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_updated": 1}
    assert await values(home.meter.id) == [("2026-11", "113")]


async def test_an_anomaly_is_saved_and_marked(home: Home, run_import: Import) -> None:
    await a_reading(home.meter, "2026-10", "100")

    done = await run_import([row(home, 900)])

    assert done.codes == ["W306.NO_AVERAGE"]
    assert done.operation.counts == {"rows_total": 1, "rows_warned": 1, "rows_created": 1}
    assert await Reading.filter(meter_id=home.meter.id, needs_review=True).count() == 1


async def test_of_rows_about_one_month_the_last_counts_however_far_they_stand(
    home: Home, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching.batches_of, "__defaults__", (2,))
    other = await a_meter(premise=home.premise, account=home.account, identifier="ГВС-15")
    rows = [row(home, 1), *(row(home, 7, meter="ГВС-15") for _ in range(3)), row(home, 3)]

    done = await run_import(rows)

    assert sorted((line, code) for line, code, _ in done.told) == [
        (2, "W309"),
        (3, "W309"),
        (4, "W309"),
    ]
    assert await values(home.meter.id) == [("2026-11", "3")]
    assert await values(other.id) == [("2026-11", "7")]


async def test_a_closed_month_takes_the_privilege(home: Home, run_import: Import) -> None:
    privileged = await an_employee(
        home.organization, permissions=[SUBMIT.code, SUBMIT_OUTSIDE_PERIOD.code]
    )
    rows = [row(home, 5, None, None, "10.2026"), row(home, 7, None, None, "11.2026")]

    refused = await run_import(rows, MONTHS, at="2026-11-27T10:00+03:00")
    saved = await run_import(rows, MONTHS, at="2026-11-27T10:00+03:00", by=privileged)

    assert refused.codes == ["X110", "X110"]
    assert saved.entries == []
    assert await values(home.meter.id) == [("2026-10", "5"), ("2026-11", "7")]
    november = await Reading.get(meter_id=home.meter.id, billing_month=date(2026, 11, 1))
    assert november.consumption == 2


async def test_a_building_that_is_not_theirs_is_told_of_its_rows(
    home: Home, run_import: Import
) -> None:
    elsewhere = await a_building(organization=home.organization)
    stranger = await a_home()
    limited = await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[elsewhere])

    done = await run_import([row(home, 5), row(stranger, 5)], by=limited)

    assert [(code, facts) for _, code, facts in done.told] == [
        ("X109", {}),
        ("W203", {"n": stranger.account.number}),
    ]
    assert await values(home.meter.id) == []


async def test_for_one_building_the_others_do_not_exist(home: Home, run_import: Import) -> None:
    elsewhere = await a_building(organization=home.organization, external_id="D-2")
    await a_collective_meter(building=home.building, identifier="ОД-1")
    ours = str(elsewhere.id)

    flats = await run_import([row(home, 5)], building_id=ours)
    houses = await run_import(
        [["D-0042", "ОД-1", None, 5]], HOUSE, building_id=ours, scope="COLLECTIVE"
    )

    assert flats.codes == ["W203"]
    assert houses.told == [(2, "W201", {"id": "D-0042"})]
    assert (houses.entries[0].account, houses.entries[0].meter) == (None, "ОД-1")


async def test_house_meters_know_no_window_and_are_found_in_their_building(
    home: Home, run_import: Import
) -> None:
    meter = await a_collective_meter(
        building=home.building, identifier="ОД-1", transformation_ratio=20, serial_number="5-5"
    )
    await a_reading(meter, "2026-10", "10")
    late = "2026-11-28T10:00+03:00"
    rows = [
        ["D-0042", "ОД-1", None, "11,5"],
        ["D-0042", "нет", None, 5],
        ["D-9", "ОД-1", None, 5],
        [None, "ОД-1", None, 5],
        ["D-0042", home.meter.identifier, None, 5],
    ]

    done = await run_import(rows, HOUSE, at=late, scope="COLLECTIVE")
    by_serial = await run_import(
        [["D-0042", None, "55", 9, "11.2026"]],
        HOUSE,
        at=late,
        scope="COLLECTIVE",
        update_existing=True,
    )

    assert done.told == [
        (3, "X107.HOUSE", {"n": "D-0042", "id": "нет"}),
        (4, "W201", {"id": "D-9"}),
        (5, "X104", {"f": "Внешний ID объекта"}),
        (6, "X107.HOUSE", {"n": "D-0042", "id": home.meter.identifier}),
    ]
    assert by_serial.codes == ["W301"]
    assert await values(meter.id) == [("2026-10", "10"), ("2026-11", "11.5")]
    saved = await Reading.get(meter_id=meter.id, billing_month=date(2026, 11, 1))
    assert saved.consumption == 30


async def test_who_has_lost_the_right_or_the_building_is_stopped(
    home: Home, employee: Employee, run_import: Import
) -> None:
    elsewhere = await a_building(organization=home.organization)
    limited = await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[elsewhere])

    no_building = await run_import([row(home, 5)], by=limited, building_id=str(home.building.id))
    await EmployeeRole.filter(employee_id=employee.id).delete()
    no_right = await run_import([row(home, 5)])

    assert [each.operation.status for each in (no_building, no_right)] == [
        OperationStatus.FAILED,
        OperationStatus.FAILED,
    ]
    assert [each.codes for each in (no_building, no_right)] == [["X109"], ["X113"]]
    assert await values(home.meter.id) == []


async def test_it_is_told_of_in_one_event_a_batch(
    home: Home, run_import: Import, events: EmittedEvents
) -> None:
    await a_reading(home.meter, "2026-11", "112")

    await run_import([row(home, 113)], update_existing=True)

    [told] = events.of(ReadingsRegistered)
    assert (len(told.corrected_ids), told.accepted_ids) == (1, ())
