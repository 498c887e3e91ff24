"""What the log says of what an import could not do, or did otherwise (сообщения импорта)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_integration.metrics_xml.records import Block, FileRefused, MeterRecord, ReadingRecord
from kvartal_integration.operations.rules import Entry, EntrySeverity, Sentence
from kvartal_meters.api import (
    AnotherMeter,
    Extract,
    MeterType,
    ReadingBelowPrevious,
    resource_of,
)

__all__ = [
    "BLOCK_WIDE",
    "MeterPlace",
    "met_by",
    "meter_entry",
    "reading_entry",
    "refusal_entry",
]

BLOCK_WIDE = frozenset({"BUILDING_UNKNOWN", "ACCOUNT_UNKNOWN", "PREMISE_UNKNOWN", "PLACE_ARCHIVED"})
"""Faults of the place: all meters of a block have them, and one line says so."""

_ASKING = frozenset({"IDENTIFIER_TAKEN", "METER_ELSEWHERE", "PLACE_OVERRULED", "TYPE_FIXED"})


class MeterPlace(NamedTuple):
    """Where in the files a meter stands."""

    file: str
    block: Block
    meter: MeterRecord

    def entry(self, code: str, facts: Mapping[str, object], line: int | None = None) -> Entry:
        """A warning about the meter, or about the line of one of its readings."""
        return Entry(
            severity=EntrySeverity.WARNING,
            code=code,
            facts=facts,
            file=self.file,
            line=line or self.meter.line,
            account=self.block.account,
            meter=self.meter.identifier,
        )


def refusal_entry(refused: FileRefused, file: str) -> Entry:
    """What stops the import: a file that cannot be read on."""
    facts = dict(refused.facts)
    if refused.detail is not None:
        facts["detail"] = Sentence(*refused.detail)
    return Entry(
        severity=EntrySeverity.ERROR, code=refused.code, facts=facts, file=file, line=refused.line
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a message may tell: the refusal's facts, the meter, and of a reading its value.

    ``met``: the meter that the file's one has come upon.
    """

    error: DomainError
    place: MeterPlace
    met: Extract | None = None
    value: str = ""
    taken_on: date | None = None

    @property
    def id(self) -> str:
        """How people know the meter."""
        return self.place.meter.identifier

    @property
    def type(self) -> MeterType:
        """The meter's type in the file."""
        return MeterType(self.place.meter.type)

    @property
    def key(self) -> str | None:
        """What the file calls the meter by, of its names the one that the refusal is about."""
        meter = self.place.meter
        named = {
            "external_id": meter.external_id,
            "serial_number": meter.fields.get("serialNumber"),
            "account_number": self.place.block.account,
        }
        return named.get(str(self.error.path[0]) if self.error.path else "") or self.id

    @property
    def named_place(self) -> str | None:
        """The premise as the file calls it: by its number, unless the other one has that too."""
        block = self.place.block
        number = None if self.met is None else self.met.premise_number
        return block.premise if block.premise_number in {None, number} else block.premise_number

    @property
    def previous_month(self) -> YearMonth | None:
        """Whose value a lower one was held against; none if it is the initial one."""
        error = self.error
        return error.previous_month if isinstance(error, ReadingBelowPrevious) else None

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the refusal."""
        return self.error.facts()

    @property
    def detail(self) -> Sentence:
        """The refusal in its own words."""
        return Sentence(self.error.message_code, self.facts)


Message = tuple[str, Callable[[_Told], dict[str, object]]]

_DATES: Message = ("W210", lambda told: {"id": told.id, "detail": told.detail})
_ARCHIVED: Message = ("W206", lambda told: {"id": told.id})
_REGISTERS: Message = (
    "W211",
    lambda told: {"a": told.facts["expected"], "b": told.facts["given"]},
)
_TAKEN: Message = (
    "W209",
    lambda told: {
        "id": told.key,
        "n": told.met and told.met.account_number,
        "place": told.met and _place(told.met),
    },
)
_RESOURCE: Message = (
    "W205",
    lambda told: {"g": resource_of(told.type), "o": told.place.block.building},
)
_METERS: Mapping[str, Message] = MappingProxyType(
    {
        "BUILDING_UNKNOWN": ("W201", lambda told: {"id": told.place.block.building}),
        "ACCOUNT_UNKNOWN": ("W203", lambda told: {"n": told.place.block.account}),
        "PLACE_OVERRULED": (
            "W204",
            lambda told: {
                "n": told.place.block.account,
                "a": told.met and told.met.premise_number,
                "b": told.named_place,
            },
        ),
        "RESOURCE_DISABLED": _RESOURCE,
        "METER_ARCHIVED": _ARCHIVED,
        "METER_AMBIGUOUS": ("W207", lambda told: {"s": told.key}),
        "TYPE_FIXED": (
            "W208",
            lambda told: {
                "id": told.id,
                "a": told.met and MeterType(told.met.type),
                "b": told.type,
            },
        ),
        "IDENTIFIER_TAKEN": _TAKEN,
        "METER_ELSEWHERE": _TAKEN,
        "REGISTERS_MISMATCH": _REGISTERS,
        "DATE_IN_FUTURE": _DATES,
        "VERIFICATION_ORDER_INVALID": _DATES,
    }
)
_OTHER_METER: Message = ("W212", lambda told: {"id": told.id, "detail": told.detail})
_READINGS: Mapping[str, Message] = MappingProxyType(
    {
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
        "TAKEN_ON_INVALID": ("W304", lambda told: {"date": told.taken_on}),
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
        "VERIFICATION_EXPIRED": ("W308", lambda _: {}),
        "READING_DUPLICATED": ("W309", lambda _: {}),
        "METER_ARCHIVED": _ARCHIVED,
        "REGISTERS_MISMATCH": _REGISTERS,
        "RESOURCE_DISABLED": _RESOURCE,
    }
)
_OTHER_READING: Message = ("W310", lambda told: {"v": told.value, "detail": told.detail})
# What is not known of a message's facts, and the sentence that goes without it.
_BARE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "W209": ("n", "W209.PLACE"),  # the other meter has no account
        "W301": ("period", "W301.INITIAL"),  # nothing was read before
        "W306": ("avg", "W306.NO_AVERAGE"),  # fewer than three months are known
    }
)


def met_by(error: DomainError, saved: UUID | None) -> UUID | None:
    """The meter whose facts the message needs, if it needs any; ``saved``: the file's own."""
    if error.code not in _ASKING:
        return None
    return (error.meter_id if isinstance(error, AnotherMeter) else None) or saved


def meter_entry(error: DomainError, place: MeterPlace, met: Extract | None = None) -> Entry:
    """Why a meter was passed over, or what was done otherwise than the file says."""
    code, facts = _message(error, met)
    line = place.block.line if error.code in BLOCK_WIDE else place.meter.line
    return place.entry(*_worded(code, facts(_Told(error, place, met))), line)


def reading_entry(error: DomainError, place: MeterPlace, reading: ReadingRecord) -> Entry:
    """Why a reading was passed over, or what is to be known of one that was saved."""
    code, facts = _READINGS.get(error.code, _OTHER_READING)
    value = _value_at(error, reading.values)
    told = facts(_Told(error, place, None, value, reading.taken_on))
    return place.entry(*_worded(code, told), reading.line)


def _message(error: DomainError, met: Extract | None) -> Message:
    if error.code in _ASKING and met is None:
        return _OTHER_METER
    if error.code == "TYPE_FIXED" and error.path == ("scope",):
        return _TAKEN  # one of the house and one of a flat are two meters
    return _METERS.get(error.code, _OTHER_METER)


def _worded(code: str, facts: dict[str, object]) -> tuple[str, dict[str, object]]:
    name, bare = _BARE.get(code, ("", ""))
    return (bare if name and facts[name] is None else code), facts


def _place(met: Extract) -> str:
    return ", ".join(each for each in (met.address, met.premise_number) if each)


def _value_at(error: DomainError, values: Sequence[str]) -> str:
    """The value that the error is about; of the whole reading, the first."""
    register = next((each for each in error.path if isinstance(each, int)), 0)
    return values[register] if register < len(values) else values[0]
