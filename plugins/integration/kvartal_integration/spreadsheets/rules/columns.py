"""The columns of the sheet «Показания», of flats' meters (ИПУ) and of houses' (ОДПУ)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from kvartal_meters.api import MeterScope

__all__ = ["COLUMNS", "KEYS", "READ", "REQUIRED", "Column"]


class Column(StrEnum):
    """A column by its meaning; ``column.NAME`` of the catalogues is its title."""

    BUILDING = "BUILDING"
    ADDRESS = "ADDRESS"
    PREMISE = "PREMISE"
    ACCOUNT = "ACCOUNT"
    PLACE = "PLACE"
    RESOURCE = "RESOURCE"
    TYPE = "TYPE"
    IDENTIFIER = "IDENTIFIER"
    SERIAL = "SERIAL"
    RATIO = "RATIO"
    PREVIOUS_T1 = "PREVIOUS_T1"
    PREVIOUS_T2 = "PREVIOUS_T2"
    PREVIOUS_T3 = "PREVIOUS_T3"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    CONSUMPTION = "CONSUMPTION"
    UNIT = "UNIT"
    TAKEN_ON = "TAKEN_ON"
    BILLING_MONTH = "BILLING_MONTH"
    CHANNEL = "CHANNEL"
    NEXT_VERIFICATION = "NEXT_VERIFICATION"
    STATUS = "STATUS"
    CONDITION = "CONDITION"


_METER = (Column.RESOURCE, Column.TYPE, Column.IDENTIFIER, Column.SERIAL)
_VALUES = (
    Column.PREVIOUS_T1,
    Column.PREVIOUS_T2,
    Column.PREVIOUS_T3,
    Column.T1,
    Column.T2,
    Column.T3,
    Column.CONSUMPTION,
    Column.UNIT,
    Column.TAKEN_ON,
    Column.BILLING_MONTH,
)
COLUMNS: Mapping[MeterScope, tuple[Column, ...]] = MappingProxyType(
    {
        MeterScope.INDIVIDUAL: (
            Column.BUILDING,
            Column.ADDRESS,
            Column.PREMISE,
            Column.ACCOUNT,
            *_METER,
            *_VALUES,
            Column.CHANNEL,
            Column.NEXT_VERIFICATION,
            Column.STATUS,
        ),
        MeterScope.COLLECTIVE: (
            Column.BUILDING,
            Column.ADDRESS,
            Column.PLACE,
            *_METER,
            Column.RATIO,
            *_VALUES,
            Column.NEXT_VERIFICATION,
            Column.CONDITION,
        ),
    }
)
"""The columns of an export, in their order; an import reads them in any."""

KEYS: Mapping[MeterScope, Column] = MappingProxyType(
    {MeterScope.INDIVIDUAL: Column.ACCOUNT, MeterScope.COLLECTIVE: Column.BUILDING}
)
"""What names the place of a row's meter."""

REQUIRED: Mapping[MeterScope, tuple[Column, ...]] = MappingProxyType(
    {scope: (key, Column.IDENTIFIER, Column.T1) for scope, key in KEYS.items()}
)
"""Without these columns a sheet is none of readings."""

READ: Mapping[MeterScope, tuple[Column, ...]] = MappingProxyType(
    {
        scope: (
            key,
            Column.IDENTIFIER,
            Column.SERIAL,
            Column.T1,
            Column.T2,
            Column.T3,
            Column.TAKEN_ON,
            Column.BILLING_MONTH,
        )
        for scope, key in KEYS.items()
    }
)
"""What an import reads; everything else is for people."""
