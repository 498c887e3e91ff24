"""Files that would do harm: each is refused with its reason, and the worker lives."""

import asyncio
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from tests.kvartal_integration.conftest import Allow
from tests.kvartal_integration.spreadsheets.conftest import FLAT, a_workbook

from kvartal_integration.operations.rules import OperationFailed
from kvartal_integration.spreadsheets.service import child
from kvartal_integration.spreadsheets.service.child import run_child
from kvartal_integration.spreadsheets.workbook.__main__ import answer
from kvartal_integration.spreadsheets.workbook.archive import (
    MAX_COLUMNS,
    SheetLimits,
    check_archive,
    check_cells,
)
from kvartal_integration.spreadsheets.workbook.refusal import WorkbookRefused

SHEET = "xl/worksheets/sheet1.xml"
LIMITS = SheetLimits(rows=100_001, unpacked=600_000_000)
GOOD = a_workbook([["77", "ХВС-15", None, 5]])


def rewritten(changes: dict[str, bytes | None], source: bytes = GOOD) -> bytes:
    """A workbook with other members; None takes one out."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(source)) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, member in changes.items():
            if member is not None:
                new.writestr(name, member)
    return content.getvalue()


def a_sheet(cells: str, dimension: str = "A1:A1") -> bytes:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{cells}</sheetData></worksheet>'
    ).encode()


def with_cells(cells: str, dimension: str = "A1:A1") -> bytes:
    return rewritten({SHEET: a_sheet(cells, dimension)})


def cell(place: str, row: str = "1") -> str:
    return f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'


def encrypted_member() -> bytes:
    """A member whose flag says that it is encrypted."""
    content = bytearray(GOOD)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    return bytes(content)


def many_members() -> bytes:
    return rewritten({f"xl/media/{number}.bin": b"" for number in range(2001)})


WANTED = {
    "sheets": ["Показания"],
    "headers": {
        "Лицевой счет": "key",
        "Идентификатор": "identifier",
        "Заводской номер": "serial",
        "Текущее Т1": "t1",
    },
    "titles": {"key": "Лицевой счет", "identifier": "Идентификатор", "t1": "Т1", "t2": "Т2"},
    "required": ["key", "identifier", "t1"],
    "rows": 100_000,
    "unpacked": 600_000_000,
}
MACROS = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled"/></Types>'
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "not a zip": (lambda: b"%PDF-1.7 not a workbook", "X102"),
    "nothing": (lambda: b"", "X102"),
    "an old or encrypted workbook": (
        lambda: OLD + bytes(600),
        "X102",
    ),
    "a table of text": (lambda: "Лицевой счет;Идентификатор\n77;1".encode(), "X102"),
    "cut off": (lambda: GOOD[: len(GOOD) // 2], "X102"),
    "cut off at its end": (lambda: GOOD[:-30], "X102"),
    "another archive": (lambda: rewritten({"xl/workbook.xml": None}), "X102"),
    "without types": (lambda: rewritten({"[Content_Types].xml": None}), "X102"),
    "with macros": (lambda: rewritten({"xl/vbaProject.bin": b"macro"}), "X102"),
    "with macros by its types": (lambda: rewritten({"[Content_Types].xml": MACROS}), "X102"),
    "with old macros": (lambda: rewritten({"xl/macrosheets/sheet1.xml": b"<x/>"}), "X102"),
    "encrypted members": (encrypted_member, "X102"),
    "thousands of members": (many_members, "X102"),
    "broken XML": (lambda: rewritten({SHEET: b"<worksheet><sheetData><row"}), "X102"),
    "a member that is not XML": (lambda: rewritten({"xl/workbook.xml": b"\x00\x01"}), "X102"),
    "a bomb": (lambda: rewritten({SHEET: a_sheet(" " * 50_000_000)}), "X112"),
    "a bomb beside the sheet": (
        lambda: rewritten({"xl/sharedStrings.xml": bytes(50_000_000)}),
        "X112",
    ),
    "a far cell": (lambda: with_cells(cell("XFD1048576", "1048576")), "X103"),
    "a far cell in a near row": (lambda: with_cells(cell("A1048576")), "X103"),
    "a far row": (lambda: with_cells(cell("A1", "1048576")), "X103"),
    "a far column": (lambda: with_cells(cell("XFD1")), "X111"),
    "a far cell in other quotes": (
        lambda: with_cells("<row><c r = 'xfd9'><v>1</v></c></row>"),
        "X111",
    ),
    "a range that is said": (lambda: with_cells(cell("A1"), "A1:XFD1048576"), "X103"),
    "15 million rows": (lambda: with_cells(cell("A1"), "A1:U15000000"), "X103"),
    "a row beyond all numbers": (lambda: with_cells(cell("A1", "99999999999")), "X103"),
    "a merged range": (
        lambda: with_cells(cell("A1") + '</sheetData><mergeCells><mergeCell ref="A1:A900000"/>'),
        "X103",
    ),
}


@pytest.fixture
def task(tmp_path: Path, integration_settings: Allow) -> Callable[[bytes], dict[str, object]]:
    """A task of reading a file of this content."""
    integration_settings()

    def made(content: bytes) -> dict[str, object]:
        (tmp_path / "content.xlsx").write_bytes(content)
        return {
            "source": str(tmp_path / "content.xlsx"),
            "target": str(tmp_path / "rows.jsonl"),
            "wanted": WANTED,
        }

    return made


Task = Callable[[bytes], dict[str, object]]


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused(case: str, task: Task) -> None:
    make, code = HOSTILE[case]

    told = answer(task(make()))

    assert told["refused"] == code, case


def test_the_limits_are_the_last_that_may_be(tmp_path: Path) -> None:
    path = tmp_path / "content.xlsx"
    limits = SheetLimits(rows=50, unpacked=600_000_000)

    def refusal(place: str, row: str) -> str | None:
        path.write_bytes(with_cells(cell(place, row)))
        try:
            check_cells(path, check_archive(path, limits), limits)
        except WorkbookRefused as refused:
            return refused.code
        return None

    assert MAX_COLUMNS == 256
    assert refusal("IV50", "50") is None
    assert refusal("IW50", "50") == "X111"
    assert refusal("IV51", "51") == "X103"


def test_a_far_cell_is_found_wherever_the_file_is_cut_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "content.xlsx"
    for shift in range(0, 40, 3):
        filler = f"<!--{'x' * ((1 << 20) - 200 + shift * 5)}-->"
        path.write_bytes(with_cells(filler + cell("A1048576")))

        with pytest.raises(WorkbookRefused):
            check_cells(path, check_archive(path, LIMITS), LIMITS)


def test_what_unpacks_to_too_much_in_sum_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "content.xlsx"
    path.write_bytes(GOOD)

    with pytest.raises(WorkbookRefused) as refused:
        check_archive(path, SheetLimits(rows=10, unpacked=1000))

    assert refused.value.code == "X112"


async def refusal_of(told: dict[str, object]) -> str:
    with pytest.raises(OperationFailed) as failed:
        await run_child(told)
    return failed.value.entry.code


def written(told: dict[str, object]) -> str:
    return Path(str(told["target"])).read_text(encoding="utf-8")


async def test_the_process_reads_what_is_right(task: Task) -> None:
    told = task(GOOD)

    assert await run_child(told) == 1

    assert written(told) == '[2, "77", "ХВС-15", null, null, "5", null, null, null, null, []]\n'


async def test_the_process_is_told_no_secret(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    run = asyncio.create_subprocess_exec

    async def noted(*args: str, **options: object) -> asyncio.subprocess.Process:
        given.update(options)
        return await run(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    monkeypatch.setenv("DATABASE_URL", "postgres://user:secret@host/db")

    await run_child(task(GOOD))

    assert given["env"] == {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "LANG": "C.UTF-8",
    }


async def test_what_the_process_refuses_is_told(task: Task) -> None:
    assert await refusal_of(task(with_cells(cell("A1048576")))) == "X103"


async def test_a_process_that_asks_for_too_much_memory_dies_alone(
    task: Task, integration_settings: Allow
) -> None:
    integration_settings(spreadsheet_memory_megabytes=200)
    rows = [["77", f"М-{number}", token_hex(1000), 5] for number in range(15_000)]
    large = task(a_workbook(rows))

    assert await refusal_of(large) == "X112"
    integration_settings(spreadsheet_memory_megabytes=600)
    assert await run_child(large) == 15_000


async def test_a_process_that_takes_too_long_is_ended(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "PATIENCE", 0)

    assert await refusal_of(task(GOOD)) == "X112"


async def test_a_process_that_breaks_down_is_a_file_that_cannot_be_read(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "MODULE", "kvartal_integration.no_such_module")

    assert await refusal_of(task(GOOD)) == "X112"


async def test_a_task_that_is_dropped_leaves_no_process(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[asyncio.subprocess.Process] = []
    has_started = asyncio.Event()
    run = asyncio.create_subprocess_exec

    async def noted(*args: str, **options: object) -> asyncio.subprocess.Process:
        started.append(await run(*args, **options))  # type: ignore[arg-type]
        has_started.set()
        return started[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    running = asyncio.create_task(run_child(task(GOOD)))
    await has_started.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert started[0].returncode is not None


def test_memory_that_runs_out_while_rows_are_made_is_told(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("kvartal_integration.spreadsheets.workbook.__main__.read_rows", exhausted)

    assert answer(task(GOOD)) == {"refused": "X112", "facts": {}}


def test_headers_alone_are_a_sheet_without_rows(task: Task) -> None:
    assert answer(task(a_workbook([], FLAT))) == {"rows": 0}


async def test_a_far_cell_where_no_sheet_is_looked_for_kills_the_process_alone(
    task: Task, integration_settings: Allow
) -> None:
    rels = "xl/_rels/workbook.xml.rels"
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        moved = archive.read(rels).replace(b"worksheets/sheet1.xml", b"theme/hidden.xml")
    hidden = a_sheet(cell("A1") + cell("XFD1048576", "1048576"))

    content = rewritten({SHEET: None, rels: moved, "xl/theme/hidden.xml": hidden})

    assert await refusal_of(task(content)) == "X112"


def member(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return archive.read(name)


def test_rows_that_tell_no_number_are_counted_all_the_same(task: Task) -> None:
    rows = [["77", f"М-{number}", "1", 5] for number in range(3)]
    source = a_workbook(rows)
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        bare = re.sub(rb'<dimension [^>]*>| (r|spans)="[^"]*"', b"", archive.read(SHEET))
    told = task(rewritten({SHEET: bare}, source))

    assert answer({**told, "wanted": {**WANTED, "rows": 2}})["refused"] == "X103"
    assert answer(told) == {"rows": 3}


def test_a_book_of_charts_alone_is_no_workbook_of_readings(task: Task) -> None:
    rels = "xl/_rels/workbook.xml.rels"
    charts = member(rels).replace(b"relationships/worksheet", b"relationships/chartsheet")

    assert answer(task(rewritten({rels: charts})))["refused"] == "X102"


def test_a_sheet_whose_bytes_are_spoilt_is_told(task: Task) -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    content = stored.getvalue().replace(b"<sheetData>", b"<sheetDaxa>")

    assert answer(task(content))["refused"] == "X102"


def test_a_blank_row_between_others_is_passed_over(task: Task) -> None:
    rows: list[list[object]] = [["77", "А", None, 5], [None] * 4, ["77", "Б", None, 5]]
    told = task(a_workbook(rows))

    assert answer(told) == {"rows": 2}
    assert [line[:3] for line in written(told).splitlines()] == ["[2,", "[4,"]
