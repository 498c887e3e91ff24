"""What the log says of rows that were not saved, or are to be looked at (коды строк Excel)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_integration.operations.rules import Entry, EntrySeverity, Sentence
from kvartal_integration.spreadsheets.rules.rows import SheetRow
from kvartal_meters.api import JudgedReading, MeterScope, ReadingBelowPrevious, resource_of

__all__ = ["SAVED", "entries_of", "fault_entries", "is_left_out"]

SAVED = frozenset({"W302", "W306", "W309"})
"""What is said of rows that are saved, or whose month another row of the sheet has saved."""

_WARNINGS = SAVED | {"W305"}
_LONGEST_KEY = 64
_LONGEST_FACT = 100


@dataclass(frozen=True, slots=True)
class _Told:
    """What a message may tell: the refusal's facts, the row, and of a meter that was found, it."""

    error: DomainError
    row: SheetRow
    judged: JudgedReading | None

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the refusal."""
        return self.error.facts()

    @property
    def id(self) -> str | None:
        """How the row names the meter."""
        return _clipped(self.row.identifier or self.row.serial)

    @property
    def value(self) -> str:
        """The value that the refusal is about; of the whole reading, the first."""
        register = next((each for each in self.error.path if isinstance(each, int)), 0)
        values = self.row.values
        return values[register] if register < len(values) else values[0]

    @property
    def previous_month(self) -> YearMonth | None:
        """Whose value a lower one was held against; none if it is the initial one."""
        error = self.error
        return error.previous_month if isinstance(error, ReadingBelowPrevious) else None


Facts = Callable[[_Told], dict[str, object]]


def _none(_: _Told) -> dict[str, object]:
    return {}


_SENTENCES: Mapping[str, tuple[str, Facts]] = MappingProxyType(
    {
        "BUILDING_UNKNOWN": ("W201", lambda told: {"id": _clipped(told.row.key)}),
        "ACCOUNT_UNKNOWN": ("W203", lambda told: {"n": _clipped(told.row.key)}),
        "METER_UNKNOWN": ("X107", lambda told: {"n": _clipped(told.row.key), "id": told.id}),
        "METER_AMBIGUOUS": ("W207", lambda told: {"s": told.id}),
        "SERIAL_MISMATCH": ("X108", _none),
        "BUILDING_FORBIDDEN": ("X109", _none),
        "PERIOD_CLOSED": ("X110", _none),
        "INVALID_VALUE": ("X105", lambda told: {"v": told.value}),
        "RESOURCE_DISABLED": (
            "W205",
            lambda told: {
                "g": resource_of(told.judged.meter.type) if told.judged else None,
                "o": _clipped(told.row.address),
            },
        ),
        "METER_ARCHIVED": ("W206", lambda told: {"id": told.id}),
        "REGISTERS_MISMATCH": (
            "W211",
            lambda told: {"a": told.facts["expected"], "b": told.facts["given"]},
        ),
        "READING_BELOW_PREVIOUS": (
            "W301",
            lambda told: {
                "v": told.value,
                "p": told.facts["previous"],
                "period": told.previous_month,
            },
        ),
        "FRACTION_TRUNCATED": (
            "W302",
            lambda told: {"v": told.facts["given"], "w": told.facts["saved"]},
        ),
        "DIGITS_EXCEEDED": ("W303", lambda told: {"v": told.value, "d": told.facts["digits"]}),
        "TAKEN_ON_INVALID": ("W304", lambda told: {"date": told.facts["taken_on"]}),
        "READING_EXISTS": (
            "W305",
            lambda told: {
                "period": told.facts["billing_month"],
                "v": told.facts["existing"],
                "channel": told.facts["channel"],
            },
        ),
        "NEEDS_REVIEW": (
            "W306",
            lambda told: {"c": told.facts["consumption"], "avg": told.facts["average"]},
        ),
        "READING_ABOVE_NEXT": ("W307", lambda told: {"n": told.facts["next"]}),
        "VERIFICATION_EXPIRED": ("W308", _none),
        "READING_DUPLICATED": ("W309", _none),
    }
)


def fault_entries(row: SheetRow, scope: MeterScope, file: str) -> list[Entry]:
    """What is wrong with the cells of a row."""
    return [_entry(row, scope, file, code, facts) for code, facts in row.faults]


def entries_of(
    row: SheetRow, verdict: JudgedReading | DomainError, scope: MeterScope, file: str
) -> list[Entry]:
    """Why a row was not saved, or what is to be known of one that was."""
    if isinstance(verdict, DomainError):
        return [_told_entry(_Told(verdict, row, None), scope, file)]
    told: Sequence[DomainError] = [*verdict.errors, *verdict.warnings]
    return [_told_entry(_Told(each, row, verdict), scope, file) for each in told]


def is_left_out(code: str) -> bool:
    """Whether a row with an entry of this code was not saved, and goes to the file of errors."""
    return code.partition(".")[0] not in SAVED


def _told_entry(told: _Told, scope: MeterScope, file: str) -> Entry:
    code, facts = _SENTENCES.get(told.error.code, ("", _none))
    if not code:
        # What has no code of its own is told in its own words.
        detail = {"v": told.value, "detail": Sentence(told.error.message_code, told.facts)}
        return _entry(told.row, scope, file, "W310", detail)
    found = facts(told)
    if code == "X107" and scope is MeterScope.COLLECTIVE:
        code = "X107.HOUSE"
    elif code == "W306" and found["avg"] is None:
        # While fewer than three months are known there is no average to tell.
        code = "W306.NO_AVERAGE"
    elif code == "W301" and found["period"] is None:
        code = "W301.INITIAL"
    return _entry(told.row, scope, file, code, found)


def _entry(
    row: SheetRow, scope: MeterScope, file: str, code: str, facts: Mapping[str, object]
) -> Entry:
    is_warning = code.partition(".")[0] in _WARNINGS
    return Entry(
        severity=EntrySeverity.WARNING if is_warning else EntrySeverity.ERROR,
        code=code,
        facts=facts,
        file=file,
        line=row.line,
        account=_clipped(row.key, _LONGEST_KEY) if scope is MeterScope.INDIVIDUAL else None,
        meter=_clipped(row.identifier or row.serial, _LONGEST_KEY),
    )


def _clipped(text: str | None, longest: int = _LONGEST_FACT) -> str | None:
    return None if text is None else text[:longest]
