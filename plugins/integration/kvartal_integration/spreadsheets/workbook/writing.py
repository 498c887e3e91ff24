"""The workbook of an export: a sheet of readings and one of instructions, row by row.

Texts are written as texts: none becomes a formula, whatever it begins with. Memory holds a row.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

__all__ = ["Cell", "Guide", "SheetWriter", "sheet_writer"]

Cell = str | Decimal | date | None

_LONGEST = 32_000
_FIRST_DAY = date(1899, 12, 30)
"""What Excel counts days from, as far as it counts them rightly (from March of 1900)."""
_UNWRITABLE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\ufffe\\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML has no place for, and what would be taken for such a sign written out."""
_EXACT = Decimal(10) ** 11
"""A value with four decimals below it has 15 digits, which is all that a number of Excel's has."""
_WIDTHS = {"ADDRESS": 40, "PLACE": 24, "IDENTIFIER": 20, "SERIAL": 18, "ACCOUNT": 18}
_USUAL = 14


@dataclass(frozen=True, slots=True)
class Guide:
    """The sheet of instructions: its name, and its steps."""

    title: str
    steps: Sequence[str]


@dataclass(slots=True, kw_only=True)
class SheetWriter:
    """A sheet that is being written.

    ``_file``: where xlsxwriter gathers the rows. Written cell by cell they take it six times as
    long, and a text like ``<r>…</r>`` goes into the sheet as markup.
    """

    _book: Any
    _sheet: Any
    _file: IO[str]
    _columns: Sequence[str]
    _text: int
    _day: int
    _rows: int = 1

    def finish(self) -> None:
        """Put the workbook together at its path; nothing can be added any more."""
        self._sheet._check_dimensions(self._rows - 1, len(self._columns) - 1)
        self._book.close()

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows."""
        self._file.writelines(map(self._row, rows))

    def _row(self, values: Sequence[Cell]) -> str:
        self._rows = number = self._rows + 1
        cells = [
            self._cell(f"{column}{number}", value)
            for column, value in zip(self._columns, values, strict=True)
            if value is not None
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _cell(self, place: str, value: str | Decimal | date) -> str:
        if isinstance(value, str):
            return f'<c r="{place}" s="{self._text}" t="inlineStr"><is>{_text(value)}</is></c>'
        if isinstance(value, date):
            return f'<c r="{place}" s="{self._day}"><v>{(value - _FIRST_DAY).days}</v></c>'
        if abs(value) < _EXACT:
            return f'<c r="{place}"><v>{value:f}</v></c>'
        return self._cell(place, f"{value:f}")


# The same few words and addresses stand in thousands of rows.
@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """A text as the markup of a sheet: whatever it looks like, it is no markup and no formula."""
    known = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", value[:_LONGEST])
    space = ' xml:space="preserve"' if known != known.strip() else ""
    return f"<t{space}>{escape(known)}</t>"


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
    text, day = (book.add_format({"num_format": each}) for each in ("@", "dd.mm.yyyy"))
    sheet._write_single_row(1)  # xlsxwriter's own row, before the first of ours
    try:
        yield SheetWriter(
            _book=book,
            _sheet=sheet,
            _file=sheet.row_data_fh,
            _columns=[xl_col_to_name(column) for column in range(len(headers))],
            _text=text._get_xf_index(),
            _day=day._get_xf_index(),
        )
    finally:
        for each in (sheet, instructions):
            each.row_data_fh.close()


def _instruct(sheet: Any, guide: Guide, wrapped: Any) -> None:
    sheet.set_column(0, 0, 100)
    for row, step in enumerate(guide.steps):
        sheet.write_string(row, 0, step, wrapped)
