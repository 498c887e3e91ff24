"""How sheets, columns and instructions are called to people, and read from them in any language."""

from collections.abc import Iterator, Sequence
from typing import Any

from kvartal.settings import settings_of
from kvartal.text import LOCALES, say
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.spreadsheets.rules.columns import COLUMNS, KEYS, READ, REQUIRED, Column
from kvartal_meters.api import MeterScope

__all__ = ["headers", "instruction", "sheet_name", "wanted"]

STEPS = 6
"""How many steps the instruction has."""

_STEPS_OF_HOUSES = frozenset({1, 4, 6})
"""Those that say something else of house meters."""

_MEGABYTE = 1_000_000
_UNPACKS = 12
"""A workbook of readings unpacks to so many times its largest size, and no more is taken."""

_FIELDS = {
    Column.IDENTIFIER: "identifier",
    Column.SERIAL: "serial",
    Column.T1: "t1",
    Column.T2: "t2",
    Column.T3: "t3",
    Column.TAKEN_ON: "taken_on",
    Column.BILLING_MONTH: "billing_month",
    Column.ADDRESS: "address",
}


def sheet_name(locale: str) -> str:
    """What the sheet of readings is called."""
    return say("sheet.readings", locale)


def headers(scope: MeterScope, locale: str) -> list[tuple[str, str]]:
    """The columns of an export: their meaning, and their title with a star where it must be."""
    return [
        (each.value, f"{_title(each, scope, locale)}{'*' if each in REQUIRED[scope] else ''}")
        for each in COLUMNS[scope]
    ]


def instruction(scope: MeterScope, locale: str) -> list[str]:
    """How an import is done, step by step."""
    is_house = scope is MeterScope.COLLECTIVE
    return [
        say(f"sheet.step.{step}{'.house' if is_house and step in _STEPS_OF_HOUSES else ''}", locale)
        for step in range(1, STEPS + 1)
    ]


def wanted(scope: MeterScope, locale: str) -> dict[str, Any]:
    """What is to be read of a workbook, in whichever of our languages its titles are."""
    settings = settings_of(IntegrationSettings)
    spoken: Sequence[str] = [locale, *(each for each in LOCALES if each != locale)]
    fields = {**_FIELDS, KEYS[scope]: "key"}
    return {
        "sheets": [sheet_name(each) for each in spoken],
        "headers": dict(_titles(scope, spoken, fields)),
        "titles": {fields[each]: _title(each, scope, locale) for each in READ[scope]},
        "required": [fields[each] for each in REQUIRED[scope]],
        "rows": settings.spreadsheet_rows,
        "unpacked": settings.spreadsheet_megabytes * _MEGABYTE * _UNPACKS,
    }


def _titles(
    scope: MeterScope, locales: Sequence[str], fields: dict[Column, str]
) -> Iterator[tuple[str, str]]:
    for locale in locales:
        for column in (*READ[scope], Column.ADDRESS):
            yield _title(column, scope, locale), fields[column]


def _title(column: Column, scope: MeterScope, locale: str) -> str:
    """A house is named by itself, a flat's meter by the address; and so on."""
    special = _OF_HOUSES if scope is MeterScope.COLLECTIVE else {}
    return say(special.get(column, f"sheet.column.{column}"), locale)


_OF_HOUSES = {
    Column.ADDRESS: "sheet.column.HOUSE",
    Column.NEXT_VERIFICATION: "sheet.column.NEXT_VERIFICATION.house",
}
