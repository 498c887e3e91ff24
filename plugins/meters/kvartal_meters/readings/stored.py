"""A meter's readings as a statement brings them, each made when the rules ask for it.

Of the usual month they ask for the one or two newest; the others tell an average that only a large
consumption is compared with.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import overload
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.months import YearMonth
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules import Values
from kvartal_meters.readings.rules.history import StoredReading

__all__ = ["STORED_COLUMNS", "StoredReadings"]

_NAMES = ("ids", "months", "days", "vals", "previous", "authors", "versions", "ratios")
STORED_COLUMNS = """array_agg(h.id) AS ids, array_agg(h.billing_month) AS months,
    array_agg(ARRAY[h.t1, h.t2, h.t3]::text[]) AS vals,
    array_agg(ARRAY[h.previous_t1, h.previous_t2, h.previous_t3]::text[]) AS previous,
    array_agg(h.taken_on) AS days, array_agg(h.author_kind) AS authors,
    array_agg(h.version) AS versions, array_agg(h.transformation_ratio::text) AS ratios"""
"""The readings ``h`` of a meter in one row; a number is read quicker from a text."""

_AUTHORS = {each.value: each for each in AuthorKind}
# A thousand meters have their readings in the same few months, and hardly a ratio but 1.
_month = lru_cache(YearMonth.of)
_ratio = lru_cache(Decimal)

Raw = tuple[UUID, date, date, list[str | None], list[str | None], str, int, str]


class StoredReadings(Sequence[StoredReading]):
    """The readings of a record, in its order."""

    __slots__ = ("_made", "_raw", "_registers")

    def __init__(self, row: Record, registers: int) -> None:
        columns = [row[name] or () for name in _NAMES]
        self._raw: list[Raw] = list(zip(*columns, strict=True))
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

    def _make(self, raw: Raw) -> StoredReading:
        reading_id, month, day, values, previous, author, version, ratio = raw
        found = _values(values, self._registers)
        assert found is not None  # a reading has all its registers
        return StoredReading(
            id=reading_id,
            billing_month=_month(month),
            taken_on=day,
            values=found,
            previous=_values(previous, self._registers),
            saved_by=_AUTHORS[author],
            version=version,
            ratio=_ratio(ratio),
        )


def _values(values: Sequence[str | None], registers: int) -> Values | None:
    known = tuple(Decimal(value) for value in values[:registers] if value is not None)
    return known if len(known) == registers else None
