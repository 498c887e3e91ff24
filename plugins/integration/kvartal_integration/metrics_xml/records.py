"""What a file of meters and readings says (формат ``metrics`` 1.0), block by block.

In the file ``object`` is a building, ``place`` a premise, ``period`` a billing month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kvartal.months import YearMonth

__all__ = [
    "Block",
    "FileHead",
    "FileRefused",
    "MeterRecord",
    "ReadingRecord",
]

NAMESPACE = "urn:kvartal:metrics:1"
VERSION = "1.0"


class FileRefused(Exception):
    """A file cannot be read on; ``code`` and ``facts`` are those of the message in the log.

    ``detail``: code and facts of the sentence that the message ends with, if it has one.
    """

    def __init__(
        self,
        code: str,
        facts: Mapping[str, object],
        line: int | None = None,
        detail: tuple[str, Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.line = line
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FileHead:
    """The root of a file; ``overwrites``: readings of a month that has one take its place."""

    generated_at: str
    sender: str | None
    overwrites: bool


class ReadingRecord(NamedTuple):
    """A reading as the file has it: exact numbers, one for each register that it names."""

    line: int
    taken_on: date
    billing_month: YearMonth | None
    values: tuple[str, ...]
    rollover: bool
    channel: str | None


class MeterRecord(NamedTuple):
    """A meter as the file has it.

    ``fields``: those that are there, None where the file clears them (``xsi:nil``); ``house``:
    those that only a house meter has. ``initial_values``: None where there are none.
    """

    line: int
    external_id: str | None
    type: str
    identifier: str
    fields: Mapping[str, str | None]
    house: Mapping[str, str | None]
    initial_values: tuple[str, ...] | None
    readings: Sequence[ReadingRecord]


@dataclass(frozen=True, slots=True)
class Block:
    """What is saved together: the meters of an account, or those of a house (``account`` is None).

    ``organization``, ``building``, ``premise``: external ids, as is ``premise_number`` a number.
    """

    line: int
    organization: str
    building: str
    premise: str | None
    premise_number: str | None
    account: str | None
    meters: Sequence[MeterRecord]

    @property
    def size(self) -> int:
        """How many readings it has."""
        return sum(len(each.readings) for each in self.meters)
