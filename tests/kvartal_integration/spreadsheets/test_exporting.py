"""An export: what stands in the workbook, that it can be imported as it is, and that it is safe."""

import zipfile
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.kvartal_integration.conftest import Allow
from tests.kvartal_integration.spreadsheets.conftest import (
    Done,
    Import,
    carry_out,
    sheet_of,
    values,
)

from kvartal.auth.models import Employee
from kvartal.db.connection import execute
from kvartal.testing.auth_factories import an_employee
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import QueryCounter
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.spreadsheets.service import exporting
from kvartal_integration.spreadsheets.service.cells import cells_of
from kvartal_integration.spreadsheets.workbook.writing import Guide, sheet_writer
from kvartal_integration.testing import an_operation
from kvartal_meters.api import MeterStatus, MeterType
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

FORMULAS = ("=1+1", "+7", "-5", "@СУММ", '=HYPERLINK("http://x")')
Export = Callable[..., Awaitable[Done]]


@pytest.fixture
def run_export(home: Home, employee: Employee) -> Export:
    """Export: ``await run_export(template=True)``."""

    async def run(*, by: Employee | None = None, locale: str = "ru", **asked: Any) -> Done:
        operation = await an_operation(
            home.organization,
            kind=OperationKind.EXCEL_EXPORT,
            started_by_id=(by or employee).user_id,
            locale=locale,
            request={
                "scope": "INDIVIDUAL",
                "building_id": None,
                "where": {},
                "template": False,
                **asked,
            },
        )
        return await carry_out(operation)

    return run


async def table(done: Done, name: str = "Показания") -> list[dict[str, Any]]:
    """The rows by the titles of their columns."""
    header, *rows = sheet_of((await done.file())[1], name)
    return [dict(zip(header, row, strict=True)) for row in rows]


async def test_a_meter_stands_with_its_latest_reading(home: Home, run_export: Export) -> None:
    home.meter.serial_number = "18-034"
    home.meter.commissioned_on = date(2020, 2, 29)
    home.meter.verification_interval = 6
    await home.meter.save()
    await a_reading(home.meter, "2026-10", "100.5")
    await a_reading(home.meter, "2026-11", "112.25", taken_on=date(2026, 11, 19))

    done = await run_export()

    [row] = await table(done)
    assert row == {
        "Внешний ID объекта": "D-0042",
        "Адрес": home.building.address,
        "Помещение": "15",
        "Лицевой счет*": home.account.number,
        "Группа учета": "Водоснабжение",
        "Тип счетчика": "ХВС",
        "Идентификатор*": "ХВС-15",
        "Заводской номер": "18-034",
        "Предыдущее Т1": 100.5,
        "Предыдущее Т2": "",
        "Предыдущее Т3": "",
        "Текущее Т1*": 112.25,
        "Текущее Т2": "",
        "Текущее Т3": "",
        "Расход": 11.75,
        "Единица": "м³",
        "Дата показания": date(2026, 11, 19),
        "Период (ММ.ГГГГ)": "11.2026",
        "Канал приема": "Приложение жителя",
        "Дата следующей поверки": date(2026, 2, 28),
        "Статус": "Действующий",
    }
    assert done.operation.counts == {"rows_exported": 1}
    assert done.operation.message == {"code": "READINGS_EXPORTED", "facts": {"n": 1}}
    assert (await done.file())[0] == "Показания ИПУ 2026-11-20.xlsx"


async def test_a_house_meter_stands_with_what_it_alone_has(home: Home, run_export: Export) -> None:
    meter = await a_collective_meter(
        building=home.building, identifier="ОД-1", transformation_ratio=20, initial=["5"]
    )

    done = await run_export(scope="COLLECTIVE")

    [row] = await table(done)
    filled = {title: cell for title, cell in row.items() if cell != ""}
    assert list(row)[:3] == ["Внешний ID объекта*", "Объект", "Место установки"]
    assert filled == {
        "Внешний ID объекта*": "D-0042",
        "Объект": home.building.address,
        "Место установки": "Подвал",
        "Группа учета": "Водоснабжение",
        "Тип счетчика": "ХВС",
        "Идентификатор*": meter.identifier,
        "Коэффициент": 20.0,
        "Предыдущее Т1": 5.0,
        "Единица": "м³",
        "Состояние": "Исправен",
    }
    assert (await done.file())[0] == "Показания ОДПУ 2026-11-20.xlsx"


async def test_a_template_shows_what_a_new_reading_is_compared_with(
    home: Home, run_export: Export
) -> None:
    await a_reading(home.meter, "2026-10", "100.5")
    await a_meter(
        premise=home.premise,
        account=home.account,
        type=MeterType.ELECTRICITY_2T,
        identifier="Э",
        initial=["1", "2"],
    )

    done = await run_export(template=True)

    cold, power = await table(done)
    shown = ["Предыдущее Т1", "Предыдущее Т2", "Текущее Т1*", "Дата показания", "Период (ММ.ГГГГ)"]
    assert [cold[each] for each in shown] == [100.5, "", "", "", ""]
    assert [power[each] for each in shown] == [1.0, 2.0, "", "", ""]
    assert (await done.file())[0] == "Шаблон показаний ИПУ 2026-11-20.xlsx"


async def test_the_instruction_goes_with_it(home: Home, run_export: Export) -> None:
    _, flats = await (await run_export()).file()
    _, houses = await (await run_export(scope="COLLECTIVE", template=True)).file()
    _, english = await (await run_export(locale="en")).file()

    steps = [row[0] for row in sheet_of(flats, "Инструкция")]
    assert len(steps) == 6
    assert "лицевые счета" in steps[0]
    assert "объекты и номера общедомовых" in sheet_of(houses, "Инструкция")[0][0]
    assert sheet_of(houses, "Инструкция")[3] == ["Укажите объект в столбце «Внешний ID объекта»."]
    assert sheet_of(english, "Instruction")[0][0].startswith("Get the template")


async def test_the_export_is_an_import_that_changes_nothing(
    home: Home, run_export: Export, run_import: Import
) -> None:
    home.meter.serial_number = "0018-034 №5"
    await home.meter.save()
    await a_reading(home.meter, "2026-10", "100.5001")
    power = await a_meter(
        premise=home.premise,
        type=MeterType.ELECTRICITY_3T,
        identifier="=Э 3",
        initial=["1", "1", "1"],
    )
    await a_reading(power, "2026-08", "10452", "4310.125", "0")
    large = await a_meter(premise=home.premise, account=home.account, identifier="Б", int_digits=12)
    await a_reading(large, "2026-11", "123456789012.3456")
    await a_meter(premise=home.premise, account=home.account, identifier="новый")
    before = [await values(each.id) for each in (home.meter, power, large)]

    for locale in ("ru", "en"):
        _, content = await (await run_export(locale=locale)).file()
        for asked in ({}, {"update_existing": True}):
            done = await run_import(content, **asked)
            assert (done.operation.counts, done.told) == (
                {"rows_total": 3, "rows_ok": 3, "rows_unchanged": 3},
                [],
            )
    assert [await values(each.id) for each in (home.meter, power, large)] == before


async def test_an_export_of_house_meters_is_an_import_too(
    home: Home, run_export: Export, run_import: Import
) -> None:
    meter = await a_collective_meter(building=home.building, identifier="ОД-1")
    await a_reading(meter, "2026-11", "11.5", taken_on=date(2026, 11, 19))

    _, content = await (await run_export(scope="COLLECTIVE")).file()
    done = await run_import(content, scope="COLLECTIVE")

    assert done.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_unchanged": 1}


async def test_no_text_becomes_a_formula(home: Home, run_export: Export) -> None:
    home.building.address = FORMULAS[-1]
    home.building.external_id = "=D"
    await home.building.save()
    for place, identifier in enumerate(FORMULAS[:4]):
        await a_meter(
            premise=home.premise,
            account=home.account,
            identifier=identifier,
            serial_number=FORMULAS[place],
        )

    _, content = await (await run_export()).file()

    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f" not in sheet
    cells = {cell for row in sheet_of(content) for cell in row}
    assert {*FORMULAS, "=D"} <= cells


async def test_it_is_what_the_employee_sees_and_has_asked_for(
    home: Home, run_export: Export
) -> None:
    house = await a_building(organization=home.organization, address="ул. Новая, 3")
    flat = await a_premise(building=house)
    account = await an_account(premise=flat, number="второй")
    await a_meter(premise=flat, account=account, type=MeterType.GAS, identifier="ГАЗ")
    await a_meter(premise=flat, account=account, identifier="архивный", status=MeterStatus.ARCHIVED)
    limited = await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[house])

    async def found(**asked: Any) -> set[str]:
        return {row["Идентификатор*"] for row in await table(await run_export(**asked))}

    assert await found() == {"ХВС-15", "ГАЗ"}
    assert await found(by=limited) == {"ГАЗ"}
    assert await found(building_id=str(house.id)) == {"ГАЗ"}
    for where in (
        {"premise_id": str(flat.id)},
        {"resource_kind": "GAS"},
        {"meter_type": "GAS"},
        {"words": ["новая"]},
    ):
        assert await found(where=where) == {"ГАЗ"}
    assert (
        await found(where={"submitted_from": "2026-01-01", "submitted_to": "2026-12-31"}) == set()
    )


async def test_a_larger_one_asks_for_a_narrower_filter(
    home: Home, run_export: Export, integration_settings: Allow
) -> None:
    await a_meter(premise=home.premise, account=home.account)
    integration_settings(spreadsheet_rows=1)

    done = await run_export()

    assert done.told == [(None, "X103.EXPORT", {"n": 1})]
    assert done.operation.status is OperationStatus.FAILED


async def test_who_may_not_any_more_is_stopped(home: Home, run_export: Export) -> None:
    elsewhere = await a_building(organization=home.organization)
    limited = await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[elsewhere])
    powerless = await an_employee(home.organization)

    assert (await run_export(by=powerless)).codes == ["X113"]
    assert (await run_export(by=limited, building_id=str(home.building.id))).codes == ["X109"]


class Killed(BaseException):
    """A worker dies."""


async def test_a_worker_that_dies_is_made_up_for_and_the_file_is_kept_once(
    home: Home, run_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = exporting._name

    async def dying(run: Any) -> str:
        raise Killed

    monkeypatch.setattr(exporting, "_name", dying)
    with pytest.raises(Killed):
        await run_export()
    monkeypatch.setattr(exporting, "_name", named)
    operation = await Operation.get()

    done = await carry_out(operation)
    await Operation.filter(id=operation.id).update(status=OperationStatus.RUNNING)
    again = await carry_out(operation)

    assert done.operation.counts == again.operation.counts == {"rows_exported": 1}
    assert await done.file() == await again.file()


async def test_cancelled_it_keeps_nothing(
    home: Home, run_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelling(*args: Any, **kwargs: Any) -> Any:
        asked.append(True)
        return cells_of(*args, **kwargs)

    asked: list[bool] = []
    monkeypatch.setattr(exporting, "cells_of", cancelling)
    chosen = exporting._chosen

    async def cancelled(*args: Any) -> Any:
        await execute("UPDATE integration_operation SET cancel_requested_at = now()")
        return await chosen(*args)

    monkeypatch.setattr(exporting, "_chosen", cancelled)

    done = await run_export()

    assert (done.operation.status, asked) == (OperationStatus.CANCELLED, [])


async def test_statements_do_not_grow_with_the_meters(
    home: Home, run_export: Export, queries: QueryCounter
) -> None:
    counted = []
    for more in (1, 20):
        for _ in range(more):
            await a_meter(premise=home.premise, account=home.account)
        with queries.counted() as seen:
            await run_export()
        counted.append(len(seen))

    assert counted[0] == counted[1]


TEXTS = (
    "<r><t>x</t></r>",
    '<r></r></is></c><c r="Z9"><f>1+1</f></c><c><is><r></r>',
    'a & b < c > "d" ]]>',
    "  по краям  ",
    "две\nстроки\tи знак",
    "_x0041_",
    "",
)


def test_a_text_is_written_as_it_is_whatever_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "readings.xlsx"
    headers = [("SERIAL", f"Столбец {number}") for number in range(30)]
    row = [*TEXTS, "х" * 40_000, *[None] * 21, "последний"]

    with sheet_writer(path, "Показания", headers, Guide("Инструкция", [])) as sheet:
        sheet.write([row])
        sheet.finish()

    written = sheet_of(path.read_bytes())
    assert written[1] == [*TEXTS, "х" * 32_000, *[""] * 21, "последний"]
    assert len(written) == 2
    read = load_workbook(path)["Показания"]
    assert [read.cell(2, column + 1).value for column in range(5)] == list(TEXTS[:5])
    assert {cell.data_type for cell in read[2] if cell.value} == {"s"}
    with zipfile.ZipFile(path) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


def test_numbers_and_days_are_written_as_excel_knows_them(tmp_path: Path) -> None:
    path = tmp_path / "readings.xlsx"
    headers = [("T1", "Текущее Т1"), ("TAKEN_ON", "Дата показания"), ("T2", "Текущее Т2")]
    exact, long = Decimal("99999999999.9999"), Decimal("100000000000.0001")

    with sheet_writer(path, "Показания", headers, Guide("Инструкция", [])) as sheet:
        sheet.write([[Decimal("0.0000"), date(1900, 3, 1), exact], [Decimal("1E+3"), None, long]])
        sheet.write([[None, date(2026, 11, 20), None]])
        sheet.finish()

    assert sheet_of(path.read_bytes())[1:] == [
        [0.0, date(1900, 3, 1), 99999999999.9999],
        [1000.0, "", "100000000000.0001"],
        ["", date(2026, 11, 20), ""],
    ]
    read = load_workbook(path)["Показания"]
    assert read.dimensions == "A1:C4"
    assert (read["B2"].number_format, read["C3"].number_format) == ("dd.mm.yyyy", "@")
    assert read.freeze_panes == "A2"


def test_what_no_sheet_can_hold_is_written_out(tmp_path: Path) -> None:
    path = tmp_path / "readings.xlsx"

    with sheet_writer(path, "Показания", [("SERIAL", "№")], Guide("Инструкция", [])) as sheet:
        sheet.write([["a\x01b\rc"]])
        sheet.finish()

    with zipfile.ZipFile(path) as archive:
        assert b"<t>a_x0001_b_x000D_c</t>" in archive.read("xl/worksheets/sheet1.xml")


def test_what_is_not_finished_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "readings.xlsx"

    with sheet_writer(path, "Показания", [("T1", "Текущее Т1")], Guide("Инструкция", [])) as sheet:
        sheet.write([[Decimal("1.5")], ["х" * 40_000], [None]])

    assert not path.exists()
