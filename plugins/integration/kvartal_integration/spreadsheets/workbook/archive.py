"""What the directory of a workbook's archive and the places of its cells tell, before it is opened.

A file of a kilobyte can ask for all memory there is: by a member that unpacks to gigabytes, or by
one cell in the last row of the last column, for readers keep the rectangle of all cells.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvartal_integration.spreadsheets.workbook.refusal import WorkbookRefused

__all__ = ["MAX_COLUMNS", "SheetLimits", "check_archive", "check_cells"]

MAX_COLUMNS = 256
_MAX_MEMBERS = 2_000
_MAX_RATIO = 250
"""So many times its size a large member may unpack to: sheets of readings come to 15."""
_LARGE = 1_000_000
_CHUNK = 1 << 20
_TAIL = 256
"""Longer than any mention of a cell, so that none is lost between two chunks."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,  # a member is encrypted
    ValueError,
    OverflowError,
)
_MENTION = re.compile(
    rb"""\bref\s*=\s*["'][A-Za-z$]{1,4}\d{1,12}\s*:\s*\$?([A-Za-z]{1,3})\$?(\d{1,12})["']"""
    rb"""|\br\s*=\s*["']([A-Za-z]{0,6})(\d{1,12})["']"""
)
_MACROS = ("vbaproject.bin", "macrosheets/")


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How many rows a sheet may have with its headers, and to how many bytes a file may unpack."""

    rows: int
    unpacked: int


def check_archive(path: Path, limits: SheetLimits) -> Sequence[str]:
    """The sheets' members in the archive; WorkbookRefused if it is no workbook or no honest one."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, limits)
            content_types = archive.read("[Content_Types].xml")
    except (*_BROKEN, KeyError):
        raise WorkbookRefused("X102") from None
    names = [each.filename for each in members]
    macros = any(mark in name.lower() for name in names for mark in _MACROS)
    if macros or b"sheet.macroEnabled" in content_types or "xl/workbook.xml" not in names:
        raise WorkbookRefused("X102")
    return [each for each in names if each.startswith("xl/worksheets/") and each.endswith(".xml")]


def check_cells(path: Path, sheets: Sequence[str], limits: SheetLimits) -> None:
    """WorkbookRefused if a sheet has, or says that it has, a cell beyond the limits."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sheets:
                for chunk in _chunks(archive, name):
                    _check_places(chunk, limits)
    except _BROKEN:
        raise WorkbookRefused("X102") from None


def _check_members(members: Sequence[zipfile.ZipInfo], limits: SheetLimits) -> None:
    names = {each.filename for each in members}
    encrypted = any(each.flag_bits & 1 for each in members)
    if len(members) > _MAX_MEMBERS or len(names) < len(members) or encrypted:
        raise WorkbookRefused("X102")
    bombs = any(
        each.file_size > _LARGE and each.file_size > each.compress_size * _MAX_RATIO
        for each in members
    )
    if bombs or sum(each.file_size for each in members) > limits.unpacked:
        raise WorkbookRefused("X112")


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The member piece by piece, each with the end of the one before."""
    with archive.open(name) as member:
        tail = b""
        while piece := member.read(_CHUNK):
            yield tail + piece
            tail = piece[-_TAIL:]


def _check_places(chunk: bytes, limits: SheetLimits) -> None:
    found = _MENTION.findall(chunk)
    rows = {row for _, corner, _, place in found for row in (corner, place) if row}
    if any(int(row) > limits.rows for row in rows):
        raise WorkbookRefused("X103", {"n": limits.rows - 1})
    columns = {column for corner, _, place, _ in found for column in (corner, place) if column}
    if any(_number(column) > MAX_COLUMNS for column in columns):
        raise WorkbookRefused("X111", {"n": MAX_COLUMNS})


def _number(letters: bytes) -> int:
    """The number of a column: 1 for A."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
