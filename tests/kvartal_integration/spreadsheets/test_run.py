"""An import as a whole: what is read of a workbook, trials, resuming, cancelling, the errors."""

from datetime import date
from typing import Any

import pytest
from tests.kvartal_integration.conftest import Allow
from tests.kvartal_integration.spreadsheets.conftest import (
    FLAT,
    Import,
    a_workbook,
    carry_out,
    sheet_of,
    upload,
    values,
)

from kvartal.auth.models import Employee
from kvartal.db.connection import execute
from kvartal.files.api import remove
from kvartal.files.models import StoredFile
from kvartal.testing.watch import QueryCounter
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationStatus
from kvartal_integration.spreadsheets.rules import rows as batching
from kvartal_integration.spreadsheets.service import importing, left_out
from kvartal_integration.spreadsheets.service.left_out import keep_left_out
from kvartal_integration.spreadsheets.service.starter import stopped
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_meter


@pytest.fixture
async def meters(home: Home) -> list[str]:
    """Six meters of the flat, named А to Е."""
    for name in "АБВГДЕ":
        await a_meter(premise=home.premise, account=home.account, identifier=name)
    return list("АБВГДЕ")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching.batches_of, "__defaults__", (2,))


def rows_of(home: Home, meters: list[str]) -> list[list[Any]]:
    return [[home.account.number, each, None, 5] for each in meters]


async def test_columns_stand_in_any_order_and_their_titles_are_loosely_read(
    home: Home, run_import: Import
) -> None:
    headers = (" текущее T1 ", "Примечание", "ЛИЦЕВОЙ СЧЁТ", "идентификатор *", "Период")
    english = ("Current T1", "Account*", "Identifier", "Period (MM.YYYY)")

    first = await run_import([[5, "=1", home.account.number, "ХВС-15", "11.2026"]], headers)
    second = await run_import([[5, home.account.number, "ХВС-15", "2026-11"]], english)

    assert first.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_created": 1}
    assert second.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_unchanged": 1}


async def test_columns_that_must_be_there_are_named(home: Home, run_import: Import) -> None:
    done = await run_import([[1]], ("Лицевой счет", "Предыдущее Т1"))

    assert done.operation.status is OperationStatus.FAILED
    assert done.told == [(None, "X101", {"list": "«Идентификатор», «Текущее Т1»"})]


async def test_the_sheet_is_known_by_its_name_else_it_is_the_first(
    home: Home, run_import: Import
) -> None:
    rows = rows_of(home, ["ХВС-15"])

    named = await run_import(a_workbook(rows, before=["Инструкция"]))
    renamed = await run_import(a_workbook(rows, sheet="Лист1"))
    nothing = await run_import(a_workbook([], headers=()))

    assert named.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_created": 1}
    assert renamed.operation.counts == {"rows_total": 1, "rows_ok": 1, "rows_unchanged": 1}
    assert nothing.codes == ["X101"]


async def test_more_rows_than_may_be_are_refused(
    home: Home, run_import: Import, integration_settings: Allow
) -> None:
    integration_settings(spreadsheet_rows=2)
    rows = rows_of(home, ["ХВС-15"] * 3)

    assert (await run_import(rows[:2])).operation.counts["rows_total"] == 2
    assert (await run_import(rows)).told == [(None, "X103", {"n": 2})]


async def test_a_trial_saves_nothing_and_tells_the_same(
    home: Home, run_import: Import, meters: list[str]
) -> None:
    rows = [*rows_of(home, meters), [home.account.number, "нет", None, 5]]

    trial = await run_import(rows, preview=True)
    nothing = await Reading.all().count()
    real = await run_import(rows)

    assert nothing == 0
    assert trial.operation.counts == real.operation.counts
    assert trial.told == real.told == [(8, "X107", {"n": home.account.number, "id": "нет"})]
    assert trial.operation.message == {"code": "READINGS_CHECKED", "facts": {}}
    assert await StoredFile.filter(name="Ошибки импорта.xlsx").count() == 1


class Killed(BaseException):
    """A worker dies: nothing of its own is run any more."""


@pytest.mark.usefixtures("small_batches")
async def test_after_a_kill_it_goes_on_where_it_was(
    home: Home, run_import: Import, meters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    save = importing._save

    async def dying(work: Any, batch: Any, done: int) -> Any:
        if len(saved) == 2:
            raise Killed
        saved.append(done)
        return await save(work, batch, done)

    monkeypatch.setattr(importing, "_save", dying)
    with pytest.raises(Killed):
        await run_import([*rows_of(home, meters), [home.account.number, "нет", None, 5]])
    monkeypatch.setattr(importing, "_save", save)
    after_the_kill = await Reading.all().count()

    done = await carry_out(await Operation.get())

    assert (saved, after_the_kill) == ([2, 4], 4)
    assert await Reading.all().count() == 6
    assert done.operation.counts == {
        "rows_total": 7,
        "rows_ok": 6,
        "rows_created": 6,
        "rows_failed": 1,
    }


async def test_a_worker_that_dies_after_the_errors_were_kept_keeps_them_once(
    home: Home, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dying(*args: Any, **kwargs: Any) -> None:
        await keep_left_out(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(importing, "keep_left_out", dying)
    with pytest.raises(Killed):
        await run_import(rows_of(home, ["нет"]))
    monkeypatch.setattr(importing, "keep_left_out", keep_left_out)

    done = await carry_out(await Operation.get())

    assert done.operation.counts == {"rows_total": 1, "rows_failed": 1}
    assert (await done.file())[0] == "Ошибки импорта.xlsx"


@pytest.mark.usefixtures("small_batches")
async def test_cancelled_it_stops_at_the_next_batch(
    home: Home, run_import: Import, meters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = importing._save

    async def cancelled(work: Any, batch: Any, done: int) -> Any:
        if done == 4:
            await execute("UPDATE integration_operation SET cancel_requested_at = now()")
        return await save(work, batch, done)

    monkeypatch.setattr(importing, "_save", cancelled)

    done = await run_import(rows_of(home, meters))

    assert done.operation.status is OperationStatus.CANCELLED
    assert await Reading.all().count() == 2
    assert done.operation.done == 2


async def test_the_rows_that_were_not_saved_can_be_mended_and_sent_again(
    home: Home, run_import: Import, meters: list[str]
) -> None:
    headers = ("Примечание", *FLAT, "Дата показания")
    account = home.account.number
    rows = [
        ["=HYPERLINK(1)", account, "А", None, "сто", None, date(2026, 11, 19)],
        ["", account, "Б", None, 5, None, None],
        ["-", account, "нет", None, 7, 8.5, date(2026, 11, 18)],
    ]

    done = await run_import(rows, headers)
    name, content = await done.file()
    header, first, second = sheet_of(content)
    mended = [
        [*first[:4], 100, *first[5:]],
        [*second[:2], "В", second[3], 7, None, *second[6:]],
    ]
    again = await run_import([*mended, first], header)
    _, last = await again.file()

    assert name == "Ошибки импорта.xlsx"
    assert header == [*headers, "Код", "Сообщение"]
    assert first[:7] == ["=HYPERLINK(1)", account, "А", "", "сто", "", date(2026, 11, 19)]
    assert first[7:] == ["X105", "Не удалось распознать число «сто»"]
    assert second[:7] == ["-", account, "нет", "", 7.0, 8.5, date(2026, 11, 18)]
    assert second[7] == "X107"
    assert again.operation.counts["rows_created"] == 2
    assert sheet_of(last)[0] == header


@pytest.mark.usefixtures("small_batches")
async def test_the_file_of_errors_has_the_rows_that_the_log_has_no_room_for(
    home: Home, run_import: Import, integration_settings: Allow
) -> None:
    integration_settings(operation_entries=1)
    account = home.account.number
    rows = [[account, "нет", None, 5], [account, "ХВС-15", None, 5], [account, "", "", "сто"]]

    done = await run_import([*rows, [account, "тоже нет", None, 7]])
    _, content = await done.file()

    assert done.codes == ["X107"]
    assert [row[1:4] + row[5:6] for row in sheet_of(content)[1:]] == [
        ["нет", "", 5.0, "X107"],
        ["", "", "сто", "X105; X104"],
        ["тоже нет", "", 7.0, "X107"],
    ]
    assert sheet_of(content)[2][6] == (
        "Не удалось распознать число «сто»; Не заполнено поле «Идентификатор»"
    )


@pytest.mark.usefixtures("small_batches")
async def test_the_file_of_errors_has_the_rows_before_a_kill_too(
    home: Home,
    run_import: Import,
    meters: list[str],
    integration_settings: Allow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    integration_settings(operation_entries=1)
    save = importing._save

    async def dying(work: Any, batch: Any, done: int) -> Any:
        if done > 4:
            raise Killed
        return await save(work, batch, done)

    monkeypatch.setattr(importing, "_save", dying)
    with pytest.raises(Killed):
        await run_import(rows_of(home, ["нет", meters[0], meters[1], "ничего", meters[2], "ой"]))
    monkeypatch.setattr(importing, "_save", save)

    done = await carry_out(await Operation.get())
    _, content = await done.file()

    assert [row[1] for row in sheet_of(content)[1:]] == ["нет", "ничего", "ой"]
    assert done.operation.counts == {
        "rows_total": 6,
        "rows_ok": 3,
        "rows_created": 3,
        "rows_failed": 3,
    }
    assert await Reading.all().count() == 3


async def test_without_errors_there_is_no_file_of_them(home: Home, run_import: Import) -> None:
    await run_import(rows_of(home, ["ХВС-15"]))

    assert await StoredFile.filter(name="Ошибки импорта.xlsx").count() == 0


async def test_an_import_stands_though_its_file_of_errors_could_not_be_made(
    home: Home, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(_: Any) -> int:
        raise stopped("X112")

    monkeypatch.setattr(left_out, "run_child", dead)

    done = await run_import(rows_of(home, ["ХВС-15", "нет"]))

    assert done.operation.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    assert await values(home.meter.id) == [("2026-11", "5")]


async def test_a_file_that_is_gone_is_asked_for_again(
    home: Home, employee: Employee, run_import: Import
) -> None:
    stored = await upload(employee, a_workbook([]))
    await remove([stored.id])

    done = await run_import([], file_id=str(stored.id))

    assert done.told == [(None, "X114", {"file": "ноябрь.xlsx"})]


async def test_statements_do_not_grow_with_the_rows(
    home: Home, run_import: Import, queries: QueryCounter
) -> None:
    def many(count: int, start: int) -> list[list[Any]]:
        return rows_of(home, [f"М-{start + n}" for n in range(count)])

    for number in range(44):
        await a_meter(premise=home.premise, account=home.account, identifier=f"М-{number}")
    counted = []
    for count, start in ((2, 0), (40, 2)):
        with queries.counted() as seen:
            await run_import(many(count, start))
        counted.append(len(seen))

    assert await Reading.all().count() == 42
    assert counted[0] == counted[1]
