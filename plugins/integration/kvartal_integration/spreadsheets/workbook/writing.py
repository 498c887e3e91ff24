"""The workbook of an export: a sheet of readings and one of instructions, row by row.

Texts are written as texts: none becomes a formula, whatever it begins with. Memory holds a row.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

__all__ = ["Cell", "Guide", "SheetWriter", "sheet_writer"]

Cell = str | Decimal | date | None

_LONGEST = 32_000
_EXACT = Decimal(10) ** 11
"""A value with four decimals below it has 15 digits, which is all that a number of Excel's has."""
_WIDTHS = {"ADDRESS": 40, "PLACE": 24, "IDENTIFIER": 20, "SERIAL": 18, "ACCOUNT": 18}
_USUAL = 14


@dataclass(frozen=True, slots=True)
class Guide:
    """The sheet of instructions: its name, and its steps."""

    title: str
    steps: Sequence[str]


@dataclass(slots=True)
class SheetWriter:
    """A sheet that is being written."""

    _book: Any
    _sheet: Any
    _text: Any
    _day: Any
    _row: int = 1

    def finish(self) -> None:
        """Put the workbook together at its path; nothing can be added any more."""
        self._book.close()

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows."""
        for row in rows:
            for column, value in enumerate(row):
                if value is not None:
                    self._write(column, value)
            self._row += 1

    def _write(self, column: int, value: str | Decimal | date) -> None:
        sheet, row = self._sheet, self._row
        if isinstance(value, str):
            sheet.write_string(row, column, value[:_LONGEST], self._text)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self._day)
        elif abs(value) < _EXACT:
            sheet.write_number(row, column, float(value))
        else:
            sheet.write_string(row, column, f"{value:f}", self._text)


@contextmanager
def sheet_writer(
    path: Path, name: str, headers: Sequence[tuple[str, str]], guide: Guide
) -> Iterator[SheetWriter]:
    """Write a workbook at this path, whole once it is finished: columns by meaning and title.

    What is left of one that is not finished lies in temporary files beside it.
    """
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    sheet, instructions = book.add_worksheet(name), book.add_worksheet(guide.title)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for column, (meaning, title) in enumerate(headers):
        sheet.set_column(column, column, _WIDTHS.get(meaning, _USUAL))
        sheet.write_string(0, column, title, bold)
    sheet.freeze_panes(1, 0)
    _instruct(instructions, guide, book.add_format({"text_wrap": True, "valign": "top"}))
    text, day = ({"num_format": each} for each in ("@", "dd.mm.yyyy"))
    try:
        yield SheetWriter(book, sheet, book.add_format(text), book.add_format(day))
    finally:
        for each in (sheet, instructions):
            each.row_data_fh.close()


def _instruct(sheet: Any, guide: Guide, wrapped: Any) -> None:
    sheet.set_column(0, 0, 100)
    for row, step in enumerate(guide.steps):
        sheet.write_string(row, 0, step, wrapped)
