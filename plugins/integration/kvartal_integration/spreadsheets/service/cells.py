"""A meter with its latest reading as the cells of a row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from kvartal.text import title
from kvartal_integration.spreadsheets.rules.columns import Column
from kvartal_integration.spreadsheets.workbook.writing import Cell
from kvartal_meters.api import (
    Extract,
    MeterCondition,
    MeterStatus,
    MeterType,
    ResourceKind,
    SubmissionChannel,
    unit_of,
)

__all__ = ["cells_of"]

# A hundred thousand rows have the same few words in them.
_title = lru_cache(maxsize=200)(title)


def cells_of(
    row: Extract, columns: Sequence[Column], *, locale: str, is_template: bool
) -> list[Cell]:
    """The cells of these columns; of a template those of the reading are empty."""
    known = _TEMPLATE if is_template else _EXPORT
    return [known[column](row, locale) for column in columns]


def _at(values: Sequence[Decimal], register: int) -> Decimal | None:
    return values[register] if register < len(values) else None


def _month(month: date | None) -> str | None:
    return None if month is None else f"{month:%m.%Y}"


Written = Callable[[Extract, str], Cell]


def _nothing(_: Extract, __: str) -> Cell:
    return None


def _base(row: Extract) -> Sequence[Decimal]:
    """What the reading is counted from, or would be."""
    return row.previous or (row.initial if row.reading_id is None else ())


def _latest(row: Extract) -> Sequence[Decimal]:
    """What a new reading will be counted from."""
    return row.values or row.initial


_METER: Mapping[Column, Written] = {
    Column.BUILDING: lambda row, _: row.building_external_id,
    Column.ADDRESS: lambda row, _: row.address,
    Column.PREMISE: lambda row, _: row.premise_number,
    Column.ACCOUNT: lambda row, _: row.account_number,
    Column.PLACE: lambda row, _: row.installation_place,
    Column.RESOURCE: lambda row, locale: _title(ResourceKind(row.resource_kind), locale),
    Column.TYPE: lambda row, locale: _title(MeterType(row.type), locale),
    Column.IDENTIFIER: lambda row, _: row.identifier,
    Column.SERIAL: lambda row, _: row.serial_number,
    Column.RATIO: lambda row, _: row.transformation_ratio,
    Column.UNIT: lambda row, locale: _title(unit_of(MeterType(row.type)), locale),
    Column.NEXT_VERIFICATION: lambda row, _: row.verification_due_on,
    Column.STATUS: lambda row, locale: _title(MeterStatus(row.status), locale),
    Column.CONDITION: lambda row, locale: (
        _title(MeterCondition(row.condition), locale) if row.condition else None
    ),
}
_EXPORT: Mapping[Column, Written] = MappingProxyType(
    {
        **_METER,
        Column.PREVIOUS_T1: lambda row, _: _at(_base(row), 0),
        Column.PREVIOUS_T2: lambda row, _: _at(_base(row), 1),
        Column.PREVIOUS_T3: lambda row, _: _at(_base(row), 2),
        Column.T1: lambda row, _: row.t1,
        Column.T2: lambda row, _: row.t2,
        Column.T3: lambda row, _: row.t3,
        Column.CONSUMPTION: lambda row, _: row.consumption,
        Column.TAKEN_ON: lambda row, _: row.taken_on,
        Column.BILLING_MONTH: lambda row, _: _month(row.billing_month),
        Column.CHANNEL: lambda row, locale: (
            _title(SubmissionChannel(row.channel), locale) if row.channel else None
        ),
    }
)
_TEMPLATE: Mapping[Column, Written] = MappingProxyType(
    {
        **dict.fromkeys(Column, _nothing),
        **_METER,
        Column.PREVIOUS_T1: lambda row, _: _at(_latest(row), 0),
        Column.PREVIOUS_T2: lambda row, _: _at(_latest(row), 1),
        Column.PREVIOUS_T3: lambda row, _: _at(_latest(row), 2),
    }
)
