"""What the log of operations tells (журнал операций)."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = [
    "EXCEL_KINDS",
    "FINAL",
    "XML_KINDS",
    "Direction",
    "Entry",
    "EntrySeverity",
    "Facts",
    "OperationCancelled",
    "OperationFailed",
    "OperationKind",
    "OperationOver",
    "OperationRunning",
    "OperationStatus",
    "Sentence",
    "Trigger",
    "csv_of",
    "outcome",
    "percent_of",
    "safe_cell",
]

Facts = Mapping[str, object]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Direction(StrEnum):
    """Which way data goes, always seen from our side."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


class OperationKind(StrEnum):
    """What an operation does (суть)."""

    XML_IMPORT = "XML_IMPORT"
    XML_EXPORT = "XML_EXPORT"
    EXCEL_IMPORT = "EXCEL_IMPORT"
    EXCEL_EXPORT = "EXCEL_EXPORT"

    @property
    def direction(self) -> Direction:
        """Which way its data goes."""
        return Direction.IMPORT if self.value.endswith("IMPORT") else Direction.EXPORT


class OperationStatus(StrEnum):
    """How far an operation has come."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    SUCCEEDED_WITH_WARNINGS = "SUCCEEDED_WITH_WARNINGS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Trigger(StrEnum):
    """What has started an operation."""

    PERSON = "PERSON"
    SCHEDULE = "SCHEDULE"


class EntrySeverity(StrEnum):
    """What an entry of the log means for its operation: an error stops it, or its row."""

    ERROR = "ERROR"
    WARNING = "WARNING"


XML_KINDS = frozenset({OperationKind.XML_IMPORT, OperationKind.XML_EXPORT})
EXCEL_KINDS = frozenset({OperationKind.EXCEL_IMPORT, OperationKind.EXCEL_EXPORT})
FINAL = frozenset(OperationStatus) - {OperationStatus.QUEUED, OperationStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What people will read, by its code in the catalogues, in whichever language they ask.

    A fact may be a number, a text, a ``Decimal``, a date, a ``YearMonth``, a member of an enum that
    has titles, or a ``Sentence`` of its own.
    """

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An error or a warning about one place of a file, as an operation reports it.

    ``code`` and ``facts``: its sentence, such as `W203` with ``{"n": "7700415015"}``.
    """

    severity: EntrySeverity
    code: str
    facts: Facts = field(default_factory=dict)
    file: str | None = None
    line: int | None = None
    account: str | None = None
    meter: str | None = None


@dataclass(eq=False, kw_only=True)
class OperationRunning(DomainError):
    """An exchange of this direction is queued or runs already; there is one at a time."""

    code: ClassVar[str] = "OPERATION_RUNNING"
    direction: Direction


@dataclass(eq=False, kw_only=True)
class OperationOver(DomainError):
    """The operation has come to its end: there is nothing to cancel."""

    code: ClassVar[str] = "OPERATION_OVER"
    status: OperationStatus


class OperationFailed(Exception):
    """An operation cannot go on: its entry says why. Not to be caught on the way out."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.code)
        self.entry = entry


class OperationCancelled(Exception):
    """Somebody has cancelled the operation that runs. Not to be caught on the way out."""


def outcome(*, errors: int, warnings: int) -> OperationStatus:
    """How an operation ends that came to its end: errors of single rows have stopped only these."""
    if errors or warnings:
        return OperationStatus.SUCCEEDED_WITH_WARNINGS
    return OperationStatus.SUCCEEDED


def percent_of(done: int, total: int | None) -> int | None:
    """How far it has come, in whole percents; unknown if it is not known how much there is."""
    if total is None:
        return None
    return min(100, done * 100 // total) if total else 100


def safe_cell(value: object) -> str:
    """A cell that no program for tables takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_of(rows: Iterable[Iterable[object]]) -> bytes:
    """A table as Excel opens it in Russia: UTF-8 with its mark, semicolons, no formulas."""
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
