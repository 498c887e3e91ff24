"""The rows of a sheet that were not saved, as they were, each with what is wrong with it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

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
    told: Path,
    titles: Sequence[str],
) -> int:
    """Write the rows that are told of, with their codes and messages, under ``titles``; how many.

    ``told``: a line in JSON of each row, its number, codes and message. The columns are those of
    the file; those of an earlier file of errors make place for the new.
    """
    rows = open_sheet(source, wanted).iter_rows()
    header = next(rows, [])
    old = {header_key(each) for each in titles}
    kept = [place for place, title in enumerate(header) if header_key(str(title)) not in old]
    book = Workbook(write_only=True)
    sheet = book.create_sheet(wanted.sheets[0])
    sheet.freeze_panes = "A2"
    _widths(sheet, len(kept))
    cells = _Cells.of(sheet)
    sheet.append([_titled(sheet, each) for each in [*_chosen(header, kept), *titles]])
    written = 0
    with told.open("rb") as problems:
        places = _places(problems)
        for number, row in enumerate(rows, start=2):
            if number in places:
                problems.seek(places[number])
                _, *reasons = json.loads(problems.readline())
                sheet.append(cells.row([*_chosen(row, kept), *reasons]))
                written += 1
    book.save(target)
    return written


def _places(problems: IO[bytes]) -> dict[int, int]:
    """Where in the file each row is told of: the messages of all are too much to hold."""
    places: dict[int, int] = {}
    place = 0
    for line in problems:
        places[json.loads(line)[0]] = place
        place += len(line)
    return places


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


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of all rows: one of a kind, since each is written before the next is made."""

    _text: Cell
    _day: Cell

    @classmethod
    def of(cls, sheet: Any) -> "_Cells":
        """Those of a sheet."""
        text, day = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
        text.number_format, day.number_format = "@", _DAY
        return cls(text, day)

    def row(self, values: Sequence[object]) -> Iterator[object]:
        """The cells of a row, to be written one by one."""
        for each in values:
            yield self._cell(each)

    def _cell(self, value: object) -> object:
        """A cell of the kind that it was; a text stays one, whatever it begins with."""
        if isinstance(value, bool | int | float):
            return value
        if isinstance(value, date):
            self._day.value = value
            # Whatever the value, openpyxl has given it a form of its own.
            self._day.number_format = _DAY
            return self._day
        text = _clean(value)
        if not text:
            return None
        self._text.value = text
        self._text.data_type = "s"
        return self._text


def _titled(sheet: Any, title: object) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.value = _clean(title)
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _clean(value: object) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))[:_LONGEST]
