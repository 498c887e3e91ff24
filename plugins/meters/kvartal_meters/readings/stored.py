"""A meter's readings as a statement brings them, each made when the rules ask for it.

Of the usual month they ask for the one or two newest; the others tell an average that only a large
consumption is compared with.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import overload

from asyncpg.pgproto import pgproto

from kvartal.db.connection import Record
from kvartal.months import YearMonth
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules import Values
from kvartal_meters.readings.rules.history import StoredReading

__all__ = ["STORED_COLUMNS", "StoredReadings"]

STORED_COLUMNS = """array_agg(ROW(h.id, h.billing_month, h.taken_on, h.author_kind, h.version,
    h.transformation_ratio, h.t1, h.t2, h.t3, h.previous_t1, h.previous_t2, h.previous_t3
    )::text) AS readings"""
"""The readings ``h`` of a meter in one row, each as a text: of most nothing else is ever read.

Nothing in it has a comma or quotes. The driver makes a value of each column, whoever asks for it.
"""

_AUTHORS = {each.value: each for each in AuthorKind}


# A thousand meters have their readings in the same few months, and hardly a ratio but 1.
@lru_cache
def _month(first_day: str) -> YearMonth:
    return YearMonth.of(date.fromisoformat(first_day))


_ratio = lru_cache(Decimal)


class StoredReadings(Sequence[StoredReading]):
    """The readings of a record, in its order."""

    __slots__ = ("_made", "_raw", "_registers")

    def __init__(self, row: Record, registers: int) -> None:
        self._raw: Sequence[str] = row["readings"] or ()
        self._made: list[StoredReading | None] = [None] * len(self._raw)
        self._registers = registers

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[StoredReading]:
        return map(self._at, range(len(self._raw)))

    @overload
    def __getitem__(self, place: int) -> StoredReading: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[StoredReading, ...]: ...

    def __getitem__(self, place: int | slice) -> StoredReading | tuple[StoredReading, ...]:
        if isinstance(place, slice):
            return tuple(map(self._at, range(*place.indices(len(self._raw)))))
        return self._at(place)

    def _at(self, place: int) -> StoredReading:
        made = self._made[place]
        if made is None:
            made = self._made[place] = self._make(self._raw[place])
        return made

    def _make(self, raw: str) -> StoredReading:
        reading_id, month, day, author, version, ratio, *values = raw[1:-1].split(",")
        found = _values(values[:3], self._registers)
        assert found is not None  # a reading has all its registers
        return StoredReading(
            id=pgproto.UUID(reading_id),
            billing_month=_month(month),
            taken_on=date.fromisoformat(day),
            values=found,
            previous=_values(values[3:], self._registers),
            saved_by=_AUTHORS[author],
            version=int(version),
            ratio=_ratio(ratio),
        )


def _values(values: Sequence[str], registers: int) -> Values | None:
    known = tuple([Decimal(value) for value in values[:registers] if value])
    return known if len(known) == registers else None
