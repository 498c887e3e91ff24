"""The rows of a sheet that were not saved, as they were, each with what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font

from kvartal_integration.spreadsheets.workbook.headers import header_key
from kvartal_integration.spreadsheets.workbook.reading import Wanted, open_sheet

__all__ = ["write_errors"]

_DAY = "DD.MM.YYYY"
_LONGEST = 32_000  # Excel takes 32 767 characters a cell
_WIDE = 60


def write_errors(
    source: Path,
    target: Path,
    wanted: Wanted,
    problems: Mapping[int, Sequence[str]],
    titles: Sequence[str],
) -> int:
    """Write the rows of ``problems`` with their codes and messages, under ``titles``; how many.

    The columns are those of the file; those of an earlier file of errors make place for the new.
    """
    rows = open_sheet(source, wanted).iter_rows()
    header = next(rows, [])
    old = {header_key(each) for each in titles}
    kept = [place for place, title in enumerate(header) if header_key(str(title)) not in old]
    book = Workbook(write_only=True)
    sheet = book.create_sheet(wanted.sheets[0])
    sheet.freeze_panes = "A2"
    _widths(sheet, len(kept))
    sheet.append([_cell(sheet, each, bold=True) for each in [*_chosen(header, kept), *titles]])
    written = 0
    for place, row in enumerate(rows, start=2):
        if place in problems:
            cells = [*_chosen(row, kept), *problems[place]]
            sheet.append([_cell(sheet, each) for each in cells])
            written += 1
    book.save(target)
    return written


def _chosen(row: Sequence[object], kept: Sequence[int]) -> list[object]:
    return [row[place] for place in kept]


def _widths(sheet: Any, columns: int) -> None:
    """The message is to be read without pulling at its column."""
    sheet.column_dimensions[_letters(columns + 2)].width = _WIDE


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(sheet: Any, value: object, *, bold: bool = False) -> Cell:
    """A cell of the kind that it was; a text stays one, whatever it begins with."""
    if isinstance(value, bool | int | float | date):
        cell = WriteOnlyCell(sheet)
        cell.value = value
        if isinstance(value, date):
            cell.number_format = _DAY
        return cell
    cell = WriteOnlyCell(sheet)
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:_LONGEST]
    if text:
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell
