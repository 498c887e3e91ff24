"""A sheet of readings as rows that are typed, or told to be wrong."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from kvartal_integration.spreadsheets.workbook.archive import (
    SheetLimits,
    check_archive,
    check_cells,
)
from kvartal_integration.spreadsheets.workbook.cells import (
    Parsed,
    months,
    names,
    numbers,
    taken_on,
)
from kvartal_integration.spreadsheets.workbook.headers import header_key
from kvartal_integration.spreadsheets.workbook.refusal import WorkbookRefused

__all__ = ["Wanted", "open_sheet", "read_rows", "write_rows"]

NAMES = ("key", "identifier", "serial")
TOLD = ("address",)
VALUES = ("t1", "t2", "t3")
FIELDS = (*NAMES, *TOLD, *VALUES, "taken_on", "billing_month")
"""What a row tells, in its order."""

Fault = tuple[str, dict[str, str], str]
"""What is wrong with a cell: the code of the sentence, its facts, the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be read: the sheet, by any of its names, and its columns, by any of their titles.

    ``headers``: the field of each title; ``titles``: how a field is called to people.
    """

    sheets: Sequence[str]
    headers: Mapping[str, str]
    titles: Mapping[str, str]
    required: Sequence[str]
    rows: int
    unpacked: int

    @property
    def limits(self) -> SheetLimits:
        """The headers are a row more."""
        return SheetLimits(self.rows + 1, self.unpacked)


def open_sheet(path: Path, wanted: Wanted) -> CalamineSheet:
    """The sheet of readings, of a workbook that has been looked over; WorkbookRefused."""
    check_cells(path, check_archive(path, wanted.limits), wanted.limits)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [each.name for each in book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
        if not sheets:
            raise WorkbookRefused("X102")
        named = {header_key(each) for each in wanted.sheets}
        chosen = next((each for each in sheets if header_key(each) in named), sheets[0])
        return book.get_sheet_by_name(chosen)
    except (CalamineError, OSError, ValueError):
        raise WorkbookRefused("X102") from None


def read_rows(path: Path, wanted: Wanted) -> pd.DataFrame:
    """The rows that have a value: their number in the sheet, fields and faults; WorkbookRefused.

    Rows of the same meter stand one after the other, else they are in the order of the sheet.
    """
    cells, places = _cells(open_sheet(path, wanted), wanted)
    frame = pd.DataFrame({"line": places}, dtype="int64")
    faults: list[list[Fault]] = [[] for _ in places]
    for field in (*NAMES, *TOLD):
        frame[field] = names(cells[field])
    for field in VALUES:
        frame[field] = _read(numbers(cells[field]), field, "X105", faults)
    filled = frame[list(VALUES)].notna().any(axis=1) | pd.Series(
        [bool(each) for each in faults], dtype="bool"
    )
    frame["taken_on"] = _read(taken_on(cells["taken_on"]), "taken_on", "X106", faults)
    frame["billing_month"] = _read(months(cells["billing_month"]), "billing_month", "X106", faults)
    _missing(frame, wanted, faults)
    frame["faults"] = pd.Series(faults, dtype="object")
    frame = frame[filled.astype("bool")]
    same = frame.groupby(list(NAMES), sort=False, dropna=False).ngroup()
    return frame.iloc[same.argsort(kind="stable")]


def write_rows(frame: pd.DataFrame, path: Path) -> None:
    """A row a line, in JSON: its number, its fields in their order, its faults."""
    columns = [frame[name].astype("object").where(frame[name].notna(), None) for name in FIELDS]
    lines = zip(frame["line"], *columns, frame["faults"], strict=True)
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _cells(sheet: CalamineSheet, wanted: Wanted) -> tuple[dict[str, list[object]], list[int]]:
    """The cells of the columns that are wanted, by field, and the rows' numbers in the sheet."""
    rows = sheet.iter_rows()
    columns = _columns(next(rows, ()), wanted)
    cells: dict[str, list[object]] = {field: [] for field in FIELDS}
    places: list[int] = []
    for place, row in enumerate(rows, start=2):
        if not any(cell != "" for cell in row):
            continue
        places.append(place)
        for field, column in columns.items():
            cell: Any = row[column]
            cells[field].append(None if cell == "" else cell)
    if len(places) > wanted.rows:
        raise WorkbookRefused("X103", {"n": wanted.rows})
    for field in cells.keys() - columns.keys():
        cells[field] = [None] * len(places)
    return cells, places


def _columns(headers: Sequence[object], wanted: Wanted) -> dict[str, int]:
    """Where the columns stand; of two with one title, the first."""
    fields = {header_key(title): field for title, field in wanted.headers.items()}
    found: dict[str, int] = {}
    for place, title in enumerate(headers):
        field = fields.get(header_key(str(title)))
        if field is not None:
            found.setdefault(field, place)
    missing = [wanted.titles[field] for field in wanted.required if field not in found]
    if missing:
        raise WorkbookRefused("X101", {"list": ", ".join(f"«{each}»" for each in missing)})
    return found


def _read(parsed: Parsed, field: str, code: str, faults: Sequence[list[Fault]]) -> "pd.Series[str]":
    """The values of a column; what is wrong with it goes to the faults of its rows."""
    bad = parsed.bad.dropna()
    for row, text in zip(bad.index.tolist(), bad.tolist(), strict=True):
        faults[row].append((code, {"v": text}, field))
    return parsed.values


def _missing(frame: pd.DataFrame, wanted: Wanted, faults: Sequence[list[Fault]]) -> None:
    """Tell of each row what it lacks: its place, any name of its meter, a register before another.

    A cell that could not be read is told of already.
    """
    lacking = {
        "key": frame["key"].isna(),
        "identifier": frame["identifier"].isna() & frame["serial"].isna(),
        "t1": frame["t1"].isna(),
        "t2": frame["t2"].isna() & frame["t3"].notna(),
    }
    for field, where in lacking.items():
        for row in where[where].index.tolist():
            if all(each != field for _, _, each in faults[row]):
                faults[row].append(("X104", {"f": wanted.titles[field]}, field))
