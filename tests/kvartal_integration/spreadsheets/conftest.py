"""A flat with meters, an employee, workbooks as people make them, and an import that runs."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from kvartal import clock
from kvartal.auth.models import Employee
from kvartal.files.models import StoredFile
from kvartal.files.service import store
from kvartal.files.storage.policy import Policy, configured, policy
from kvartal.files.storage.store import FolderStore
from kvartal.files.uploads import UploadedFile
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.operations.service import running
from kvartal_integration.spreadsheets.service import (
    export_workbook,
    import_workbook,
    importing,
    left_out,
)
from kvartal_integration.spreadsheets.service.starter import stopped
from kvartal_integration.spreadsheets.uploads import XLSX
from kvartal_integration.spreadsheets.workbook.__main__ import answer
from kvartal_integration.testing import an_operation
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_home

TODAY = "2026-11-20T10:00:00+03:00"
FLAT = ("Лицевой счет*", "Идентификатор*", "Заводской номер", "Текущее Т1*", "Текущее Т2")
Row = Sequence[object]


def a_workbook(
    rows: Sequence[Row],
    headers: Sequence[object] = FLAT,
    *,
    sheet: str = "Показания",
    before: Sequence[str] = (),
) -> bytes:
    """A workbook with these headers and rows; ``before``: sheets that stand before it."""
    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"strings_to_formulas": False, "in_memory": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for name in before:
        book.add_worksheet(name).write_string(0, 0, "не показания")
    written = book.add_worksheet(sheet)
    for line, row in enumerate([headers, *rows]):
        for column, value in enumerate(row):
            if hasattr(value, "isoformat"):
                written.write_datetime(line, column, value, day)
            elif value is not None:
                written.write(line, column, value)
    book.close()
    return content.getvalue()


def sheet_of(content: bytes, name: str = "Показания") -> list[list[Any]]:
    """The cells of a sheet."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return book.get_sheet_by_name(name).to_python()


@pytest.fixture
def files(db: None, tmp_path: Path) -> Iterator[FolderStore]:
    """The store of files."""
    folder = FolderStore(tmp_path / "store")
    with configured(Policy(folder, (b"k" * 32,), 60_000_000)):
        yield folder


@pytest.fixture
async def home(files: FolderStore) -> Home:
    """A flat whose house and organization have external ids, with a meter of cold water."""
    home = await a_home()
    home.organization.external_id = "UK-77"
    await home.organization.save()
    home.building.external_id = "D-0042"
    await home.building.save()
    return home


@pytest.fixture
async def employee(home: Home) -> Employee:
    """An employee with the right «Показания ПУ» in all buildings."""
    return await an_employee(home.organization, permissions=[SUBMIT.code])


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read here: a process costs seconds, and is tested where it is the point."""

    async def run(task: Mapping[str, Any]) -> int:
        told = answer(task)
        if "refused" in told:
            raise stopped(told["refused"], told["facts"])
        return int(told["rows"])

    monkeypatch.setattr(importing, "run_child", run)
    monkeypatch.setattr(left_out, "run_child", run)


async def upload(employee: Employee, content: bytes, name: str = "ноябрь.xlsx") -> StoredFile:
    """An upload of the employee's."""
    actor = await actor_of(employee)
    file = UploadedFile(name=name, content=BytesIO(content), size=len(content), sha256="0" * 64)
    return await store(actor, (await employee.organization).id, file)


@dataclass(frozen=True)
class Done:
    """An operation that has run."""

    operation: Operation
    entries: list[OperationEntry]

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.entries]

    @property
    def told(self) -> list[tuple[int | None, str, dict[str, Any]]]:
        return [(each.line, each.code, each.facts) for each in self.entries]

    async def file(self) -> tuple[str, bytes]:
        """The file that it has made: its name and content."""
        stored = await StoredFile.get(owner_id=self.operation.id, media_type=XLSX)
        return stored.name, b"".join([each async for each in policy().store.read(stored.id)])


Import = Callable[..., Awaitable[Done]]


@pytest.fixture
def run_import(employee: Employee, in_process: None) -> Import:
    """Import rows: ``await run_import([["ЛС", "ХВС-15", None, 120]], headers=…)``."""

    async def run(
        rows: Sequence[Row] | bytes,
        headers: Sequence[object] = FLAT,
        *,
        at: str = TODAY,
        **asked: Any,
    ) -> Done:
        content = rows if isinstance(rows, bytes) else a_workbook(rows, headers)
        stored = await upload(asked.pop("by", employee), content)
        operation = await an_operation(
            await _organization(employee),
            kind=OperationKind.EXCEL_IMPORT,
            started_by_id=stored.uploader_id,
            request={
                "file_id": str(stored.id),
                "file": "ноябрь.xlsx",
                "scope": "INDIVIDUAL",
                "building_id": None,
                "update_existing": False,
                "preview": False,
                **asked,
            },
        )
        return await carry_out(operation, at)

    return run


async def carry_out(operation: Operation, at: str = TODAY) -> Done:
    """Run an operation to its end, at that moment."""
    carry = import_workbook if operation.kind is OperationKind.EXCEL_IMPORT else export_workbook
    with clock.frozen(datetime.fromisoformat(at)):
        async with running(operation.id) as begun:
            assert begun is not None
            await carry(begun)
    await operation.refresh_from_db()
    entries = await OperationEntry.filter(operation_id=operation.id).order_by("number")
    return Done(operation, entries)


async def _organization(employee: Employee) -> Any:
    return await employee.organization


async def values(meter_id: UUID) -> list[tuple[str, ...]]:
    """The readings of a meter, oldest first: month and registers."""
    rows = await Reading.filter(meter_id=meter_id).order_by("billing_month")
    return [
        (
            f"{row.billing_month:%Y-%m}",
            *(f"{each.normalize():f}" for each in (row.t1, row.t2, row.t3) if each is not None),
        )
        for row in rows
    ]
